"""Between the codes of a dataset and the cells of a user's table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from workbench.core.arrays import FloatArray
from workbench.data.bins import bin_codes
from workbench.data.cells import Cells, cells_of, number_text
from workbench.data.columns import unique_names
from workbench.data.dataset import Dataset, check_rows
from workbench.data.variables import Variable
from workbench.errors import DataError

if TYPE_CHECKING:
    import pandas as pd


def decode(dataset: Dataset, rows: FloatArray) -> pd.DataFrame:
    """A DataFrame of `rows` (rows, variables): category labels, numbers, and NaN where missing.

    A categorical column becomes a pandas Categorical with the categories of its variable.

    Raises
    ------
    DataError
        When the rows do not fit the variables.

    Examples
    --------
    >>> from workbench.data.loading import load
    >>> iris = load("iris", bins=2)
    >>> decode(iris, iris.train[:1]).iloc[0, 0]
    'below 5.7'
    """
    import pandas as pd

    values = np.asarray(rows, dtype=np.float64)
    check_rows(values, dataset.variables)
    columns = [
        _decoded(variable, values[:, column]) for column, variable in enumerate(dataset.variables)
    ]
    frame = pd.DataFrame(dict(enumerate(columns)))
    frame.columns = pd.Index([variable.name for variable in dataset.variables], dtype=object)
    return frame


def encode(variables: Sequence[Variable], frame: pd.DataFrame) -> FloatArray:
    """(rows, variables) float64: the cells of `frame` in the codes of `variables`.

    Columns are found by name; others are ignored. A binned column takes its
    labels or numbers in its own unit.

    Raises
    ------
    CellError
        For an unknown category, naming row, column, value and the known categories.
    DataError
        When a column is absent or twice there.

    Examples
    --------
    >>> import pandas as pd
    >>> from workbench.data.variables import categorical
    >>> frame = pd.DataFrame({"colour": ["blue", None, "red"]})
    >>> encode([categorical("colour", ["red", "blue"])], frame).ravel().tolist()
    [1.0, nan, 0.0]
    """
    place = _places(frame)
    absent = [variable.name for variable in variables if variable.name not in place]
    if absent:
        raise DataError(
            "the table lacks columns",
            given=f"columns {list(place)[:20]}",
            expected=f"also {absent[:20]}",
        )
    rows = np.empty((len(frame), len(variables)))
    for column, variable in enumerate(variables):
        cells = cells_of(variable.name, frame.iloc[:, place[variable.name]])
        rows[:, column] = _encoded(variable, cells)
    return rows


def _places(frame: pd.DataFrame) -> dict[str, int]:
    return {name: i for i, name in enumerate(unique_names([str(c) for c in frame.columns]))}


def _decoded(variable: Variable, values: FloatArray) -> pd.Series | pd.Categorical:
    import pandas as pd

    if variable.kind == "continuous":
        return pd.Series(values)
    codes = np.where(np.isnan(values), -1, values).astype(np.int64)
    return pd.Series(pd.Categorical.from_codes(codes, categories=list(variable.categories)))


def _encoded(variable: Variable, cells: Cells) -> FloatArray:
    if variable.kind == "continuous":
        return cells.values()
    code = {label: float(position) for position, label in enumerate(variable.categories)}
    of_distinct = np.array([_code(variable, code, cells, i) for i in range(cells.n_distinct)])
    return cells.spread(of_distinct.astype(np.float64))


def _code(variable: Variable, code: dict[str, float], cells: Cells, distinct: int) -> float:
    text, number = cells.text(distinct), cells.numbers[distinct]
    if text in code:
        return code[text]
    if variable.edges and not np.isnan(number):
        return float(bin_codes(np.array([number]), variable.edges)[0])
    if not np.isnan(number) and number_text(number) in code:
        return code[number_text(number)]
    known = ", ".join(repr(label) for label in variable.categories[:20])
    raise cells.error("unknown category", distinct, f"one of {known}")
