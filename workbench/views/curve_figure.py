"""Budget curves as figures: coverage against samples or against tokens, with bands."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

import numpy as np

from workbench.budgets.bands import Band
from workbench.budgets.pass_at_k import Curve
from workbench.budgets.token_axis import TokenCurve
from workbench.core.arrays import AnyArray, FloatArray
from workbench.core.tables import Table
from workbench.core.versions import code_version
from workbench.errors import ParameterError
from workbench.views.spec import Encoding, FigureSpec, Provenance
from workbench.views.style import palette

Axis = Literal["samples", "tokens"]
AnyCurve = Curve | TokenCurve

_AXIS_LABELS = MappingProxyType(
    {"samples": "Samples per problem, k", "tokens": "Tokens used per problem"}
)
_VALUE_LABELS = MappingProxyType(
    {
        "pass@k": "Coverage (pass@k)",
        "pass^k": "Reliability (pass^k)",
    }
)


def curve_figure(
    curves: AnyCurve | Mapping[str, AnyCurve],
    bands: Band | Mapping[str, Band] | None = None,
    *,
    axis: Axis | None = None,
    title: str = "",
    caption: str = "",
) -> FigureSpec:
    """The figure of one curve, or of several by name, each with its band where given.

    Parameters
    ----------
    bands
        A band for the one curve, or bands by the names of `curves`.
    axis
        "samples" or "tokens"; tokens need a TokenCurve. By default tokens when
        every curve has them.
    caption
        Without one, the caption says what the bands claim.

    Raises
    ------
    ParameterError
        When a band belongs to no curve, tokens are unknown, measures are mixed,
        or there are more series than distinct colours.

    Examples
    --------
    >>> from workbench.budgets import band, pass_at_k
    >>> curve = pass_at_k([(16, 4), (16, 0), (16, 9)])
    >>> spec = curve_figure(curve, band(curve))
    >>> list(spec.tables), spec.encoding("x").scale
    (['lines', 'bands'], 'log')
    """
    named = dict(curves) if isinstance(curves, Mapping) else {_name(curves): curves}
    limits = _named_bands(bands, named)
    _check_series(named)
    chosen = _axis(named, axis)
    tables = {"lines": _lines(named, chosen)}
    if limits:
        tables["bands"] = _bands(named, limits, chosen)
    return FigureSpec(
        "curve",
        tables,
        encodings=_encodings(named, chosen),
        title=title,
        caption=caption or _claims(limits),
        provenance=Provenance(
            tuple((name, _samples(curve).hash) for name, curve in named.items()), code_version()
        ),
    )


def band_figure(limits: Band, *, title: str = "", caption: str = "") -> FigureSpec:
    """The figure of one band with the curve it was made from.

    Examples
    --------
    >>> from workbench.budgets import band, pass_at_k
    >>> band_figure(band(pass_at_k([(16, 4), (16, 0)]))).tables["bands"].n_rows
    16
    """
    return curve_figure(limits.curve, limits, title=title, caption=caption)


def _samples(curve: AnyCurve) -> Curve:
    return curve.curve if isinstance(curve, TokenCurve) else curve


def _name(curve: AnyCurve) -> str:
    return _samples(curve).measure


def _named_bands(
    bands: Band | Mapping[str, Band] | None, named: Mapping[str, AnyCurve]
) -> dict[str, Band]:
    if bands is None:
        return {}
    limits = dict(bands) if isinstance(bands, Mapping) else dict.fromkeys(named, bands)
    for name, limit in limits.items():
        if name not in named or limit.curve.hash != _samples(named[name]).hash:
            raise ParameterError(
                "this band belongs to no curve of the figure",
                given=f"a band named {name!r}",
                expected=f"bands made from {list(named)}",
            )
    return limits


def _check_series(named: Mapping[str, AnyCurve]) -> None:
    most = len(palette().hues)
    if not 1 <= len(named) <= most:
        raise ParameterError(
            "cannot tell the series apart",
            given=f"{len(named)} curves",
            expected=f"1 to {most}",
            remedy="Draw small multiples.",
        )
    measures = sorted({_samples(curve).measure for curve in named.values()})
    if len(measures) > 1:
        raise ParameterError(
            "these curves measure different things", given=measures, expected="one measure"
        )


def _axis(named: Mapping[str, AnyCurve], axis: Axis | None) -> Axis:
    priced = all(isinstance(curve, TokenCurve) for curve in named.values())
    chosen = axis or ("tokens" if priced else "samples")
    if chosen not in _AXIS_LABELS:
        raise ParameterError(
            "no such axis", given=repr(axis), expected=f"one of {list(_AXIS_LABELS)}"
        )
    if chosen == "tokens" and not priced:
        raise ParameterError(
            "the tokens of a curve are unknown",
            given="a curve made from counts",
            expected="curves made by curve_against_tokens",
        )
    return chosen


def _places(curve: AnyCurve, axis: Axis) -> AnyArray:
    if axis == "tokens" and isinstance(curve, TokenCurve):
        return curve.tokens
    return _samples(curve).ks.astype(np.float64)


def _lines(named: Mapping[str, AnyCurve], axis: Axis) -> Table:
    return Table(
        {
            "series": _repeated(named, [len(_samples(curve).ks) for curve in named.values()]),
            "x": np.concatenate([_places(curve, axis) for curve in named.values()]),
            "y": np.concatenate([_samples(curve).value for curve in named.values()]),
            "k": np.concatenate([_samples(curve).ks for curve in named.values()]),
        }
    )


def _bands(named: Mapping[str, AnyCurve], limits: Mapping[str, Band], axis: Axis) -> Table:
    return Table(
        {
            "series": _repeated(limits, [len(limit.low) for limit in limits.values()]),
            "x": np.concatenate([_places(named[name], axis) for name in limits]),
            "low": np.concatenate([limit.low for limit in limits.values()]),
            "high": np.concatenate([limit.high for limit in limits.values()]),
        }
    )


def _repeated(names: Mapping[str, object], times: list[int]) -> AnyArray:
    return np.repeat(np.array(list(names), dtype=object), times)


def _encodings(named: Mapping[str, AnyCurve], axis: Axis) -> tuple[Encoding, ...]:
    curve = _samples(next(iter(named.values())))
    return (
        Encoding("x", "lines", "x", _AXIS_LABELS[axis], "log"),
        Encoding("y", "lines", "y", _VALUE_LABELS[curve.measure]),
        Encoding("colour", "lines", "series", scale="nominal"),
    )


def _claims(limits: Mapping[str, Band]) -> str:
    statements = dict.fromkeys(limit.statement for limit in limits.values())
    if len(statements) <= 1:
        return "".join(statements)
    return " ".join(f"{name}: {limit.statement}" for name, limit in limits.items())


def series_of(table: Table) -> list[tuple[str, dict[str, FloatArray]]]:
    """Each series of a curve table in its order: its name and its numeric columns.

    Examples
    --------
    >>> series_of(Table({"series": ["a", "a"], "x": [1.0, 2.0], "y": [0.1, 0.2]}))[0][0]
    'a'
    """
    names = list(dict.fromkeys(table["series"].tolist()))
    numeric = [name for name in table if name != "series"]
    chosen = {name: table["series"] == name for name in names}
    return [(name, {column: table[column][chosen[name]] for column in numeric}) for name in names]


MARKERS_PER_LINE = 6


def marker_places(x: FloatArray, n_markers: int = MARKERS_PER_LINE) -> AnyArray:
    """Which points of a line carry a marker: evenly spaced in log x, ends included.

    Examples
    --------
    >>> marker_places(np.array([1.0, 2.0, 4.0, 8.0])).tolist()
    [0, 1, 2, 3]
    """
    positive = np.maximum(x, 1e-9)
    wanted = np.geomspace(positive[0], positive[-1], n_markers)
    places: AnyArray = np.unique(np.abs(np.log(positive)[:, None] - np.log(wanted)).argmin(axis=0))
    return places
