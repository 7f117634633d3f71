"""Exact pass@k and pass^k for every budget k, per problem and on average."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from workbench.budgets.measures import MEASURES, PASS_AT_K, PASS_HAT_K, Measure
from workbench.core.arrays import AnyArray, FloatArray, IdArray, content_hash, frozen
from workbench.core.tables import Table
from workbench.errors import ParameterError
from workbench.limits import LIMITS, require_within

_BLOCK_CELLS = 4_000_000


@dataclass(frozen=True, eq=False)
class Curve:
    """A measure against the number of samples k: exact, without replacement, no simulation.

    Parameters
    ----------
    measure
        Name in :data:`workbench.budgets.measures.MEASURES`.
    counts
        (problem, 2) draws n and successes c.
    ks
        (k,) budgets in samples, ascending.
    per_problem
        (problem, k) the unbiased estimate for each problem.

    Examples
    --------
    >>> pass_at_k([(10, 3), (10, 0)], ks=[1, 5]).table.to_frame()["value"].round(4).tolist()
    [0.15, 0.4583]
    """

    measure: str
    counts: IdArray
    ks: IdArray
    per_problem: FloatArray

    @property
    def n_problems(self) -> int:
        """How many problems the curve averages."""
        return len(self.counts)

    @cached_property
    def value(self) -> FloatArray:
        """(k,) the mean over problems."""
        return frozen(self.per_problem.mean(axis=0))

    @cached_property
    def table(self) -> Table:
        """Columns k and value."""
        return Table({"k": self.ks, "value": self.value})

    @cached_property
    def hash(self) -> str:
        """The sha256 of measure, counts and budgets: the rest follows from them."""
        return content_hash([self.measure, self.counts, self.ks])

    @property
    def definition(self) -> Measure:
        """The measure's estimator and its truths."""
        return MEASURES[self.measure]


def pass_at_k(counts: ArrayLike, ks: ArrayLike | None = None) -> Curve:
    """The probability that at least one of k samples is right: ``1 - C(n-c, k) / C(n, k)``.

    Unbiased for every k <= n. All k come from one cumulative sum of logarithms.

    Source: Chen et al. (2021), "Evaluating large language models trained on code", eq. 1.

    Parameters
    ----------
    counts
        (problem, 2) draws n and successes c of each problem.
    ks
        Budgets in samples; every k up to the smallest n when None.

    Raises
    ------
    ParameterError
        When a count is not a whole number, c > n, or k > n for some problem.

    Examples
    --------
    >>> round(pass_at_k([(100, 1)], ks=[10]).value.item(), 12)
    0.1
    """
    return _curve(PASS_AT_K, counts, ks)


def pass_hat_k(counts: ArrayLike, ks: ArrayLike | None = None) -> Curve:
    """The probability that all k samples are right, ``C(c, k) / C(n, k)``: reliability.

    Source: Yao et al. (2024), "tau-bench", section 3.

    Raises
    ------
    ParameterError
        As :func:`pass_at_k`.

    Examples
    --------
    >>> round(pass_hat_k([(10, 8)], ks=[3]).value.item(), 6)
    0.466667
    """
    return _curve(PASS_HAT_K, counts, ks)


def log_spaced_ks(largest: int, points: int = 41) -> IdArray:
    """At most `points` different whole budgets from 1 to `largest`, evenly spaced in log k.

    Examples
    --------
    >>> log_spaced_ks(100, 5).tolist()
    [1, 3, 10, 32, 100]
    """
    spaced = np.unique(np.round(np.geomspace(1, largest, points)).astype(np.int64))
    return frozen(spaced)


def checked_counts(counts: ArrayLike) -> IdArray:
    """(problem, 2) whole numbers n and c with 0 <= c <= n and n >= 1.

    Raises
    ------
    ParameterError
        Naming the first problem whose counts are impossible.

    Examples
    --------
    >>> checked_counts([(10, 3)]).tolist()
    [[10, 3]]
    """
    values = np.asarray(counts, dtype=np.float64)
    if values.ndim != 2 or values.shape[1:] != (2,) or not len(values):
        raise ParameterError(
            "cannot read the counts",
            given=f"an array of shape {values.shape}",
            expected="shape (problem, 2): draws n and successes c of each problem",
        )
    require_within("problems", len(values), LIMITS.n_rows)
    n, c = values.T
    reasons = (
        (values != np.floor(values)).any(axis=1) | ~np.isfinite(values).all(axis=1),
        (values < 0).any(axis=1),
        n < 1,
        c > n,
    )
    expectations = ("whole numbers", "no negative number", "at least one draw", "c <= n")
    for bad, expected in zip(reasons, expectations, strict=True):
        if bad.any():
            row = int(np.flatnonzero(bad)[0])
            raise ParameterError(
                f"impossible counts of problem {row}",
                given=f"n={n[row]:g}, c={c[row]:g}",
                expected=expected,
                remedy="Columns are draws n, then successes c." if expected == "c <= n" else "",
            )
    return frozen(values, dtype=np.int64)


def _curve(measure: Measure, counts: ArrayLike, ks: ArrayLike | None) -> Curve:
    checked = checked_counts(counts)
    smallest = int(checked[:, 0].min())
    asked = None if ks is None else _checked_ks(ks, smallest)
    require_within(
        "cells in the curve",
        len(checked) * (smallest if asked is None else len(asked)),
        LIMITS.n_edges,
        "Ask for fewer budgets, for instance ks=log_spaced_ks(n).",
    )
    budgets = np.arange(1, smallest + 1) if asked is None else asked
    different, place = np.unique(checked, axis=0, return_inverse=True)
    values = _estimates(measure, different, budgets)
    return Curve(measure.name, checked, frozen(budgets, np.int64), frozen(values[place.ravel()]))


def _estimates(measure: Measure, counts: IdArray, ks: AnyArray) -> FloatArray:
    largest = int(ks.max())
    require_within("samples per problem", largest, LIMITS.n_events)
    rows = max(1, _BLOCK_CELLS // largest)
    blocks = [
        measure.every(block[:, 0], block[:, 1], largest)[:, ks - 1]
        for block in (counts[start : start + rows] for start in range(0, len(counts), rows))
    ]
    return np.concatenate(blocks)


def _checked_ks(ks: ArrayLike, smallest: int) -> IdArray:
    values = np.atleast_1d(np.asarray(ks, dtype=np.float64))
    whole = bool(np.isfinite(values).all() and (values == np.floor(values)).all())
    if not len(values) or not whole or values.min() < 1:
        raise ParameterError(
            "these are not budgets",
            given=f"ks={values.tolist()}",
            expected="whole numbers of samples, at least 1",
        )
    if values.max() > smallest:
        raise ParameterError(
            "no unbiased estimate beyond the number of draws",
            given=f"k={values.max():g} for a problem with n={smallest}",
            expected=f"k <= {smallest}",
            remedy="Draw more samples, or extrapolate with a fitted law and say so.",
        )
    return np.unique(values).astype(np.int64)
