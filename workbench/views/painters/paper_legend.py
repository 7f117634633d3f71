"""The legend of a node-link figure: kinds with counts, ramp with transform, edge widths."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.core.tables import Table
from workbench.views.painters.drawing import MARGIN_PT, draw_ramp
from workbench.views.painters.node_link_page import Drawing, Sample, entry_pt
from workbench.views.painters.page import POINTS_PER_PX
from workbench.views.painters.paper_glyphs import draw_glyphs
from workbench.views.spec import FigureSpec
from workbench.views.style import STYLE
from workbench.views.words import count_label

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def draw_legend(drawing: Drawing, axes: Axes) -> None:
    """Draw the legend at the bottom left: numbers in the last row, kinds above."""
    page = drawing.page
    step = page.tick_pt * 1.6
    bottom = MARGIN_PT
    for shown, draw in ((drawing.shows_weights, _widths), (drawing.shows_ramp, _ramp)):
        if shown:
            draw(drawing, axes, bottom)
            bottom += step
    for row in reversed(drawing.legend):
        left = MARGIN_PT
        for name, count in row:
            _legend_entry(drawing, axes, name, count, left, bottom)
            left += entry_pt(name, count, page)
        bottom += step


def _legend_entry(
    drawing: Drawing, axes: Axes, name: str, count: int, left: float, bottom: float
) -> None:
    page, size = drawing.page, drawing.page.tick_pt
    centre = {"x": [left + size * 0.65], "y": [bottom + size * 0.4]}
    one: dict[str, Any] = {
        **centre,
        "glyph": np.array([name], dtype=object),
        "size": [size * 1.1 / (STYLE.glyphs[name].scale)],
        "value": [np.nan],
    }
    spec = FigureSpec(drawing.spec.kind, {"nodes": Table(one)})
    sample = Sample(spec, page, by_value=drawing.shows_ramp)
    middle = {0: page.colours.ordinal[4]} if _has_values(drawing, name) else {}
    draw_glyphs(sample, axes, STYLE.glyphs[name], "", np.array([0]), middle)
    words = count_label(STYLE.glyphs[name].label, count)
    axes.text(left + size * 1.3 + 3, bottom + size * 0.4, words, size=size, va="center_baseline")


def _has_values(drawing: Drawing, name: str) -> bool:
    return bool(np.isfinite(drawing.values[drawing.nodes["glyph"] == name]).any())


def _ramp(drawing: Drawing, axes: Axes, bottom: float) -> None:
    colour = drawing.spec.encoding("colour")
    if colour is not None:
        draw_ramp(axes, drawing.page, colour, drawing.values, MARGIN_PT, bottom)


def _widths(drawing: Drawing, axes: Axes, bottom: float) -> None:
    page, left = drawing.page, MARGIN_PT
    width = drawing.spec.encoding("width")
    words = width.label if width is not None else ""
    size, edge = page.tick_pt, page.colours.surfaces.edge
    for place, share in enumerate((0.0, 0.5, 1.0)):
        axes.plot(
            [left + 11 * place, left + 11 * place + 9],
            [bottom + size * 0.4] * 2,
            color=edge,
            alpha=STYLE.edges.opacity(share),
            linewidth=STYLE.edges.width_px(share) * POINTS_PER_PX * drawing.stroke,
            solid_capstyle="butt",
        )
    ends = f"{words}: 0, half, {_largest(drawing)}"
    axes.text(left + 35, bottom + size * 0.4, ends, size=size, va="center_baseline")


def _largest(drawing: Drawing) -> str:
    width = drawing.spec.encoding("width")
    return "1" if width is None or width.column == "weight" else "largest"
