"""Live plots in the style of the house: one Bokeh figure whose numbers change."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any, Literal

import numpy as np
import panel as pn
from bokeh.core.properties import value
from bokeh.core.validation import silence
from bokeh.core.validation.warnings import MISSING_RENDERERS
from bokeh.models import ColumnDataSource, HoverTool, NumeralTickFormatter, Range1d
from bokeh.plotting import figure

from workbench.core.arrays import FloatArray
from workbench.views.style import STYLE, Theme, palette

Series = Mapping[str, tuple[FloatArray, FloatArray]]
Bands = Mapping[str, tuple[FloatArray, FloatArray, FloatArray]]
Axis = Literal["linear", "log"]
silence(MISSING_RENDERERS, silence=True)  # a plot may wait for its first numbers
MARKERS = {"inverted_triangle": "inverted_triangle", "hexagon": "hex"}


class CurvePlot:
    """Lines of a few series, with bands where known; colours follow the theme."""

    def __init__(
        self,
        theme: Theme,
        x_label: str,
        y_label: str,
        x_axis: Axis = "linear",
        *,
        markers: bool = False,
        share: bool = False,
        title: str = "",
        on_panel: bool = False,
    ) -> None:
        self.theme, self.title = theme, title
        self.labels, self.x_axis = (x_label, y_label), x_axis
        self.markers, self.share, self.on_panel = markers, share, on_panel
        self.series: Series = {}
        self.bands: Bands = {}
        self._sources: dict[str, ColumnDataSource] = {}
        self.view = pn.pane.Bokeh(self._figure(), sizing_mode="stretch_both", margin=0)

    def show(self, series: Series, bands: Bands | None = None) -> None:
        """Draw `series`; where their names are as before only numbers are sent."""
        same = list(series) == list(self.series) and not bands and not self.bands
        self.series, self.bands = series, bands or {}
        if not same:
            self.view.object = self._figure()
            return
        for name, (x, y) in series.items():
            self._sources[name].data = {"x": x, "y": y}

    def restyle(self, theme: Theme) -> None:
        """Draw again in the colours of `theme`."""
        self.theme = theme
        self.view.object = self._figure()

    def _figure(self) -> Any:
        plot = figure(
            sizing_mode="stretch_both",
            x_axis_label=self.labels[0],
            y_axis_label=self.labels[1],
            x_axis_type=self.x_axis,
            toolbar_location=None,
            tools="pan,wheel_zoom,reset",
            min_height=80,
            min_border_right=12,
            title=self.title,
        )
        paint(plot, self.theme, on_panel=self.on_panel)
        if self.on_panel:
            plot.yaxis.ticker.desired_num_ticks = 3
        if self.share:
            plot.yaxis.formatter = NumeralTickFormatter(format="0%")
        self._sources = {}
        for place, name in enumerate(self.series):
            self._draw(plot, place, name)
        if self.series:
            (self._name_ends if self.markers else self._legend)(plot)
            plot.add_tools(
                HoverTool(
                    tooltips=[(self.labels[0], "@x{0,0.[00]}"), (self.labels[1], "@y{0.000}")]
                )
            )
        return plot

    def _draw(self, plot: Any, place: int, name: str) -> None:
        hue = palette(self.theme).hues[place % len(palette(self.theme).hues)]
        x, y = self.series[name]
        if name in self.bands:
            at, low, high = self.bands[name]
            plot.varea(at, low, high, fill_color=hue.colour, fill_alpha=STYLE.charts.band_opacity)
        source = ColumnDataSource({"x": x, "y": y})
        self._sources[name] = source
        line = {"source": source} if self.markers else {"source": source, "legend_label": name}
        plot.line("x", "y", line_width=STYLE.charts.line_px, line_color=hue.colour, **line)
        if self.markers:
            few = np.unique(np.geomspace(1, max(len(x), 1), 12).astype(int) - 1)
            plot.scatter(
                x[few], y[few], size=STYLE.charts.marker_px, color=hue.colour,
                marker=MARKERS.get(hue.marker, hue.marker),
            )  # fmt: skip

    def _name_ends(self, plot: Any) -> None:
        """Name each line at its end, and leave room for the names."""
        ends = [(x[-1], y[-1]) for x, y in self.series.values()]
        starts = [float(x[0]) for x, _ in self.series.values()]
        last = max(float(x) for x, _ in ends)
        plot.x_range = Range1d(min(starts) / 1.2, last * (last / min(starts)) ** 0.16)
        plot.xaxis.formatter = NumeralTickFormatter(format="0,0")
        plot.text(
            [x for x, _ in ends], apart([float(y) for _, y in ends]), text=list(self.series),
            x_offset=10, text_baseline="middle", text_color=palette(self.theme).surfaces.text,
            text_font=value(STYLE.fonts.text), text_font_size=f"{STYLE.type['body'].px}px",
        )  # fmt: skip

    def _legend(self, plot: Any) -> None:
        _legend(plot, self.theme)


def apart(heights: list[float], gap: float = 0.045) -> list[float]:
    """`heights` of labels with at least `gap` between any two, moved downwards where needed.

    Examples
    --------
    >>> apart([0.5, 1.0, 1.0], gap=0.25)
    [0.5, 1.0, 0.75]
    """
    places = list(heights)
    order = sorted(range(len(heights)), key=lambda place: -heights[place])
    for above, below in pairwise(order):
        places[below] = min(places[below], places[above] - gap)
    return places


def paint(plot: Any, theme: Theme, *, on_panel: bool = False) -> None:
    """Nothing; gives a Bokeh figure the surfaces, type and grid of the house."""
    surfaces, fonts = palette(theme).surfaces, STYLE.fonts
    caption = f"{STYLE.type['caption'].px}px"
    plot.background_fill_color = surfaces.panel if on_panel else surfaces.canvas
    plot.border_fill_color = plot.background_fill_color
    plot.outline_line_color = None
    plot.grid.grid_line_color = surfaces.divider
    for axis in plot.axis:
        axis.axis_line_color = axis.major_tick_line_color = surfaces.edge
        axis.minor_tick_line_color = None
        axis.major_label_text_color = axis.axis_label_text_color = surfaces.muted
        axis.major_label_text_font = axis.axis_label_text_font = fonts.text
        axis.major_label_text_font_size = axis.axis_label_text_font_size = caption
        axis.axis_label_text_font_style = "normal"
        axis.axis_label_standoff = 2
    plot.title.text_color = surfaces.muted
    plot.title.text_font, plot.title.text_font_size = fonts.text, caption
    plot.title.text_font_style = "normal"


def _legend(plot: Any, theme: Theme) -> None:
    surfaces = palette(theme).surfaces
    legend = plot.legend[0]
    plot.add_layout(legend, "right")
    legend.background_fill_alpha = 0.0
    legend.border_line_color = None
    legend.label_text_color = surfaces.text
    legend.label_text_font = STYLE.fonts.text
    legend.label_text_font_size = f"{STYLE.type['caption'].px}px"
    legend.padding = legend.margin = 0
    legend.spacing = 4
