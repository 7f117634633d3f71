"""Bands around a curve: pointwise or simultaneous, for a population or for the fixed problems.

Limits are made on the complementary log-log scale ``g(v) = log(-log(1 - v))``,
so they stay in [0, 1]: ``g(v) +- critical * spread``. The methods differ in
the critical value:

- ``pointwise``: Student's t (population) or normal (fixed); each k by itself.
- ``sup_t``: the quantile of the largest of the correlated t statistics over k.
- ``calibrated`` (the default): the larger of sup_t and the quantile of that same
  largest statistic in samples from the fitted Beta law of difficulty, where the
  truth is known. It repairs the skewness that sup_t misses for few problems.

Two questions are kept apart. *population*: the problems are a sample, the
spread is that between problems. *fixed*: only these problems count, the spread
is that of drawing n samples again, from each problem's posterior under the
fitted Beta law.

A column without spread gets score-type limits (population) or posterior limits
(fixed) with the same critical value: it widens, it never vanishes.

Source: Montiel Olea and Plagborg-Moller (2019), "Simultaneous confidence bands",
for sup-t; Wilson (1927) for score limits.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Literal

import numpy as np
from scipy import stats

from workbench.budgets.beta_law import BetaLaw, fit_beta_law
from workbench.budgets.pass_at_k import Curve
from workbench.core.arrays import AnyArray, BoolArray, FloatArray, IdArray, frozen
from workbench.core.seeds import stream
from workbench.core.tables import Table
from workbench.errors import ParameterError

Method = Literal["pointwise", "sup_t", "calibrated"]
Question = Literal["population", "fixed"]

N_MULTIPLIERS = 20_000
N_SIMULATED = 2_000
N_LANDMARKS = 33
MOST_TALLIED = 2_048


@dataclass(frozen=True, eq=False)
class Band:
    """Lower and upper limits of a curve, each of shape (k,).

    Parameters
    ----------
    critical
        How many spreads the limits lie from the curve, on the complementary log-log scale.
    """

    curve: Curve
    low: FloatArray
    high: FloatArray
    level: float
    method: Method
    question: Question
    critical: float
    law: BetaLaw

    @cached_property
    def table(self) -> Table:
        """Columns k, value, low and high."""
        return Table({**self.curve.table, "low": self.low, "high": self.high})

    @property
    def statement(self) -> str:
        """What the band claims and how it was made, as a sentence for a caption."""
        kind = "pointwise" if self.method == "pointwise" else "simultaneous"
        about = _ABOUT[self.question].format(n=self.curve.n_problems)
        how = _HOW[self.method].format(law=self.law, critical=self.critical)
        return f"{self.level:.0%} {kind} band; {about}; {how}."


_ABOUT = {
    "population": "{n} problems taken as a sample from a population",
    "fixed": "only the noise of sampling on these {n} problems",
}
_HOW = {
    "pointwise": "critical value {critical:.2f} on the complementary log-log scale",
    "sup_t": "sup-t on the complementary log-log scale, critical value {critical:.2f}",
    "calibrated": (
        "sup-t on the complementary log-log scale, critical value {critical:.2f} "
        "calibrated under {law}"
    ),
}


@dataclass(frozen=True, eq=False)
class _Errors:
    """How a curve may err: spread (k,), correlated errors in spreads (draw, landmark).

    `truths` (draw, landmark) are posterior draws of the curve, for the fixed question.
    """

    spread: FloatArray
    statistics: FloatArray
    truths: FloatArray | None = None


def band(
    curve: Curve,
    level: float = 0.95,
    method: Method = "calibrated",
    question: Question = "population",
    seed: int = 0,
) -> Band:
    """The band of `curve` at `level`: see the module for methods and questions.

    Raises
    ------
    ParameterError
        When level, method or question is unknown, or a population is asked about with
        fewer than two problems.

    Examples
    --------
    >>> from workbench.budgets.pass_at_k import pass_at_k
    >>> found = band(pass_at_k([(16, 4), (16, 0), (16, 9)]))
    >>> bool((found.low < found.curve.value).all() and (found.curve.value < found.high).all())
    True
    """
    _check(curve, level, method, question)
    law = fit_beta_law(curve.counts)
    places = landmarks(curve.ks)
    errors = _ERRORS[question](curve, law, places, seed)
    critical = _CRITICAL[method](curve, question, level, law, errors, places, seed)
    low, high = _limits(curve, errors, critical, places)
    if method != "pointwise":
        low, high = _monotone(curve, low, high)
    return Band(curve, frozen(low), frozen(high), level, method, question, critical, law)


def landmarks(ks: IdArray) -> IdArray:
    """At most 33 places in `ks`, evenly spaced in log k, where the largest error is sought.

    Curves are smooth in log k, so the maximum over all k is that over these.

    Examples
    --------
    >>> landmarks(np.array([1, 2, 4, 8])).tolist()
    [0, 1, 2, 3]
    """
    wanted = np.geomspace(ks[0], ks[-1], N_LANDMARKS)
    nearest = np.searchsorted(np.log(ks), np.log(wanted) - 1e-12)
    places: IdArray = np.unique(np.minimum(nearest, len(ks) - 1))
    return places


def _population(curve: Curve, law: BetaLaw, places: IdArray, seed: int) -> _Errors:
    q = curve.n_problems
    spread = curve.per_problem.std(axis=0, ddof=1) / np.sqrt(q)
    live = places[_live(curve.value, spread)[places]]
    rng = stream(seed, "band", "population")
    scale = np.sqrt(rng.chisquare(q - 1, N_MULTIPLIERS) / (q - 1))
    if not len(live):
        return _Errors(spread, (rng.standard_normal(N_MULTIPLIERS) / scale)[:, None])
    correlation = np.atleast_2d(np.corrcoef(curve.per_problem[:, live], rowvar=False))
    variances, axes = np.linalg.eigh(correlation)
    keep = variances > 1e-9
    draws = rng.standard_normal((N_MULTIPLIERS, int(keep.sum())))
    return _Errors(spread, draws @ (axes[:, keep] * np.sqrt(variances[keep])).T / scale[:, None])


def _fixed(curve: Curve, law: BetaLaw, places: IdArray, seed: int) -> _Errors:
    rng = stream(seed, "band", "fixed")
    n, c = curve.counts.T
    ks, measure = curve.ks[places], curve.definition
    # Few problems cannot show a law to be all or nothing: at least 1/Q of doubt each way.
    least = 1 / len(n)
    a, b = max(law.a, least), max(law.b, least)
    p = rng.beta(a + c, b + n - c, size=(N_SIMULATED, len(n)))
    truths = np.stack([measure.given(row, ks).mean(axis=0) for row in p])
    estimates, _ = _moments(curve, rng.binomial(n, p), ks)
    errors = estimates - truths
    spread = errors.std(axis=0)
    logs = np.log(curve.ks)
    everywhere = np.exp(np.interp(logs, logs[places], np.log(spread)))
    return _Errors(everywhere, errors / spread, truths)


_ERRORS: Mapping[str, Callable[[Curve, BetaLaw, IdArray, int], _Errors]] = MappingProxyType(
    {"population": _population, "fixed": _fixed}
)


def _pointwise_value(
    curve: Curve,
    question: Question,
    level: float,
    law: BetaLaw,
    errors: _Errors,
    places: IdArray,
    seed: int,
) -> float:
    freedom = curve.n_problems - 1 if question == "population" else np.inf
    return float(stats.t.isf((1 - level) / 2, freedom))


def _sup_t_value(
    curve: Curve,
    question: Question,
    level: float,
    law: BetaLaw,
    errors: _Errors,
    places: IdArray,
    seed: int,
) -> float:
    return float(np.quantile(np.abs(errors.statistics).max(axis=1), level))


def _calibrated_value(
    curve: Curve,
    question: Question,
    level: float,
    law: BetaLaw,
    errors: _Errors,
    places: IdArray,
    seed: int,
) -> float:
    largest = _SIMULATED[question](curve, law, errors, places, seed).max(axis=1)
    plain = _sup_t_value(curve, question, level, law, errors, places, seed)
    return max(plain, float(np.quantile(largest, level)))


_CRITICAL: Mapping[str, Callable[..., float]] = MappingProxyType(
    {"pointwise": _pointwise_value, "sup_t": _sup_t_value, "calibrated": _calibrated_value}
)


def _new_benchmarks(
    curve: Curve, law: BetaLaw, errors: _Errors, places: IdArray, seed: int
) -> FloatArray:
    """|error| in spreads (draw, landmark) of new sets of problems, drawn from `law`."""
    rng = stream(seed, "band", "calibration")
    n, ks = curve.counts[:, 0], curve.ks[places]
    p = rng.beta(law.a, law.b, size=(N_SIMULATED, len(n)))
    value, spread = _moments(curve, rng.binomial(n, p), ks)
    truth = np.broadcast_to(curve.definition.under_beta(law.a, law.b, ks), value.shape)
    live = _live(value, spread)
    score = np.abs(value - truth) / np.sqrt(np.maximum(truth * (1 - truth), 1e-300) / len(n))
    score[live] = _scaled_error(value[live], truth[live], spread[live])
    return score


def _new_samples(
    curve: Curve, law: BetaLaw, errors: _Errors, places: IdArray, seed: int
) -> FloatArray:
    """|error| in spreads (draw, landmark) of new samples on the same problems."""
    truths = errors.truths if errors.truths is not None else np.empty((1, 0))
    spread = np.broadcast_to(errors.spread[places], truths.shape)
    value = truths + errors.statistics * spread
    live = _live(value, spread) & _live(truths, spread)
    score = np.zeros_like(value)  # without spread the limits are the posterior's own
    score[live] = _scaled_error(value[live], truths[live], spread[live])
    return score


_SIMULATED: Mapping[str, Callable[..., FloatArray]] = MappingProxyType(
    {"population": _new_benchmarks, "fixed": _new_samples}
)


def _moments(curve: Curve, c: AnyArray, ks: IdArray) -> tuple[FloatArray, FloatArray]:
    """Mean over problems and its spread, both (draw, k), for successes c (draw, problem)."""
    n = curve.counts[:, 0]
    total = np.zeros((len(c), len(ks)))
    squares = np.zeros_like(total)
    for draws in np.unique(n).tolist():
        outcomes = np.arange(draws + 1)
        table = curve.definition.at(np.full_like(outcomes, draws), outcomes, ks)
        columns = np.flatnonzero(n == draws)
        if draws <= MOST_TALLIED:
            often = _tally(c[:, columns], draws)
            total += often @ table
            squares += often @ table**2
            continue
        for column in columns.tolist():
            values = table[c[:, column]]
            total += values
            squares += values**2
    mean = total / len(n)
    variance = np.maximum(squares / len(n) - mean**2, 0.0) / max(len(n) - 1, 1)
    return mean, np.sqrt(variance)


def _tally(c: AnyArray, draws: int) -> FloatArray:
    """(draw, successes) how many of the columns of `c` have that many successes."""
    rows = np.arange(len(c))[:, None] * (draws + 1)
    counted = np.bincount((rows + c).ravel(), minlength=len(c) * (draws + 1))
    often: FloatArray = counted.reshape(len(c), draws + 1).astype(np.float64)
    return often


def _live(value: FloatArray, spread: FloatArray) -> BoolArray:
    live: BoolArray = (spread > 1e-9) & (value > 1e-12) & (value < 1 - 1e-12)
    return live


def _cloglog(value: FloatArray) -> FloatArray:
    scaled: FloatArray = np.log(-np.log1p(-value))
    return scaled


def _slope(value: FloatArray) -> FloatArray:
    slope: FloatArray = -1 / ((1 - value) * np.log1p(-value))
    return slope


def _scaled_error(value: FloatArray, truth: FloatArray, spread: FloatArray) -> FloatArray:
    inside = np.clip(truth, 1e-12, 1 - 1e-12)
    return np.abs(_cloglog(value) - _cloglog(inside)) / (spread * _slope(value))


def _limits(
    curve: Curve, errors: _Errors, critical: float, places: IdArray
) -> tuple[FloatArray, FloatArray]:
    value = curve.value
    live = _live(value, errors.spread)
    low, high = _still_limits(curve, errors, critical, places)
    centre, half = _cloglog(value[live]), critical * errors.spread[live] * _slope(value[live])
    low[live] = -np.expm1(-np.exp(centre - half))
    high[live] = -np.expm1(-np.exp(np.minimum(centre + half, 6.0)))  # g(v) > 6 is v = 1
    return np.minimum(low, value), np.maximum(high, value)


def _still_limits(
    curve: Curve, errors: _Errors, critical: float, places: IdArray
) -> tuple[FloatArray, FloatArray]:
    """Limits for columns without spread: posterior quantiles where there are any, else scores."""
    if errors.truths is not None:
        tail = stats.norm.sf(critical)
        limits = np.quantile(errors.truths, [tail, 1 - tail], axis=0)
        logs = np.log(curve.ks)
        low, high = (np.interp(logs, logs[places], limit) for limit in limits)
        return low, high
    q, v, z2 = curve.n_problems, curve.value, critical**2
    centre = (q * v + z2 / 2) / (q + z2)
    half = critical / (q + z2) * np.sqrt(q * v * (1 - v) + z2 / 4)
    return np.maximum(centre - half, 0.0), np.minimum(centre + half, 1.0)


def _monotone(curve: Curve, low: FloatArray, high: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Tighter limits at no cost: the truth is monotone in k, so a limit binds all later k."""
    step = curve.definition.direction
    rising = np.maximum.accumulate(low[::step])[::step]
    falling = np.minimum.accumulate(high[::-step])[::-step]
    return rising, falling


def _check(curve: Curve, level: float, method: str, question: str) -> None:
    if not 0 < level < 1:
        raise ParameterError("no such level", given=f"level={level}", expected="a share in (0, 1)")
    for name, given, known in (("method", method, _CRITICAL), ("question", question, _ERRORS)):
        if given not in known:
            raise ParameterError(
                f"no such {name}", given=repr(given), expected=f"one of {list(known)}"
            )
    if question == "population" and curve.n_problems < 2:
        raise ParameterError(
            "one problem says nothing about a population",
            given=f"{curve.n_problems} problem",
            expected="at least two",
            remedy='Ask about the fixed benchmark instead: question="fixed".',
        )
