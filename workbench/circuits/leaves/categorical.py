"""Categorical leaves: parameters are log-probabilities, in nats, one per category."""

from __future__ import annotations

import numpy as np

from workbench.circuits.leaves.base import Family
from workbench.core.arrays import FloatArray
from workbench.data.variables import Variable


def _n_parameters(variable: Variable) -> int:
    return variable.n_categories


def _log_density(parameters: FloatArray, values: FloatArray) -> FloatArray:
    return parameters[values.astype(np.int64)]


def _statistics(values: FloatArray, variable: Variable) -> FloatArray:
    return np.eye(variable.n_categories)[values.astype(np.int64)]


def _prior(variable: Variable, mean: float, deviation: float) -> FloatArray:
    return np.full(variable.n_categories, 1.0 / variable.n_categories)


def _estimate(statistics: FloatArray) -> FloatArray:
    totals = statistics.sum(axis=1, keepdims=True)
    counts = np.where(totals > 0.0, statistics, 1.0)  # a leaf that saw nothing becomes uniform
    with np.errstate(divide="ignore"):  # an impossible category has log-probability -inf
        log_probabilities: FloatArray = np.log(counts / counts.sum(axis=1, keepdims=True))
    return log_probabilities


def _expected_statistics(parameters: FloatArray) -> FloatArray:
    probabilities: FloatArray = np.exp(parameters)
    return probabilities


def _sample(parameters: FloatArray, n: int, random: np.random.Generator) -> FloatArray:
    probabilities = np.exp(parameters)
    codes = random.choice(len(parameters), size=n, p=probabilities / probabilities.sum())
    return codes.astype(np.float64)


def _mode(parameters: FloatArray) -> float:
    return float(np.argmax(parameters))


CATEGORICAL = Family(
    name="categorical",
    code=0,
    kind="categorical",
    n_parameters=_n_parameters,
    n_statistics=_n_parameters,
    log_density=_log_density,
    statistics=_statistics,
    prior=_prior,
    estimate=_estimate,
    expected_statistics=_expected_statistics,
    sample=_sample,
    mode=_mode,
)
