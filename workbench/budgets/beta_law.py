"""A Beta law of problem difficulty, fitted to counts by maximum likelihood."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import betaln

from workbench.core.arrays import FloatArray, IdArray

_LOG_BOUNDS = (-7.0, 10.0)


@dataclass(frozen=True, slots=True)
class BetaLaw:
    """Success probabilities of problems follow Beta(a, b)."""

    a: float
    b: float

    def __str__(self) -> str:
        return f"Beta({self.a:.3g}, {self.b:.3g})"


# Used where all draws agree and a maximum does not exist.
JEFFREYS = BetaLaw(0.5, 0.5)


def fit_beta_law(counts: IdArray) -> BetaLaw:
    """The Beta law under which `counts` (problem, 2) are most likely; Jeffreys' if all agree.

    Source: Skellam (1948), the beta-binomial distribution.

    Examples
    --------
    >>> fit_beta_law(np.array([[10, 0], [10, 0]]))
    BetaLaw(a=0.5, b=0.5)
    """
    different, times = np.unique(counts, axis=0, return_counts=True)
    n, c = different.T.astype(np.float64)
    if not c.any() or (c == n).all():
        return JEFFREYS

    def loss(logs: FloatArray) -> float:
        a, b = np.exp(logs)
        return -float(times @ (betaln(c + a, n - c + b) - betaln(a, b)))

    start = _by_moments(counts)
    options = {"xatol": 1e-6, "fatol": 1e-9}
    found = minimize(loss, start, bounds=[_LOG_BOUNDS] * 2, method="Nelder-Mead", options=options)
    a, b = np.exp(found.x)
    return BetaLaw(float(a), float(b))


def _by_moments(counts: IdArray) -> FloatArray:
    share = (counts[:, 1] + 0.5) / (counts[:, 0] + 1.0)
    mean, spread = share.mean(), max(float(share.var()), 1e-6)
    total = max(mean * (1 - mean) / spread - 1, 0.05)
    clipped: FloatArray = np.clip(np.log([mean * total, (1 - mean) * total]), *_LOG_BOUNDS)
    return clipped
