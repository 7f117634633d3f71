"""Binomial leaves: the code of the category is the number of successes.

Parameters are the number of trials, which is one less than the number of
categories and is not learnt, and the logarithm, in nats, of the chance of
success of one trial.
"""

from __future__ import annotations

import math

import numpy as np
from scipy.special import gammaln

from workbench.circuits.leaves import layouts
from workbench.circuits.leaves.base import Family
from workbench.core.arrays import BoolArray, FloatArray
from workbench.data.variables import Variable

SMALLEST_LOG_CHANCE = -690.0  # of either outcome, so that no learnt parameter is infinite
LARGEST_LOG_CHANCE = -1e-16


def binomial_parameters(variable: Variable, chance: float) -> FloatArray:
    """(2,) the parameters of a binomial leaf of `variable` with this chance of success.

    Examples
    --------
    >>> dice = Variable("heads", "categorical", ("0", "1", "2"))
    >>> np.exp(_log_masses(binomial_parameters(dice, 0.5)[None])).round(3).tolist()
    [[0.25, 0.5, 0.25]]
    """
    return np.array([variable.n_categories - 1.0, math.log(chance)])


def _n_parameters(variable: Variable) -> int:
    return 2


def _log_masses(parameters: FloatArray) -> FloatArray:
    trials = parameters[:, :1]
    successes = np.arange(trials.max(initial=0.0) + 1.0)
    failures = np.maximum(trials - successes, 0.0)
    log_chance = parameters[:, 1:]
    with np.errstate(divide="ignore", invalid="ignore"):  # a sure success: 0 failures cost nothing
        cost = np.where(failures > 0.0, failures * np.log(-np.expm1(log_chance)), 0.0)
    ways = gammaln(trials + 1.0) - gammaln(successes + 1.0) - gammaln(failures + 1.0)
    log_masses: FloatArray = ways + successes * log_chance + cost
    return log_masses


def _log_density(parameters: FloatArray, values: FloatArray) -> FloatArray:
    log_density: FloatArray = _log_masses(parameters[None])[0][values.astype(np.int64)]
    return log_density


def _estimate(statistics: FloatArray) -> FloatArray:
    trials = statistics.shape[1] - 1
    possible = trials * statistics.sum(axis=1)
    fair = np.full(len(statistics), 0.5)  # of a leaf that saw nothing
    successes = statistics @ np.arange(trials + 1.0)
    chance = np.divide(successes, possible, out=fair, where=possible > 0.0)
    with np.errstate(divide="ignore"):  # log 0 is clipped
        log_chance = np.clip(np.log(chance), SMALLEST_LOG_CHANCE, LARGEST_LOG_CHANCE)
    return np.stack([np.full_like(log_chance, trials), log_chance], axis=1)


def _expected_statistics(parameters: FloatArray) -> FloatArray:
    masses: FloatArray = np.exp(_log_masses(parameters))
    return masses


def _sample(parameters: FloatArray, n: int, random: np.random.Generator) -> FloatArray:
    return random.binomial(int(parameters[0]), math.exp(parameters[1]), size=n).astype(np.float64)


def _mode(parameters: FloatArray) -> float:
    return float(np.argmax(_log_masses(parameters[None])[0]))


def _is_valid(parameters: FloatArray, variable: Variable) -> BoolArray:
    is_valid: BoolArray = (parameters[:, 0] == variable.n_categories - 1) & (parameters[:, 1] <= 0)
    return is_valid


BINOMIAL = Family(
    name="binomial",
    code=2,
    kind="categorical",
    n_parameters=_n_parameters,
    n_statistics=layouts.n_categories,
    log_density=_log_density,
    statistics=layouts.counts,
    prior=layouts.flat_counts,
    estimate=_estimate,
    expected_statistics=_expected_statistics,
    sample=_sample,
    mode=_mode,
    log_masses=_log_masses,
    is_valid=_is_valid,
)
