"""How large the density of continuous leaves gets within intervals, by a table of families.

Two bounds of every leaf over an interval with centre m and half-width r: the largest
density, and an expansion p(x) = p(m) + p'(m) (x - m) + R with |p'(m)| r and |R| bounded.
The second closes with the square of r.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from workbench.circuits.leaves import GAUSSIAN, POISSON, UNIFORM, Family
from workbench.circuits.leaves.gaussian import LOG_ROOT_TWO_PI
from workbench.core.arrays import FloatArray


@dataclass(frozen=True, eq=False)
class Expansion:
    """Leaves of one family around the centres of intervals; every array (leaves, batch).

    Parameters
    ----------
    log_value
        Log-density at the centre, in nats.
    slope
        Derivative of the log-density at the centre.
    log_rest
        The log of a bound on |R|.
    """

    log_value: FloatArray
    slope: FloatArray
    log_rest: FloatArray


@dataclass(frozen=True)
class Shape:
    """What is known of a family with one mode.

    Parameters
    ----------
    log_peak
        (leaves, batch) the largest log-density between `low` and `high` ``(batch,)``.
    expand
        The expansion of leaves around the centres of such intervals.
    precision
        (leaves,) one over the square of the width of each leaf.
    ends
        (leaves, ends) where the density jumps.
    """

    log_peak: Callable[[FloatArray, FloatArray, FloatArray], FloatArray]
    expand: Callable[[FloatArray, FloatArray, FloatArray], Expansion]
    precision: Callable[[FloatArray], FloatArray]
    ends: Callable[[FloatArray], FloatArray]


def modes(family: Family, parameters: FloatArray) -> FloatArray:
    """(leaves,) the mode of each leaf.

    Examples
    --------
    >>> modes(GAUSSIAN, np.array([[3.0, 0.0]])).tolist()
    [3.0]
    """
    return np.array([family.mode(row) for row in parameters])


def _gaussian_logs(parameters: FloatArray, values: FloatArray) -> FloatArray:
    """(leaves, batch) log-densities at one value for each of the batch, or for each leaf too."""
    mean, log_deviation = parameters.T[..., None]
    standard = (values - mean) * np.exp(-log_deviation)
    logs: FloatArray = -0.5 * standard**2 - log_deviation - LOG_ROOT_TWO_PI
    return logs


def _gaussian_peak(parameters: FloatArray, low: FloatArray, high: FloatArray) -> FloatArray:
    return _gaussian_logs(parameters, np.clip(parameters[:, :1], low, high))


def _gaussian_expansion(parameters: FloatArray, low: FloatArray, high: FloatArray) -> Expansion:
    """|p''| is at most p max|z^2 - 1| / s^2 in the interval, and 1 / (s^3 sqrt(2 pi)) anywhere."""
    mean, log_deviation = parameters.T[..., None]
    centre, half = 0.5 * low + 0.5 * high, 0.5 * high - 0.5 * low
    scale = np.exp(-log_deviation)
    nearest = (np.clip(mean, low, high) - mean) * scale
    farthest = np.maximum(np.abs(low - mean), np.abs(high - mean)) * scale
    bend = np.maximum(np.abs(nearest**2 - 1.0), np.abs(farthest**2 - 1.0))
    with np.errstate(divide="ignore"):  # an interval of one point has no rest
        inside = _gaussian_peak(parameters, low, high) + np.log(bend) - 2.0 * log_deviation
        curvature = np.minimum(inside, -3.0 * log_deviation - LOG_ROOT_TWO_PI)
        log_rest = curvature + 2.0 * np.log(half) - math.log(2.0)
    return Expansion(
        _gaussian_logs(parameters, centre), -(centre - mean) * scale**2, log_rest
    )  # fmt: skip


def _gaussian_precision(parameters: FloatArray) -> FloatArray:
    precision: FloatArray = np.exp(-2.0 * parameters[:, 1])
    return precision


def _no_ends(parameters: FloatArray) -> FloatArray:
    return np.empty((len(parameters), 0))


def _uniform_peak(parameters: FloatArray, low: FloatArray, high: FloatArray) -> FloatArray:
    start, end = parameters.T[..., None]
    return np.where((high >= start) & (low < end), -np.log(end - start), -np.inf)


def _uniform_expansion(parameters: FloatArray, low: FloatArray, high: FloatArray) -> Expansion:
    start, end = parameters.T[..., None]
    centre = 0.5 * low + 0.5 * high
    log_height = -np.log(end - start)
    value = np.where((centre >= start) & (centre < end), log_height, -np.inf)
    is_flat = ((low >= start) & (high < end)) | (high < start) | (low >= end)
    rest = np.where(is_flat, -np.inf, log_height)
    return Expansion(value, np.zeros_like(value), rest)


def _uniform_precision(parameters: FloatArray) -> FloatArray:
    precision: FloatArray = (parameters[:, 1] - parameters[:, 0]) ** -2.0
    return precision


def _uniform_ends(parameters: FloatArray) -> FloatArray:
    return parameters


def _poisson_logs(parameters: FloatArray, counts: FloatArray) -> FloatArray:
    rows = zip(
        parameters, np.broadcast_to(counts, (len(parameters), counts.shape[-1])), strict=True
    )
    return np.array([POISSON.log_density(row, values) for row, values in rows])


def _poisson_peak(parameters: FloatArray, low: FloatArray, high: FloatArray) -> FloatArray:
    first, last = np.ceil(low), np.floor(high)
    best = np.clip(modes(POISSON, parameters)[:, None], first, np.maximum(first, last))
    return np.where(first <= last, _poisson_logs(parameters, best), -np.inf)


def _poisson_expansion(parameters: FloatArray, low: FloatArray, high: FloatArray) -> Expansion:
    """Counts are not smooth: what is off the centre is all rest."""
    value = _poisson_logs(parameters, np.floor(0.5 * low + 0.5 * high))
    peak = np.maximum(_poisson_peak(parameters, low, high), value)
    rest = np.where(high > low, peak, -np.inf)
    return Expansion(value, np.zeros_like(value), rest)


def _poisson_precision(parameters: FloatArray) -> FloatArray:
    precision: FloatArray = np.exp(-parameters[:, 0])
    return precision


SHAPES: Mapping[int, Shape] = {
    GAUSSIAN.code: Shape(_gaussian_peak, _gaussian_expansion, _gaussian_precision, _no_ends),
    UNIFORM.code: Shape(_uniform_peak, _uniform_expansion, _uniform_precision, _uniform_ends),
    POISSON.code: Shape(_poisson_peak, _poisson_expansion, _poisson_precision, _no_ends),
}
