"""What commands print: words for people, one JSON document for programs. Text is never markup."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import PurePath
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table as Grid
from rich.text import Text

PIPE_WIDTH = 10_000  # where no terminal folds lines, each row is one line

AsJson = Annotated[
    bool, typer.Option("--json", help="Print one JSON document and no progress bar.")
]


def answer(
    document: Mapping[str, object],
    words: Callable[[], object],
    *,
    as_json: bool,
    units: Mapping[str, str] | None = None,
) -> None:
    """Nothing; standard output has `document` as JSON, or what `words` prints.

    Numbers are numbers; what they count stands under "units", by key. NaN becomes null,
    infinities become "Infinity" and "-Infinity", which JSON has no numbers for.

    Examples
    --------
    >>> answer({"mean": -2.5}, lambda: None, as_json=True, units={"mean": "nats"})
    {
      "mean": -2.5,
      "units": {
        "mean": "nats"
      }
    }
    """
    if not as_json:
        words()
        return
    told = dict(document) | ({"units": dict(units)} if units else {})
    typer.echo(json.dumps(plain(told), indent=2, ensure_ascii=False, allow_nan=False))


def plain(value: Any) -> Any:
    """`value` as JSON knows it: mappings, lists, texts, numbers, truth values and null.

    Examples
    --------
    >>> plain({"ks": (1, 2), "shares": [0.5, float("nan"), float("-inf")]})
    {'ks': [1, 2], 'shares': [0.5, None, '-Infinity']}
    """
    if isinstance(value, Mapping):
        return {str(key): plain(part) for key, part in value.items()}
    if isinstance(value, str | PurePath):
        return str(value)
    if hasattr(value, "tolist"):  # an array or a number of NumPy, without importing it
        return plain(value.tolist())
    if isinstance(value, Iterable):
        return [plain(part) for part in value]
    return _number(value) if isinstance(value, float) else value


def rows_of(table: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The rows of a table of equally long columns, each with its column names.

    Examples
    --------
    >>> rows_of({"k": [1, 2], "value": [0.5, 0.75]})
    [{'k': 1, 'value': 0.5}, {'k': 2, 'value': 0.75}]
    """
    columns = [plain(table[name]) for name in table]
    return [dict(zip(table, cells, strict=True)) for cells in zip(*columns, strict=True)]


def complain(message: str) -> None:
    """Nothing; `message` is on standard error."""
    typer.echo(f"error: {message}", err=True)


def note(message: str) -> None:
    """Nothing; `message` is on standard error, beside what a command answers."""
    typer.echo(message, err=True)


def print_rows(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Nothing; the rows are printed below their column names."""
    width = None if sys.stdout.isatty() else PIPE_WIDTH
    Console(width=width).print(grid(columns, rows))


def grid(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Grid:
    """A table for the terminal, whose cells are shown as they are."""
    built = Grid(box=None, pad_edge=False, header_style="bold")
    for name in columns:
        built.add_column(Text(name), overflow="fold")
    for row in rows:
        built.add_row(*(Text(str(cell)) for cell in row))
    return built


def print_facts(facts: Mapping[str, object]) -> None:
    """Nothing; each fact is printed on a line of its own, names aligned."""
    width = max(map(len, facts))
    for name, value in facts.items():
        typer.echo(f"{name:<{width}}  {value}")


def _number(value: float) -> float | str | None:
    if math.isnan(value):
        return None
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return value
