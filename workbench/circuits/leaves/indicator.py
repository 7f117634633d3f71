"""Indicators: leaves that accept one category only.

An indicator is a categorical leaf whose other categories have log-probability
minus infinity. Nothing is lost: learning keeps the impossible impossible, and
every reader of supports sees which value it accepts.
"""

from __future__ import annotations

import numpy as np

from workbench.core.arrays import FloatArray, IdArray
from workbench.data.variables import Variable


def indicator_parameters(variable: Variable, code: int) -> FloatArray:
    """(n_categories,) the parameters of a categorical leaf that accepts only `code`.

    Examples
    --------
    >>> indicator_parameters(Variable("x", "categorical", ("no", "yes")), 1).tolist()
    [-inf, 0.0]
    """
    table = np.full(variable.n_categories, -np.inf)
    table[code] = 0.0
    return table


def indicated(tables: FloatArray) -> IdArray:
    """(leaves,) the code that each categorical leaf accepts for certain; -1 where it is none.

    Examples
    --------
    >>> indicated(np.array([[-np.inf, 0.0], [-0.5, -np.inf]])).tolist()
    [1, -1]
    """
    is_sure = (tables == 0.0) & (
        np.isneginf(tables).sum(axis=1, keepdims=True) + 1 == len(tables.T)
    )
    return np.where(is_sure.any(axis=1), is_sure.argmax(axis=1), -1).astype(np.int64)
