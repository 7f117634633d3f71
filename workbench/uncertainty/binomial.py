"""Intervals for a binomial proportion: Wilson, Clopper-Pearson and a Beta posterior."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from workbench.core.arrays import AnyArray, FloatArray, frozen
from workbench.errors import ParameterError


@dataclass(frozen=True, eq=False)
class Interval:
    """Lower and upper limits, each of the shape of the counts, at `level` by `method`."""

    low: FloatArray
    high: FloatArray
    level: float
    method: str


def wilson(successes: ArrayLike, trials: ArrayLike, level: float = 0.95) -> Interval:
    """The score interval: proportions that a two-sided z-test at `level` does not reject.

    Source: Wilson (1927), "Probable inference, the law of succession, and
    statistical inference".

    Raises
    ------
    ParameterError
        When counts are not whole numbers with 0 <= successes <= trials, or the level is not
        in (0, 1).

    Examples
    --------
    >>> found = wilson(7, 10)
    >>> round(float(found.low), 5), round(float(found.high), 5)
    (0.39678, 0.89221)
    """
    c, n = _checked(successes, trials, level)
    z = stats.norm.isf((1 - level) / 2)
    centre = (c + z**2 / 2) / (n + z**2)
    half = z / (n + z**2) * np.sqrt(c * (n - c) / n + z**2 / 4)
    return _interval(c, n, centre - half, centre + half, level, "wilson")


def clopper_pearson(successes: ArrayLike, trials: ArrayLike, level: float = 0.95) -> Interval:
    """The exact interval: proportions that neither one-sided binomial test rejects.

    Never covers less than `level`; wider than needed for few trials.

    Source: Clopper and Pearson (1934), "The use of confidence or fiducial limits".

    Raises
    ------
    ParameterError
        As :func:`wilson`.

    Examples
    --------
    >>> found = clopper_pearson(0, 16)
    >>> float(found.low), round(float(found.high), 5)
    (0.0, 0.20591)
    """
    c, n = _checked(successes, trials, level)
    tail = (1 - level) / 2
    low = stats.beta.ppf(tail, np.maximum(c, 0.5), n - c + 1)
    high = stats.beta.isf(tail, c + 1, np.maximum(n - c, 0.5))
    return _interval(c, n, low, high, level, "clopper_pearson")


def beta_posterior(
    successes: ArrayLike,
    trials: ArrayLike,
    level: float = 0.95,
    prior: tuple[float, float] = (1.0, 1.0),
) -> Interval:
    """The equal-tailed credible interval of the posterior under a Beta `prior`.

    ``prior=(0.5, 0.5)`` is the Jeffreys interval.

    Raises
    ------
    ParameterError
        As :func:`wilson`, and when the prior is not positive.

    Examples
    --------
    >>> found = beta_posterior(4, 16)
    >>> round(float(found.low), 5), round(float(found.high), 5)
    (0.10314, 0.49899)
    """
    c, n = _checked(successes, trials, level)
    if min(prior) <= 0:
        raise ParameterError(
            "no such Beta prior", given=f"prior={prior}", expected="two positive numbers"
        )
    tail = (1 - level) / 2
    low = stats.beta.ppf(tail, c + prior[0], n - c + prior[1])
    high = stats.beta.isf(tail, c + prior[0], n - c + prior[1])
    return Interval(_limit(low), _limit(high), level, "beta_posterior")


INTERVALS: Mapping[str, Callable[[ArrayLike, ArrayLike, float], Interval]] = MappingProxyType(
    {
        "wilson": wilson,
        "clopper_pearson": clopper_pearson,
        "beta_posterior": beta_posterior,
    }
)


def interval(
    successes: ArrayLike, trials: ArrayLike, method: str = "wilson", level: float = 0.95
) -> Interval:
    """The interval of a proportion by the named `method` of :data:`INTERVALS`.

    Raises
    ------
    ParameterError
        When there is no such method, or as the method says.

    Examples
    --------
    >>> interval(164, 164).high.item()
    1.0
    """
    if method not in INTERVALS:
        raise ParameterError(
            "no such interval", given=repr(method), expected=f"one of {list(INTERVALS)}"
        )
    return INTERVALS[method](successes, trials, level)


def _interval(
    c: FloatArray, n: FloatArray, low: AnyArray, high: AnyArray, level: float, method: str
) -> Interval:
    """Limits at 0 and n successes are 0 and 1 by definition, free of rounding."""
    return Interval(
        _limit(np.where(c == 0, 0.0, low)), _limit(np.where(c == n, 1.0, high)), level, method
    )


def _limit(values: AnyArray) -> FloatArray:
    """Read-only, of the same shape: a single proportion has limits without dimensions."""
    return frozen(values).reshape(np.shape(values))


def _checked(
    successes: ArrayLike, trials: ArrayLike, level: float
) -> tuple[FloatArray, FloatArray]:
    if not 0 < level < 1:
        raise ParameterError("no such level", given=f"level={level}", expected="a share in (0, 1)")
    c, n = np.broadcast_arrays(
        np.asarray(successes, dtype=np.float64), np.asarray(trials, dtype=np.float64)
    )
    bad = ~((c >= 0) & (c <= n) & (n >= 1) & (c == np.floor(c)) & (n == np.floor(n)))
    if bad.any():
        place = tuple(np.argwhere(bad)[0].tolist())
        raise ParameterError(
            "these counts are not successes out of trials",
            given=f"{c[place]:g} out of {n[place]:g}",
            expected="whole numbers, 0 <= successes <= trials and at least one trial",
        )
    return c, n
