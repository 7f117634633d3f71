"""Rows as machine code reads them: checked, contiguous and of one type."""

from __future__ import annotations

import numpy as np

from workbench.compute.interactive_kernels import fits
from workbench.core.arrays import FloatArray
from workbench.data.dataset import check_rows
from workbench.data.variables import Variable
from workbench.errors import ParameterError


def checked_rows(
    rows: FloatArray, variables: tuple[Variable, ...], sizes: FloatArray
) -> FloatArray:
    """`rows` (batch, variable) that fit `variables`, whose numbers of categories are `sizes`.

    It is one call for good rows; only bad ones meet the check that words the error.

    Raises
    ------
    DataError
        When a cell does not fit its variable.

    Examples
    --------
    >>> from workbench.data.variables import categorical
    >>> checked_rows(np.array([[1]]), (categorical("x", 2),), np.array([2.0])).tolist()
    [[1.0]]
    """
    table = np.asarray(rows, dtype=np.float64)
    if table.shape[1:] != sizes.shape or table.ndim != 2:
        check_rows(table, variables)
    if not (table.flags.c_contiguous and table.flags.writeable):
        table = table.copy(order="C")
    if not fits(table, sizes):
        check_rows(table, variables)
    return table


def shares_of(weights: FloatArray | None, n_rows: int) -> FloatArray:
    """(n_rows,) how often each row counts: `weights`, or once.

    Raises
    ------
    ParameterError
        When there is not one weight for each row.

    Examples
    --------
    >>> shares_of(None, 2).tolist()
    [1.0, 1.0]
    """
    shares = np.ones(n_rows) if weights is None else np.array(weights, dtype=np.float64)
    if shares.shape != (n_rows,):
        raise ParameterError(
            "these weights do not fit the rows",
            given=f"shape {shares.shape}",
            expected=f"shape ({n_rows},)",
        )
    return shares
