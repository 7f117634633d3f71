"""Rates of packages on screens: bars in groups, the limit as a line at 100 %."""

from __future__ import annotations

from typing import Any

from workbench.views.painters.screen_parts import blank_plot
from workbench.views.rates_figure import groups, hue_numbers, rate_words
from workbench.views.spec import FigureSpec
from workbench.views.style import Theme, palette
from workbench.views.words import axis_label


def paint_rates(spec: FigureSpec, theme: Theme, height: int, width: int | None) -> Any:
    """The Bokeh plot of a rates figure: horizontal bars by group and package."""
    from bokeh.models import ColumnDataSource, FactorRange, HoverTool, NumeralTickFormatter, Span

    found = [(name, bar) for name, bars in groups(spec).items() for bar in bars]
    hues, numbers = palette(theme).hues, hue_numbers(spec)
    source = ColumnDataSource(
        {
            "row": [(name, bar.package) for name, bar in found],
            "share": [bar.share for _, bar in found],
            "low": [bar.low for _, bar in found],
            "high": [bar.high for _, bar in found],
            "rate": [rate_words(bar.rows_per_s) for _, bar in found],
            "colour": [hues[numbers[bar.package]].colour for _, bar in found],
        }
    )
    rows = FactorRange(*reversed(source.data["row"]))
    plot = blank_plot(height, width, y_range=rows, x_range=(0.0, 1.02))
    bars = plot.hbar(y="row", right="share", height=0.7, source=source, color="colour")
    colours = palette(theme).surfaces
    plot.segment(x0="low", x1="high", y0="row", y1="row", source=source, line_color=colours.text)
    plot.text(x="high", y="row", text="rate", source=source, text_baseline="middle", x_offset=4)
    limit = Span(location=1.0, dimension="height", line_color=colours.text, line_width=2)
    plot.add_layout(limit)
    shares = [("share of the limit", "@share{0.0 %}"), ("rate", "@rate")]
    plot.add_tools(HoverTool(renderers=[bars], tooltips=shares))
    plot.xaxis.axis_label = axis_label(spec.encoding("x"))
    plot.xaxis.formatter = NumeralTickFormatter(format="0 %")
    plot.ygrid.visible = False
    return plot
