"""From a DataFrame to variables and rows: the rule that gives each column its kind.

1. A kind given by the option `kinds` is taken.
2. A column with text, truth values or a pandas Categorical is categorical; its
   categories are the texts, sorted (a Categorical keeps its own order).
3. A column of at most 20 distinct whole numbers is categorical; categories ascend.
4. Every other column of numbers is continuous.

A column whose cells are nine in ten numbers, but too many for rule 3, is taken
for a column of numbers with a slip of the pen: the first text in it is an error.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from workbench.core.arrays import FloatArray
from workbench.data.assemble import Unsplit, require_shape
from workbench.data.cells import Cells, cells_of, number_text
from workbench.data.options import Options
from workbench.data.variables import Variable, VariableKind, continuous
from workbench.errors import CellError, DataError, ParameterError
from workbench.limits import LIMITS

if TYPE_CHECKING:
    import pandas as pd

FEW = 20


def tabulate(frame: pd.DataFrame, options: Options, *, name: str, source: str) -> Unsplit:
    """The table of `frame`.

    Raises
    ------
    DataError
        For an empty table, equal column names, a column without values or with
        too many categories; :class:`workbench.errors.CellError` for a bad cell.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"legs": [4, 2, 4], "skin": ["fur", "feather", "fur"]})
    >>> table = tabulate(frame, Options(target="skin"), name="zoo", source="")
    >>> table.variables[0].categories, table.classes, table.labels.tolist()
    (('2', '4'), ('feather', 'fur'), [1, 0, 1])
    """
    names = unique_names([str(column) for column in frame.columns])
    require_shape(name, len(frame), len(names))
    target = _target_position(names, options)
    kinds = _kinds(names, options)
    require_known("drop", options.drop, names)
    kept = [i for i, column in enumerate(names) if column not in options.drop or i == target]
    read = {i: _column(cells_of(names[i], frame.iloc[:, i]), kinds[i]) for i in kept}
    return take_target(
        Unsplit(
            name=name,
            variables=tuple(variable for variable, _ in read.values()),
            rows=np.column_stack([values for _, values in read.values()]),
            source=source,
        ),
        None if target is None else kept.index(target),
    )


def unique_names(names: list[str]) -> list[str]:
    """`names`, or :class:`DataError` when two are equal or one is not Unicode.

    Examples
    --------
    >>> unique_names(["a", "b"])
    ['a', 'b']
    """
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise DataError(
                "two columns have one name",
                given=repr(name),
                expected="different names",
                remedy="Pass header=0 if the first line of the file is data.",
            )
        seen.add(name)
        if name != name.encode(errors="replace").decode():
            raise DataError("a column name is not Unicode", given=ascii(name))
    return names


def require_known(option: str, given: tuple[str, ...], names: list[str]) -> None:
    """Nothing, or :class:`ParameterError` when `given` has a name that no column has.

    Examples
    --------
    >>> require_known("drop", ("a",), ["a", "b"])
    """
    for name in given:
        if name not in names:
            raise ParameterError(
                f"{option} names no column", given=repr(name), expected=f"one of {names[:20]}"
            )


def take_target(table: Unsplit, target: int | None) -> Unsplit:
    """`table` with the column at `target` turned into labels and classes.

    Examples
    --------
    >>> from workbench.data.variables import categorical
    >>> table = Unsplit("t", (categorical("x", 2), categorical("y", 2)), np.eye(2))
    >>> take_target(table, 1).labels.tolist()
    [0, 1]
    """
    if target is None:
        return table
    variable, values = table.variables[target], table.rows[:, target]
    if variable.kind != "categorical":
        raise DataError(f"the class column {variable.name!r} is continuous", expected="categories")
    if np.isnan(values).any():
        row = int(np.flatnonzero(np.isnan(values))[0]) + 1
        raise CellError("missing class", row=row, column=variable.name)
    return replace(
        table,
        variables=table.variables[:target] + table.variables[target + 1 :],
        rows=np.delete(table.rows, target, axis=1),
        labels=values.astype(np.int32),
        classes=variable.categories,
    )


def position_of(target: str | int, names: list[str]) -> int:
    """The position of the column that `target` names or counts, from the end when negative.

    Raises
    ------
    ParameterError
        When there is no such column.

    Examples
    --------
    >>> position_of(-1, ["a", "b"])
    1
    """
    if isinstance(target, str):
        require_known("target", (target,), names)
        return names.index(target)
    if not -len(names) <= target < len(names):
        raise ParameterError(
            "target names no column", given=target, expected=f"a position below {len(names)}"
        )
    return target % len(names)


def _target_position(names: list[str], options: Options) -> int | None:
    return None if options.target is None else position_of(options.target, names)


def _kinds(names: list[str], options: Options) -> list[VariableKind | None]:
    target = _target_position(names, options)
    if isinstance(options.kinds, str):
        kinds: list[VariableKind | None] = [options.kinds] * len(names)
    else:
        require_known("kinds", tuple(options.kinds), names)
        kinds = [options.kinds.get(name) for name in names]
    if target is not None:
        kinds[target] = "categorical"
    return kinds


def _column(cells: Cells, kind: VariableKind | None) -> tuple[Variable, FloatArray]:
    if not cells.n_distinct and not cells.order:
        raise DataError(
            f"column {cells.name!r} has no value at all",
            remedy=f"Leave it out with drop=({cells.name!r},).",
        )
    if (kind or _kind(cells)) == "continuous":
        return continuous(cells.name), cells.values()
    return _categorical(cells, as_numbers=kind is None and cells.is_numeric)


def _kind(cells: Cells) -> VariableKind:
    if cells.order:
        return "categorical"
    if cells.is_numeric:
        whole = cells.numbers == np.floor(cells.numbers)
        few = len(np.unique(cells.numbers)) <= FEW
        return "categorical" if few and whole.all() else "continuous"
    known = cells.numbers[cells.codes[cells.codes >= 0]]
    mostly_numbers = np.mean(~np.isnan(known)) >= 0.9
    return "continuous" if mostly_numbers and cells.n_distinct > FEW else "categorical"


def _categorical(cells: Cells, *, as_numbers: bool) -> tuple[Variable, FloatArray]:
    _require_few_categories(cells)
    texts = cells.all_texts()
    if as_numbers and not cells.order:
        texts = [number_text(number) for number in cells.numbers]
    categories = cells.order or tuple(_sorted(texts, numeric=cells.is_numeric))
    code = {category: position for position, category in enumerate(categories)}
    of_distinct = np.array([code[text] for text in texts], dtype=np.float64)
    return Variable(cells.name, "categorical", categories), cells.spread(of_distinct)


def _sorted(texts: list[str], *, numeric: bool) -> list[str]:
    distinct = sorted(set(texts))
    return sorted(distinct, key=float) if numeric else distinct


def _require_few_categories(cells: Cells) -> None:
    n_categories = max(cells.n_distinct, len(cells.order))
    if n_categories > LIMITS.n_categories:
        raise DataError(
            f"column {cells.name!r} has too many categories",
            given=f"{n_categories:,} different values, such as {cells.text(0)!r}",
            expected=f"at most {LIMITS.n_categories:,}",
            remedy=f"Leave it out with drop=({cells.name!r},).",
        )
