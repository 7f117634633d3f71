"""Outcomes of methods, and the curves and bands that a page shows of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from workbench.budgets import Band, TokenCurve, band, curve_against_tokens, pass_at_k
from workbench.budgets.pass_at_k import Curve
from workbench.core.arrays import AnyArray
from workbench.core.progress import Progress, silent
from workbench.core.tables import Table


@dataclass(frozen=True)
class CurveChoice:
    """How curves and bands are made.

    Examples
    --------
    >>> CurveChoice().level
    0.95
    """

    level: float = 0.95
    method: Any = "calibrated"
    question: Any = "population"
    stop: Any = "never"


@dataclass(frozen=True, eq=False)
class Outcomes:
    """Outcomes of one method: one row per sample, or counts per problem without tokens."""

    records: Table | None
    counts: AnyArray | None = None


@dataclass(frozen=True, eq=False)
class Records:
    """Outcomes of methods by their names, and where they come from.

    Examples
    --------
    >>> import numpy as np
    >>> list(Records("an example", {"guessing": Outcomes(None, np.array([[8, 2]]))}).methods)
    ['guessing']
    """

    source: str
    methods: Mapping[str, Outcomes]


@dataclass(frozen=True, eq=False)
class Coverage:
    """Curves and bands by method."""

    curves: Mapping[str, Curve | TokenCurve]
    bands: Mapping[str, Band]


def coverage(
    outcomes: Mapping[str, Outcomes],
    choice: CurveChoice | None = None,
    on_progress: Progress = silent,
) -> Coverage:
    """The curve and the band of each method.

    Examples
    --------
    >>> import numpy as np
    >>> found = coverage({"guessing": Outcomes(None, np.array([[8, 2], [8, 5]]))})
    >>> found.curves["guessing"].value.shape
    (8,)
    """
    chosen = choice or CurveChoice()
    curves: dict[str, Curve | TokenCurve] = {}
    bands: dict[str, Band] = {}
    for place, (name, found) in enumerate(outcomes.items()):
        on_progress(place / max(len(outcomes), 1), name)
        curve = _curve(found, chosen)
        samples = curve.curve if isinstance(curve, TokenCurve) else curve
        curves[name] = curve
        bands[name] = band(
            samples, level=chosen.level, method=chosen.method, question=chosen.question
        )
    return Coverage(curves, bands)


def _curve(found: Outcomes, choice: CurveChoice) -> Curve | TokenCurve:
    if found.records is not None:
        return curve_against_tokens(found.records, stop=choice.stop)
    return pass_at_k(found.counts if found.counts is not None else [])
