"""Mean and variance of class probabilities when edges of sums drop out.

The probability of a class is a ratio: its likelihood times its prior, over the total.
Circuits of different classes share no edge, so numerators are independent; the ratio
is expanded to second order in their deviations. That is an approximation, the worse
the more of a likelihood hangs on single edges: whole terms vanish at any rate.
:func:`dropout_posterior_samples` shows how far off it is.

Needs: smooth and decomposable.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from workbench.circuits.circuit import Circuit
from workbench.core.arrays import FloatArray, IntArray
from workbench.core.seeds import stream
from workbench.errors import DataError, ParameterError
from workbench.inference.dropout import Dropout, dropout, dropout_samples
from workbench.inference.rows import Evidence

Moments = Callable[..., Dropout]


@dataclass(frozen=True, eq=False)
class DropoutPosterior:
    """Class probabilities of rows, and how they vary when edges drop out.

    Parameters
    ----------
    likelihood
        Of the mixture of all classes; says whether its moments are exact.
    probability
        (batch, class) ratio of the mean likelihoods.
    mean
        (batch, class) to second order; it may leave [0, 1] where likelihoods vary much.
    variance
        (batch, class) to second order.
    """

    likelihood: Dropout
    probability: FloatArray
    mean: FloatArray
    variance: FloatArray

    @property
    def predicted(self) -> IntArray:
        """(batch,) the most probable class."""
        found: IntArray = self.probability.argmax(axis=1).astype(np.int32)
        return found

    @property
    def deviation(self) -> FloatArray:
        """(batch,) the standard deviation of the probability of the predicted class."""
        chosen = np.take_along_axis(self.variance, self.predicted[:, None], axis=1)
        return np.sqrt(chosen[:, 0])

    @property
    def entropy(self) -> FloatArray:
        """(batch,) of the class probabilities, in nats."""
        logs = np.log(np.where(self.probability > 0, self.probability, 1.0))
        found: FloatArray = -(self.probability * logs).sum(axis=1)
        return found


def dropout_posterior(
    circuits: Sequence[Circuit],
    rows: Evidence,
    rate: float,
    *,
    prior: ArrayLike | None = None,
    rescale: bool = False,
    moments: Moments = dropout,
) -> DropoutPosterior:
    """Class probabilities of `rows`, one circuit per class, and their variance under dropout.

    Parameters
    ----------
    rate
        Probability that an edge of a sum is left out, each on its own, in [0, 1).
    prior
        (class,) probabilities; uniform when omitted.
    moments
        What gives mean and variance of each likelihood: :func:`workbench.inference.dropout`
        in one pass, or :func:`workbench.inference.exact_dropout` also where nodes are shared.

    Raises
    ------
    StructureError
        When `moments` refuses a circuit.
    DataError
        When a row does not fit, circuits differ in their variables, or a row is
        impossible in every class.
    ParameterError
        When there is no circuit, or the prior or `rate` does not fit.

    Source: Ventola, Braun, Yu, Mundt and Kersting 2023, "Probabilistic circuits that
    know what they don't know", section 3 (moments of a ratio to second order).

    Examples
    --------
    >>> from workbench.circuits.build import Builder
    >>> from workbench.data.variables import categorical
    >>> def mixture(first, second):
    ...     build = Builder((categorical("x", 2),))
    ...     leaves = [build.categorical(0, table) for table in (first, second)]
    ...     return build.circuit(build.sum(leaves, [0.5, 0.5]))
    >>> classes = [mixture([0.9, 0.1], [0.8, 0.2]), mixture([0.4, 0.6], [0.2, 0.8])]
    >>> found = dropout_posterior(classes, [[0.0], [1.0]], rate=0.02)
    >>> found.probability.round(3).tolist(), found.deviation.round(3).tolist()
    ([[0.739, 0.261], [0.176, 0.824]], [0.028, 0.021])
    """
    log_prior = _log_prior(circuits, prior)
    found = [moments(circuit, rows, rate, rescale=rescale) for circuit in circuits]
    log_means = np.stack([one.log_mean for one in found], axis=1) + log_prior
    log_variances = np.stack([one.log_variance for one in found], axis=1) + 2.0 * log_prior
    mixture = _mixture(found, log_means, log_variances)
    _require_possible(mixture.log_mean)
    share = np.exp(log_means - mixture.log_mean[:, None])
    own = np.exp(log_variances - 2.0 * mixture.log_mean[:, None])
    return DropoutPosterior(
        likelihood=mixture,
        probability=share,
        mean=share - own + share * own.sum(axis=1, keepdims=True),
        variance=(1.0 - share) ** 2 * own + share**2 * _of_others(own),
    )


def dropout_posterior_samples(
    circuits: Sequence[Circuit],
    row: ArrayLike,
    rate: float,
    n: int,
    *,
    prior: ArrayLike | None = None,
    seed: int = 0,
) -> FloatArray:
    """(n, class) class probabilities of one row with edges of sums left out at random.

    Where all classes become impossible at once the prior is what is left.

    Raises
    ------
    DataError
        When `row` is not one row that fits, or circuits differ in their variables.
    ParameterError
        When there is no circuit, or the prior, `rate` or `n` does not fit.
    LimitError
        When `n` is beyond the cap on rows.

    Examples
    --------
    >>> from workbench.circuits.build import Builder
    >>> from workbench.data.variables import categorical
    >>> build = Builder((categorical("x", 2),))
    >>> leaves = [build.categorical(0, table) for table in ([0.9, 0.1], [0.8, 0.2])]
    >>> one = build.circuit(build.sum(leaves, [0.5, 0.5]))
    >>> dropout_posterior_samples([one, one], [0.0], 0.5, 400).mean(axis=0).round(1).tolist()
    [0.5, 0.5]
    """
    log_prior = _log_prior(circuits, prior)
    seeds = stream(seed, "dropout posterior").integers(2**31, size=len(circuits)).tolist()
    logs = [
        dropout_samples(circuit, row, rate, n, own) + weight
        for circuit, own, weight in zip(circuits, seeds, log_prior, strict=True)
    ]
    joint = np.stack(logs, axis=1)
    joint[np.all(joint == -np.inf, axis=1)] = log_prior
    shares: FloatArray = np.exp(joint - np.logaddexp.reduce(joint, axis=1, keepdims=True))
    return shares


def _mixture(found: list[Dropout], log_means: FloatArray, log_variances: FloatArray) -> Dropout:
    """Of the sum over classes, which share no edge."""
    witness = next((one.witness for one in found if one.witness is not None), None)
    mean, variance = (np.logaddexp.reduce(logs, axis=1) for logs in (log_means, log_variances))
    return Dropout(mean, variance, exact=all(one.exact for one in found), witness=witness)


def _of_others(own: FloatArray) -> FloatArray:
    """(batch, class) the sum over the other classes, without the rounding of a subtraction."""
    others = 1.0 - np.eye(own.shape[1])
    return own @ others


def _log_prior(circuits: Sequence[Circuit], prior: ArrayLike | None) -> FloatArray:
    if not circuits or any(one.variables != circuits[0].variables for one in circuits):
        raise DataError(
            "cannot compare classes",
            given=f"{len(circuits)} circuits",
            expected="one circuit per class, over the same variables",
        )
    weights = np.ones(len(circuits)) if prior is None else np.asarray(prior, dtype=np.float64)
    if weights.shape != (len(circuits),) or not (weights > 0).all() or np.isinf(weights).any():
        raise ParameterError(
            "no such prior",
            given=f"{np.asarray(prior).tolist()}",
            expected=f"{len(circuits)} positive numbers",
        )
    log_prior: FloatArray = np.log(weights / weights.sum())
    return log_prior


def _require_possible(log_totals: FloatArray) -> None:
    impossible = np.flatnonzero(log_totals == -np.inf)
    if len(impossible):
        raise DataError(
            "no class can be given",
            given=f"row {int(impossible[0])}, which is impossible in every class",
            remedy="Learn with a larger pseudocount, or leave the row out.",
        )
