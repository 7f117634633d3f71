"""What a curve measures, as a table: its unbiased estimator, its truth given p, under a Beta law.

All three take the number of draws n, of successes c and the budgets k of one
problem (or many, broadcast) and stay in logarithms, so that nothing overflows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from scipy.special import betaln, gammaln

from workbench.core.arrays import AnyArray, FloatArray


@dataclass(frozen=True, slots=True)
class Measure:
    """One quantity as a function of the budget k.

    Parameters
    ----------
    every
        ``every(n, c, largest)``: unbiased estimates for k = 1 ... `largest`, shape
        (problem, largest), by cumulative logarithms.
    at
        ``at(n, c, ks)``: the same at chosen `ks`, shape of n and c with k appended,
        by log-gamma; to about 1e-11.
    given
        ``given(p, ks)``: the value at success probability p.
    under_beta
        ``under_beta(a, b, ks)``: its mean when p follows Beta(a, b).
    direction
        1 when it rises with k, -1 when it falls.
    """

    name: str
    direction: int
    every: Callable[[AnyArray, AnyArray, int], FloatArray]
    at: Callable[[AnyArray, AnyArray, AnyArray], FloatArray]
    given: Callable[[AnyArray, AnyArray], FloatArray]
    under_beta: Callable[[float, float, AnyArray], FloatArray]


def _none_log(n: AnyArray, c: AnyArray, largest: int) -> FloatArray:
    """The log of P(no success among k draws without replacement), k = 1 ... largest."""
    drawn = np.arange(largest)
    left = n[:, None] - drawn
    with np.errstate(divide="ignore"):
        steps = np.log1p(-np.minimum(c[:, None] / left, 1.0))
    total: FloatArray = np.cumsum(steps, axis=1)
    return total


def _none_log_at(n: AnyArray, c: AnyArray, ks: AnyArray) -> FloatArray:
    n, failures = np.asarray(n, np.float64)[..., None], np.asarray(n - c, np.float64)[..., None]
    possible = failures >= ks
    spare = np.where(possible, failures - ks, 0.0)
    log = gammaln(failures + 1) - gammaln(spare + 1) - gammaln(n + 1) + gammaln(n - ks + 1)
    chosen: FloatArray = np.where(possible, log, -np.inf)
    return chosen


def _any_given(p: AnyArray, ks: AnyArray) -> FloatArray:
    with np.errstate(divide="ignore"):
        log = np.log1p(-np.asarray(p, np.float64))[..., None] * ks
    value: FloatArray = -np.expm1(log)
    return value


def _all_given(p: AnyArray, ks: AnyArray) -> FloatArray:
    value: FloatArray = np.asarray(p, np.float64)[..., None] ** ks
    return value


PASS_AT_K = Measure(
    "pass@k",
    1,
    every=lambda n, c, largest: -np.expm1(_none_log(n, c, largest)),
    at=lambda n, c, ks: -np.expm1(_none_log_at(n, c, ks)),
    given=_any_given,
    under_beta=lambda a, b, ks: -np.expm1(betaln(a, b + ks) - betaln(a, b)),
)

# All k right is no wrong one among k: the same sums with successes and failures exchanged.
PASS_HAT_K = Measure(
    "pass^k",
    -1,
    every=lambda n, c, largest: np.exp(_none_log(n, n - c, largest)),
    at=lambda n, c, ks: np.exp(_none_log_at(n, n - c, ks)),
    given=_all_given,
    under_beta=lambda a, b, ks: np.exp(betaln(a + ks, b) - betaln(a, b)),
)

MEASURES: Mapping[str, Measure] = MappingProxyType(
    {measure.name: measure for measure in (PASS_AT_K, PASS_HAT_K)}
)
