"""What the paper painters share: a sheet measured in points, text that fits, ramps, legends."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.core.arrays import FloatArray
from workbench.views.painters.page import Page
from workbench.views.spec import Encoding
from workbench.views.style import STYLE, ramp_colour
from workbench.views.words import ramp_label

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"
MARGIN_PT = 4.0
ROUNDING = 1e-9  # colour must not tell apart what only rounding does


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle on the sheet, in points from its bottom left corner."""

    left: float
    bottom: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """The right side."""
        return self.left + self.width

    @property
    def top(self) -> float:
        """The upper side."""
        return self.bottom + self.height


def sheet(page: Page, figure: Figure) -> Axes:
    """Axes over the whole page whose data unit is one point, without frame."""
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_xlim(0, page.width_pt)
    axes.set_ylim(0, page.height_pt)
    axes.set_axis_off()
    return axes


@lru_cache(maxsize=4096)
def text_width(text: str, size: float) -> float:
    """The width of `text` in points at `size` points, in the font of printed figures.

    Examples
    --------
    >>> text_width("wide", 10.0) > text_width("ill", 10.0)
    True
    """
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    font = FontProperties(family=STYLE.fonts.paper, size=size)
    width, _, _ = text_to_path.get_text_width_height_descent(text, font, ismath=False)
    return float(width)


def fitted(text: str, size: float, room: float) -> str:
    """`text` cut with an ellipsis to `room` points; "" when not even two letters fit.

    Examples
    --------
    >>> fitted("a long label", 7.0, 30.0)
    'a long…'
    """
    if text_width(text, size) <= room:
        return text
    for length in range(len(text) - 1, 1, -1):
        short = text[:length].rstrip() + ELLIPSIS
        if text_width(short, size) <= room:
            return short
    return ""


def share_of(values: FloatArray, scale: str) -> FloatArray:
    """Where `values` stand in [0, 1] on a "linear", "log" or "rank" scale; NaN stays NaN.

    Examples
    --------
    >>> share_of(np.array([1.0, 10.0, 100.0]), "log").tolist()
    [0.0, 0.5, 1.0]
    """
    known = np.isfinite(values) & ((values > 0) | (scale != "log"))
    share = np.full(len(values), np.nan)
    if not known.any():
        return share
    chosen = values[known]
    if scale == "rank":
        chosen = np.unique(chosen, return_inverse=True)[1].astype(np.float64)
    elif scale == "log":
        chosen = np.log(chosen)
    low, high = chosen.min(), chosen.max()
    constant = high - low <= ROUNDING * max(abs(low), abs(high))
    share[known] = 1.0 if constant else (chosen - low) / (high - low)
    return share


def fill_colours(ramp: tuple[str, ...], shares: FloatArray) -> list[str]:
    """The fill at each share in [0, 1]; the lowest steps look empty and are left out.

    Examples
    --------
    >>> fill_colours(("#000000", "#111111", "#808080", "#ffffff"), np.array([0.0, 1.0]))
    ['#808080', '#ffffff']
    """
    visible = ramp[STYLE.detail.ordinal_from :]
    return [ramp_colour(visible, share) for share in shares.tolist()]


def luminance(colour: str) -> float:
    """The relative luminance of an sRGB colour, 0 for black to 1 for white (WCAG 2).

    Examples
    --------
    >>> round(luminance("#ffffff"), 6)
    1.0
    """
    channels = np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)]) / 255
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return float(linear @ np.array([0.2126, 0.7152, 0.0722]))


def ink_on(fill: str) -> str:
    """The colour of a mark on `fill`: dark or light, whichever has more contrast.

    Examples
    --------
    >>> ink_on("#103c70"), ink_on("#e4eef9")
    ('#ffffff', '#14171c')
    """
    dark, light = "#14171c", "#ffffff"
    own = luminance(fill) + 0.05
    return dark if own / (luminance(dark) + 0.05) > 1.05 / own else light


def draw_ramp(
    axes: Axes,
    page: Page,
    encoding: Encoding,
    values: FloatArray,
    left: float,
    bottom: float,
    *,
    whole: bool = False,
) -> float:
    """The right end, in points, of a ramp with its words drawn from `left`.

    Its lowest steps, which look empty, are only drawn where it is used as a `whole`.
    """
    from matplotlib.patches import Rectangle

    known = values[np.isfinite(values)]
    low, high = (float(known.min()), float(known.max())) if len(known) else (0.0, 0.0)
    size, step = page.tick_pt, 6.0
    ramp = page.colours.ordinal[0 if whole else STYLE.detail.ordinal_from :]
    for place, colour in enumerate(ramp):
        axes.add_patch(
            Rectangle((left + place * step, bottom), step, size * 0.8, facecolor=colour, lw=0)
        )
    width = step * len(ramp)
    outline: dict[str, Any] = {"fill": False, "edgecolor": page.colours.surfaces.edge, "lw": 0.4}
    axes.add_patch(Rectangle((left, bottom), width, size * 0.8, **outline))
    words = ramp_label(encoding, low, high)
    axes.text(left + width + 3, bottom + size * 0.4, words, size=size, va="center_baseline")
    return left + width + 3 + text_width(words, size)
