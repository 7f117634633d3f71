"""The rows and the variables that a structure is learned from."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from workbench.core.arrays import FloatArray
from workbench.data.dataset import Dataset, check_rows
from workbench.data.variables import Variable, categorical, continuous
from workbench.errors import DataError

LARGEST_CODE = 255


def training_rows(
    data: Dataset | ArrayLike, variables: Sequence[Variable] | None = None
) -> tuple[FloatArray, tuple[Variable, ...]]:
    """The training rows ``(rows, variable)`` of `data` and what their columns mean.

    A column of a plain array that holds only whole numbers from 0 to 255 is
    categorical with as many categories as its largest code needs; other columns
    are continuous.

    Raises
    ------
    DataError
        When there is no row, or a cell does not fit `variables`.

    Examples
    --------
    >>> rows, variables = training_rows([[0, 0.5], [2, 1.5]])
    >>> [variable.kind for variable in variables]
    ['categorical', 'continuous']
    """
    if isinstance(data, Dataset):
        rows, known = data.train, data.variables
    else:
        rows = np.asarray(data, dtype=np.float64)
        known = tuple(variables) if variables is not None else _guess(rows)
    check_rows(rows, known, where="training rows")
    if not len(rows):
        raise DataError("cannot learn from no rows", remedy="Give at least one training row.")
    return rows, known


def _guess(rows: FloatArray) -> tuple[Variable, ...]:
    if rows.ndim != 2:
        raise DataError(
            "these are not rows", given=f"shape {rows.shape}", expected="shape (rows, variables)"
        )
    return tuple(_guess_one(f"x{number}", column) for number, column in enumerate(rows.T))


def _guess_one(name: str, column: FloatArray) -> Variable:
    seen = column[~np.isnan(column)]
    codes = (seen >= 0) & (seen <= LARGEST_CODE) & (seen == np.floor(seen))
    if len(seen) and codes.all():
        return categorical(name, int(seen.max()) + 1)
    return continuous(name)
