"""Circuits and search trees on paper: glyphs, edges, labels and legend from the layout arrays."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.core.arrays import AnyArray, BoolArray, FloatArray
from workbench.core.tables import Table
from workbench.views.node_link import GLYPH_DIAMETER
from workbench.views.painters.drawing import (
    MARGIN_PT,
    Box,
    draw_ramp,
    fill_colours,
    fitted,
    ink_on,
    share_of,
    sheet,
    text_width,
)
from workbench.views.painters.glyphs import MARKS, SHAPES
from workbench.views.painters.page import POINTS_PER_PX, SMALLEST_PT, Page
from workbench.views.spec import FigureSpec
from workbench.views.style import STYLE, Glyph
from workbench.views.words import count_label

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.path import Path

LARGEST_GLYPH_PT = 15.0
SMALLEST_GLYPH_PT = 1.2
MARK_FROM_PT = 4.5
ROW_PT = 9.5
LABEL_ROOM_PT = 130.0
_DASHES: dict[str, Any] = {
    "solid": "solid",
    "double": "solid",
    "dashed": (0, (2.2, 1.4)),
    "dotted": (0, (0.8, 1.2)),
}


@dataclass(frozen=True, eq=False)
class Drawing:
    """A node-link figure placed on a page: everything in points."""

    spec: FigureSpec
    page: Page

    @cached_property
    def nodes(self) -> Table:
        """The nodes."""
        return self.spec.tables["nodes"]

    @property
    def sideways(self) -> bool:
        """Whether depth runs from left to right."""
        direction = self.spec.encoding("direction")
        return direction is not None and direction.label == "right"

    @cached_property
    def legend(self) -> tuple[tuple[tuple[str, int], ...], ...]:
        """Rows of (glyph, count) that fit the width of the page."""
        return _legend_rows(self.nodes, self.page)

    @property
    def legend_pt(self) -> float:
        """The height of the legend."""
        ramp = self.shows_ramp or self.shows_weights
        return (len(self.legend) + ramp) * self.page.tick_pt * 1.6 + MARGIN_PT

    @property
    def shows_ramp(self) -> bool:
        """Whether the fill of nodes shows a number."""
        colour = self.spec.encoding("colour")
        has_values = bool(np.isfinite(self.nodes["value"]).any())
        return colour is not None and colour.column == "value" and has_values

    @property
    def shows_weights(self) -> bool:
        """Whether the width of edges shows a number."""
        weights = self.spec.tables["edges"]["weight"]
        return self.spec.encoding("width") is not None and bool(np.isfinite(weights).any())

    @cached_property
    def box(self) -> Box:
        """Where node centres may lie."""
        half = LARGEST_GLYPH_PT / 2 + MARGIN_PT
        bottom = self.legend_pt + half
        right = half + (self.label_room if self.sideways else 0.0)
        height = self.page.height_pt - bottom - half
        return Box(half, bottom, self.page.width_pt - half - right, height)

    @cached_property
    def label_room(self) -> float:
        """How much room the last labels get to the right of their nodes."""
        x = self.nodes["x"]
        last = np.flatnonzero(x >= x.max() - 1e-9)
        longest = max(text_width(str(self.nodes["label"][i]), self.label_pt) for i in last[:200])
        return min(longest + 4.0, LABEL_ROOM_PT)

    @property
    def label_pt(self) -> float:
        """The type size of node labels."""
        return max(SMALLEST_PT, self.page.tick_pt - 1.0)

    @cached_property
    def scales(self) -> tuple[float, float]:
        """Points per layout unit, across and down."""
        spans = [float(np.ptp(self.nodes[axis])) for axis in ("x", "y")]
        room = (self.box.width, self.box.height)
        wide, tall = (
            r / span if span > 0 else math.inf for r, span in zip(room, spans, strict=True)
        )
        if self.sideways:
            return min(wide, 60.0), min(tall, 2.2 * ROW_PT)
        largest = 3.0 * min(wide, tall)
        return min(wide, largest, 60.0), min(tall, largest, 60.0)

    def at(self, x: AnyArray, y: AnyArray) -> tuple[FloatArray, FloatArray]:
        """Layout coordinates on the page; centred in the box, y turned upwards."""
        across, down = self.scales
        middle = [(self.nodes[axis].min() + self.nodes[axis].max()) / 2 for axis in ("x", "y")]
        centre_x = self.box.left + self.box.width / 2
        if self.sideways:
            middle[0], centre_x = self.nodes["x"].min(), self.box.left
        centre_y = self.box.bottom + self.box.height / 2
        return centre_x + across * (x - middle[0]), centre_y - down * (y - middle[1])

    @cached_property
    def places(self) -> tuple[FloatArray, FloatArray]:
        """Node centres."""
        return self.at(self.nodes["x"], self.nodes["y"])

    @cached_property
    def diameters(self) -> FloatArray:
        """Glyph diameters: as large as the closest neighbours allow, and their own scale."""
        breadth = self.scales[1] if self.sideways else self.scales[0]
        unit = GLYPH_DIAMETER * min(breadth, 2.0 * max(self.scales))
        rest = float(np.clip(unit, SMALLEST_GLYPH_PT, LARGEST_GLYPH_PT))
        own = np.array([STYLE.glyphs[name].scale for name in self.nodes["glyph"].tolist()])
        return rest * np.asarray(self.nodes["size"], np.float64) * own

    @property
    def stroke(self) -> float:
        """Factor on line widths: thin lines for small glyphs."""
        return float(np.clip(self.diameters.max(initial=1.0) / LARGEST_GLYPH_PT, 0.3, 1.0))


def node_link_height(spec: FigureSpec, page: Page) -> float:
    """The height in points that a circuit or tree needs at the width of `page`."""
    drawing = Drawing(spec, page)
    spans = [max(float(np.ptp(drawing.nodes[axis])), 1.0) for axis in ("x", "y")]
    around = drawing.legend_pt + LARGEST_GLYPH_PT + 2 * MARGIN_PT
    if drawing.sideways:
        return around + spans[1] * ROW_PT + ROW_PT
    aspect = float(np.clip(spans[1] / spans[0], 0.25, 1.3))
    most = 40.0 * spans[1] + LARGEST_GLYPH_PT
    return around + min(drawing.box.width * aspect, most)


def paint_node_link(spec: FigureSpec, page: Page, figure: Figure) -> None:
    """Draw a circuit or a search tree."""
    drawing = Drawing(spec, page)
    axes = sheet(page, figure)
    _edges(drawing, axes)
    _glyphs(drawing, axes)
    _labels(drawing, axes)
    _legend(drawing, axes)


def _edges(drawing: Drawing, axes: Axes) -> None:
    from matplotlib.collections import PathCollection

    edges, style = drawing.spec.tables["edges"], STYLE.edges
    weight = np.asarray(edges["weight"], np.float64)
    plain = np.isnan(weight)
    known = np.where(plain, 0.0, weight)
    width = np.where(plain, style.plain_px, style.width_base_px + style.width_span_px * known)
    opacity = np.where(plain, 1.0, style.opacity_base + style.opacity_span * known)
    path = edges["path"] if "path" in edges else np.zeros(len(weight), np.bool_)
    width = np.where(path, style.path_px, width) * POINTS_PER_PX * drawing.stroke
    curves = _curves(drawing)
    surfaces = drawing.page.colours.surfaces
    for dashed in (False, True):
        for on_path, colour in ((False, surfaces.edge), (True, surfaces.text)):
            chosen = np.flatnonzero((edges["dashed"] == dashed) & (path == on_path))
            if len(chosen):
                lines = PathCollection(
                    [curves[i] for i in chosen.tolist()],
                    facecolors="none",
                    edgecolors=_with_opacity(colour, opacity[chosen]),
                    linewidths=np.maximum(width[chosen], 0.2),
                    linestyles=[_DASHES["dashed" if dashed else "solid"]],
                    zorder=1 + on_path,
                    capstyle="butt" if dashed else "round",
                )
                axes.add_collection(lines)


def _with_opacity(colour: str, opacity: FloatArray) -> list[tuple[float, ...]]:
    from matplotlib.colors import to_rgba

    return [to_rgba(colour, float(alpha)) for alpha in opacity]


def _curves(drawing: Drawing) -> list[Path]:
    """One smooth path per edge, through its bends, with tangents along the depth."""
    edges = drawing.spec.tables["edges"]
    x, y = drawing.places
    stops: list[list[tuple[float, float]]] = [[] for _ in range(edges.n_rows)]
    if "bends" in drawing.spec.tables:
        bends = drawing.spec.tables["bends"]
        bend_x, bend_y = drawing.at(bends["x"], bends["y"])
        for edge, px, py in zip(
            bends["edge"].tolist(), bend_x.tolist(), bend_y.tolist(), strict=True
        ):
            stops[edge].append((px, py))
    ends = zip(edges["source"].tolist(), edges["target"].tolist(), stops, strict=True)
    return [
        _smooth([(x[a], y[a]), *between, (x[b], y[b])], drawing.sideways) for a, b, between in ends
    ]


def _smooth(points: list[tuple[float, float]], sideways: bool) -> Path:
    from matplotlib.path import Path

    vertices, codes = [points[0]], [Path.MOVETO]
    for (x0, y0), (x1, y1) in pairwise(points):
        mx, my = (x0 + x1) / 2, (y0 + y1) / 2
        controls = [(mx, y0), (mx, y1)] if sideways else [(x0, my), (x1, my)]
        vertices += [*controls, (x1, y1)]
        codes += [Path.CURVE4] * 3
    return Path(vertices, codes)


def _glyphs(drawing: Drawing, axes: Axes) -> None:
    names = drawing.nodes["glyph"]
    rings = drawing.nodes["ring"] if "ring" in drawing.nodes else np.full(len(names), "", object)
    fills = _value_fills(drawing)
    for name in dict.fromkeys(names.tolist()):
        for ring in dict.fromkeys(rings[names == name].tolist()):
            rows = np.flatnonzero((names == name) & (rings == ring))
            _glyph_group(drawing, axes, STYLE.glyphs[name], ring, rows, fills)


def _value_fills(drawing: Drawing) -> dict[int, str]:
    """Row -> fill by value, where the figure shows a number and the row has one."""
    colour = drawing.spec.encoding("colour")
    if colour is None or not drawing.shows_ramp:
        return {}
    share = share_of(np.asarray(drawing.nodes["value"], np.float64), colour.scale)
    rows = np.flatnonzero(np.isfinite(share))
    return dict(
        zip(rows.tolist(), fill_colours(drawing.page.colours.ordinal, share[rows]), strict=True)
    )


def _glyph_group(
    drawing: Drawing,
    axes: Axes,
    glyph: Glyph,
    ring: str,
    rows: AnyArray,
    fills: dict[int, str],
) -> None:
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
            width=width,
            dash=_DASHES["dotted" if dotted else dash],
        )
    if glyph.dash == "double":
        _shapes(
            drawing, axes, SHAPES[glyph.shape](), rows, ["none"], outline, width, "solid", grow=1.4
        )
    _marks(drawing, axes, glyph, rows, colours)


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

    x, y = drawing.places
    collection = PathCollection(
        [shape],
        sizes=(drawing.diameters[rows] * grow / 2) ** 2,
        offsets=np.stack([x[rows], y[rows]], axis=1),
        offset_transform=axes.transData,
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
        facecolors="none",
        edgecolors=inks,
        linewidths=(size * 0.09).tolist(),
        capstyle="round",
        joinstyle="round",
        zorder=5,
    )
    axes.add_collection(collection)


def _labels(drawing: Drawing, axes: Axes) -> None:
    (_labels_beside if drawing.sideways else _labels_below)(drawing, axes)


def _halo(drawing: Drawing) -> list[Any]:
    from matplotlib.patheffects import withStroke

    return [withStroke(linewidth=1.6, foreground=drawing.page.colours.surfaces.canvas)]


def _labels_beside(drawing: Drawing, axes: Axes) -> None:
    """Step text to the right of each node, where rows are far enough apart to read it."""
    size, (across, down) = drawing.label_pt, drawing.scales
    if down < size * 0.95:
        return
    x, y = drawing.places
    inner = _has_children(drawing)
    gaps = np.diff(np.unique(np.round(drawing.nodes["x"], 6)))
    gap = across * float(gaps.min()) if len(gaps) else drawing.label_room
    for row, label in enumerate(drawing.nodes["label"].tolist()):
        radius = float(drawing.diameters[row]) / 2
        last = x[row] + gap > drawing.box.right + 1
        room = drawing.page.width_pt - x[row] - radius - 4 if last else gap - 2 * radius - 4
        text = fitted(label, size, room)
        axes.text(
            x[row] + radius + 2,
            y[row] + (size * 0.55 if inner[row] and not last else 0.0),
            text,
            size=size,
            va="center_baseline",
            zorder=6,
            path_effects=_halo(drawing),
        )


def _has_children(drawing: Drawing) -> BoolArray:
    inner = np.zeros(drawing.nodes.n_rows, dtype=np.bool_)
    inner[drawing.spec.tables["edges"]["source"]] = True
    return inner


def _labels_below(drawing: Drawing, axes: Axes) -> None:
    """Labels under the glyphs, all or none: only where neighbours leave room for every one."""
    size = drawing.label_pt
    labels = [str(label) for label in drawing.nodes["label"].tolist()]
    x, y = drawing.places
    if not labels or not _room_below(drawing, labels, size):
        return
    for row, label in enumerate(labels):
        axes.text(
            x[row],
            y[row] - float(drawing.diameters[row]) / 2 - 1.5,
            label,
            size=size,
            ha="center",
            va="top",
            zorder=6,
            color=drawing.page.colours.surfaces.muted,
            path_effects=_halo(drawing),
        )


def _room_below(drawing: Drawing, labels: list[str], size: float) -> bool:
    x, y = drawing.places
    widths = np.array([text_width(label, size) for label in labels])
    for level in np.unique(np.round(y, 3)):
        row = np.flatnonzero(np.round(y, 3) == level)
        order = row[np.argsort(x[row], kind="stable")]
        needed = (widths[order][:-1] + widths[order][1:]) / 2 + 3
        if (np.diff(x[order]) < needed).any():
            return False
    levels = np.unique(np.round(y, 3))
    return not len(levels[1:]) or float(np.diff(levels).min()) > drawing.diameters.max() + size + 4


def _legend_rows(nodes: Table, page: Page) -> tuple[tuple[tuple[str, int], ...], ...]:
    """Rows of (glyph name, units), in the order of the style table."""
    width = nodes["width"] if "width" in nodes else np.ones(nodes.n_rows, np.int64)
    names = nodes["glyph"]
    counted = [
        (name, int(width[names == name].sum())) for name in STYLE.glyphs if (names == name).any()
    ]
    rows: list[list[tuple[str, int]]] = [[]]
    used = MARGIN_PT
    for name, count in counted:
        needed = _entry_pt(name, count, page)
        if rows[-1] and used + needed > page.width_pt:
            rows.append([])
            used = MARGIN_PT
        rows[-1].append((name, count))
        used += needed
    return tuple(tuple(row) for row in rows)


def _entry_pt(name: str, count: int, page: Page) -> float:
    words = count_label(STYLE.glyphs[name].label, count)
    return page.tick_pt * 1.3 + 3 + text_width(words, page.tick_pt) + 9


def _legend(drawing: Drawing, axes: Axes) -> None:
    page = drawing.page
    step = page.tick_pt * 1.6
    bottom = MARGIN_PT
    if drawing.shows_ramp or drawing.shows_weights:
        _legend_numbers(drawing, axes, bottom)
        bottom += step
    for row in reversed(drawing.legend):
        left = MARGIN_PT
        for name, count in row:
            _legend_entry(drawing, axes, name, count, left, bottom)
            left += _entry_pt(name, count, page)
        bottom += step


def _legend_entry(
    drawing: Drawing, axes: Axes, name: str, count: int, left: float, bottom: float
) -> None:
    page, size = drawing.page, drawing.page.tick_pt
    centre = {"x": [left + size * 0.65], "y": [bottom + size * 0.4]}
    one = {
        **centre,
        "glyph": np.array([name], dtype=object),
        "size": [size * 1.1 / (STYLE.glyphs[name].scale)],
        "value": [np.nan],
    }
    sample = _Sample(FigureSpec(drawing.spec.kind, {"nodes": Table(one)}), page)
    _glyph_group(sample, axes, STYLE.glyphs[name], "", np.array([0]), {})
    words = count_label(STYLE.glyphs[name].label, count)
    axes.text(left + size * 1.3 + 3, bottom + size * 0.4, words, size=size, va="center_baseline")


class _Sample(Drawing):
    """One glyph of a legend: places and sizes are already in points."""

    @cached_property
    def places(self) -> tuple[FloatArray, FloatArray]:
        return self.nodes["x"], self.nodes["y"]

    @cached_property
    def diameters(self) -> FloatArray:
        own = np.array([STYLE.glyphs[name].scale for name in self.nodes["glyph"].tolist()])
        return np.asarray(self.nodes["size"], np.float64) * own

    @property
    def shows_ramp(self) -> bool:
        return False


def _legend_numbers(drawing: Drawing, axes: Axes, bottom: float) -> None:
    page, left = drawing.page, MARGIN_PT
    colour, width = drawing.spec.encoding("colour"), drawing.spec.encoding("width")
    if colour is not None and drawing.shows_ramp:
        values = np.asarray(drawing.nodes["value"], np.float64)
        left = draw_ramp(axes, page, colour, values, left, bottom) + 12
    if width is None or not drawing.shows_weights:
        return
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
    words = f"{width.label}: 0, half, {_largest(drawing)}"
    axes.text(left + 35, bottom + size * 0.4, words, size=size, va="center_baseline")


def _largest(drawing: Drawing) -> str:
    width = drawing.spec.encoding("width")
    return "1" if width is None or width.column == "weight" else "largest"
