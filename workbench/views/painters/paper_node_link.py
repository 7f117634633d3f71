"""Circuits and search trees on paper: glyphs, edges, labels and legend from the layout arrays."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.core.arrays import FloatArray
from workbench.views.painters.drawing import MARGIN_PT, sheet, text_width
from workbench.views.painters.node_link_page import LARGEST_GLYPH_PT, ROW_PT, Drawing
from workbench.views.painters.page import POINTS_PER_PX, Page
from workbench.views.painters.paper_glyphs import DASHES, draw_nodes
from workbench.views.painters.paper_legend import draw_legend
from workbench.views.spec import FigureSpec
from workbench.views.style import STYLE

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.path import Path


def node_link_height(spec: FigureSpec, page: Page) -> float:
    """The height in points that a circuit or tree needs at the width of `page`."""
    drawing = Drawing(spec, page)
    spans = [max(float(np.ptp(drawing.nodes[axis])), 1.0) for axis in ("x", "y")]
    around = drawing.legend_pt + LARGEST_GLYPH_PT + 2 * MARGIN_PT
    if drawing.labels_beside:
        return around + spans[1] * ROW_PT + ROW_PT
    aspect = float(np.clip(spans[1] / spans[0], 0.25, 1.3))
    most = 40.0 * spans[1] + LARGEST_GLYPH_PT
    return around + drawing.label_pt + 2 + min(drawing.box.width * aspect, most)


def paint_node_link(spec: FigureSpec, page: Page, figure: Figure) -> None:
    """Draw a circuit or a search tree."""
    drawing = Drawing(spec, page)
    axes = sheet(page, figure)
    _edges(drawing, axes)
    draw_nodes(drawing, axes)
    _labels(drawing, axes)
    draw_legend(drawing, axes)


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
                    linestyles=[DASHES["dashed" if dashed else "solid"]],
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
    ends = list(zip(edges["source"].tolist(), edges["target"].tolist(), strict=True))
    if drawing.labels_beside:
        own, column = drawing.exits
        return [_stub((own[a], y[a]), column[a], (x[b], y[b])) for a, b in ends]
    return [
        _smooth([(x[a], y[a]), *between, (x[b], y[b])], sideways=drawing.sideways)
        for (a, b), between in zip(ends, stops, strict=True)
    ]


def _stub(start: tuple[float, float], column: float, end: tuple[float, float]) -> Path:
    """Straight past the text of the column, then a curve; a link back is one straight line."""
    from matplotlib.path import Path

    if end[0] <= column:
        return Path([start, end])
    middle = (column + end[0]) / 2
    vertices = [start, (column, start[1]), (middle, start[1]), (middle, end[1]), end]
    return Path(vertices, [Path.MOVETO, Path.LINETO, *[Path.CURVE4] * 3])


def _smooth(points: list[tuple[float, float]], *, sideways: bool) -> Path:
    from matplotlib.path import Path

    vertices, codes = [points[0]], [Path.MOVETO]
    for (x0, y0), (x1, y1) in pairwise(points):
        middle = (x0 + x1) / 2 if sideways else (y0 + y1) / 2
        pulls = [(middle, y0), (middle, y1)] if sideways else [(x0, middle), (x1, middle)]
        vertices += [*pulls, (x1, y1)]
        codes += [Path.CURVE4] * 3
    return Path(vertices, codes)


def _labels(drawing: Drawing, axes: Axes) -> None:
    (_labels_beside if drawing.labels_beside else _labels_below)(drawing, axes)


def _halo(drawing: Drawing) -> list[Any]:
    from matplotlib.patheffects import withStroke

    return [withStroke(linewidth=1.6, foreground=drawing.page.colours.surfaces.canvas)]


def _labels_beside(drawing: Drawing, axes: Axes) -> None:
    """Step text to the right of each node; :func:`_curves` leaves it free."""
    x, y = drawing.places
    for row, text in enumerate(drawing.texts):
        axes.text(
            x[row] + float(drawing.diameters[row]) / 2 + 2,
            y[row],
            text,
            size=drawing.label_pt,
            va="center_baseline",
            zorder=6,
        )


def _labels_below(drawing: Drawing, axes: Axes) -> None:
    """Labels under the glyphs, all or none: only where neighbours leave room for every one."""
    size = drawing.label_pt
    labels = [str(label) for label in drawing.nodes["label"].tolist()]
    x, y = drawing.places
    if not labels or not _room_below(drawing, labels, size):
        return
    for row, label in enumerate(labels):
        edge = MARGIN_PT + text_width(label, size) / 2
        axes.text(
            min(max(float(x[row]), edge), drawing.page.width_pt - edge),  # whole at the margins
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
