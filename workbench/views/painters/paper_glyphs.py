"""Glyphs on paper: shape, fill by kind or by value, outline, mark."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.core.arrays import AnyArray
from workbench.views.painters.drawing import fill_colours, ink_on, share_of
from workbench.views.painters.glyphs import MARKS, SHAPES
from workbench.views.painters.node_link_page import Drawing
from workbench.views.painters.page import POINTS_PER_PX, Page
from workbench.views.style import STYLE, Glyph

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.path import Path

MARK_FROM_PT = 4.5
BADGE_AT, BADGE_SHARE = 0.46, 0.52  # from the middle of the glyph, and of its diameter
DASHES: dict[str, Any] = {
    "solid": "solid",
    "double": "solid",
    "dashed": (0, (2.2, 1.4)),
    "dotted": (0, (0.8, 1.2)),
}


def draw_nodes(drawing: Drawing, axes: Axes) -> None:
    """Draw every node, those of one glyph and ring together."""
    names = drawing.nodes["glyph"]
    rings = drawing.nodes["ring"] if "ring" in drawing.nodes else np.full(len(names), "", object)
    fills = _value_fills(drawing)
    for name in dict.fromkeys(names.tolist()):
        for ring in dict.fromkeys(rings[names == name].tolist()):
            rows = np.flatnonzero((names == name) & (rings == ring))
            draw_glyphs(drawing, axes, STYLE.glyphs[name], ring, rows, fills)


def _value_fills(drawing: Drawing) -> dict[int, str]:
    """Row -> fill by value, where the figure shows a number and the row has one."""
    colour = drawing.spec.encoding("colour")
    if colour is None or not drawing.shows_ramp:
        return {}
    share = share_of(drawing.values, colour.scale)
    rows = np.flatnonzero(np.isfinite(share))
    return dict(
        zip(rows.tolist(), fill_colours(drawing.page.colours.ordinal, share[rows]), strict=True)
    )


def draw_glyphs(
    drawing: Drawing,
    axes: Axes,
    glyph: Glyph,
    ring: str,
    rows: AnyArray,
    fills: dict[int, str],
) -> None:
    """Draw the nodes `rows`, all with one `glyph` and `ring`; `fills` are fills by value."""
    by_value = drawing.shows_ramp and glyph.fill in {"hue", "ordinal"}
    plain = _fill(drawing.page, glyph)
    colours = [fills.get(row, "none") if by_value else plain for row in rows.tolist()]
    missing = np.array([colour == "none" for colour in colours])
    outline, width = _outline(drawing, glyph, ring, by_value=by_value)
    dash = glyph.dash
    for empty in (False, True):
        chosen = rows[missing == empty]
        if not len(chosen):
            continue
        dotted = empty and glyph.fill != "none"
        _shapes(
            drawing,
            axes,
            SHAPES[glyph.shape](),
            chosen,
            fill=[drawing.page.colours.surfaces.canvas]
            if empty
            else [c for c in colours if c != "none"],
            line=outline,
            width=1.4 * width if dotted else width,
            dash=DASHES["dotted" if dotted else dash],
        )
    if glyph.dash == "double":
        _shapes(
            drawing, axes, SHAPES[glyph.shape](), rows, ["none"], outline, width, "solid", grow=1.4
        )
    _marks(drawing, axes, glyph, rows, colours)
    if ring == "failed_check":
        _badges(drawing, axes, rows)


def _badges(drawing: Drawing, axes: Axes, rows: AnyArray) -> None:
    """A cross on a small disc at the top right: colour alone must not say that a check failed."""
    from matplotlib.collections import PathCollection
    from matplotlib.transforms import IdentityTransform

    states, canvas = drawing.page.colours.states, drawing.page.colours.surfaces.canvas
    x, y = drawing.places
    size = drawing.diameters[rows]
    corner = BADGE_AT * size
    offsets = np.stack([x[rows] + corner, y[rows] + corner], axis=1)
    disc: dict[str, Any] = {"facecolors": states.failed, "edgecolors": canvas, "linewidths": 0.6}
    cross: dict[str, Any] = {
        "facecolors": "none",
        "edgecolors": states.mark_colour,
        "linewidths": (size * 0.07).tolist(),
        "capstyle": "round",
    }
    for shape, style in ((SHAPES["circle"](), disc), (MARKS["cross"](), cross)):
        collection = PathCollection(
            [shape],
            sizes=(size * BADGE_SHARE / 2) ** 2,
            offsets=offsets,
            offset_transform=axes.transData,
            transform=IdentityTransform(),
            zorder=5,
            **style,
        )
        axes.add_collection(collection)


def _shapes(
    drawing: Drawing,
    axes: Axes,
    shape: Path,
    rows: AnyArray,
    fill: list[str],
    line: str,
    width: float,
    dash: Any,
    grow: float = 1.0,
) -> None:
    from matplotlib.collections import PathCollection
    from matplotlib.transforms import IdentityTransform

    x, y = drawing.places
    collection = PathCollection(
        [shape],
        sizes=(drawing.diameters[rows] * grow / 2) ** 2,
        offsets=np.stack([x[rows], y[rows]], axis=1),
        offset_transform=axes.transData,
        transform=IdentityTransform(),  # sizes are points already, at any resolution
        facecolors=fill,
        edgecolors=line,
        linewidths=width,
        linestyles=[dash],
        zorder=4,
    )
    axes.add_collection(collection)


def _fill(page: Page, glyph: Glyph) -> str:
    surfaces, states = page.colours.surfaces, page.colours.states
    known = {
        "none": "none",
        "ordinal": "none",
        "panel": surfaces.panel,
        "text": surfaces.text,
        "solved": states.solved,
        "failed": states.failed,
    }
    return known[glyph.fill] if glyph.fill in known else page.colours.hues[glyph.hue].colour


def _outline(
    drawing: Drawing,
    glyph: Glyph,
    ring: str,
    *,
    by_value: bool,
) -> tuple[str, float]:
    page = drawing.page
    base = STYLE.nodes.outline_px * POINTS_PER_PX * drawing.stroke
    if ring in STYLE.rings:
        wide = STYLE.rings[ring].width_px * POINTS_PER_PX * drawing.stroke
        return _line(page, STYLE.rings[ring].line, glyph), wide
    if by_value:
        return page.colours.surfaces.edge, base
    return _line(page, glyph.line, glyph), base


def _line(page: Page, name: str, glyph: Glyph) -> str:
    surfaces, states = page.colours.surfaces, page.colours.states
    known = {
        "edge": surfaces.edge,
        "text": surfaces.text,
        "solved": states.solved,
        "failed": states.failed,
        "inactive": states.inactive,
        "focus": states.focus,
        "selected": states.selected,
    }
    if name in known:
        return known[name]
    return page.colours.hues[glyph.hue].colour if glyph.hue >= 0 else surfaces.text


def _marks(drawing: Drawing, axes: Axes, glyph: Glyph, rows: AnyArray, colours: list[str]) -> None:
    from matplotlib.collections import PathCollection
    from matplotlib.transforms import IdentityTransform

    large = drawing.diameters[rows] >= MARK_FROM_PT
    if glyph.mark not in MARKS or not large.any():
        return
    canvas, chosen = drawing.page.colours.surfaces.canvas, rows[large]
    inks = [
        ink_on(canvas if colour == "none" else colour)
        for colour, shown in zip(colours, large.tolist(), strict=True)
        if shown
    ]
    x, y = drawing.places
    size = drawing.diameters[chosen]
    collection = PathCollection(
        [MARKS[glyph.mark]()],
        sizes=(size / 2) ** 2,
        offsets=np.stack([x[chosen], y[chosen]], axis=1),
        offset_transform=axes.transData,
        transform=IdentityTransform(),  # sizes are points already, at any resolution
        facecolors="none",
        edgecolors=inks,
        linewidths=(size * 0.09).tolist(),
        capstyle="round",
        joinstyle="round",
        zorder=5,
    )
    axes.add_collection(collection)
