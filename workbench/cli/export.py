"""workbench export."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from workbench.cli import complete
from workbench.cli.console import AsJson, answer, print_rows
from workbench.errors import ParameterError


def export(
    thing: Annotated[
        Path | None,
        typer.Argument(
            help="A circuit, run, theory, benchmark or table of counts: a file, or STUDY.wb:NAME.",
            autocompletion=complete.things,
        ),
    ] = None,
    figure: Annotated[
        Path | None, typer.Argument(help="What to write: .pdf, .svg, .png or .csv.")
    ] = None,
    venue: Annotated[
        str, typer.Option(help="Sizes and fonts.", autocompletion=complete.venues)
    ] = "neurips",
    width: Annotated[str, typer.Option(help="column, full or inches.")] = "column",
    height: Annotated[float | None, typer.Option(help="Inches; what suits when left out.")] = None,
    venues: Annotated[bool, typer.Option("--venues", help="List the venues instead.")] = False,
    as_json: AsJson = False,
) -> None:
    """Draw a saved thing for a paper.

    With --json: saved. With --venues: venues, each with name, column, full, label and tick.
    """
    if venues:
        _list_venues(as_json=as_json)
        return
    if thing is None or figure is None:
        raise ParameterError(
            "cannot export", expected="a thing and the figure to write, or --venues"
        )
    from workbench.cli.things import read
    from workbench.exports import export as write

    saved = write(
        read(thing),
        figure,
        venue=venue,
        width=parse_width(width),
        height=height,
    )
    answer({"saved": saved}, lambda: typer.echo(f"saved {saved}"), as_json=as_json)


def parse_width(text: str) -> str | float:
    """A width in inches, or the name of one.

    Examples
    --------
    >>> parse_width("full"), parse_width("3.5")
    ('full', 3.5)
    """
    try:
        return float(text)
    except ValueError:
        return text


def _list_venues(*, as_json: bool) -> None:
    from workbench.exports import VENUES

    rows = [(v.name, v.column, v.full, v.label_pt, v.tick_pt) for v in VENUES.values()]
    names = ("name", "column", "full", "label", "tick")
    answer(
        {"venues": [dict(zip(names, row, strict=True)) for row in rows]},
        lambda: print_rows(("venue", "column in", "full in", "labels pt", "ticks pt"), rows),
        as_json=as_json,
        units={"column": "inches", "full": "inches", "label": "points", "tick": "points"},
    )
