"""Gaussian leaves: parameters are the mean and the logarithm of the standard deviation."""

from __future__ import annotations

import math

import numpy as np

from workbench.circuits.leaves import layouts
from workbench.circuits.leaves.base import Family
from workbench.core.arrays import FloatArray
from workbench.data.variables import Variable

LOG_ROOT_TWO_PI = 0.5 * math.log(2.0 * math.pi)
SMALLEST_RELATIVE_VARIANCE = 1e-12  # of mean squared: below it the variance is rounding error
SMALLEST_VARIANCE = 1e-12


def _n_parameters(variable: Variable) -> int:
    return 2


def _log_density(parameters: FloatArray, values: FloatArray) -> FloatArray:
    mean, log_deviation = parameters
    standard = (values - mean) * math.exp(-log_deviation)
    log_density: FloatArray = -0.5 * standard**2 - log_deviation - LOG_ROOT_TWO_PI
    return log_density


def _estimate(statistics: FloatArray) -> FloatArray:
    unseen = statistics[:, :1] <= 0.0
    count, total, squares = np.where(unseen, [1.0, 0.0, 1.0], statistics).T
    mean = total / count
    floor = np.maximum(SMALLEST_RELATIVE_VARIANCE * mean**2, SMALLEST_VARIANCE)
    variance = np.maximum(squares / count - mean**2, floor)
    return np.stack([mean, 0.5 * np.log(variance)], axis=1)


def _expected_statistics(parameters: FloatArray) -> FloatArray:
    mean, log_deviation = parameters.T
    return layouts.moments_of(mean, np.exp(2.0 * log_deviation))


def _sample(parameters: FloatArray, n: int, random: np.random.Generator) -> FloatArray:
    return random.normal(parameters[0], math.exp(parameters[1]), size=n)


def _mode(parameters: FloatArray) -> float:
    return float(parameters[0])


GAUSSIAN = Family(
    name="gaussian",
    code=1,
    kind="continuous",
    n_parameters=_n_parameters,
    n_statistics=layouts.three,
    log_density=_log_density,
    statistics=layouts.moments,
    prior=layouts.column_moments,
    estimate=_estimate,
    expected_statistics=_expected_statistics,
    sample=_sample,
    mode=_mode,
)
