"""Theories on paper: the matrix of rules by variables, or one picture per rule."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.core.arrays import AnyArray
from workbench.core.tables import Table
from workbench.core.units import number
from workbench.views.painters.drawing import (
    MARGIN_PT,
    Box,
    draw_ramp,
    fill_colours,
    fitted,
    sheet,
    text_width,
)
from workbench.views.painters.page import Page
from workbench.views.spec import FigureSpec
from workbench.views.words import axis_label

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ROW_PT = 11.0
LARGEST_CELL_PT = 46.0
PICTURE_PT = 54.0
GAP_PT = 6.0
PICTURE_GAP_PT = 10.0
_FREE, _FREE_PT = "any value", 9.0


def theory_height(spec: FigureSpec, page: Page) -> float:
    """The height in points that the theory needs at the width of `page`."""
    n_rules = spec.tables["rules"].n_rows
    if "pixels" in spec.tables:
        columns, _, tall = _picture_grid(spec, page)
        rows = math.ceil(n_rules / columns)
        return rows * (tall + _words_pt(spec, page)) + 3 * page.tick_pt + 2 * MARGIN_PT
    return n_rules * ROW_PT + _header_pt(spec, page) + 2.2 * page.tick_pt + 2 * MARGIN_PT


def paint_theory(spec: FigureSpec, page: Page, figure: Figure) -> None:
    """Draw a theory figure: pictures where the variables are pixels, else the matrix."""
    axes = sheet(page, figure)
    paint = _pictures if "pixels" in spec.tables else _matrix
    paint(spec, page, axes)


def _header_pt(spec: FigureSpec, page: Page) -> float:
    names = dict.fromkeys(spec.tables["cells"]["name"].tolist())
    longest = max((text_width(name, page.tick_pt) for name in names), default=0.0)
    return min(longest, 80.0) + GAP_PT


def _matrix(spec: FigureSpec, page: Page, axes: Axes) -> None:
    cells, rules = spec.tables["cells"], spec.tables["rules"]
    variables, place = np.unique(cells["variable"], return_inverse=True)
    box = _matrix_box(spec, page, len(variables), rules.n_rows)
    width, height = box.width / max(len(variables), 1), box.height / max(rules.n_rows, 1)
    left = box.left + width * place
    bottom = box.top - height * (cells["rule"] + 1)
    _stripes(axes, page, box, rules.n_rows)
    _bars(axes, page, cells, left, bottom, width, height)
    names = [str(cells["name"][np.flatnonzero(place == i)[0]]) for i in range(len(variables))]
    _column_names(axes, page, box, names)
    _row_names(axes, page, spec, box)
    _matrix_legend(axes, page)


def _matrix_box(spec: FigureSpec, page: Page, n_variables: int, n_rules: int) -> Box:
    left = MARGIN_PT + text_width(f"{_row_word(spec)} {n_rules}", page.tick_pt) + GAP_PT
    beside = sum(_beside_width(spec, page, name) for name in _beside(spec))
    room = page.width_pt - left - beside - MARGIN_PT
    bottom = MARGIN_PT + 2.2 * page.tick_pt
    height = page.height_pt - bottom - _header_pt(spec, page) - MARGIN_PT
    return Box(left, bottom, min(room, n_variables * LARGEST_CELL_PT), height)


def _row_word(spec: FigureSpec) -> str:
    encoding = spec.encoding("y")
    return axis_label(encoding).lower() if encoding else "rule"


def _beside(spec: FigureSpec) -> list[str]:
    return [e.column for e in spec.encodings if e.channel == "beside"]


def _beside_width(spec: FigureSpec, page: Page, name: str) -> float:
    words = [name, *map(number, spec.tables["rules"][name].tolist())]
    return max(text_width(word, page.tick_pt) for word in words) + 1.5 * GAP_PT


def _stripes(axes: Axes, page: Page, box: Box, n_rules: int) -> None:
    from matplotlib.patches import Rectangle

    height = box.height / max(n_rules, 1)
    for rule in range(0, n_rules, 2):
        corner = (box.left, box.top - height * (rule + 1))
        axes.add_patch(
            Rectangle(corner, box.width, height, facecolor=page.colours.surfaces.panel, lw=0)
        )


def _bars(
    axes: Axes,
    page: Page,
    cells: Table,
    left: AnyArray,
    bottom: AnyArray,
    width: float,
    height: float,
) -> None:
    """The values of a cell side by side: allowed ones are tall and filled, others a low line."""
    from matplotlib.collections import PolyCollection

    literal = cells["rule"].astype(np.int64) * (int(cells["variable"].max(initial=0)) + 1)
    _, at, size = np.unique(literal + cells["variable"], return_inverse=True, return_counts=True)
    inner, gap = 0.84 * width, 0.08 * width
    slot = inner / size[at]
    x0 = left + gap + slot * cells["code"]
    x1 = x0 + np.maximum(0.86 * slot, np.minimum(slot, 0.4))
    y0 = bottom + 0.16 * height
    allowed = cells["allowed"]
    y1 = y0 + np.where(allowed, 0.68 * height, 0.1 * height)
    corners = np.stack([x0, y0, x1, y0, x1, y1, x0, y1], axis=1).reshape(-1, 4, 2)
    surfaces, hue = page.colours.surfaces, page.colours.hues[0].colour
    for chosen, colour in ((~allowed, surfaces.edge), (allowed, hue)):
        axes.add_collection(PolyCollection(list(corners[chosen]), facecolors=colour, linewidths=0))


def _column_names(axes: Axes, page: Page, box: Box, names: list[str]) -> None:
    step = box.width / max(len(names), 1)
    every = max(1, math.ceil(page.tick_pt * 1.05 / step))
    flat = all(text_width(name, page.tick_pt) <= step - 3 for name in names)
    for place in range(0, len(names), every):
        axes.text(
            box.left + step * (place + 0.5),
            box.top + 3,
            fitted(names[place], page.tick_pt, 80.0),
            size=page.tick_pt,
            rotation=0 if flat else 90,
            ha="center",
            va="bottom",
        )


def _row_names(axes: Axes, page: Page, spec: FigureSpec, box: Box) -> None:
    rules = spec.tables["rules"]
    height = box.height / max(rules.n_rows, 1)
    every = max(1, math.ceil(page.tick_pt * 1.05 / height))
    word = _row_word(spec)
    style: dict[str, Any] = {"size": page.tick_pt, "va": "center_baseline"}
    muted = page.colours.surfaces.muted
    right = box.right
    for name in _beside(spec):
        right += _beside_width(spec, page, name)
        axes.text(right, box.top + 3, name, size=page.tick_pt, ha="right", va="bottom", color=muted)
        for rule in range(0, rules.n_rows, every):
            y = box.top - height * (rule + 0.5)
            axes.text(right, y, number(float(rules[name][rule])), ha="right", **style)
    for rule in range(0, rules.n_rows, every):
        y = box.top - height * (rule + 0.5)
        axes.text(box.left - GAP_PT, y, f"{word} {rule + 1}", ha="right", color=muted, **style)


def _matrix_legend(axes: Axes, page: Page) -> None:
    from matplotlib.patches import Rectangle

    surfaces, size = page.colours.surfaces, page.tick_pt
    left, bottom = MARGIN_PT, MARGIN_PT
    entries = (
        ("allowed value", page.colours.hues[0].colour, 0.8),
        ("value not allowed", surfaces.edge, 0.12),
    )
    for words, colour, share in entries:
        axes.add_patch(Rectangle((left, bottom), 5, size * share, facecolor=colour, lw=0))
        axes.text(left + 8, bottom + size * 0.4, words, size=size, va="center_baseline")
        left += 8 + text_width(words, size) + 12
    axes.text(left, bottom + size * 0.4, "empty: any value", size=size, va="center_baseline")


def _picture_grid(spec: FigureSpec, page: Page) -> tuple[int, float, float]:
    """How many pictures stand side by side, and the width and height of one, in points."""
    height, width = _picture_shape(spec)
    n_rules = max(spec.tables["rules"].n_rows, 1)
    room = page.width_pt - 2 * MARGIN_PT
    columns = max(1, min(n_rules, int(room // (PICTURE_PT + PICTURE_GAP_PT))))
    side = min((room + PICTURE_GAP_PT) / columns - PICTURE_GAP_PT, 1.6 * PICTURE_PT)
    return columns, side, side * height / width


def _picture_shape(spec: FigureSpec) -> tuple[int, int]:
    rows, columns = spec.encoding("rows"), spec.encoding("columns")
    if rows is None or columns is None:
        pixels = spec.tables["pixels"]
        return int(pixels["row"].max()) + 1, int(pixels["column"].max()) + 1
    return int(rows.label), int(columns.label)


def _pictures(spec: FigureSpec, page: Page, axes: Axes) -> None:
    columns, side, tall = _picture_grid(spec, page)
    legend = 3 * page.tick_pt
    n_rules = spec.tables["rules"].n_rows
    rows = math.ceil(n_rules / columns)
    step = (page.height_pt - legend - 2 * MARGIN_PT) / max(rows, 1)
    scale = min(1.0, (step - _words_pt(spec, page)) / tall)
    for rule in range(n_rules):
        left = MARGIN_PT + (rule % columns) * (side + PICTURE_GAP_PT)
        top = page.height_pt - MARGIN_PT - (rule // columns) * step - page.tick_pt - 2
        box = Box(left, top - tall * scale, side * scale, tall * scale)
        _picture(spec, page, axes, rule, box)
    encoding = spec.encoding("colour")
    if encoding is not None:
        ends = np.array([0.0, 1.0])
        right = draw_ramp(axes, page, encoding, ends, MARGIN_PT, MARGIN_PT)
        fits = right + 12 + _FREE_PT + text_width(_FREE, page.tick_pt) <= page.width_pt - 4
        _free_key(axes, page, *((right + 12, 0.0) if fits else (MARGIN_PT, 1.4 * page.tick_pt)))


def _picture(spec: FigureSpec, page: Page, axes: Axes, rule: int, box: Box) -> None:
    from matplotlib.collections import PolyCollection
    from matplotlib.patches import Rectangle

    pixels, (height, width) = spec.tables["pixels"], _picture_shape(spec)
    chosen = pixels["rule"] == rule
    dx, dy = box.width / width, box.height / height
    left = box.left + dx * pixels["column"][chosen]
    top = box.top - dy * pixels["row"][chosen]
    corners = np.stack([left, top, left + dx, top, left + dx, top - dy, left, top - dy], axis=1)
    colours = fill_colours(page.colours.ordinal, pixels["centre"][chosen])
    surfaces = page.colours.surfaces
    frame: dict[str, Any] = {"facecolor": surfaces.panel, "edgecolor": surfaces.divider, "lw": 0.5}
    axes.add_patch(Rectangle((box.left, box.bottom), box.width, box.height, **frame))
    axes.add_collection(
        PolyCollection(
            list(corners.reshape(-1, 4, 2)),
            facecolors=colours,
            edgecolors=surfaces.canvas,
            linewidths=0.3,
        )
    )
    muted, size = surfaces.muted, page.tick_pt
    axes.text(box.left, box.top + 2, f"{_row_word(spec)} {rule + 1}", size=size, color=muted)
    for place, name in enumerate(_beside(spec)):
        words = f"{name} {number(float(spec.tables['rules'][name][rule]))}"
        below = box.bottom - 2 - place * size * 1.25
        axes.text(box.left, below, fitted(words, size, box.width), size=size, va="top")


def _words_pt(spec: FigureSpec, page: Page) -> float:
    """The height of what is written above and below one picture."""
    return page.tick_pt * (1.25 + 1.25 * len(_beside(spec))) + GAP_PT


def _free_key(axes: Axes, page: Page, left: float, above: float) -> None:
    from matplotlib.patches import Rectangle

    surfaces, size = page.colours.surfaces, page.tick_pt
    style: dict[str, Any] = {"facecolor": surfaces.panel, "edgecolor": surfaces.edge, "lw": 0.4}
    bottom = MARGIN_PT + above
    axes.add_patch(Rectangle((left, bottom), 6, size * 0.8, **style))
    axes.text(left + _FREE_PT, bottom + size * 0.4, _FREE, size=size, va="center_baseline")
