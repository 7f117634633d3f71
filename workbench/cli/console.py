"""What commands print: plain rows, progress bars, complaints. Text from files is never markup."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table as Grid
from rich.text import Text

from workbench.core import progress


def complain(message: str) -> None:
    """Nothing; `message` is on standard error."""
    typer.echo(f"error: {message}", err=True)


def print_rows(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Nothing; the rows are printed below their column names."""
    grid = Grid(box=None, pad_edge=False, header_style="bold")
    for name in columns:
        grid.add_column(Text(name), overflow="fold")
    for row in rows:
        grid.add_row(*(Text(str(cell)) for cell in row))
    Console().print(grid)


def print_facts(facts: dict[str, object]) -> None:
    """Nothing; each fact is printed on a line of its own, names aligned."""
    width = max(map(len, facts))
    for name, value in facts.items():
        typer.echo(f"{name:<{width}}  {value}")


@contextmanager
def progress_bar(title: str) -> Iterator[progress.Progress]:
    """A reporter for long work that draws a bar on standard error while the block runs."""
    columns = (
        TextColumn("{task.fields[title]}", markup=False),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
        TextColumn("{task.fields[note]}", markup=False),
    )
    with Progress(*columns, console=Console(stderr=True)) as bars:
        bar = bars.add_task("", total=1.0, title=title, note="")

        def report(share: float, text: str = "", /, **values: float) -> None:
            bars.update(bar, completed=share, note=text)

        yield report
        bars.update(bar, completed=1.0)
