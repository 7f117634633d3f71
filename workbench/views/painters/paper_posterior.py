"""Posteriors on paper: a card per variable, the bars before and after side by side."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.core.arrays import AnyArray, FloatArray
from workbench.core.units import counted, number
from workbench.views.painters.drawing import (
    MARGIN_PT,
    Box,
    draw_ramp,
    fitted,
    sheet,
    text_width,
)
from workbench.views.painters.page import Page
from workbench.views.spec import FigureSpec
from workbench.views.style import ramp_colour

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

CARD_PT = 104.0
GAP_PT = 10.0
ROW_PT = 10.5
PLOT_PT = 34.0
LISTED = 8  # categories up to which each has a line of its own
PICTURE_PT = 92.0
LABEL_SHARE, NUMBER_PT = 0.34, 27.0
SMALL_PT = 6.0
_KINDS = ("before the evidence", "given the evidence", "known")


@dataclass(frozen=True, slots=True)
class _Card:
    """One variable: its row, and what of it is drawn how high."""

    row: int
    draw: Callable[[_Sheet, _Card, Box], None]
    height: float


@dataclass(frozen=True, slots=True)
class _Sheet:
    """What every card needs: the figure, the page and the axes."""

    spec: FigureSpec
    page: Page
    axes: Axes

    def column(self, table: str, name: str, row: int) -> AnyArray:
        """The entries of a column that belong to the variable in `row`."""
        found = self.spec.tables[table]
        column: AnyArray = found[name][found["variable"] == row]
        return column


def posterior_height(spec: FigureSpec, page: Page) -> float:
    """The height in points that the cards need at the width of `page`."""
    rows = _rows_of_cards(spec, page)
    cards = sum(max(card.height for card in row) + _title_pt(page) + GAP_PT for row in rows)
    return cards + _pictures_pt(spec, page) + _legend_pt(spec, page) + 2 * MARGIN_PT


def paint_posterior(spec: FigureSpec, page: Page, figure: Figure) -> None:
    """Draw a posterior figure: pictures where there are pixels, a card per variable, a key."""
    drawn = _Sheet(spec, page, sheet(page, figure))
    top = page.height_pt - MARGIN_PT
    if "pixels" in spec.tables:
        _pictures(drawn, top)
        top -= _pictures_pt(spec, page)
    width, left_out = _card_width(spec, page), 0
    for cards in _rows_of_cards(spec, page):
        height = max(card.height for card in cards) + _title_pt(page)
        if left_out or top - height < MARGIN_PT + _legend_pt(spec, page) + page.tick_pt:
            left_out += len(cards)
            continue
        for place, card in enumerate(cards):
            left = MARGIN_PT + place * (width + GAP_PT)
            _title(drawn, card.row, left, top, width)
            bottom = top - _title_pt(page) - card.height
            card.draw(drawn, card, Box(left, bottom, width, card.height))
        top -= height + GAP_PT
    if left_out:
        words = f"and {counted(left_out, 'variable')} more, for which the page has no room"
        muted = page.colours.surfaces.muted
        drawn.axes.text(MARGIN_PT, top, words, size=page.tick_pt, va="top", color=muted)
    _legend(drawn)


def _n_columns(spec: FigureSpec, page: Page) -> int:
    room = page.width_pt - 2 * MARGIN_PT + GAP_PT
    return max(1, int(room // (CARD_PT + GAP_PT)))


def _card_width(spec: FigureSpec, page: Page) -> float:
    columns = _n_columns(spec, page)
    return (page.width_pt - 2 * MARGIN_PT + GAP_PT) / columns - GAP_PT


def _rows_of_cards(spec: FigureSpec, page: Page) -> list[list[_Card]]:
    columns = _n_columns(spec, page)
    cards = [_card(spec, row) for row in range(spec.tables["variables"].n_rows)]
    return [cards[start : start + columns] for start in range(0, len(cards), columns)]


def _card(spec: FigureSpec, row: int) -> _Card:
    n_bars = int((spec.tables["bars"]["variable"] == row).sum())
    if n_bars > LISTED:
        return _Card(row, _histogram, PLOT_PT)
    if n_bars:
        return _Card(row, _list, n_bars * ROW_PT)
    has_line = bool((spec.tables["lines"]["variable"] == row).any())
    return _Card(row, _density, PLOT_PT) if has_line else _Card(row, _moments, ROW_PT)


def _title_pt(page: Page) -> float:
    return page.tick_pt * 1.6


def _title(drawn: _Sheet, row: int, left: float, top: float, width: float) -> None:
    variables, size = drawn.spec.tables["variables"], drawn.page.tick_pt
    finding = str(variables["finding"][row])
    name = str(variables["name"][row]) + (f" = {finding}" if finding else "")
    weight = "bold" if finding else "normal"
    top_words = _top_words(drawn, row)
    room = width - (text_width(top_words, SMALL_PT) + 6 if top_words else 0.0)
    words = fitted(name, size, room * (0.88 if finding else 1.0))  # bold is wider
    drawn.axes.text(left, top - size, words, size=size, weight=weight)


def _list(drawn: _Sheet, card: _Card, box: Box) -> None:
    """A line per category: its name, the two bars one above the other, the probability."""
    size = drawn.page.tick_pt
    labels = drawn.column("bars", "category", card.row)
    before, after = (drawn.column("bars", name, card.row) for name in ("before", "after"))
    known = drawn.column("bars", "known", card.row)
    start = box.left + LABEL_SHARE * box.width
    room = box.right - NUMBER_PT - start
    muted = drawn.page.colours.surfaces.muted
    for place, label in enumerate(labels.tolist()):
        bottom = box.top - (place + 1) * ROW_PT
        middle = bottom + ROW_PT / 2
        words = fitted(label, size, start - box.left - 4)
        style: dict[str, Any] = {"size": size, "va": "center_baseline"}
        drawn.axes.text(start - 3, middle, words, ha="right", **style)
        _bar(drawn, start, bottom + 5.6, room * float(before[place]), 2.4, "before")
        fill = "known" if known[place] else "after"
        _bar(drawn, start, bottom + 1.4, room * float(after[place]), 4.2, fill)
        share = f"{float(after[place]):.3f}"
        drawn.axes.text(box.right, middle, share, ha="right", color=muted, **style)
    _line(drawn, [start, start], [box.bottom, box.top], width=0.5)


def _histogram(drawn: _Sheet, card: _Card, box: Box) -> None:
    """Two bars per category, as high as the larger of all; the ends are named."""
    page, size = drawn.page, drawn.page.tick_pt
    before, after = (drawn.column("bars", name, card.row) for name in ("before", "after"))
    known, labels = (drawn.column("bars", name, card.row) for name in ("known", "category"))
    floor = box.bottom + size * 1.2
    scale = (box.top - floor) / max(float(before.max()), float(after.max()), 1e-12)
    slot = box.width / len(before)
    for place in range(len(before)):
        left = box.left + place * slot
        _bar(drawn, left + 0.08 * slot, floor, 0.3 * slot, scale * float(before[place]), "before")
        fill = "known" if known[place] else "after"
        _bar(drawn, left + 0.4 * slot, floor, 0.5 * slot, scale * float(after[place]), fill)
    _line(drawn, [box.left, box.right], [floor, floor], width=0.5)
    _ends(drawn, box, str(labels[0]), str(labels[-1]))
    style: dict[str, Any] = {"ha": "right", "color": page.colours.surfaces.muted}
    drawn.axes.text(box.right, box.top + 3.0, _top_words(drawn, card.row), size=SMALL_PT, **style)


def _top_words(drawn: _Sheet, row: int) -> str:
    """How high the highest bar of a histogram is; "" for other cards."""
    bars = [drawn.column("bars", name, row) for name in ("before", "after")]
    if len(bars[0]) <= LISTED:
        return ""
    return f"max {number(float(max(map(np.max, bars))), 2)}"


def _density(drawn: _Sheet, card: _Card, box: Box) -> None:
    """The density before as an outline, after as a filled curve; a known value as a line."""
    size = drawn.page.tick_pt
    x, before, after = (drawn.column("lines", name, card.row) for name in ("x", "before", "after"))
    floor = box.bottom + size * 1.2
    is_single = bool(np.isnan(after).any())
    top = max(float(before.max()), 0.0 if is_single else float(after.max()), 1e-300)
    across = box.left + (x - x[0]) / (x[-1] - x[0]) * box.width
    up = (box.top - floor) / top
    colours = drawn.page.colours
    if not is_single:
        hue = colours.hues[0].colour
        drawn.axes.fill_between(across, floor, floor + up * after, color=hue, alpha=0.25, lw=0)
        _line(drawn, across, floor + up * after, width=1.2, colour=hue)
    _line(drawn, across, floor + up * before, width=0.9, dash=(0, (3, 1.5)))
    _line(drawn, [box.left, box.right], [floor, floor], width=0.5)
    if is_single:
        value = float(drawn.spec.tables["variables"]["mean_after"][card.row])
        at = box.left + np.clip((value - x[0]) / (x[-1] - x[0]), 0.0, 1.0) * box.width
        _line(drawn, [at, at], [floor, box.top], width=2.0, colour=colours.surfaces.text)
    _ends(drawn, box, number(float(x[0])), number(float(x[-1])))


def _moments(drawn: _Sheet, card: _Card, box: Box) -> None:
    """Mean and deviation, where there are too many variables for their densities."""
    row = {name: float(drawn.spec.tables["variables"][name][card.row]) for name in _MOMENTS}
    before = f"{number(row['mean_before'])} ± {number(row['deviation_before'])}"
    after = f"{number(row['mean_after'])} ± {number(row['deviation_after'])}"
    drawn.axes.text(box.left, box.bottom + 2, f"{before}, then {after}", size=drawn.page.tick_pt)


_MOMENTS = ("mean_before", "deviation_before", "mean_after", "deviation_after")


def _ends(drawn: _Sheet, box: Box, low: str, high: str) -> None:
    size = drawn.page.tick_pt
    style: dict[str, Any] = {"size": size, "color": drawn.page.colours.surfaces.muted}
    half = box.width / 2 - 4
    drawn.axes.text(box.left, box.bottom, fitted(low, size, half), **style)
    drawn.axes.text(box.right, box.bottom, fitted(high, size, half), ha="right", **style)


def _bar(drawn: _Sheet, left: float, bottom: float, width: float, height: float, fill: str) -> None:
    from matplotlib.patches import Rectangle

    drawn.axes.add_patch(
        Rectangle((left, bottom), width, height, facecolor=_colour(drawn.page, fill), lw=0)
    )


def _colour(page: Page, fill: str) -> str:
    surfaces = page.colours.surfaces
    named = {"before": surfaces.edge, "after": page.colours.hues[0].colour, "known": surfaces.text}
    return named[fill]


def _line(
    drawn: _Sheet,
    x: FloatArray | list[float],
    y: FloatArray | list[float],
    width: float,
    colour: str = "",
    dash: Any = "-",
) -> None:
    chosen = colour or drawn.page.colours.surfaces.edge
    drawn.axes.plot(x, y, color=chosen, linewidth=width, linestyle=dash, solid_capstyle="butt")


def _picture_sides(spec: FigureSpec, page: Page) -> tuple[int, int, float]:
    """Pixels down and across, and the side of one in points."""
    rows, columns = spec.encoding("rows"), spec.encoding("columns")
    tall, wide = (int(e.label) if e else 1 for e in (rows, columns))
    room = min((page.width_pt - 2 * MARGIN_PT - GAP_PT) / 2, PICTURE_PT)
    return tall, wide, room / max(tall, wide)


def _pictures_pt(spec: FigureSpec, page: Page) -> float:
    if "pixels" not in spec.tables:
        return 0.0
    tall, _, side = _picture_sides(spec, page)
    return tall * side + _title_pt(page) + GAP_PT


def _pictures(drawn: _Sheet, top: float) -> None:
    page, pixels = drawn.page, drawn.spec.tables["pixels"]
    tall, wide, side = _picture_sides(drawn.spec, page)
    for place, (name, words) in enumerate((("before", "before"), ("after", "given the evidence"))):
        left = MARGIN_PT + place * (wide * side + GAP_PT)
        drawn.axes.text(left, top - page.tick_pt, words, size=page.tick_pt)
        box = Box(left, top - _title_pt(page) - tall * side, wide * side, tall * side)
        _picture(drawn, box, side, pixels[name], pixels["known"] & (name == "after"))


def _picture(drawn: _Sheet, box: Box, side: float, shares: FloatArray, known: AnyArray) -> None:
    from matplotlib.collections import PolyCollection
    from matplotlib.patches import Rectangle

    pixels, colours = drawn.spec.tables["pixels"], drawn.page.colours
    left = box.left + side * pixels["place"]
    top = box.top - side * pixels["row"]
    corners = np.stack([left, top, left + side, top, left + side, top - side, left, top - side], 1)
    squares = list(corners.reshape(-1, 4, 2))
    fills = [ramp_colour(colours.ordinal, share) for share in shares.tolist()]
    style: dict[str, Any] = {"edgecolors": colours.surfaces.canvas, "linewidths": 0.3}
    frame: dict[str, Any] = {"fill": False, "edgecolor": colours.surfaces.edge, "lw": 0.6}
    drawn.axes.add_patch(Rectangle((box.left, box.bottom), box.width, box.height, **frame))
    drawn.axes.add_collection(PolyCollection(squares, facecolors=fills, **style))
    marked = [square for square, is_known in zip(squares, known.tolist(), strict=True) if is_known]
    outline: dict[str, Any] = {"edgecolors": colours.surfaces.text, "linewidths": 1.0}
    drawn.axes.add_collection(PolyCollection(marked, facecolors="none", **outline))


def _legend_pt(spec: FigureSpec, page: Page) -> float:
    return page.tick_pt * (1.6 if "pixels" not in spec.tables else 3.2)


def _legend(drawn: _Sheet) -> None:
    page, left = drawn.page, MARGIN_PT
    size = page.tick_pt
    if not drawn.spec.tables["variables"]["known"].any():
        return
    for fill, words in zip(("before", "after", "known"), _KINDS, strict=True):
        _bar(drawn, left, MARGIN_PT, 5, size * 0.8, fill)
        drawn.axes.text(left + 8, MARGIN_PT + size * 0.4, words, size=size, va="center_baseline")
        left += 8 + text_width(words, size) + 12
    encoding = drawn.spec.encoding("colour")
    if encoding is not None:
        above = MARGIN_PT + size * 1.6
        draw_ramp(drawn.axes, page, encoding, np.array([0.0, 1.0]), MARGIN_PT, above, whole=True)
