"""What a query is asked about: rows, one row, or a mapping from variable to value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike

from workbench.circuits.circuit import Circuit
from workbench.core.arrays import FloatArray, IdArray
from workbench.data.dataset import check_rows
from workbench.data.variables import Variable
from workbench.errors import DataError

Evidence = ArrayLike | Mapping[str, object]


def as_rows(circuit: Circuit, given: Evidence) -> FloatArray:
    """`given` as float64 rows ``(batch, variable)`` that fit `circuit`.

    One row ``(variable,)`` becomes a batch of one. A mapping sets some variables
    by name, a categorical one by category or code; all others are missing.

    Raises
    ------
    DataError
        When a name, a category or a cell does not fit the circuit's variables.

    Examples
    --------
    >>> from workbench.circuits.build import Builder
    >>> from workbench.data.variables import categorical
    >>> build = Builder((categorical("sky", ["clear", "grey"]), categorical("rain", 2)))
    >>> leaves = [build.categorical(0, [0.5, 0.5]), build.categorical(1, [0.9, 0.1])]
    >>> as_rows(build.circuit(build.product(leaves)), {"sky": "grey"}).tolist()
    [[1.0, nan]]
    """
    if isinstance(given, Mapping):
        rows = _from_mapping(circuit.variables, given)
    else:
        rows = np.asarray(given, dtype=np.float64)
        rows = rows[None] if rows.ndim == 1 else rows
    check_rows(rows, circuit.variables)
    return rows


def _from_mapping(variables: tuple[Variable, ...], given: Mapping[str, object]) -> FloatArray:
    columns = {variable.name: number for number, variable in enumerate(variables)}
    row = np.full((1, len(variables)), np.nan)
    for name, value in given.items():
        if name not in columns:
            raise DataError(
                "unknown variable", given=repr(name), expected=f"one of {list(columns)[:20]}"
            )
        row[0, columns[name]] = code_of(variables[columns[name]], value)
    return row


def code_of(variable: Variable, value: object) -> float:
    """The cell that stands for `value`: the code of a category, or the number itself.

    Raises
    ------
    DataError
        When it is no category and no number.
    """
    if isinstance(value, str):
        if value not in variable.categories:
            raise DataError(
                f"unknown category of {variable.name!r}",
                given=repr(value),
                expected=f"one of {list(variable.categories[:20])}",
            )
        return float(variable.categories.index(value))
    try:
        return float(value)  # type: ignore[arg-type]  # anything else raises and is reported
    except (TypeError, ValueError):
        raise DataError(
            f"bad value of {variable.name!r}", given=repr(value), expected="a number or a category"
        ) from None


def columns_of(circuit: Circuit, names: Sequence[str | int]) -> IdArray:
    """(names,) the columns of variables given by name or column, ascending, each once.

    Raises
    ------
    DataError
        When one is unknown or outside the circuit's scope.

    Examples
    --------
    >>> from workbench.circuits.build import Builder
    >>> from workbench.data.variables import categorical
    >>> build = Builder((categorical("x", 2), categorical("y", 2)))
    >>> pair = build.product([build.categorical(v, [0.5, 0.5]) for v in (0, 1)])
    >>> columns_of(build.circuit(pair), ["y", 0]).tolist()
    [0, 1]
    """
    known = {circuit.variables[column].name: column for column in circuit.scope}
    asked = [names] if isinstance(names, str) else list(names)
    unknown = [name for name in asked if name not in known and name not in circuit.scope]
    if unknown:
        raise DataError(
            "no such variable in the circuit's scope",
            given=f"{unknown[:5]}",
            expected=f"some of {list(known)[:20]}",
        )
    columns = {known[name] if isinstance(name, str) else int(name) for name in asked}
    return np.array(sorted(columns), dtype=np.int64)
