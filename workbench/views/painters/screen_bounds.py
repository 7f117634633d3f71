"""Bounds that close, on screens."""

from __future__ import annotations

from typing import Any

import numpy as np

from workbench.core.arrays import AnyArray
from workbench.views.bounds_figure import closing_words
from workbench.views.painters.paper_bounds import HUES, NAMES
from workbench.views.painters.paper_curve import log_ticks
from workbench.views.painters.screen_parts import blank_plot
from workbench.views.spec import FigureSpec
from workbench.views.style import STYLE, Theme, palette
from workbench.views.words import axis_label, short_number

DASHES: dict[str, Any] = {"upper": [8, 3], "lower": "solid"}


def paint_bounds(spec: FigureSpec, theme: Theme, height: int, width: int | None) -> Any:
    """The Bokeh plot of a bounds figure: two stairs, what is between them, where they end."""
    from bokeh.models import ColumnDataSource, HoverTool

    x, hues = spec.encoding("x"), palette(theme).hues
    is_log = x is not None and x.scale == "log"
    plot = blank_plot(height, width, x_axis_type="log" if is_log else "linear")
    steps = spec.tables["bounds"]
    stairs = {name: _stairs(steps[name], first=name == "nodes") for name in steps}
    source = ColumnDataSource(stairs)
    plot.varea(
        "nodes", "lower", "upper", source=source,
        fill_color=hues[0].colour, fill_alpha=STYLE.charts.band_opacity,
    )  # fmt: skip
    lines = [
        plot.line(
            "nodes", name, source=source, line_width=STYLE.charts.line_px,
            line_color=hues[HUES[name]].colour, line_dash=DASHES[name],
        )
        for name in ("upper", "lower")
    ]  # fmt: skip
    values = [(NAMES[name], f"@{name}{{0.0000}} nats") for name in ("upper", "lower")]
    plot.add_tools(HoverTool(renderers=lines, tooltips=[("bounded", "@nodes{0,0}"), *values]))
    _words(spec, theme, plot)
    plot.xaxis.axis_label, plot.yaxis.axis_label = axis_label(x), axis_label(spec.encoding("y"))
    plot.xgrid.visible = False
    plot.yaxis.axis_line_color = plot.yaxis.major_tick_line_color = None
    if is_log:
        _log_axis(plot, steps["nodes"].astype(np.float64))
    return plot


def _stairs(values: AnyArray, *, first: bool) -> AnyArray:
    """Corners of stairs: each value holds until the next place."""
    return np.repeat(values, 2)[1:] if first else np.repeat(values, 2)[:-1]


def _words(spec: FigureSpec, theme: Theme, plot: Any) -> None:
    steps = spec.tables["bounds"]
    start, end = float(steps["nodes"][0]), float(steps["nodes"][-1])
    for name, base, shift in (("upper", "bottom", -4), ("lower", "top", 4)):
        plot.text(
            [start], [float(steps[name][0])], text=[NAMES[name]],
            text_baseline=base, x_offset=3, y_offset=shift,
        )  # fmt: skip
    middle = float(steps["lower"][-1] + steps["upper"][-1]) / 2
    colours = palette(theme)
    plot.scatter(
        [end], [middle], size=9, line_width=2,
        fill_color=colours.surfaces.canvas, line_color=colours.hues[0].colour,
    )  # fmt: skip
    plot.text(
        [end], [middle], text=[closing_words(spec)],
        text_align="right", text_baseline="top", y_offset=8,
    )  # fmt: skip
    low, high = float(steps["lower"].min()), float(steps["upper"].max())
    room = 0.16 * max(high - low, 1e-9)
    plot.y_range.start, plot.y_range.end = low - room, high + room


def _log_axis(plot: Any, nodes: AnyArray) -> None:
    from bokeh.models import FixedTicker

    ticks = log_ticks(nodes).tolist()
    plot.xaxis.ticker = FixedTicker(ticks=ticks)
    plot.xaxis.major_label_overrides = {tick: short_number(tick) for tick in ticks}
