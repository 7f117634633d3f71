"""Free coordinates of leaves: numbers without limits, and the slope of a log-likelihood by them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.special import log_expit

from workbench.circuits.leaves import (
    BINOMIAL,
    CATEGORICAL,
    DISCRETISED_LOGISTIC,
    GAUSSIAN,
    POISSON,
)
from workbench.circuits.leaves.binomial import LARGEST_LOG_CHANCE, SMALLEST_LOG_CHANCE
from workbench.circuits.leaves.poisson import LARGEST_LOG_RATE, SMALLEST_LOG_RATE
from workbench.core.arrays import FloatArray

STEP = 1e-6  # of a difference quotient
SHARPEST = 50.0  # of the logarithm of a scale, either way


@dataclass(frozen=True)
class Coordinates:
    """How a family's parameters are written as numbers that may take any value.

    Parameters
    ----------
    read
        (leaves, free) coordinates of (leaves, n_parameters) parameters.
    write
        (leaves, n_parameters) parameters of new coordinates, given those of before.
    gradient
        (leaves, free) derivatives of the flow-weighted log-likelihood by the coordinates,
        from parameters and (leaves, n_statistics) statistics.
    """

    read: Callable[[FloatArray], FloatArray]
    write: Callable[[FloatArray, FloatArray], FloatArray]
    gradient: Callable[[FloatArray, FloatArray], FloatArray]


def log_shares(logits: FloatArray) -> FloatArray:
    """(leaves, n) logits less the log of their total; what is -inf stays so.

    Examples
    --------
    >>> np.exp(log_shares(np.log([[1.0, 3.0]]))).round(6).tolist()
    [[0.25, 0.75]]
    """
    totals: FloatArray = np.logaddexp.reduce(logits, axis=1, keepdims=True)
    return logits - totals


def _of_table(parameters: FloatArray, statistics: FloatArray) -> FloatArray:
    gradient: FloatArray = statistics - statistics.sum(axis=1, keepdims=True) * np.exp(parameters)
    return gradient


def _of_gaussian(parameters: FloatArray, statistics: FloatArray) -> FloatArray:
    mean, log_deviation = parameters.T
    count, total, squares = statistics.T
    precision = np.exp(-2.0 * log_deviation)
    spread = squares - 2.0 * mean * total + count * mean**2
    return np.stack([(total - count * mean) * precision, spread * precision - count], axis=1)


def _of_poisson(parameters: FloatArray, statistics: FloatArray) -> FloatArray:
    return statistics[:, 1:2] - statistics[:, :1] * np.exp(parameters)


def _clipped_rate(_: FloatArray, free: FloatArray) -> FloatArray:
    return np.clip(free, SMALLEST_LOG_RATE, LARGEST_LOG_RATE)


def _log_odds(parameters: FloatArray) -> FloatArray:
    log_chance = np.clip(parameters[:, 1:], SMALLEST_LOG_CHANCE, LARGEST_LOG_CHANCE)
    log_odds: FloatArray = log_chance - np.log(-np.expm1(log_chance))
    return log_odds


def _of_odds(parameters: FloatArray, free: FloatArray) -> FloatArray:
    log_chance = np.clip(log_expit(free), SMALLEST_LOG_CHANCE, LARGEST_LOG_CHANCE)
    return np.concatenate([parameters[:, :1], log_chance], axis=1)


def _of_binomial(parameters: FloatArray, statistics: FloatArray) -> FloatArray:
    successes = statistics @ np.arange(statistics.shape[1])
    possible = parameters[:, 0] * statistics.sum(axis=1)
    gradient: FloatArray = (successes - possible * np.exp(parameters[:, 1]))[:, None]
    return gradient


def _of_scale(parameters: FloatArray, free: FloatArray) -> FloatArray:
    held = np.clip(free[:, 1:], -SHARPEST, SHARPEST)
    return np.concatenate([parameters[:, :1], free[:, :1], held], axis=1)


def _of_logistic(parameters: FloatArray, statistics: FloatArray) -> FloatArray:
    """By difference quotients of the log-masses."""
    masses_of = DISCRETISED_LOGISTIC.log_masses
    columns = []
    for place in (1, 2):
        nudge = STEP * np.eye(3)[place]
        if masses_of is None:
            raise TypeError("discretised logistic leaves have no table of masses")
        rise = masses_of(parameters + nudge) - masses_of(parameters - nudge)
        columns.append(np.where(statistics > 0, statistics * rise, 0.0).sum(axis=1) / (2 * STEP))
    return np.stack(columns, axis=1)


COORDINATES: Final[Mapping[int, Coordinates]] = {
    CATEGORICAL.code: Coordinates(lambda p: p, lambda _, free: log_shares(free), _of_table),
    GAUSSIAN.code: Coordinates(lambda p: p, lambda _, free: free, _of_gaussian),
    POISSON.code: Coordinates(lambda p: p, _clipped_rate, _of_poisson),
    BINOMIAL.code: Coordinates(_log_odds, _of_odds, _of_binomial),
    DISCRETISED_LOGISTIC.code: Coordinates(lambda p: p[:, 1:], _of_scale, _of_logistic),
}
