"""Anything that has a figure, as a file for a paper."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from workbench.core.files import write_atomic
from workbench.errors import ParameterError
from workbench.exports.provenance import metadata
from workbench.exports.tidy_csv import figure_csv
from workbench.exports.venues import venue_of
from workbench.views.figures import figure_of
from workbench.views.painters.page import Page, SvgText
from workbench.views.painters.paper import natural_height, render
from workbench.views.spec import FigureSpec
from workbench.views.style import Theme, palette

SMALLEST_INCHES, LARGEST_INCHES = 0.5, 60.0
SMALLEST_DPI, LARGEST_DPI = 36, 1200

SUFFIXES: Mapping[str, Callable[[FigureSpec, Page], bytes]] = MappingProxyType(
    {
        ".pdf": lambda spec, page: render(spec, page, ".pdf", metadata(spec)),
        ".svg": lambda spec, page: render(spec, page, ".svg", metadata(spec)),
        ".png": lambda spec, page: render(spec, page, ".png", metadata(spec)),
        ".csv": lambda spec, _: figure_csv(spec),
    }
)


def export(
    thing: Any,
    path: str | os.PathLike[str],
    *,
    venue: str = "neurips",
    width: str | float = "column",
    height: float | None = None,
    dpi: int = 300,
    theme: Theme = "light",
    svg_text: SvgText = "path",
    **options: Any,
) -> Path:
    """`path`, after the figure of `thing` is there, complete or not at all.

    The suffix chooses the format: PDF (fonts embedded as TrueType), SVG, PNG, or
    the figure's tables as CSV. Equal arguments give equal bytes.

    Parameters
    ----------
    thing
        A FigureSpec, or a circuit, theory, search tree, run, curve or band.
    venue
        Whose widths and type sizes to use.
    width
        "column" or "full" of that venue, or a number of inches.
    height
        In inches; what suits the figure when None.
    dpi
        Pixels per inch of a PNG.
    svg_text
        "path" draws letters as shapes, the same everywhere; "text" keeps them
        searchable and editable, but needs the font on the reader's machine.
    options
        Given to the figure function of `thing`.

    Raises
    ------
    ParameterError
        When suffix, venue, width, size, resolution or theme is not among the
        choices, which are listed, or no figure is known for `thing`.

    Examples
    --------
    >>> import tempfile
    >>> from workbench.budgets import pass_at_k
    >>> folder = tempfile.mkdtemp()
    >>> export(pass_at_k([(4, 1), (4, 2)]), Path(folder) / "curve.csv").name
    'curve.csv'
    """
    target = Path(path)
    suffix = target.suffix.lower()
    _require("file type", suffix, SUFFIXES)
    _require("way to write text", svg_text, ("path", "text"))
    palette(theme)
    spec = figure_of(thing, **options)
    page = _page(venue, width, Page(1.0, 1.0, theme=theme, svg_text=svg_text, dpi=dpi))
    inches = natural_height(spec, page) if height is None else height
    _require_between("height", inches, SMALLEST_INCHES, LARGEST_INCHES, "inches")
    return write_atomic(target, SUFFIXES[suffix](spec, replace(page, height=float(inches))))


def _page(venue: str, width: str | float, page: Page) -> Page:
    chosen = venue_of(venue)
    if isinstance(width, str):
        widths = {"column": chosen.column, "full": chosen.full}
        _require("width", width, (*widths, "a number of inches"))
        width = widths[width]
    _require_between("width", width, SMALLEST_INCHES, LARGEST_INCHES, "inches")
    _require_between("resolution", page.dpi, SMALLEST_DPI, LARGEST_DPI, "dpi")
    return replace(
        page, width=float(width), label_pt=chosen.label_pt, tick_pt=max(chosen.tick_pt, 6.0)
    )


def _require(what: str, given: object, known: Any) -> None:
    if given not in known or given == "a number of inches":
        raise ParameterError(f"no such {what}", given=repr(given), expected=f"one of {list(known)}")


def _require_between(what: str, given: float, low: float, high: float, unit: str) -> None:
    if not low <= given <= high:
        raise ParameterError(
            f"no such {what}", given=f"{given} {unit}", expected=f"{low} to {high} {unit}"
        )
