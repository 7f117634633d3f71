"""Uniform leaves: every value from `low` up to, but not including, `high` is equally likely.

Parameters are the two ends. They are not learnt: the ends that maximise the
likelihood are the smallest and the largest value seen, which no sum over rows
gives. A histogram is a mixture of uniform leaves, whose masses are learnt:
:func:`workbench.circuits.leaves.histogram.add_histogram`.
"""

from __future__ import annotations

import math

import numpy as np

from workbench.circuits.leaves import layouts
from workbench.circuits.leaves.base import Family
from workbench.core.arrays import BoolArray, FloatArray
from workbench.data.variables import Variable
from workbench.errors import ParameterError


def uniform_parameters(low: float, high: float) -> FloatArray:
    """(2,) the parameters of a uniform leaf between `low` and `high`.

    Examples
    --------
    >>> _log_density(uniform_parameters(0.0, 1.0), np.array([0.0, 0.5, 1.0])).tolist()
    [0.0, 0.0, -inf]
    """
    return np.array([low, high])


def _n_parameters(variable: Variable) -> int:
    return 2


def _log_density(parameters: FloatArray, values: FloatArray) -> FloatArray:
    low, high = parameters
    inside = (values >= low) & (values < high)
    log_density: FloatArray = np.where(inside, 0.0 - math.log(high - low), -np.inf)
    return log_density


def _estimate(statistics: FloatArray) -> FloatArray:
    raise ParameterError(
        "the ends of a uniform leaf cannot be learnt from expected statistics",
        remedy="Keep them as they are (is_learnt is False).",
    )


def _expected_statistics(parameters: FloatArray) -> FloatArray:
    low, high = parameters.T
    return layouts.moments_of(0.5 * low + 0.5 * high, (high - low) ** 2 / 12.0)


def _sample(parameters: FloatArray, n: int, random: np.random.Generator) -> FloatArray:
    low, high = parameters
    drawn: FloatArray = np.minimum(random.uniform(low, high, size=n), np.nextafter(high, low))
    return drawn


def _mode(parameters: FloatArray) -> float:
    return float(parameters[0])


def _is_valid(parameters: FloatArray, variable: Variable) -> BoolArray:
    with np.errstate(over="ignore"):
        width = parameters[:, 1] - parameters[:, 0]
    is_valid: BoolArray = (width > 0.0) & np.isfinite(width)
    return is_valid


UNIFORM = Family(
    name="uniform",
    code=5,
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
    is_learnt=False,
)
