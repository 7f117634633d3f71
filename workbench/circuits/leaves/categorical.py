"""Categorical leaves: parameters are log-probabilities, in nats, one per category."""

from __future__ import annotations

import numpy as np

from workbench.circuits.leaves import layouts
from workbench.circuits.leaves.base import Family
from workbench.core.arrays import FloatArray


def _log_density(parameters: FloatArray, values: FloatArray) -> FloatArray:
    return parameters[values.astype(np.int64)]


def _estimate(statistics: FloatArray) -> FloatArray:
    totals = statistics.sum(axis=1, keepdims=True)
    counts = np.where(totals > 0.0, statistics, 1.0)  # a leaf that saw nothing becomes uniform
    with np.errstate(divide="ignore"):  # an impossible category has log-probability -inf
        log_probabilities: FloatArray = np.log(counts / counts.sum(axis=1, keepdims=True))
    return log_probabilities


def _expected_statistics(parameters: FloatArray) -> FloatArray:
    probabilities: FloatArray = np.exp(parameters)
    return probabilities


def _log_masses(parameters: FloatArray) -> FloatArray:
    return parameters


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
    n_parameters=layouts.n_categories,
    n_statistics=layouts.n_categories,
    log_density=_log_density,
    statistics=layouts.counts,
    prior=layouts.flat_counts,
    estimate=_estimate,
    expected_statistics=_expected_statistics,
    sample=_sample,
    mode=_mode,
    log_masses=_log_masses,
)
