"""Budget curves on paper."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.core.arrays import FloatArray
from workbench.views.curve_figure import marker_places, series_of
from workbench.views.painters.glyphs import SHAPES
from workbench.views.painters.page import POINTS_PER_PX, Page
from workbench.views.spec import FigureSpec
from workbench.views.style import STYLE
from workbench.views.words import axis_label, plain_number, short_number

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SMALLEST_AXES_SHARE = 0.6
_DASHES = ("-", (0, (5, 1.5)), (0, (1.5, 1.2)), (0, (6, 1.5, 1.5, 1.5)), (0, (3, 1)), (0, (8, 2)))


def paint_curve(spec: FigureSpec, page: Page, figure: Figure) -> None:
    """Draw a curve figure: lines with markers and dashes, bands, names at the line ends."""
    figure.set_layout_engine("constrained", w_pad=0.03, h_pad=0.03)
    axes = figure.add_subplot()
    _bands(spec, page, axes)
    ends = _lines(spec, page, axes)
    _scales(spec, axes)
    _frame(spec, page, axes)
    if len(ends) > 1:
        _name_lines(ends, page, figure, axes)


def _bands(spec: FigureSpec, page: Page, axes: Axes) -> None:
    if "bands" not in spec.tables:
        return
    hues = _hues(spec, page)
    for name, columns in series_of(spec.tables["bands"]):
        axes.fill_between(
            columns["x"],
            columns["low"],
            columns["high"],
            color=hues[name].colour,
            alpha=STYLE.charts.band_opacity,
            linewidth=0,
        )


def _lines(spec: FigureSpec, page: Page, axes: Axes) -> list[tuple[str, Any, float, float]]:
    hues, ends = _hues(spec, page), []
    for place, (name, columns) in enumerate(series_of(spec.tables["lines"])):
        hue = hues[name]
        axes.plot(
            columns["x"],
            columns["y"],
            color=hue.colour,
            linewidth=STYLE.charts.line_px * POINTS_PER_PX,
            linestyle=_DASHES[place],
            marker=SHAPES[hue.marker](),
            markersize=STYLE.charts.marker_px * POINTS_PER_PX,
            markevery=marker_places(columns["x"]).tolist(),
            label=name,
            zorder=3,
        )
        ends.append((name, hue, float(columns["x"][-1]), float(columns["y"][-1])))
    return ends


def _hues(spec: FigureSpec, page: Page) -> dict[str, Any]:
    names = [name for name, _ in series_of(spec.tables["lines"])]
    return dict(zip(names, page.colours.hues, strict=False))


def _scales(spec: FigureSpec, axes: Axes) -> None:
    from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator

    x, y = spec.encoding("x"), spec.encoding("y")
    if x is not None and x.scale == "log":
        places = spec.tables["lines"]["x"]
        axes.set_xscale("log")
        axes.set_xlim(*_log_range(places))
        axes.xaxis.set_major_locator(FixedLocator(log_ticks(places).tolist()))
        axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: short_number(value)))
    axes.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 2.5, 5, 10]))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: plain_number(round(value, 9))))
    axes.set_ylim(*_share_range(spec))
    axes.set_xlabel(axis_label(x))
    axes.set_ylabel(axis_label(y))


def log_ticks(values: FloatArray) -> FloatArray:
    """Ticks of a log axis over `values`: powers of 2 up to 1,024, else of 10 (1, 2, 5 if few).

    Examples
    --------
    >>> log_ticks(np.array([1.0, 16.0])).tolist(), log_ticks(np.array([10.0, 20_000.0])).tolist()
    ([1.0, 2.0, 4.0, 8.0, 16.0], [10.0, 100.0, 1000.0, 10000.0])
    """
    low, high = float(values.min()), float(values.max())
    base = 2.0 if high <= 1024 else 10.0
    first = np.ceil(np.log(low) / np.log(base) - 1e-9)
    powers = np.arange(first, np.floor(np.log(high) / np.log(base) + 1e-9) + 1)
    if len(powers) < (4 if base > 2 else 2):
        return _round_ticks(low, high)
    step = int(np.ceil(len(powers) / 8))
    ticks: FloatArray = base ** powers[::step]
    return ticks


def _round_ticks(low: float, high: float) -> FloatArray:
    """1, 2 and 5 times powers of ten, for a range that holds few of them."""
    decades = 10.0 ** np.arange(np.floor(np.log10(low)), np.ceil(np.log10(high)) + 1)
    ticks = np.sort(np.concatenate([decades, 2 * decades, 5 * decades]))
    inside: FloatArray = ticks[(ticks >= low) & (ticks <= high)]
    return inside if len(inside) > 1 else np.array(sorted({low, high}))


def _log_range(values: FloatArray) -> tuple[float, float]:
    low, high = float(values.min()), float(values.max())
    margin = (high / low) ** 0.02 if high > low else 1.2
    return low / margin, high * margin


def _share_range(spec: FigureSpec) -> tuple[float, float]:
    """From 0 to the next tenth above all limits, so that heights compare honestly."""
    tops = [spec.tables["lines"]["y"]]
    if "bands" in spec.tables:
        tops.append(spec.tables["bands"]["high"])
    top = float(np.concatenate(tops).max())
    return 0.0, min(1.02, max(0.1, np.ceil(top * 10 + 0.2) / 10))


def _frame(spec: FigureSpec, page: Page, axes: Axes) -> None:
    axes.grid(visible=True, axis="y")
    axes.set_axisbelow(True)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.tick_params(axis="y", length=0)
    axes.tick_params(axis="x", length=2.5)
    if spec.title:
        axes.set_title(spec.title, loc="left", fontweight="bold")


def _name_lines(
    ends: list[tuple[str, Any, float, float]], page: Page, figure: Figure, axes: Axes
) -> None:
    if len(ends) > STYLE.charts.direct_labels or not _names_fit(ends, page, figure, axes):
        _legend(page, axes)


def _names_fit(
    ends: list[tuple[str, Any, float, float]], page: Page, figure: Figure, axes: Axes
) -> bool:
    """Whether the names stand at the line ends and the axes keep their share of the width."""
    low, high = axes.get_ylim()
    inches = page.height * 0.75
    gap = (high - low) * page.tick_pt * 1.15 / 72 / inches
    heights = spread_apart(np.array([y for *_, y in ends]), gap, low, high)
    texts = [
        axes.annotate(
            name,
            (1.0, height),
            xycoords=axes.get_yaxis_transform(),
            xytext=(9, 0),
            textcoords="offset points",
            color=page.colours.surfaces.text,
            fontsize=page.tick_pt,
            va="center",
            annotation_clip=False,
        )
        for (name, *_), height in zip(ends, heights.tolist(), strict=True)
    ]
    keys = [
        axes.plot(
            [1.0],
            [height],
            transform=axes.get_yaxis_transform() + _shift(figure, 4),
            marker=SHAPES[hue.marker](),
            markersize=STYLE.charts.marker_px * POINTS_PER_PX,
            color=hue.colour,
            clip_on=False,
            linestyle="none",
        )[0]
        for (_, hue, *_), height in zip(ends, heights.tolist(), strict=True)
    ]
    figure.draw_without_rendering()
    if axes.get_position().width >= SMALLEST_AXES_SHARE:
        return True
    for artist in (*texts, *keys):
        artist.remove()
    return False


def _shift(figure: Figure, points: float) -> Any:
    from matplotlib.transforms import ScaledTranslation

    return ScaledTranslation(points / 72, 0, figure.dpi_scale_trans)


def spread_apart(heights: FloatArray, gap: float, low: float, high: float) -> FloatArray:
    """`heights` moved as little as needed to be `gap` apart inside [low, high], order kept.

    Examples
    --------
    >>> spread_apart(np.array([0.5, 0.5]), 0.25, 0.0, 1.0).tolist()
    [0.375, 0.625]
    """
    from scipy.optimize import isotonic_regression

    order = np.argsort(heights, kind="stable")
    offsets = gap * np.arange(len(heights))
    moved = isotonic_regression(heights[order] - offsets).x
    inside = np.clip(moved, low, max(high - offsets[-1], low)) + offsets
    placed: FloatArray = np.empty_like(inside)
    placed[order] = inside
    return placed


def _legend(page: Page, axes: Axes) -> None:
    axes.legend(
        loc="best",
        frameon=True,
        framealpha=1.0,
        edgecolor=page.colours.surfaces.divider,
        facecolor=page.colours.surfaces.panel,
        handlelength=2.6,
        borderpad=0.5,
    )
