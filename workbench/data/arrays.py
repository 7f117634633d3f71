"""From arrays to variables and rows.

An array already holds codes: a column of whole numbers from 0 to at most 255 is
categorical with the categories "0", "1", ... up to its greatest value, so code
and value are the same; any other column is continuous.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from workbench.core.arrays import AnyArray, FloatArray
from workbench.data.assemble import Unsplit, require_shape
from workbench.data.columns import position_of, require_known, take_target, unique_names
from workbench.data.images import pixels
from workbench.data.options import Options, require_unused
from workbench.data.variables import Variable, VariableKind, categorical, continuous
from workbench.errors import CellError, DataError
from workbench.limits import LIMITS, require_within

LARGEST_CODE = 255
Categories = int | Sequence[object] | None


def tabulate_array(array: AnyArray, options: Options, *, name: str, source: str) -> Unsplit:
    """The table of an array (rows, columns) or of images (image, height, width).

    Raises
    ------
    DataError
        When the array is not numeric, is empty or has another number of axes.

    Examples
    --------
    >>> table = tabulate_array(np.array([[0, 0.5], [1, 2.5]]), Options(), name="a", source="")
    >>> [variable.kind for variable in table.variables]
    ['categorical', 'continuous']
    """
    require_numeric(name, array)
    if array.ndim == 3 and array.dtype.kind in "ui":
        return _images(array, options, name, source)
    require_matrix(name, array)
    rows = finite_rows(array)
    names = [f"x{column}" for column in range(rows.shape[1])]
    variables = tuple(
        variable_of(column, rows[:, i], _kind(column, options)) for i, column in enumerate(names)
    )
    table = Unsplit(name=name, variables=variables, rows=rows, source=source)
    if options.target is None:
        return _without(table, options.drop)
    labelled = take_target(table, position_of(options.target, names))
    return _without(labelled, options.drop)


def require_numeric(name: str, array: AnyArray) -> None:
    """Nothing, or :class:`DataError` when the array holds no real numbers.

    Examples
    --------
    >>> require_numeric("a", np.zeros(3))
    """
    if array.dtype.kind not in "biuf":
        raise DataError(
            f"{name} is not an array of numbers",
            given=f"type {array.dtype}",
            expected="whole or real numbers",
            remedy="Pass text as a pandas DataFrame.",
        )


def require_matrix(name: str, array: AnyArray) -> None:
    """Nothing, or an error when the array is no matrix, is empty or beyond the limits.

    Examples
    --------
    >>> require_matrix("a", np.zeros((3, 2)))
    """
    if array.ndim != 2:
        raise DataError(
            f"{name} is not a table",
            given=f"an array of shape {array.shape}",
            expected="shape (rows, columns), or whole numbers (images, height, width)",
        )
    require_shape(name, *array.shape)


def finite_rows(array: AnyArray) -> FloatArray:
    """`array` as float64, or :class:`CellError` at its first infinite number.

    Examples
    --------
    >>> finite_rows(np.array([[1]])).dtype
    dtype('float64')
    """
    rows = array.astype(np.float64)
    if np.isinf(rows).any():
        row, column = np.argwhere(np.isinf(rows))[0]
        raise CellError(
            "infinite number",
            row=int(row) + 1,
            column=f"x{column}",
            remedy="Replace it with NaN if the value is missing.",
        )
    return rows


def variable_of(name: str, values: FloatArray, kind: VariableKind | None = None) -> Variable:
    """The variable that the rule of this module makes of one column.

    Examples
    --------
    >>> variable_of("x0", np.array([2.0, np.nan, 0.0])).n_categories
    3
    """
    known = values[~np.isnan(values)]
    is_code = bool(len(known)) and bool(np.all((known >= 0) & (known == np.floor(known))))
    if kind == "continuous" or (kind is None and not (is_code and known.max() <= LARGEST_CODE)):
        return continuous(name)
    if not is_code:
        raise DataError(
            f"column {name!r} cannot be categorical",
            expected="whole numbers from 0",
            remedy="Pass a pandas DataFrame to make categories of other values.",
        )
    require_within(f"categories in column {name!r}", int(known.max()) + 1, LIMITS.n_categories)
    return categorical(name, int(known.max()) + 1)


def given_variables(
    rows: FloatArray, names: Sequence[str] | None, categories: Categories | Sequence[Categories]
) -> tuple[Variable, ...]:
    """The variables of `rows` by given names and categories.

    `categories` is one number for every column, or for each column a number, its
    labels, or None for a continuous one; without it the rule of this module decides.

    Raises
    ------
    DataError
        When names or categories do not fit the columns.

    Examples
    --------
    >>> [v.kind for v in given_variables(np.zeros((2, 2)), ["a", "b"], [2, None])]
    ['categorical', 'continuous']
    """
    n_columns = rows.shape[1]
    shown = unique_names([str(n) for n in names or (f"x{i}" for i in range(n_columns))])
    per_column = [categories] * n_columns if isinstance(categories, int) else categories
    for what, given in (("names", shown), ("categories", per_column)):
        if given is not None and len(given) != n_columns:
            raise DataError(
                f"{what} do not fit the columns",
                given=f"{len(given)} {what}",
                expected=f"{n_columns}, one per column",
            )
    if per_column is None:
        return tuple(variable_of(name, rows[:, i]) for i, name in enumerate(shown))
    return tuple(_given(name, known) for name, known in zip(shown, per_column, strict=True))


def _given(name: str, categories: Categories | object) -> Variable:
    if categories is None:
        return continuous(name)
    if isinstance(categories, int | Sequence) and not isinstance(categories, str):
        return categorical(name, categories)
    raise DataError(
        f"bad categories of column {name!r}",
        given=repr(categories),
        expected="a number, a list of labels, or None for continuous",
    )


def _images(array: AnyArray, options: Options, name: str, source: str) -> Unsplit:
    require_unused(options, ("drop", "kinds", "target"), "images")
    n_images, height, width = array.shape
    require_shape(name, n_images, height * width)
    if int(array.min()) < 0:
        raise DataError(f"{name} has a negative pixel", given=int(array.min()), expected="0 up")
    n_levels = int(array.max()) + 1
    require_within("grey levels", n_levels, LIMITS.n_categories)
    return pixels(array, n_levels, name=name, source=source, bins=options.bins)


def _kind(name: str, options: Options) -> VariableKind | None:
    return options.kinds if isinstance(options.kinds, str) else options.kinds.get(name)


def _without(table: Unsplit, drop: tuple[str, ...]) -> Unsplit:
    names = [variable.name for variable in table.variables]
    require_known("drop", drop, names)
    kept = [column for column, name in enumerate(names) if name not in drop]
    return replace(
        table,
        variables=tuple(table.variables[column] for column in kept),
        rows=table.rows[:, kept],
    )
