"""Rows as category codes, and theories evaluated on them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from numbers import Real
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.core.arrays import BoolArray, FloatArray, IntArray
from workbench.data.dataset import check_rows
from workbench.data.variables import Variable
from workbench.errors import DataError
from workbench.theories.nodes import Constant, Literal, Node, Or, fold

if TYPE_CHECKING:
    import pandas as pd

    from workbench.theories.theory import Theory

_CHUNK = 32_768  # rows evaluated at once


def encoded(
    variables: Sequence[Variable], rows: FloatArray | pd.DataFrame, used: Sequence[int]
) -> IntArray:
    """(rows, variables) category codes; missing or unknown values have the code `n_categories`.

    Only the columns `used` are read from a DataFrame.

    Raises
    ------
    DataError
        When columns are absent or values do not fit the variables.

    Examples
    --------
    >>> from workbench.data.variables import categorical
    >>> encoded([categorical("x", 2)], np.array([[1.0], [np.nan]]), [0]).tolist()
    [[1], [2]]
    """
    if isinstance(rows, np.ndarray):
        return _encoded_array(variables, rows)
    return _encoded_frame(variables, rows, used)


def mask_of_codes(theory: Theory, codes: IntArray) -> BoolArray:
    """(rows,) which coded rows satisfy the theory."""
    chunks = [_mask(theory, codes[i : i + _CHUNK]) for i in range(0, len(codes), _CHUNK)]
    return np.concatenate(chunks) if chunks else np.zeros(0, dtype=np.bool_)


def allowed_table(allowed: frozenset[int], n_categories: int) -> BoolArray:
    """(n_categories + 1,) which codes satisfy a literal; the last one stands for missing.

    Examples
    --------
    >>> allowed_table(frozenset({1}), 2).tolist()
    [False, True, False]
    """
    table = np.zeros(n_categories + 1, dtype=np.bool_)
    table[list(allowed)] = True
    return table


def require_columns(names: Sequence[str], columns: Sequence[str]) -> None:
    """Nothing, or :class:`DataError` when `columns` do not have each of `names` once.

    Examples
    --------
    >>> require_columns(["x"], ["x", "y"])
    """
    bad = [name for name in names if list(columns).count(name) != 1]
    if bad:
        raise DataError(
            "the table does not have the columns that the theory needs",
            given=f"columns {list(columns)[:20]}",
            expected=f"each of {bad[:20]} once",
        )


def is_numbered(variable: Variable) -> bool:
    """Whether the labels are the numbers 0, 1, 2, ...

    Examples
    --------
    >>> from workbench.data.variables import categorical
    >>> is_numbered(categorical("pixel", 17)), is_numbered(categorical("x", ["a", "b"]))
    (True, False)
    """
    return all(label == str(code) for code, label in enumerate(variable.categories))


def is_ordered(variable: Variable) -> bool:
    """Whether a range of codes means something: bins, and labels 0, 1, 2, ...

    Examples
    --------
    >>> is_ordered(Variable("age", "categorical", ("young", "old"), (40.0,)))
    True
    """
    return bool(variable.edges) or is_numbered(variable)


def label_number(label: str) -> float | None:
    """The number that a category label writes, or None.

    Examples
    --------
    >>> label_number("3"), label_number("red"), label_number("nan")
    (3.0, None, None)
    """
    try:
        value = float(label)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _mask(theory: Theory, codes: IntArray) -> BoolArray:
    sizes = theory.space.sizes

    def visit(node: Node, parts: Sequence[BoolArray]) -> BoolArray:
        if isinstance(node, Literal):
            table = allowed_table(node.allowed, sizes[node.variable])
            return table[codes[:, node.variable]]
        if isinstance(node, Constant):
            return np.full(len(codes), node.value)
        reduce = np.logical_or.reduce if isinstance(node, Or) else np.logical_and.reduce
        result: BoolArray = reduce(list(parts)) if parts else np.full(len(codes), reduce([]))
        return result

    return fold(theory.tree, visit)


def _encoded_array(variables: Sequence[Variable], rows: FloatArray) -> IntArray:
    check_rows(rows, tuple(variables))
    sizes = np.array([variable.n_categories for variable in variables], dtype=np.int32)
    codes = np.where(np.isnan(rows) | (sizes == 0), sizes, rows)
    return codes.astype(np.int32)


def _encoded_frame(
    variables: Sequence[Variable], frame: pd.DataFrame, used: Sequence[int]
) -> IntArray:
    require_columns([variables[v].name for v in used], [str(name) for name in frame.columns])
    codes = np.zeros((len(frame), len(variables)), dtype=np.int32)
    for v in used:
        codes[:, v] = _column_codes(variables[v], frame[variables[v].name])
    return codes


def _column_codes(variable: Variable, column: pd.Series[Any]) -> IntArray:
    if variable.edges and column.dtype.kind in "iuf":
        values = column.to_numpy(dtype=np.float64, na_value=np.nan)
        return _bins(variable, values)
    places, distinct = column.factorize()
    code_of = _lookup(variable)
    codes = [code_of(value) for value in distinct.tolist()]
    # Missing cells have the place -1 and so take the last code.
    table = np.array([*codes, variable.n_categories], dtype=np.int32)
    return np.asarray(table[places])


def _bins(variable: Variable, values: FloatArray) -> IntArray:
    codes = np.searchsorted(np.asarray(variable.edges), values, side="right")
    return np.where(np.isnan(values), variable.n_categories, codes).astype(np.int32)


def _lookup(variable: Variable) -> Callable[[object], int]:
    """The code of one cell; unknown cells get the code of missing ones."""
    labels = {label: code for code, label in enumerate(variable.categories)}
    numbers = {label_number(label): code for label, code in labels.items()}
    flags = {label.lower(): code for label, code in labels.items()}
    unknown = variable.n_categories

    def code_of(value: object) -> int:
        if isinstance(value, bool):
            return flags.get(str(value).lower(), flags.get(str(int(value)), unknown))
        if isinstance(value, Real):
            number = float(value)
            found = _bins(variable, np.array([number]))[0] if variable.edges else None
            return numbers.get(number, unknown) if found is None else int(found)
        return labels.get(str(value), unknown)

    return code_of
