"""Rates of packages on paper: bars in groups, the limit as a line at their right end."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from workbench.views.painters.drawing import MARGIN_PT, Box, sheet, text_width
from workbench.views.painters.page import Page
from workbench.views.rates_figure import Bar, groups, hue_numbers, rate_words
from workbench.views.spec import FigureSpec
from workbench.views.words import axis_label

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LINE = 1.35  # line height over type size
BAR_SHARE = 0.62  # of its row
GROUP_GAP = 0.5  # rows between groups
TICKS = (0.0, 0.25, 0.5, 0.75, 1.0)
LIMIT = "limit"


def paint_rates(spec: FigureSpec, page: Page, figure: Figure) -> None:
    """Draw a rates figure: a group of bars for each measure, shares of the limit to the right."""
    axes = sheet(page, figure)
    found = groups(spec)
    title = page.label_pt * 1.8 if spec.title else 0.0
    if spec.title:
        top = page.height_pt - MARGIN_PT
        axes.text(MARGIN_PT, top, spec.title, size=page.label_pt, weight="bold", va="top")
    names = max(text_width(name, page.tick_pt) for name in hue_numbers(spec)) + 6.0
    foot = 2.4 * page.tick_pt * LINE
    left, bottom = MARGIN_PT + names, MARGIN_PT + foot
    right = page.width_pt - MARGIN_PT - text_width("100 %", page.tick_pt) / 2
    whole = Box(left, bottom, right - left, page.height_pt - MARGIN_PT - title - bottom)
    box = replace(whole, width=whole.width / _furthest(spec))  # 0 to 100 %
    _scale(spec, page, axes, box)
    limits = dict(zip(*(spec.tables["limits"][n].tolist() for n in ("group", "rows_per_s")),
                      strict=True))  # fmt: skip
    row = box.height / _rows(found)
    top = box.top
    for name, bars in found.items():
        _heading(page, axes, box, top - row, name, limits[name])
        for place, bar in enumerate(bars):
            middle = top - (place + 1.5) * row
            _bar(spec, page, axes, box, bar, middle, row)
        top -= (len(bars) + 1 + GROUP_GAP) * row


def rates_height(spec: FigureSpec, page: Page) -> float:
    """The height in points that a rates figure needs."""
    title = page.label_pt * 1.8 if spec.title else 0.0
    return (_rows(groups(spec)) + 2.4) * page.tick_pt * LINE + title + 2 * MARGIN_PT


def _furthest(spec: FigureSpec) -> float:
    """The largest share drawn, at least the limit itself."""
    return max(1.0, float(spec.tables["bars"]["high"].max()))


def _rows(found: dict[str, list[Bar]]) -> float:
    return sum(len(bars) + 1 + GROUP_GAP for bars in found.values()) - GROUP_GAP


def _scale(spec: FigureSpec, page: Page, axes: Axes, box: Box) -> None:
    surfaces, size = page.colours.surfaces, page.tick_pt
    for tick in TICKS:
        x = box.left + tick * box.width
        is_limit = tick == TICKS[-1]
        colour = surfaces.text if is_limit else surfaces.divider
        axes.plot([x, x], [box.bottom, box.top], color=colour, lw=1.2 if is_limit else 0.5)
        words = f"{tick:.0%}".replace("%", " %")
        axes.text(x, box.bottom - 3, words, size=size, ha="center", va="top", color=surfaces.muted)
    middle = box.left + box.width / 2
    label = axis_label(spec.encoding("x"))
    axes.text(middle, MARGIN_PT, label, size=size, ha="center", va="bottom")


def _heading(page: Page, axes: Axes, box: Box, base: float, name: str, rows_per_s: float) -> None:
    size = page.tick_pt
    lift = 0.25 * size
    axes.text(MARGIN_PT, base + lift, name, size=size, weight="bold", va="bottom")
    words = f"{LIMIT} {rate_words(rows_per_s)}"
    axes.text(box.right - 3, base + lift, words, size=size, ha="right", va="bottom")


def _bar(
    spec: FigureSpec, page: Page, axes: Axes, box: Box, bar: Bar, middle: float, row: float
) -> None:
    from matplotlib.patches import Rectangle

    surfaces, size = page.colours.surfaces, page.tick_pt
    hue = page.colours.hues[hue_numbers(spec)[bar.package]]
    height = row * BAR_SHARE
    at = {name: box.left + getattr(bar, name) * box.width for name in
          ("share", "low", "high")}  # fmt: skip
    axes.add_patch(
        Rectangle((box.left, middle - height / 2), at["share"] - box.left, height,
                  facecolor=hue.colour, lw=0, zorder=2)
    )  # fmt: skip
    axes.plot([at["low"], at["high"]], [middle, middle], color=surfaces.text, lw=0.8, zorder=3)
    axes.text(box.left - 4, middle, bar.package, size=size, ha="right", va="center_baseline")
    words = f"{100 * bar.share:.1f} %, {rate_words(bar.rows_per_s)}"
    beside = at["high"] + 4
    inside = beside + text_width(words, size) > box.right - 3
    axes.text(
        at["low"] - 4 if inside else beside, middle, words, size=size,
        ha="right" if inside else "left", va="center_baseline",
        color=hue.label if inside else surfaces.text, zorder=4,
    )  # fmt: skip
