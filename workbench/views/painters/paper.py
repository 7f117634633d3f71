"""Figures on paper by Matplotlib: a painter per kind, exact inches, repeatable bytes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from workbench.views.painters.page import POINTS_PER_INCH, Page, blank, to_bytes
from workbench.views.painters.paper_bounds import paint_bounds
from workbench.views.painters.paper_curve import paint_curve
from workbench.views.painters.paper_node_link import node_link_height, paint_node_link
from workbench.views.painters.paper_posterior import paint_posterior, posterior_height
from workbench.views.painters.paper_rates import paint_rates, rates_height
from workbench.views.painters.paper_separation import paint_separation, separation_height
from workbench.views.painters.paper_theory import paint_theory, theory_height
from workbench.views.spec import FigureSpec

if TYPE_CHECKING:
    from matplotlib.figure import Figure

GOLDEN = 0.618
SMALLEST_HEIGHT, LARGEST_HEIGHT = 0.9, 9.0

PAINTERS: Mapping[str, Callable[[FigureSpec, Page, Figure], None]] = MappingProxyType(
    {
        "curve": paint_curve,
        "theory": paint_theory,
        "circuit": paint_node_link,
        "tree": paint_node_link,
        "posterior": paint_posterior,
        "separation": paint_separation,
        "bounds": paint_bounds,
        "rates": paint_rates,
    }
)

_HEIGHTS: Mapping[str, Callable[[FigureSpec, Page], float]] = MappingProxyType(
    {
        "theory": theory_height,
        "circuit": node_link_height,
        "tree": node_link_height,
        "posterior": posterior_height,
        "separation": separation_height,
        "rates": rates_height,
    }
)


def natural_height(spec: FigureSpec, page: Page) -> float:
    """The height in inches that suits `spec` at the width of `page`; its height is not read.

    Curves have the golden ratio, up to 3.2 inches; the rest as much as it needs, up to 9.

    Examples
    --------
    >>> from workbench.core.tables import Table
    >>> natural_height(FigureSpec("curve", {}), Page(3.25, 1.0))
    2.01
    """
    if spec.kind not in _HEIGHTS:
        return round(min(page.width * GOLDEN, 3.2), 2)
    inches = _HEIGHTS[spec.kind](spec, page) / POINTS_PER_INCH
    return round(min(max(inches, SMALLEST_HEIGHT), LARGEST_HEIGHT), 2)


def render(spec: FigureSpec, page: Page, suffix: str, metadata: Mapping[str, str]) -> bytes:
    """The file of kind `suffix` (".pdf", ".svg" or ".png") that shows `spec` on `page`.

    Equal arguments give equal bytes, in every process.

    Raises
    ------
    ParameterError
        When no writer knows the suffix.
    """
    with blank(page) as figure:
        PAINTERS[spec.kind](spec, page, figure)
        return to_bytes(figure, page, suffix, metadata)
