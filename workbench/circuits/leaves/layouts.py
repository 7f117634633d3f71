"""The two layouts of sufficient statistics, the same for every family of one kind of variable.

Leaves of a categorical variable count its categories; leaves of a continuous
variable sum ones, values and squared values. So the expected statistics of
leaves of different families add up, and give the distribution or the mean and
variance of their variable.
"""

from __future__ import annotations

import numpy as np

from workbench.core.arrays import BoolArray, FloatArray
from workbench.data.variables import Variable


def n_categories(variable: Variable) -> int:
    """How many categories `variable` has.

    Examples
    --------
    >>> n_categories(Variable("colour", "categorical", ("red", "blue")))
    2
    """
    return variable.n_categories


def counts(values: FloatArray, variable: Variable) -> FloatArray:
    """(rows, n_categories) a one in the column of each row's category.

    Examples
    --------
    >>> counts(np.array([1.0]), Variable("colour", "categorical", ("red", "blue"))).tolist()
    [[0.0, 1.0]]
    """
    return np.eye(variable.n_categories)[values.astype(np.int64)]


def flat_counts(variable: Variable, mean: float, deviation: float) -> FloatArray:
    """(n_categories,) one observation, spread evenly.

    Examples
    --------
    >>> flat_counts(Variable("colour", "categorical", ("red", "blue")), 0.0, 1.0).tolist()
    [0.5, 0.5]
    """
    return np.full(variable.n_categories, 1.0 / variable.n_categories)


def three(variable: Variable) -> int:
    """How many moments are kept: the count, the sum and the sum of squares.

    Examples
    --------
    >>> three(Variable("height", "continuous"))
    3
    """
    return 3


def moments(values: FloatArray, variable: Variable) -> FloatArray:
    """(rows, 3) ones, values and squared values.

    Examples
    --------
    >>> moments(np.array([3.0]), Variable("height", "continuous")).tolist()
    [[1.0, 3.0, 9.0]]
    """
    return np.stack([np.ones_like(values), values, values**2], axis=1)


def moments_of(means: FloatArray, variances: FloatArray) -> FloatArray:
    """(leaves, 3) the expected moments of leaves with these means and variances.

    Examples
    --------
    >>> moments_of(np.array([3.0]), np.array([1.0])).tolist()
    [[1.0, 3.0, 10.0]]
    """
    return np.stack([np.ones_like(means), means, means**2 + variances], axis=1)


def column_moments(variable: Variable, mean: float, deviation: float) -> FloatArray:
    """(3,) the moments of one observation that resembles the column.

    Examples
    --------
    >>> column_moments(Variable("height", "continuous"), 3.0, 1.0).tolist()
    [1.0, 3.0, 10.0]
    """
    return np.array([1.0, mean, mean**2 + deviation**2])


def all_valid(parameters: FloatArray, variable: Variable) -> BoolArray:
    """(leaves,) true: any finite parameters describe a distribution.

    Examples
    --------
    >>> all_valid(np.zeros((2, 1)), Variable("height", "continuous")).tolist()
    [True, True]
    """
    return np.ones(len(parameters), dtype=np.bool_)
