"""Scores of groups on paper: rows of distributions, a panel per score, AUROC beside each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.core.arrays import FloatArray
from workbench.views.painters.drawing import MARGIN_PT, Box, fitted, sheet, text_width
from workbench.views.painters.page import Page
from workbench.views.separation_figure import Panel, panels, wrapped_label
from workbench.views.spec import FigureSpec

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ROW_PT = 15.0
LEAST_PANEL_PT = 44.0
RIDGE_SHARE = 0.8
GAP_PT = 12.0
AREA = "AUROC"
LINE = 1.25  # line height over type size


def paint_separation(spec: FigureSpec, page: Page, figure: Figure) -> None:
    """Draw a separation figure: a row per group, a panel per score, as many side by side as fit."""
    axes = sheet(page, figure)
    lines = _lines(page, panels(spec))
    if spec.title:
        style: dict[str, Any] = {"size": page.label_pt, "weight": "bold", "va": "top"}
        axes.text(MARGIN_PT, page.height_pt - MARGIN_PT, spec.title, **style)
    top = page.height_pt - _title_pt(spec, page)
    row_pt = ROW_PT * _shrunk(spec, page, lines)
    for line in lines:
        boxes = _boxes(page, line, len(lines[0]), top, row_pt)
        _names(axes, page, line[0], boxes[0])
        for panel, box in zip(line, boxes, strict=True):
            _draw(axes, page, panel, box)
        top = boxes[0].bottom - _foot_pt(page)


def separation_height(spec: FigureSpec, page: Page) -> float:
    """The height in points that a separation figure needs."""
    lines = _lines(page, panels(spec))
    rows = sum(len(line[0].names) for line in lines) * ROW_PT
    return _title_pt(spec, page) + _around_pt(page, lines) + rows


def _lines(page: Page, drawn: list[Panel]) -> list[list[Panel]]:
    """The panels in lines of about as many each, as few lines as fit."""
    step = LEAST_PANEL_PT + _area_pt(page) + GAP_PT
    room = page.width_pt - 2 * MARGIN_PT - _names_pt(page, drawn[0]) + GAP_PT
    n_lines = -(-len(drawn) // max(int(room / step), 1))
    across = -(-len(drawn) // n_lines)
    return [drawn[start : start + across] for start in range(0, len(drawn), across)]


def _shrunk(spec: FigureSpec, page: Page, lines: list[list[Panel]]) -> float:
    """What rows are multiplied by so that all fit on a page whose height was given."""
    fixed = _title_pt(spec, page) + _around_pt(page, lines)
    wanted = separation_height(spec, page) - fixed
    return min(max((page.height_pt - fixed) / wanted, 0.05), 1.0)


def _title_pt(spec: FigureSpec, page: Page) -> float:
    return page.label_pt * 1.6 if spec.title else 0.0


def _around_pt(page: Page, lines: list[list[Panel]]) -> float:
    return sum(_head_pt(page, line) + _foot_pt(page) for line in lines)


def _head_pt(page: Page, line: list[Panel]) -> float:
    n_words = max(len(wrapped_label(panel.encoding)) for panel in line)
    return MARGIN_PT + (n_words + 0.6) * page.tick_pt * LINE


def _foot_pt(page: Page) -> float:
    return MARGIN_PT + page.tick_pt * LINE + 5.0


def _boxes(page: Page, line: list[Panel], across: int, top: float, row_pt: float) -> list[Box]:
    """Where the distributions of each panel stand; their areas follow on the right."""
    names_pt = _names_pt(page, line[0])
    room = page.width_pt - 2 * MARGIN_PT - names_pt - GAP_PT * (across - 1)
    width = room / across - _area_pt(page)
    step = width + _area_pt(page) + GAP_PT
    height = len(line[0].names) * row_pt
    bottom = top - _head_pt(page, line) - height
    left = MARGIN_PT + names_pt
    return [Box(left + place * step, bottom, width, height) for place in range(len(line))]


def _area_pt(page: Page) -> float:
    return text_width(AREA, page.tick_pt) + 3.0


def _names_pt(page: Page, panel: Panel) -> float:
    """The room for names; the bold one is wider than it is measured."""
    names = zip(panel.names, panel.is_within, strict=True)
    return max(text_width(name, page.tick_pt) * (1.12 if own else 1.0) for name, own in names) + 6.0


def _names(axes: Axes, page: Page, panel: Panel, box: Box) -> None:
    for place, (name, within) in enumerate(zip(panel.names, panel.is_within, strict=True)):
        base = _base(box, panel, place)
        weight = "bold" if within else "normal"
        axes.text(box.left - 6, base, name, size=page.tick_pt, ha="right", weight=weight)


def _base(box: Box, panel: Panel, place: int) -> float:
    return box.top - (place + 1) * box.height / len(panel.names)


def _draw(axes: Axes, page: Page, panel: Panel, box: Box) -> None:
    surfaces, size = page.colours.surfaces, page.tick_pt
    for place, line in enumerate(reversed(wrapped_label(panel.encoding))):
        height = box.top + (0.6 + place) * size * LINE
        axes.text(box.left, height, fitted(line, size, box.width + GAP_PT), size=size)
    right = box.right + _area_pt(page)
    axes.text(right, box.top + 0.6 * size * LINE, AREA, size=size, ha="right", color=surfaces.muted)
    own = panel.medians[panel.is_within.index(True)]
    _vertical(axes, page, box, own)
    for place in range(len(panel.names)):
        _ridge(axes, page, panel, box, place)
        base = _base(box, panel, place)
        axes.text(right, base, panel.areas[place], size=size, ha="right")
    _axis(axes, page, panel, box)


def _vertical(axes: Axes, page: Page, box: Box, share: float) -> None:
    """The median of the group that the others are compared with, through all rows."""
    at = box.left + share * box.width
    colour = page.colours.surfaces.edge
    axes.plot([at, at], [box.bottom, box.top], color=colour, lw=0.6, ls=(0, (2, 2)), zorder=1)


def _ridge(axes: Axes, page: Page, panel: Panel, box: Box, place: int) -> None:
    surfaces = page.colours.surfaces
    colour = surfaces.edge if panel.is_within[place] else page.colours.hues[0].colour
    base = _base(box, panel, place)
    tall = RIDGE_SHARE * box.height / len(panel.names)
    x, y = outline(panel.edges, panel.heights[place])
    places: dict[str, Any] = {"x": box.left + x * box.width, "y1": base + y * tall, "y2": base}
    axes.fill_between(**places, color=colour, lw=0, zorder=2)
    axes.plot([box.left, box.right], [base, base], color=surfaces.divider, lw=0.5, zorder=1)
    at = box.left + panel.medians[place] * box.width
    halo: dict[str, Any] = {
        "color": surfaces.canvas,
        "lw": 2.4,
        "zorder": 3,
        "solid_capstyle": "butt",
    }
    tick: dict[str, Any] = {
        "color": surfaces.text,
        "lw": 1.2,
        "zorder": 4,
        "solid_capstyle": "butt",
    }
    for style in (halo, tick):
        axes.plot([at, at], [base, base + tall], **style)


def outline(edges: FloatArray, heights: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The steps of a histogram, (2 * bins,) each: where bins start and end, and how tall.

    Examples
    --------
    >>> x, y = outline(np.array([0.0, 1.0, 2.0]), np.array([0.5, 1.0]))
    >>> x.tolist(), y.tolist()
    ([0.0, 1.0, 1.0, 2.0], [0.5, 0.5, 1.0, 1.0])
    """
    return np.repeat(edges, 2)[1:-1], np.repeat(heights, 2)


def _axis(axes: Axes, page: Page, panel: Panel, box: Box) -> None:
    surfaces, size = page.colours.surfaces, page.tick_pt
    axes.plot([box.left, box.right], [box.bottom] * 2, color=surfaces.edge, lw=0.6, zorder=2)
    free = -np.inf
    for share, words in zip(panel.tick_shares.tolist(), panel.tick_words, strict=True):
        at, half = box.left + share * box.width, text_width(words, size) / 2
        axes.plot([at, at], [box.bottom, box.bottom - 2.5], color=surfaces.edge, lw=0.6)
        if at - half >= free:
            style: dict[str, Any] = {"ha": "center", "va": "top", "color": surfaces.muted}
            axes.text(at, box.bottom - 4, words, size=size, **style)
            free = at + half + 0.5 * size
