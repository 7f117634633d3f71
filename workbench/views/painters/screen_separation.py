"""Scores of groups on screens: all panels in one plot, so that rows stay in line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.views.painters.paper_separation import AREA, RIDGE_SHARE, outline
from workbench.views.painters.screen_parts import blank_plot
from workbench.views.separation_figure import Panel, panels, wrapped_label
from workbench.views.spec import FigureSpec
from workbench.views.style import Theme, palette

if TYPE_CHECKING:
    from workbench.core.tables import Table

ROW_PX = 30
HEAD_PX, FOOT_PX = 44, 30
STEP = 1.42  # from panel to panel; each is 1 wide, its AUROC stands at the end of the rest
AREA_AT = 1.28
NAMES = 0.75


def paint_separation(spec: FigureSpec, theme: Theme, height: int, width: int | None) -> Any:
    """The Bokeh plot of a separation figure: a row per group, a panel per score."""
    drawn = panels(spec)
    n_groups = len(drawn[0].names)
    plot = blank_plot(
        max(height, n_groups * ROW_PX + HEAD_PX + FOOT_PX),
        width,
        x_range=(-NAMES, len(drawn) * STEP - STEP + AREA_AT + 0.05),
        y_range=(n_groups + FOOT_PX / ROW_PX, -HEAD_PX / ROW_PX),
    )
    rows = np.arange(1, n_groups + 1)
    for name, row, within in zip(drawn[0].names, rows, drawn[0].is_within, strict=True):
        plot.text(
            [-0.05], [row], text=[name], text_align="right",
            text_font_style="bold" if within else "normal",
        )  # fmt: skip
    for place, panel in enumerate(drawn):
        _draw(plot, spec.tables["groups"], panel, place * STEP, theme)
    plot.axis.visible = False
    plot.grid.visible = False
    return plot


def _draw(plot: Any, groups: Table, panel: Panel, left: float, theme: Theme) -> None:
    from bokeh.models import ColumnDataSource, HoverTool

    surfaces, hues = palette(theme).surfaces, palette(theme).hues
    rows = np.arange(1, len(panel.names) + 1)
    own = left + panel.medians[panel.is_within.index(True)]
    plot.segment([own], [0], [own], [len(rows)], line_color=surfaces.edge, line_dash=[3, 3])
    plot.segment(left, rows, left + 1, rows, line_color=surfaces.divider)
    shapes = [outline(panel.edges, heights) for heights in panel.heights]
    table = {name: groups[name][groups["score"] == panel.encoding.channel] for name in groups}
    source = ColumnDataSource(
        {
            **table,
            "xs": [np.concatenate([left + x, left + x[::-1]]) for x, _ in shapes],
            "ys": [
                np.concatenate([row - RIDGE_SHARE * y, np.full(len(y), row)])
                for row, (_, y) in zip(rows, shapes, strict=True)
            ],
            "colour": [surfaces.edge if within else hues[0].colour for within in panel.is_within],
        }
    )
    ridges = plot.patches("xs", "ys", source=source, color="colour", line_width=0)
    values = [
        ("group", "@group"), ("rows", "@n"), (AREA, "@auroc{0.000} ± @standard_error{0.000}"),
        ("5 %, median, 95 %", "@q05{0.000a}, @q50{0.000a}, @q95{0.000a}"),
    ]  # fmt: skip
    plot.add_tools(HoverTool(renderers=[ridges], tooltips=values))
    at = left + panel.medians
    plot.segment(at, rows, at, rows - RIDGE_SHARE, line_color=surfaces.canvas, line_width=4)
    plot.segment(at, rows, at, rows - RIDGE_SHARE, line_color=surfaces.text, line_width=2)
    _words(plot, panel, left, rows)


def _words(plot: Any, panel: Panel, left: float, rows: Any) -> None:
    head, foot = -0.25, len(rows) + 0.2
    for place, line in enumerate(reversed(wrapped_label(panel.encoding))):
        plot.text([left], [head - 0.5 * place], text=[line])
    plot.text([left + AREA_AT], [head], text=[AREA], text_align="right")
    plot.text([left + AREA_AT] * len(rows), rows, text=list(panel.areas), text_align="right")
    plot.text(
        left + panel.tick_shares, [foot] * len(panel.tick_words), text=list(panel.tick_words),
        text_align="center", text_baseline="top",
    )  # fmt: skip
