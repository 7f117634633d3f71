"""Bounds that close, on paper."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.core.arrays import FloatArray
from workbench.views.bounds_figure import closing_words
from workbench.views.painters.page import POINTS_PER_PX, Page
from workbench.views.painters.paper_curve import log_ticks
from workbench.views.spec import FigureSpec
from workbench.views.style import STYLE
from workbench.views.words import axis_label, plain_number, short_number

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

NAMES = {"upper": "upper bound, proved", "lower": "best row found"}
DASHES = {"upper": (0, (5, 1.5)), "lower": "-"}
MARGIN = 0.16  # of the height between the bounds, for words above and below
HUES = {"upper": 1, "lower": 0}


def paint_bounds(spec: FigureSpec, page: Page, figure: Figure) -> None:
    """Draw a bounds figure: two stairs, what is between them shaded, and where they end."""
    figure.set_layout_engine("constrained", w_pad=0.03, h_pad=0.03)
    axes = figure.add_subplot()
    _stairs(spec, page, axes)
    _scales(spec, axes)
    _end(spec, page, axes)
    axes.grid(visible=True, axis="y")
    axes.set_axisbelow(True)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.tick_params(axis="y", length=0)
    if spec.title:
        axes.set_title(spec.title, loc="left", fontweight="bold")


def _stairs(spec: FigureSpec, page: Page, axes: Axes) -> None:
    steps, hues = spec.tables["bounds"], page.colours.hues
    axes.fill_between(
        steps["nodes"],
        steps["lower"],
        steps["upper"],
        step="post",
        color=hues[0].colour,
        alpha=STYLE.charts.band_opacity,
        linewidth=0,
    )
    for name in ("upper", "lower"):
        style: dict[str, Any] = {"linestyle": DASHES[name], "color": hues[HUES[name]].colour}
        width = STYLE.charts.line_px * POINTS_PER_PX
        axes.plot(
            steps["nodes"], steps[name], drawstyle="steps-post", linewidth=width, zorder=3, **style
        )


def _scales(spec: FigureSpec, axes: Axes) -> None:
    from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

    x, nodes = spec.encoding("x"), spec.tables["bounds"]["nodes"].astype(np.float64)
    is_log = x is not None and x.scale == "log"
    axes.set_xscale("log" if is_log else "linear")
    ticks = log_ticks(nodes) if is_log else _ticks(float(nodes[0]), float(nodes[-1]), whole=True)
    axes.xaxis.set_major_locator(FixedLocator(ticks.tolist()))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: short_number(value)))
    low, high = _extent(spec)
    axes.set_ylim(low - MARGIN * (high - low), high + MARGIN * (high - low))
    axes.yaxis.set_major_locator(FixedLocator(_ticks(low, high).tolist()))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: plain_number(round(value, 9))))
    axes.set_xlabel(axis_label(x))
    axes.set_ylabel(axis_label(spec.encoding("y")))


def _extent(spec: FigureSpec) -> tuple[float, float]:
    steps = spec.tables["bounds"]
    low, high = float(steps["lower"].min()), float(steps["upper"].max())
    return (low, high) if high > low else (low - 0.5, high + 0.5)


def _ticks(low: float, high: float, *, whole: bool = False) -> FloatArray:
    from matplotlib.ticker import MaxNLocator

    ticks = np.asarray(MaxNLocator(5, integer=whole).tick_values(low, high))
    inside: FloatArray = ticks[(ticks >= low) & (ticks <= high)]
    return inside


def _end(spec: FigureSpec, page: Page, axes: Axes) -> None:
    """Names on the left of the stairs, a ring and words where they end."""
    steps, hues, surfaces = spec.tables["bounds"], page.colours.hues, page.colours.surfaces
    size = page.tick_pt
    for name, above in (("upper", 4), ("lower", -4)):
        axes.annotate(
            NAMES[name],
            (float(steps["nodes"][0]), float(steps[name][0])),
            xytext=(2, above),
            textcoords="offset points",
            va="bottom" if above > 0 else "top",
            size=size,
        )
    middle = float(steps["lower"][-1] + steps["upper"][-1]) / 2
    axes.plot(
        [float(steps["nodes"][-1])],
        [middle],
        marker="o",
        markersize=5.5,
        markerfacecolor=surfaces.canvas,
        markeredgecolor=hues[0].colour,
        markeredgewidth=1.4,
        clip_on=False,
        zorder=4,
    )
    axes.annotate(
        closing_words(spec),
        (float(steps["nodes"][-1]), middle),
        xytext=(0, -6),
        textcoords="offset points",
        ha="right",
        va="top",
        size=size,
    )
