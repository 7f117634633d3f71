"""A still picture of a figure, for readers of a saved notebook without its kernel."""

from __future__ import annotations

import tempfile
from pathlib import Path

from workbench.exports import export
from workbench.views.spec import FigureSpec

MOST_EDGES = 3_000
INCHES, DPI = 8.0, 96


def still(figure: FigureSpec | None) -> bytes | None:
    """The figure as PNG, or None where there is none or painting it would hold up the cell.

    Examples
    --------
    >>> still(None) is None
    True
    """
    if figure is None or _size(figure) > MOST_EDGES:
        return None
    with tempfile.TemporaryDirectory() as folder:
        path = export(figure, Path(folder) / "still.png", width=INCHES, dpi=DPI)
        return path.read_bytes()


def _size(figure: FigureSpec) -> int:
    return sum(figure.tables[name].n_rows for name in ("edges", "bars") if name in figure.tables)
