"""Scores of groups of rows as a figure: a distribution per score and group, and its AUROC."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from workbench.core.arrays import FloatArray
from workbench.core.units import number
from workbench.core.versions import code_version
from workbench.uncertainty.separation import Score, Separation
from workbench.views.spec import Encoding, FigureSpec, Provenance
from workbench.views.words import axis_label

MOST_TICKS = 4
CUT_ABOVE = 1.25  # of the tallest bin of the median group
_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def separation_figure(found: Separation, *, title: str = "", caption: str = "") -> FigureSpec:
    """The figure of how scores are spread in groups of rows, a panel per score.

    Parameters
    ----------
    caption
        Without one, the caption says what AUROC compares and how far it may be off.

    Examples
    --------
    >>> from workbench.uncertainty import Score, separation
    >>> groups = {"own": [0.0, 1.0, 2.0], "other": [2.5, 3.0]}
    >>> separation_figure(separation({Score("surprise", "nats"): groups}, "own")).kind
    'separation'
    """
    return FigureSpec(
        "separation",
        {"groups": found.groups, "bins": found.bins},
        encodings=tuple(_encoding(score) for score in found.scores),
        title=title,
        caption=caption or _claim(found),
        provenance=Provenance((("scores", found.hash),), code_version()),
    )


def _encoding(score: Score) -> Encoding:
    """The channel is the name of the score, the column says whether small scores are gathered."""
    column = "left" if score.floor is None else "left, floored"
    return Encoding(score.name, "bins", column, score.name, score.scale, score.unit)


def _claim(found: Separation) -> str:
    errors = found.groups["standard_error"]
    largest = number(float(np.nanmax(errors))) if np.isfinite(errors).any() else "unknown"
    gathered = [
        f" The first bar of {score.name.lower()} gathers all scores up to {score.floor:g}."
        for score in found.scores
        if score.floor is not None
    ]
    return (
        "Bars: rows per bin, all groups of a panel on one scale, cut where taller; ticks: medians; "
        f"dashed: median of the {found.within}. AUROC: the probability that a row of the group "
        f"scores above one of the {found.within}; standard errors up to {largest}."
        + "".join(gathered)
    )


@dataclass(frozen=True, eq=False)
class Panel:
    """One score: its groups from the top, their outlines, and the ticks of its axis.

    Shares along the axis are in [0, 1]. `heights` are shares of a group's rows on a scale
    that all groups of the panel have in common; 1 where a bin is cut, as the one that
    gathers small scores often is.
    """

    encoding: Encoding
    names: tuple[str, ...]
    is_within: tuple[bool, ...]
    areas: tuple[str, ...]
    medians: FloatArray
    edges: FloatArray
    heights: FloatArray
    tick_shares: FloatArray
    tick_words: tuple[str, ...]


def panels(spec: FigureSpec) -> list[Panel]:
    """What a separation figure draws, a panel for each score.

    Examples
    --------
    >>> from workbench.uncertainty import Score, separation
    >>> spec = separation_figure(separation({Score("x"): {"a": [0, 4], "b": [1, 3]}}, "a"))
    >>> panels(spec)[0].medians.tolist(), panels(spec)[0].tick_words
    ([0.5, 0.5], ('0', '2', '4'))
    """
    return [_panel(spec, encoding) for encoding in spec.encodings]


def _panel(spec: FigureSpec, encoding: Encoding) -> Panel:
    groups, bins = spec.tables["groups"], spec.tables["bins"]
    rows = groups["score"] == encoding.channel
    cells = bins["score"] == encoding.channel
    n_groups = int(rows.sum())
    edges = np.append(bins["left"][cells].reshape(n_groups, -1)[0], bins["right"][cells][-1])
    shares = bins["share"][cells].reshape(n_groups, -1)
    ticks = nice_ticks(float(edges[0]), float(edges[-1]), encoding.scale)
    return Panel(
        encoding=encoding,
        names=tuple(groups["group"][rows].tolist()),
        is_within=tuple(groups["is_within"][rows].tolist()),
        areas=tuple(_area(value) for value in groups["auroc"][rows].tolist()),
        medians=_placed(groups["q50"][rows], edges, encoding),
        edges=_placed(edges, edges, encoding),
        heights=_heights(shares, is_gathered=encoding.column != "left"),
        tick_shares=_placed(ticks, edges, encoding),
        tick_words=_tick_words(ticks, edges, encoding),
    )


def _heights(shares: FloatArray, *, is_gathered: bool) -> FloatArray:
    """Full height a bit above the tallest bin of the usual group, so that most are comparable."""
    tallest = shares[:, int(is_gathered) :].max(axis=1)
    full = CUT_ABOVE * float(np.median(tallest))
    heights: FloatArray = np.minimum(shares / max(full, 1e-300), 1.0)
    return heights


def _area(value: float) -> str:
    return "" if np.isnan(value) else f"{value:.2f}"


def _placed(values: FloatArray, edges: FloatArray, encoding: Encoding) -> FloatArray:
    if encoding.scale == "log":
        values, edges = np.log(values), np.log(edges)
    placed: FloatArray = (values - edges[0]) / (edges[-1] - edges[0])
    return placed


def _tick_words(ticks: FloatArray, edges: FloatArray, encoding: Encoding) -> tuple[str, ...]:
    is_wide = encoding.scale == "log" and edges[-1] >= 1e3 * edges[0]
    words = [_power(tick) if is_wide else number(tick) for tick in ticks.tolist()]
    if encoding.column != "left" and len(ticks) and np.isclose(ticks[0], edges[0]):
        words[0] = f"≤ {words[0]}"
    return tuple(words)


def _power(value: float) -> str:
    return "1" if value == 1.0 else "10" + str(round(np.log10(value))).translate(_SUPERSCRIPTS)


def wrapped_label(encoding: Encoding) -> tuple[str, ...]:
    """The label of a panel in one or two lines, cut at the space nearest its middle.

    Examples
    --------
    >>> wrapped_label(Encoding("x", "bins", "left", "Entropy of the classes", unit="nats"))
    ('Entropy of the', 'classes (nats)')
    """
    label = axis_label(encoding)
    spaces = [place for place, letter in enumerate(label) if letter == " "]
    if len(label) <= 14 or not spaces:
        return (label,)
    middle = min(spaces, key=lambda place: abs(place - len(label) / 2))
    return label[:middle], label[middle + 1 :]


def nice_ticks(low: float, high: float, scale: str) -> FloatArray:
    """At most four round numbers in [low, high], ascending, evenly apart on the scale.

    Examples
    --------
    >>> nice_ticks(72.0, 394.0, "linear").tolist(), nice_ticks(1e-6, 0.6, "log").tolist()
    ([100.0, 200.0, 300.0], [1e-06, 0.0001, 0.01])
    """
    return (_log_ticks if scale == "log" else _linear_ticks)(low, high)


def _linear_ticks(low: float, high: float) -> FloatArray:
    power = 10.0 ** np.floor(np.log10((high - low) / MOST_TICKS))
    for step in power * np.array([1.0, 2.0, 5.0, 10.0, 20.0]):
        first, last = np.ceil(low / step - 1e-9), np.floor(high / step + 1e-9)
        if last - first + 1 <= MOST_TICKS:
            break
    ticks: FloatArray = np.arange(first, last + 1) * step
    return ticks


def _log_ticks(low: float, high: float) -> FloatArray:
    first, last = np.ceil(np.log10(low) - 1e-9), np.floor(np.log10(high) + 1e-9)
    powers = np.arange(first, last + 1)
    if len(powers) >= 3:
        return _rounded(10.0 ** powers[:: -(-len(powers) // (MOST_TICKS - 1))])
    decades = 10.0 ** np.arange(np.floor(np.log10(low)), np.ceil(np.log10(high)) + 1)
    ticks = np.sort(np.concatenate([decades, 2 * decades, 5 * decades]))
    inside = ticks[(ticks >= low * (1 - 1e-9)) & (ticks <= high * (1 + 1e-9))]
    return _rounded(inside[:: max(1, -(-len(inside) // MOST_TICKS))])


def _rounded(ticks: FloatArray) -> FloatArray:
    return np.array([float(f"{tick:.12g}") for tick in ticks.tolist()])
