"""Theories on screen: the matrix of rules by variables, and the frontier of thresholds."""

from __future__ import annotations

from typing import Any

import numpy as np
from bokeh.models import ColumnDataSource, HoverTool
from bokeh.plotting import figure

from workbench.core.tables import Table
from workbench.dashboard.plots import paint
from workbench.views.spec import FigureSpec
from workbench.views.style import STYLE, Theme, palette

MIN_ROWS = 4  # so that the bars of a single rule do not fill the page


def matrix_plot(spec: FigureSpec, theme: Theme) -> Any:
    """A row per rule, a column per variable, and in each cell a bar per value: full if allowed."""
    cells, colours = spec.tables["cells"], palette(theme)
    names = list(dict.fromkeys(cells["name"].tolist()))
    n_rules = spec.tables["rules"].n_rows
    column = np.array([names.index(name) for name in cells["name"].tolist()], dtype=np.float64)
    sizes = {name: 1 + int(cells["code"][cells["name"] == name].max()) for name in names}
    size = np.array([sizes[name] for name in cells["name"].tolist()], dtype=np.float64)
    width = 0.8 / np.maximum(size, 1)
    source = ColumnDataSource(
        {
            "x": column - 0.4 + (cells["code"] + 0.5) * width,
            "y": cells["rule"] + 1.0,
            "width": width * 0.86,
            "fill": np.where(cells["allowed"], colours.hues[0].colour, colours.surfaces.canvas),
            "name": cells["name"].tolist(),
            "category": cells["category"].tolist(),
            "allowed": np.where(cells["allowed"], "allowed", "excluded"),
        }
    )
    plot = figure(
        sizing_mode="stretch_both",
        x_range=(-0.5, len(names) - 0.5),
        y_range=(max(n_rules, MIN_ROWS) + 0.6, 0.4),
        y_axis_label="Rule",
        toolbar_location=None,
        tools="",
    )
    paint(plot, theme)
    plot.rect(
        "x", "y", width="width", height=0.56, source=source,
        fill_color="fill", line_color=colours.surfaces.edge, line_width=1,
    )  # fmt: skip
    plot.xaxis.ticker = list(range(len(names)))
    plot.xaxis.major_label_overrides = dict(enumerate(names))
    plot.xaxis.major_label_orientation = 0.6 if len(names) > 6 else 0.0
    plot.yaxis.ticker = list(range(1, n_rules + 1))
    plot.xgrid.grid_line_color = None
    plot.add_tools(
        HoverTool(tooltips=[("rule", "@y"), ("variable", "@name"), ("@category", "@allowed")])
    )
    return plot


def frontier_plot(found: Table, theme: Theme) -> Any:
    """Score against literals, one point per pair of thresholds; the best pairs are joined."""
    colours = palette(theme)
    source = ColumnDataSource({name: found[name].tolist() for name in found})
    plot = figure(
        sizing_mode="stretch_both",
        x_axis_type="log",
        x_axis_label="Literals",
        y_axis_label="Score, recall\N{SUPERSCRIPT TWO} / rate",
        toolbar_location=None,
        tools="pan,wheel_zoom,reset",
    )
    paint(plot, theme)
    points = plot.scatter(
        "literals", "score", source=source, size=STYLE.charts.marker_px,
        fill_color=colours.surfaces.canvas, line_color=colours.surfaces.edge,
    )  # fmt: skip
    best = np.flatnonzero(found["is_best"] & (found["literals"] > 0))
    order = best[np.argsort(found["literals"][best], kind="stable")]
    x, y = found["literals"][order], found["score"][order]
    hue = colours.hues[0].colour
    plot.line(x, y, line_color=hue, line_width=STYLE.charts.line_px)
    plot.scatter(x, y, size=STYLE.charts.marker_px + 2, color=hue)
    plot.add_tools(
        HoverTool(
            renderers=[points],
            tooltips=[
                ("sum threshold", "@sum_threshold"),
                ("leaf threshold", "@leaf_threshold"),
                ("rules", "@rules"),
                ("recall", "@recall{0.000}"),
                ("rate", "@rate{0.000}"),
            ],
        )
    )
    return plot
