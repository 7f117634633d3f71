"""Figures on screens as Bokeh plots, from the same specification as paper.

Circuits and search trees have their own canvases and are not painted here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.core.tables import Table
from workbench.errors import ParameterError
from workbench.views.curve_figure import marker_places, series_of
from workbench.views.painters.drawing import fill_colours
from workbench.views.painters.paper_curve import log_ticks, spread_apart
from workbench.views.painters.screen_bounds import paint_bounds
from workbench.views.painters.screen_parts import blank_plot
from workbench.views.painters.screen_rates import paint_rates
from workbench.views.painters.screen_separation import paint_separation
from workbench.views.spec import Encoding, FigureSpec
from workbench.views.style import STYLE, Hue, Theme, bokeh_theme, palette
from workbench.views.words import axis_label, short_number

if TYPE_CHECKING:
    from bokeh.plotting import figure as BokehFigure  # noqa: N812  # the class is called figure

_DASHES = ("solid", [8, 3], [2, 2], [8, 3, 2, 3], [5, 2], [12, 3])
_MARKERS = MappingProxyType({"hexagon": "hex"})
ROW_PX = 22
NAME_PX = 7
NAME_GAP_PX = 16.0
USUAL_WIDTH_PX = 760.0


def paint(
    spec: FigureSpec, theme: Theme = "light", height: int = 360, width: int | None = None
) -> BokehFigure:
    """The Bokeh plot that shows `spec`; it stretches to its container when `width` is None.

    Raises
    ------
    ParameterError
        When the figure is drawn by a canvas instead, or the theme is unknown.

    Examples
    --------
    >>> from workbench.budgets import pass_at_k
    >>> from workbench.views.curve_figure import curve_figure
    >>> paint(curve_figure(pass_at_k([(4, 1), (4, 2)]))).xaxis[0].axis_label
    'Samples per problem, k'
    """
    if spec.kind not in PAINTERS:
        raise ParameterError(
            "no plot shows this figure",
            given=f"a {spec.kind} figure",
            expected=f"one of {list(PAINTERS)}",
            remedy="Use workbench.widgets.show.",
        )
    plot: BokehFigure = PAINTERS[spec.kind](spec, theme, height, width)
    _apply_theme(plot, theme)
    return plot


def _curve(spec: FigureSpec, theme: Theme, height: int, width: int | None) -> Any:
    x = spec.encoding("x")
    plot = blank_plot(height, width, x_axis_type="log" if x and x.scale == "log" else "linear")
    _curve_bands(spec, theme, plot)
    _curve_lines(spec, theme, plot)
    _curve_axes(spec, plot)
    _name_series(spec, theme, plot, height)
    return plot


def _hues(spec: FigureSpec, theme: Theme) -> dict[str, Hue]:
    names = [name for name, _ in series_of(spec.tables["lines"])]
    return dict(zip(names, palette(theme).hues, strict=False))


def _curve_bands(spec: FigureSpec, theme: Theme, plot: Any) -> None:
    if "bands" not in spec.tables:
        return
    hues = _hues(spec, theme)
    for name, columns in series_of(spec.tables["bands"]):
        plot.varea(
            x=columns["x"],
            y1=columns["low"],
            y2=columns["high"],
            fill_color=hues[name].colour,
            fill_alpha=STYLE.charts.band_opacity,
        )


def _curve_lines(spec: FigureSpec, theme: Theme, plot: Any) -> None:
    from bokeh.models import ColumnDataSource, HoverTool

    hues = _hues(spec, theme)
    hovered: list[Any] = []
    for place, (name, columns) in enumerate(series_of(spec.tables["lines"])):
        hue = hues[name]
        data = {**columns, "series": np.full(len(columns["x"]), name, dtype=object)}
        data |= _limits(spec, name, len(columns["x"]))
        source = ColumnDataSource(data)
        line = plot.line(
            "x",
            "y",
            source=source,
            color=hue.colour,
            line_width=STYLE.charts.line_px,
            line_dash=_DASHES[place],
        )
        hovered.append(line)
        shown = marker_places(columns["x"])
        plot.scatter(
            x=columns["x"][shown],
            y=columns["y"][shown],
            marker=_MARKERS.get(hue.marker, hue.marker),
            size=STYLE.charts.marker_px + 1,
            color=hue.colour,
        )
    plot.add_tools(HoverTool(renderers=hovered, tooltips=_tooltips(spec), mode="mouse"))


def _limits(spec: FigureSpec, name: str, n_points: int) -> dict[str, Any]:
    bands = dict(series_of(spec.tables["bands"])) if "bands" in spec.tables else {}
    missing = np.full(n_points, np.nan)
    found = bands.get(name, {})
    return {limit: found.get(limit, missing) for limit in ("low", "high")}


def _tooltips(spec: FigureSpec) -> list[tuple[str, str]]:
    x, y = spec.encoding("x"), spec.encoding("y")
    rows = [
        ("series", "@series"),
        (axis_label(x), "@x{0,0}"),
        (axis_label(y), "@y{0.0000}"),
    ]
    return rows + ([("band", "@low{0.0000} to @high{0.0000}")] if "bands" in spec.tables else [])


def _curve_axes(spec: FigureSpec, plot: Any) -> None:
    from bokeh.models import FixedTicker

    x, lines = spec.encoding("x"), spec.tables["lines"]
    plot.xaxis.axis_label, plot.yaxis.axis_label = axis_label(x), axis_label(spec.encoding("y"))
    plot.xgrid.visible = False
    plot.yaxis.axis_line_color = None
    plot.yaxis.major_tick_line_color = None
    tops = [lines["y"], spec.tables["bands"]["high"]] if "bands" in spec.tables else [lines["y"]]
    plot.y_range.start = 0.0
    plot.y_range.end = min(1.02, float(np.concatenate(tops).max()) * 1.08 + 0.01)
    if x is not None and x.scale == "log":
        ticks = log_ticks(lines["x"])
        plot.xaxis.ticker = FixedTicker(ticks=ticks.tolist())
        plot.xaxis.major_label_overrides = {tick: short_number(tick) for tick in ticks.tolist()}


def _name_series(spec: FigureSpec, theme: Theme, plot: Any, height: int) -> None:
    """Names at the line ends when there are few series, else a legend."""
    lines = series_of(spec.tables["lines"])
    if len(lines) > STYLE.charts.direct_labels:
        _legend(spec, plot)
    elif len(lines) > 1:
        _names_at_ends(spec, theme, plot, height)


def _names_at_ends(spec: FigureSpec, theme: Theme, plot: Any, height: int) -> None:
    """Names in room that the x axis is given beyond the last point, in place of a margin."""
    lines, hues = series_of(spec.tables["lines"]), _hues(spec, theme)
    top = float(plot.y_range.end)
    gap = NAME_GAP_PX / max(height - 60, 60) * top
    ends = np.array([columns["y"][-1] for _, columns in lines])
    heights = spread_apart(ends, gap, 0.0, top).tolist()
    first, last = (float(f(spec.tables["lines"]["x"])) for f in (np.min, np.max))
    room = min(0.4, (NAME_PX * max(len(name) for name, _ in lines) + 24) / USUAL_WIDTH_PX)
    span = max(last / first, 1.1)
    plot.x_range.start, plot.x_range.end = first / span**0.02, last * span ** (room / (1 - room))
    for (name, _), y in zip(lines, heights, strict=True):
        hue, place = hues[name], last * span**0.03
        marker = _MARKERS.get(hue.marker, hue.marker)
        plot.scatter(x=[place], y=[y], marker=marker, size=8, color=hue.colour)
        plot.text(x=[place], y=[y], text=[name], x_offset=9, text_baseline="middle")


def _legend(spec: FigureSpec, plot: Any) -> None:
    from bokeh.models.annotations import Legend, LegendItem

    drawn = [line for line in plot.renderers if type(line.glyph).__name__ == "Line"]
    names = [name for name, _ in series_of(spec.tables["lines"])]
    items = [
        LegendItem(label=name, renderers=[line]) for name, line in zip(names, drawn, strict=True)
    ]
    plot.add_layout(Legend(items=items, click_policy="mute"), "right")


def _theory(spec: FigureSpec, theme: Theme, height: int, width: int | None) -> Any:
    return (_pictures if "pixels" in spec.tables else _matrix)(spec, theme, height, width)


def _matrix(spec: FigureSpec, theme: Theme, height: int, width: int | None) -> Any:
    from bokeh.models import ColumnDataSource, HoverTool

    cells, n_rules = spec.tables["cells"], spec.tables["rules"].n_rows
    colours = palette(theme)
    variables, place = np.unique(cells["variable"], return_inverse=True)
    names = [str(cells["name"][np.flatnonzero(place == i)[0]]) for i in range(len(variables))]
    plot = blank_plot(
        max(height, n_rules * ROW_PX + 120),
        width,
        x_range=(-0.5, max(len(names), 1) - 0.5),
        y_range=(max(n_rules, 1) + 0.5, 0.5),
        x_axis_location="above",
    )
    rows = np.arange(1, n_rules + 1, 2)
    stripe = {"left": -0.5, "right": len(names) - 0.5, "fill_color": colours.surfaces.panel}
    plot.quad(top=rows - 0.5, bottom=rows + 0.5, line_color=None, **stripe)
    source = ColumnDataSource(_bars(cells, place, colours.hues[0].colour, colours.surfaces.edge))
    bars = plot.quad("left", "right", "top", "bottom", source=source, color="colour")
    values = [("rule", "@rule"), ("variable", "@name"), ("value", "@category"), ("", "@word")]
    plot.add_tools(HoverTool(renderers=[bars], tooltips=values))
    plot.xaxis.ticker = list(range(len(names)))
    plot.xaxis.major_label_overrides = dict(enumerate(names))
    plot.xaxis.major_label_orientation = 0.9
    plot.yaxis.ticker = list(range(1, n_rules + 1))
    plot.yaxis.axis_label = axis_label(spec.encoding("y"))
    plot.grid.visible = False
    return plot


def _bars(cells: Table, place: Any, hue: str, edge: str) -> dict[str, Any]:
    literal = np.stack([cells["rule"], cells["variable"]])
    _, at, size = np.unique(literal, axis=1, return_inverse=True, return_counts=True)
    slot = 0.84 / size[at.ravel()]
    left, row = place - 0.42 + slot * cells["code"], cells["rule"] + 1
    allowed = cells["allowed"]
    return {
        "left": left,
        "right": left + 0.86 * slot,
        "bottom": row + 0.34,
        "top": row + np.where(allowed, -0.34, 0.27),
        "colour": np.where(allowed, hue, edge),
        "word": np.where(allowed, "allowed", "not allowed"),
        "rule": row,
        "name": cells["name"],
        "category": cells["category"],
    }


def _pictures(spec: FigureSpec, theme: Theme, height: int, width: int | None) -> Any:
    """All rules' pictures in one plot, five in a row, so that hover and zoom work across them."""
    from bokeh.models import ColumnDataSource, HoverTool

    pixels, n_rules = spec.tables["pixels"], spec.tables["rules"].n_rows
    tall, wide = _shape(spec, "rows"), _shape(spec, "columns")
    n_columns = min(n_rules, 5)
    n_rows = -(-n_rules // max(n_columns, 1))
    across, down = wide * 1.15, tall * 1.35
    plot = blank_plot(
        max(height, n_rows * 150),
        width,
        x_range=(-0.1 * wide, n_columns * across),
        y_range=(n_rows * down, -0.35 * tall),
        match_aspect=True,
    )
    surfaces = palette(theme).surfaces
    rule = np.arange(n_rules)
    x0, y0 = (rule % max(n_columns, 1)) * across, (rule // max(n_columns, 1)) * down
    plot.quad(
        left=x0,
        right=x0 + wide,
        top=y0,
        bottom=y0 + tall,
        fill_color=surfaces.panel,
        line_color=surfaces.edge,
    )
    data: dict[str, Any] = {
        "left": x0[pixels["rule"]] + pixels["column"],
        "top": y0[pixels["rule"]] + pixels["row"],
        "colour": fill_colours(palette(theme).ordinal, pixels["centre"]),
        "rule": pixels["rule"] + 1,
        **{name: pixels[name] for name in ("row", "column", "centre", "share")},
    }
    source = ColumnDataSource({**data, "right": data["left"] + 1, "bottom": data["top"] + 1})
    squares = plot.quad(
        "left", "right", "top", "bottom", source=source, color="colour", line_color=surfaces.canvas
    )
    values = [
        ("rule", "@rule"),
        ("pixel", "row @row, column @column"),
        ("middle of the allowed values", "@centre{0.00}"),
        ("share of values allowed", "@share{0.00}"),
    ]
    plot.add_tools(HoverTool(renderers=[squares], tooltips=values))
    words = [f"rule {i + 1}" for i in rule.tolist()]
    plot.text(x=x0, y=y0 - 0.06 * tall, text=words)
    plot.axis.visible = False
    plot.grid.visible = False
    return plot


def _shape(spec: FigureSpec, channel: str) -> int:
    encoding: Encoding | None = spec.encoding(channel)
    return int(encoding.label) if encoding is not None else 1


def _apply_theme(plot: Any, theme: Theme) -> None:
    """The theme's attributes on each model: pages may switch theme without a new document."""
    from bokeh.core.properties import value

    surfaces, fonts = palette(theme).surfaces, STYLE.fonts
    for name, attributes in bokeh_theme(theme)["attrs"].items():
        for model in plot.select({"type": _model(name)}):
            kept = attributes if name != "Axis" else _unless_hidden(model, attributes)
            model.update(**kept)
    for renderer in plot.renderers:
        if type(renderer.glyph).__name__ == "Text":
            renderer.glyph.update(
                text_color=surfaces.text,
                text_font=value(fonts.text),
                text_font_size=value(f"{STYLE.type['caption'].px}px"),
            )


def _unless_hidden(model: Any, attributes: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in attributes.items() if getattr(model, name) is not None}


def _model(name: str) -> Any:
    import bokeh.models

    return getattr(bokeh.models, name)


PAINTERS: Mapping[str, Callable[[FigureSpec, Theme, int, int | None], Any]] = MappingProxyType(
    {
        "curve": _curve,
        "theory": _theory,
        "separation": paint_separation,
        "bounds": paint_bounds,
        "rates": paint_rates,
    }
)
