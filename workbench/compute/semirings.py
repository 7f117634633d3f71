"""Semirings to evaluate circuits over; :data:`SEMIRINGS` is the table of those without options.

Elements that are probabilities are kept as logarithms, in nats.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike

from workbench.compute.evaluation import Leaf, Semiring
from workbench.compute.leaf_entropy import entropy_of
from workbench.core.arrays import AnyArray, FloatArray
from workbench.errors import ParameterError


def _same(values: FloatArray) -> FloatArray:
    return values


def _peak(leaf: Leaf) -> float:
    return leaf.log_peak


SUM_PRODUCT = Semiring(
    "sum-product", np.logaddexp, np.add, -np.inf, 0.0, weight=_same, leaf=Leaf.log_density
)
"""Log-probabilities: the log-likelihood of each row, missing values summed out."""

MAX_PRODUCT = Semiring(
    "max-product", np.maximum, np.add, -np.inf, 0.0, _same, Leaf.log_density, missing=_peak
)
"""The log-probability of the best induced tree and completion of each row."""

MAX_SUM_BOUND = Semiring(
    "max-sum bound", np.logaddexp, np.add, -np.inf, 0.0, _same, Leaf.log_density, missing=_peak
)
"""An upper bound of the log-probability of the best completion: sums add, leaves maximise."""


def _is_possible(leaf: Leaf, values: FloatArray) -> AnyArray:
    return np.asarray(leaf.log_density(values) > -np.inf)


def _can_be_possible(leaf: Leaf) -> bool:
    return leaf.log_peak > -np.inf


def _always(log_weights: FloatArray) -> AnyArray:
    return np.ones(len(log_weights), dtype=np.bool_)


BOOLEAN = Semiring(
    "Boolean",
    np.logical_or,
    np.logical_and,
    zero=False,
    one=True,
    weight=_always,
    leaf=_is_possible,
    missing=_can_be_possible,
    dtype=np.bool_,
)
"""Whether some completion of each row has positive probability."""


def _one_each(log_weights: FloatArray) -> AnyArray:
    return np.full(len(log_weights), 1, dtype=object)


def _possible_values(leaf: Leaf) -> int:
    if not leaf.variable.n_categories:
        raise ParameterError(
            "cannot count the values of a continuous variable", given=repr(leaf.variable.name)
        )
    return int((leaf.log_table > -np.inf).sum())


COUNTING = Semiring(
    "counting",
    np.add,
    np.multiply,
    zero=0,
    one=1,
    weight=_one_each,
    leaf=lambda leaf, values: _is_possible(leaf, values).astype(np.int64).astype(object),
    missing=_possible_values,
    dtype=object,
)
"""How many pairs of an induced tree and a completion have positive probability, as exact
integers of any size; of a deterministic circuit these are the completions."""


def _dual_plus(first: AnyArray, second: AnyArray) -> AnyArray:
    total = np.logaddexp(first[..., :1], second[..., :1])
    base = np.where(total == -np.inf, 0.0, total)
    shares = np.exp(first[..., :1] - base), np.exp(second[..., :1] - base)
    slopes = shares[0] * first[..., 1:] + shares[1] * second[..., 1:]
    return np.concatenate([total, slopes], axis=-1)


def _dual_times(first: AnyArray, second: AnyArray) -> AnyArray:
    product = first + second
    product[..., 1:] *= product[..., :1] > -np.inf  # zero has no slope
    return product


def _twice(log_values: FloatArray) -> AnyArray:
    finite = np.where(log_values > -np.inf, log_values, 0.0)
    return np.stack([log_values, finite], axis=-1)


ENTROPY = Semiring(
    "entropy",
    _dual_plus,
    _dual_times,
    zero=(-np.inf, 0.0),
    one=0.0,
    weight=_twice,
    leaf=lambda leaf, values: _twice(leaf.log_density(values)),
    missing=lambda leaf: (0.0, -entropy_of(leaf)),
    shape=(2,),
)
"""The log of the probability P of each row, and the mean of log p over its induced trees and
completions, each weighted by its own probability p.

It is the expectation semiring of pairs (p, p log p), the second kept as a ratio to the first.
The log of P less the mean is the entropy, in nats, of tree and completion together given
the row. In a deterministic circuit the completion tells its tree, so that it is the entropy of
what is missing; in others it is more, by the entropy of the tree given the completion. Source:
Li and Eisner 2009, "First- and second-order expectation semirings", section 3."""

SEMIRINGS: Mapping[str, Semiring] = MappingProxyType(
    {
        semiring.name: semiring
        for semiring in (SUM_PRODUCT, MAX_PRODUCT, MAX_SUM_BOUND, BOOLEAN, COUNTING, ENTROPY)
    }
)


def intervals(weight_slack: float = 0.0, leaf_slack: float = 0.0) -> Semiring:
    """The semiring of (lower, upper) log-values when parameters are only roughly known.

    Each weight may be off by a factor in [exp(-weight_slack), exp(weight_slack)], each
    leaf density by one in [exp(-leaf_slack), exp(leaf_slack)]; weights need not add to
    one. Plus and times are increasing in both arguments, so the bounds are proved for
    every circuit, and reached when no node is shared.

    Raises
    ------
    ParameterError
        When a slack is negative.

    Examples
    --------
    >>> from workbench.circuits.build import Builder
    >>> from workbench.compute.evaluation import evaluate
    >>> from workbench.data.variables import categorical
    >>> build = Builder((categorical("x", 2),))
    >>> coin = build.circuit(build.categorical(0, [0.25, 0.75]))
    >>> np.exp(evaluate(coin, [[1.0]], intervals(leaf_slack=0.1))).round(3).tolist()
    [[0.679, 0.829]]
    """
    if min(weight_slack, leaf_slack) < 0:
        raise ParameterError(
            "cannot make an interval",
            given=f"weight_slack={weight_slack}, leaf_slack={leaf_slack}",
            expected="numbers of nats, 0 or more",
        )

    def around(values: FloatArray, slack: float) -> FloatArray:
        return np.stack([values - slack, values + slack], axis=-1)

    return Semiring(
        "interval",
        np.logaddexp,
        np.add,
        zero=-np.inf,
        one=0.0,
        weight=lambda log_weights: around(log_weights, weight_slack),
        leaf=lambda leaf, values: around(leaf.log_density(values), leaf_slack),
        shape=(2,),
    )


def _moments_times(first: AnyArray, second: AnyArray) -> AnyArray:
    """Mean and variance of a product of independent factors, by terms that are all positive."""
    (mean, variance), (mean_2, variance_2) = np.moveaxis(first, -1, 0), np.moveaxis(second, -1, 0)
    mixed = np.logaddexp(variance + 2.0 * mean_2, 2.0 * mean + variance_2)
    return np.stack([mean + mean_2, np.logaddexp(variance + variance_2, mixed)], axis=-1)


def mean_variance(dropout: float = 0.0, *, rescale: bool = False) -> Semiring:
    """The semiring of (log mean, log variance) of a node whose sums drop edges at random.

    Each edge of a sum is kept with probability 1 - `dropout`, independently; with
    `rescale` the kept ones are divided by it, so that the mean stays the value.
    Plus adds and times multiplies independent random variables: exact where no
    random node has two parents, an approximation that ignores their correlation
    where one has (times does not distribute over this plus).

    Raises
    ------
    ParameterError
        When `dropout` is outside [0, 1).

    Source: Ventola, Braun, Yu, Mundt and Kersting 2023, "Probabilistic circuits that
    know what they don't know", equations for sums and products; here without the
    subtraction.

    Examples
    --------
    >>> from workbench.circuits.build import Builder
    >>> from workbench.compute.evaluation import evaluate
    >>> from workbench.data.variables import categorical
    >>> build = Builder((categorical("x", 2),))
    >>> leaves = [build.categorical(0, [0.5, 0.5]), build.categorical(0, [0.1, 0.9])]
    >>> mixture = build.circuit(build.sum(leaves, [0.5, 0.5]))
    >>> np.exp(evaluate(mixture, [[1.0]], mean_variance(0.5))).round(5).tolist()
    [[0.35, 0.06625]]
    """
    if not 0.0 <= dropout < 1.0:
        raise ParameterError("cannot drop edges", given=f"dropout={dropout}", expected="in [0, 1)")
    kept = 1.0 - dropout
    with np.errstate(divide="ignore"):  # without dropout the variance is 0
        log_odds = np.log(dropout) - np.log(kept)
    log_scale = 0.0 if rescale else np.log(kept)

    def weight(log_weights: FloatArray) -> AnyArray:
        mean = log_weights + log_scale
        return np.stack([mean, 2.0 * mean + log_odds], axis=-1)

    def leaf(leaf: Leaf, values: FloatArray) -> AnyArray:
        log_density = leaf.log_density(values)
        return np.stack([log_density, np.full_like(log_density, -np.inf)], axis=-1)

    return Semiring(
        "mean and variance",
        np.logaddexp,
        _moments_times,
        zero=-np.inf,
        one=(0.0, -np.inf),
        weight=weight,
        leaf=leaf,
        shape=(2,),
    )


def polynomial(degree: int) -> Semiring:
    """The semiring of polynomials in t up to t^degree, by coefficient.

    A leaf contributes t to the power of its category's code: coefficient k of the
    root is the probability of the known values together with all codes adding to k.
    Coefficients are linear, so that they may be negative; higher powers are dropped.

    Raises
    ------
    ParameterError
        When `degree` is negative.

    Source: Zhang, Juba and Van den Broeck 2021, "Probabilistic generating circuits",
    section 4.

    Examples
    --------
    >>> from workbench.circuits.build import Builder
    >>> from workbench.compute.evaluation import evaluate
    >>> from workbench.data.variables import categorical
    >>> build = Builder((categorical("x", 2), categorical("y", 2)))
    >>> coins = build.product([build.categorical(v, [0.5, 0.5]) for v in (0, 1)])
    >>> evaluate(build.circuit(coins), [[np.nan, np.nan]], polynomial(2)).round(6).tolist()
    [[0.25, 0.5, 0.25]]
    """
    if degree < 0:
        raise ParameterError("cannot make polynomials", given=f"degree={degree}", expected="0 up")
    one: FloatArray = np.eye(1, degree + 1)[0]

    def times(first: AnyArray, second: AnyArray) -> AnyArray:
        product = np.zeros(np.broadcast_shapes(first.shape, second.shape))
        for power in range(degree + 1):
            product[..., power:] += first[..., power, None] * second[..., : degree + 1 - power]
        return product

    def leaf(leaf: Leaf, values: FloatArray) -> AnyArray:
        _require_categorical(leaf)
        powers: AnyArray = values[:, None] == np.arange(degree + 1)
        return powers * np.exp(leaf.log_density(values))[:, None]

    def missing(leaf: Leaf) -> AnyArray:
        _require_categorical(leaf)
        found = np.exp(leaf.log_table)[: degree + 1]
        return np.pad(found, (0, degree + 1 - len(found)))

    return Semiring(
        "polynomial",
        np.add,
        times,
        zero=0.0,
        one=one,
        weight=lambda log_weights: np.exp(log_weights)[:, None] * one,
        leaf=leaf,
        missing=missing,
        shape=(degree + 1,),
    )


def _require_categorical(leaf: Leaf) -> None:
    if not leaf.variable.n_categories:
        raise ParameterError(
            "a continuous variable is no power of t", given=repr(leaf.variable.name)
        )


def gradient(directions: ArrayLike) -> Semiring:
    """The semiring of (log-value, derivatives of the log-value) along changes of log-weights.

    `directions` is (n_edges,) or (directions, n_edges): how fast each log-weight
    changes. The slope of the root is the flow of each edge times its direction, added.

    Raises
    ------
    ParameterError
        When `directions` has another number of axes or is not finite.

    Source: Li and Eisner 2009, "First- and second-order expectation semirings".

    Examples
    --------
    >>> from workbench.circuits.build import Builder
    >>> from workbench.compute.evaluation import evaluate
    >>> from workbench.data.variables import categorical
    >>> build = Builder((categorical("x", 2),))
    >>> leaves = [build.categorical(0, [0.5, 0.5]), build.categorical(0, [0.0, 1.0])]
    >>> mixture = build.circuit(build.sum(leaves, [0.5, 0.5]))
    >>> evaluate(mixture, [[1.0]], gradient([0.0, 1.0])).round(3).tolist()
    [[-0.288, 0.667]]
    """
    slopes = np.atleast_2d(np.asarray(directions, dtype=np.float64))
    if slopes.ndim != 2 or not np.isfinite(slopes).all():
        raise ParameterError(
            "cannot take derivatives",
            given=f"directions of shape {slopes.shape}",
            expected="finite numbers, (n_edges,) or (directions, n_edges)",
        )

    def leaf(leaf: Leaf, values: FloatArray) -> AnyArray:
        return np.pad(leaf.log_density(values)[:, None], [(0, 0), (0, len(slopes))])

    return Semiring(
        "gradient",
        _dual_plus,
        _dual_times,
        zero=np.array([-np.inf] + [0.0] * len(slopes)),
        one=0.0,
        weight=lambda log_weights: _with_slopes(log_weights, slopes),
        leaf=leaf,
        shape=(1 + len(slopes),),
    )


def _with_slopes(log_weights: FloatArray, slopes: FloatArray) -> AnyArray:
    if slopes.shape[1] != len(log_weights):
        raise ParameterError(
            "these directions do not fit the circuit",
            given=f"directions of {slopes.shape[1]} edges",
            expected=f"of {len(log_weights)}",
        )
    return np.column_stack([log_weights, slopes.T])
