"""What single leaves answer: moments, masses of sets of values, cross terms, products.

A leaf of a categorical variable answers everything by its table of probabilities,
whatever its family. Continuous families answer by the tables at the end; one that
is in none is refused by name.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import numpy as np
from scipy.special import ive, log_ndtr, pdtr

from workbench.circuits.leaves import GAUSSIAN, POISSON, UNIFORM
from workbench.circuits.leaves.gaussian import LOG_ROOT_TWO_PI
from workbench.compute.evaluation import Leaf
from workbench.compute.leaf_entropy import poisson_masses
from workbench.core.arrays import BoolArray, FloatArray
from workbench.errors import ParameterError

Interval = tuple[float, float]


def mean_and_variance(leaf: Leaf) -> tuple[float, float]:
    """The mean and the variance of a leaf; those of the codes when it is categorical."""
    if not leaf.variable.n_categories:
        return _MOMENTS[_code(_MOMENTS, leaf, "moments")](leaf.parameters)
    codes = np.arange(leaf.variable.n_categories)
    probabilities = np.exp(leaf.log_table)
    mean = float(probabilities @ codes)
    return mean, float(probabilities @ (codes - mean) ** 2)


def log_mass(leaf: Leaf, allowed: BoolArray | Interval) -> float:
    """The log-probability, in nats, of allowed categories, or of low <= value <= high."""
    if isinstance(allowed, tuple):
        return _INTERVALS[_code(_INTERVALS, leaf, "intervals")](leaf.parameters, *allowed)
    return float(np.logaddexp.reduce(leaf.log_table[allowed], initial=-np.inf))


def cross_term(leaf: Leaf, other: Leaf) -> tuple[float, float]:
    """The mass of `leaf` where `other` is positive, and the integral there of other's log."""
    if not leaf.variable.n_categories:
        pair = _codes(_CROSS_TERMS, leaf, other, "cross-entropies")
        return _CROSS_TERMS[pair](leaf.parameters, other.parameters)
    probabilities, logs = np.exp(leaf.log_table), other.log_table
    live = logs > -np.inf
    return float(probabilities[live].sum()), float(probabilities[live] @ logs[live])


def log_overlap(leaf: Leaf, other: Leaf) -> float:
    """The log of the sum (integral) of the product of two leaves, in nats."""
    if not leaf.variable.n_categories:
        pair = _codes(_OVERLAPS, leaf, other, "products")
        return _OVERLAPS[pair](leaf.parameters, other.parameters)
    return float(np.logaddexp.reduce(leaf.log_table + other.log_table))


def _code(table: Mapping[int, Callable[..., object]], leaf: Leaf, what: str) -> int:
    if leaf.family.code not in table:
        raise ParameterError(
            f"no {what} of {leaf.family.name} leaves", given=f"variable {leaf.variable.name!r}"
        )
    return leaf.family.code


def _codes(
    table: Mapping[tuple[int, int], Callable[..., object]], leaf: Leaf, other: Leaf, what: str
) -> tuple[int, int]:
    pair = (leaf.family.code, other.family.code)
    if pair not in table:
        raise ParameterError(
            f"no {what} of {leaf.family.name} with {other.family.name} leaves",
            given=f"variable {leaf.variable.name!r}",
        )
    return pair


def _gaussian_moments(parameters: FloatArray) -> tuple[float, float]:
    mean, log_deviation = parameters.tolist()
    return mean, math.exp(2.0 * log_deviation)


def _poisson_moments(parameters: FloatArray) -> tuple[float, float]:
    rate = math.exp(parameters[0])
    return rate, rate


def _uniform_moments(parameters: FloatArray) -> tuple[float, float]:
    low, high = parameters.tolist()
    return 0.5 * low + 0.5 * high, (high - low) ** 2 / 12.0


def _gaussian_interval(parameters: FloatArray, low: float, high: float) -> float:
    mean, log_deviation = parameters.tolist()
    scale = math.exp(-log_deviation)
    below, above = (low - mean) * scale, (high - mean) * scale
    if below > 0.0:  # the upper tail is the lower one mirrored, where logs keep their digits
        below, above = -above, -below
    log_below, log_above = float(log_ndtr(below)), float(log_ndtr(above))
    if log_above <= log_below:
        return -math.inf
    return log_above + math.log1p(-math.exp(log_below - log_above))


def _poisson_interval(parameters: FloatArray, low: float, high: float) -> float:
    rate = math.exp(parameters[0])
    first, last = math.ceil(max(low, 0.0)), np.floor(high)
    if last < first:
        return -math.inf
    mass = float(pdtr(last, rate)) - (float(pdtr(first - 1, rate)) if first > 0 else 0.0)
    return math.log(mass) if mass > 0.0 else -math.inf


def _uniform_interval(parameters: FloatArray, low: float, high: float) -> float:
    start, end = parameters.tolist()
    width = min(end, high) - max(start, low)
    return math.log(width) - math.log(end - start) if width > 0.0 else -math.inf


def _log_width(parameters: FloatArray) -> float:
    return math.log(float(parameters[1]) - float(parameters[0]))


def _gaussian_cross(parameters: FloatArray, other: FloatArray) -> tuple[float, float]:
    return 1.0, _mean_gaussian_log(_gaussian_moments(parameters), other)


def _uniform_gaussian_cross(parameters: FloatArray, other: FloatArray) -> tuple[float, float]:
    return 1.0, _mean_gaussian_log(_uniform_moments(parameters), other)


def _mean_gaussian_log(moments: tuple[float, float], gaussian: FloatArray) -> float:
    mean, log_deviation = gaussian.tolist()
    square = moments[1] + (moments[0] - mean) ** 2
    return float(-log_deviation - LOG_ROOT_TWO_PI - 0.5 * square * math.exp(-2.0 * log_deviation))


def _gaussian_uniform_cross(parameters: FloatArray, other: FloatArray) -> tuple[float, float]:
    mass = math.exp(_gaussian_interval(parameters, *other.tolist()))
    return mass, -mass * _log_width(other)


def _uniform_cross(parameters: FloatArray, other: FloatArray) -> tuple[float, float]:
    mass = math.exp(_uniform_interval(parameters, *other.tolist()))
    return mass, -mass * _log_width(other)


def _poisson_cross(parameters: FloatArray, other: FloatArray) -> tuple[float, float]:
    """By summing over the counts outside of which the mass is below rounding."""
    counts, masses, factorials = poisson_masses(float(parameters[0]))
    logs = counts * float(other[0]) - math.exp(other[0]) - factorials
    return 1.0, float(masses @ logs)


def _gaussian_overlap(parameters: FloatArray, other: FloatArray) -> float:
    (mean, variance), (mean_2, variance_2) = _gaussian_moments(parameters), _gaussian_moments(other)
    total = variance + variance_2
    return -LOG_ROOT_TWO_PI - 0.5 * math.log(total) - 0.5 * (mean - mean_2) ** 2 / total


def _uniform_overlap(parameters: FloatArray, other: FloatArray) -> float:
    return _uniform_interval(parameters, *other.tolist()) - _log_width(other)


def _gaussian_uniform_overlap(parameters: FloatArray, other: FloatArray) -> float:
    return _gaussian_interval(parameters, *other.tolist()) - _log_width(other)


def _uniform_gaussian_overlap(parameters: FloatArray, other: FloatArray) -> float:
    return _gaussian_uniform_overlap(other, parameters)


def _poisson_overlap(parameters: FloatArray, other: FloatArray) -> float:
    root, root_2 = math.exp(0.5 * parameters[0]), math.exp(0.5 * other[0])
    return -((root - root_2) ** 2) + math.log(ive(0, 2.0 * root * root_2))


_G, _P, _U = GAUSSIAN.code, POISSON.code, UNIFORM.code
_MOMENTS: dict[int, Callable[[FloatArray], tuple[float, float]]] = {
    _G: _gaussian_moments,
    _P: _poisson_moments,
    _U: _uniform_moments,
}
_INTERVALS: dict[int, Callable[[FloatArray, float, float], float]] = {
    _G: _gaussian_interval,
    _P: _poisson_interval,
    _U: _uniform_interval,
}
_CROSS_TERMS: dict[tuple[int, int], Callable[[FloatArray, FloatArray], tuple[float, float]]] = {
    (_G, _G): _gaussian_cross,
    (_G, _U): _gaussian_uniform_cross,
    (_U, _G): _uniform_gaussian_cross,
    (_U, _U): _uniform_cross,
    (_P, _P): _poisson_cross,
}
_OVERLAPS: dict[tuple[int, int], Callable[[FloatArray, FloatArray], float]] = {
    (_G, _G): _gaussian_overlap,
    (_G, _U): _gaussian_uniform_overlap,
    (_U, _G): _uniform_gaussian_overlap,
    (_U, _U): _uniform_overlap,
    (_P, _P): _poisson_overlap,
}
