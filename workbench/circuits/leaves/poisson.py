"""Poisson leaves: whole numbers 0, 1, 2, ... without an upper end, on a continuous variable.

The parameter is the logarithm of the rate. Values that are not whole numbers
from 0 have probability zero. All leaves of one variable should be Poisson:
a probability beside a density has no common unit.
"""

from __future__ import annotations

import math

import numpy as np
from scipy.special import gammaln

from workbench.circuits.leaves import layouts
from workbench.circuits.leaves.base import Family
from workbench.core.arrays import BoolArray, FloatArray
from workbench.data.variables import Variable

SMALLEST_LOG_RATE = -690.0  # of a leaf that only saw zeros
LARGEST_LOG_RATE = 40.0  # exp(40) is beyond the whole numbers that floats tell apart


def poisson_parameters(rate: float) -> FloatArray:
    """(1,) the parameters of a Poisson leaf with this `rate`.

    Examples
    --------
    >>> float(np.exp(_log_density(poisson_parameters(2.0), np.array([0.0])))[0].round(4))
    0.1353
    """
    return np.array([math.log(rate)])


def _n_parameters(variable: Variable) -> int:
    return 1


def _log_density(parameters: FloatArray, values: FloatArray) -> FloatArray:
    log_rate = parameters[0]
    counts = np.maximum(values, 0.0)
    log_mass = counts * log_rate - math.exp(log_rate) - gammaln(counts + 1.0)
    is_count = (values >= 0.0) & (values == np.floor(values))
    log_density: FloatArray = np.where(is_count, log_mass, -np.inf)
    return log_density


def _estimate(statistics: FloatArray) -> FloatArray:
    count, total, _ = statistics.T
    rate = np.divide(total, count, out=np.ones_like(count), where=count > 0.0)
    with np.errstate(divide="ignore"):  # log 0 is clipped
        log_rate = np.log(np.maximum(rate, 0.0))
    clipped: FloatArray = np.clip(log_rate, SMALLEST_LOG_RATE, LARGEST_LOG_RATE)
    return clipped[:, None]


def _expected_statistics(parameters: FloatArray) -> FloatArray:
    rate = np.exp(parameters[:, 0])
    return layouts.moments_of(rate, rate)


def _sample(parameters: FloatArray, n: int, random: np.random.Generator) -> FloatArray:
    return random.poisson(math.exp(parameters[0]), size=n).astype(np.float64)


def _mode(parameters: FloatArray) -> float:
    return float(math.floor(math.exp(parameters[0])))


def _is_valid(parameters: FloatArray, variable: Variable) -> BoolArray:
    is_valid: BoolArray = parameters[:, 0] <= LARGEST_LOG_RATE
    return is_valid


POISSON = Family(
    name="poisson",
    code=3,
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
    is_valid=_is_valid,
)
