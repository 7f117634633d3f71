"""Gaussian leaves: parameters are the mean and the logarithm of the standard deviation."""

from __future__ import annotations

import math

import numpy as np

from workbench.circuits.leaves.base import Family
from workbench.core.arrays import FloatArray
from workbench.data.variables import Variable

LOG_ROOT_TWO_PI = 0.5 * math.log(2.0 * math.pi)
SMALLEST_DEVIATION = 1e-3


def _n_parameters(variable: Variable) -> int:
    return 2


def _n_statistics(variable: Variable) -> int:
    return 3


def _log_density(parameters: FloatArray, values: FloatArray) -> FloatArray:
    mean, log_deviation = parameters
    standard = (values - mean) * math.exp(-log_deviation)
    log_density: FloatArray = -0.5 * standard**2 - log_deviation - LOG_ROOT_TWO_PI
    return log_density


def _statistics(values: FloatArray, variable: Variable) -> FloatArray:
    return np.stack([np.ones_like(values), values, values**2], axis=1)


def _estimate(statistics: FloatArray, pseudocount: float) -> FloatArray:
    count, total, squares = statistics
    if count <= 0:
        return np.zeros(2)
    mean = total / count
    variance = (max(squares - count * mean**2, 0.0) + pseudocount) / (count + pseudocount)
    return np.array([mean, math.log(max(math.sqrt(variance), SMALLEST_DEVIATION))])


def _sample(parameters: FloatArray, n: int, random: np.random.Generator) -> FloatArray:
    return random.normal(parameters[0], math.exp(parameters[1]), size=n)


def _mode(parameters: FloatArray) -> float:
    return float(parameters[0])


def _initial(
    variable: Variable, mean: float, deviation: float, random: np.random.Generator
) -> FloatArray:
    scale = max(deviation, SMALLEST_DEVIATION)
    return np.array([random.normal(mean, scale), math.log(scale)])


GAUSSIAN = Family(
    name="gaussian",
    code=1,
    n_parameters=_n_parameters,
    n_statistics=_n_statistics,
    log_density=_log_density,
    statistics=_statistics,
    estimate=_estimate,
    sample=_sample,
    mode=_mode,
    initial=_initial,
)
