"""workbench export."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from workbench.errors import ParameterError


def export(
    thing: Annotated[Path, typer.Argument(help="A circuit (.wbc), a run (.jsonl), counts (.csv).")],
    figure: Annotated[Path, typer.Argument(help="What to write: .pdf, .svg, .png or .csv.")],
    venue: Annotated[str, typer.Option(help="Sizes and fonts of the drawing.")] = "neurips",
    width: Annotated[str, typer.Option(help="column or full.")] = "column",
) -> None:
    """Draw a saved thing for a paper."""
    from workbench.exports import export as write

    typer.echo(f"saved {write(read_thing(thing), figure, venue=venue, width=width)}")


def read_thing(path: Path) -> Any:
    """The circuit, run or curve in the file at `path`, told apart by its suffix.

    Raises
    ------
    ParameterError
        When no reader knows the suffix.
    """
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise ParameterError(
            f"cannot tell what {path.name} is",
            given=f"the suffix {path.suffix!r}",
            expected=f"one of {sorted(_READERS)}",
        )
    return reader(path)


def _circuit(path: Path) -> Any:
    from workbench.circuits import load

    return load(path)


def _run(path: Path) -> Any:
    from workbench.reasoning import load_run

    return load_run(path)


def _curve(path: Path) -> Any:
    from workbench.budgets import pass_at_k
    from workbench.cli.budget import read_counts

    return pass_at_k(read_counts(path))


_READERS: dict[str, Callable[[Path], Any]] = {
    ".wbc": _circuit,
    ".jsonl": _run,
    ".csv": _curve,
    ".tsv": _curve,
    ".parquet": _curve,
}
