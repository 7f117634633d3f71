"""Cells: one column of a table as distinct values, before anyone decides what they mean.

Surrounding blanks are not part of a cell. A cell is missing when it is empty,
"?", "NA", "NaN" or "nan", or what pandas calls missing. A cell is a number when
it is written like one: ``12``, ``-0.5``, ``1e-3``.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.core.arrays import FloatArray, IdArray
from workbench.errors import CellError, DataError

if TYPE_CHECKING:
    import pandas as pd

MISSING = frozenset({"", "?", "NA", "NaN", "nan"})
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")


@dataclass(frozen=True)
class Cells:
    """One column: which distinct value each row has, and those values as numbers and texts.

    Parameters
    ----------
    codes
        (rows,) positions among the distinct values, -1 where missing.
    numbers
        (distinct,) float64, NaN where the text is not a number.
    texts
        (distinct,) texts; None for a column of numbers, whose texts are made on demand.
    order
        The categories in the order that a pandas Categorical declares; else empty.
    """

    name: str
    codes: IdArray
    numbers: FloatArray
    texts: tuple[str, ...] | None = None
    order: tuple[str, ...] = ()

    @property
    def n_distinct(self) -> int:
        """How many distinct values, missing ones left out."""
        return len(self.numbers)

    @property
    def is_numeric(self) -> bool:
        """Whether every known cell is a number."""
        return not np.isnan(self.numbers).any()

    def text(self, distinct: int) -> str:
        """The text of one distinct value."""
        return self.texts[distinct] if self.texts else number_text(self.numbers[distinct])

    def all_texts(self) -> list[str]:
        """The texts of all distinct values."""
        return [self.text(distinct) for distinct in range(self.n_distinct)]

    def spread(self, of_distinct: FloatArray) -> FloatArray:
        """(rows,) the entry of `of_distinct` for each row; NaN where missing."""
        return np.append(of_distinct, np.nan)[self.codes]

    def values(self) -> FloatArray:
        """(rows,) the numbers.

        Raises
        ------
        CellError
            At the first row whose cell is not a number.
        """
        if not self.is_numeric:
            first = int(np.flatnonzero(np.isnan(self.numbers[self.codes]) & (self.codes >= 0))[0])
            raise self.error("text in a column of numbers", int(self.codes[first]), "a number")
        return self.spread(self.numbers)

    def error(self, what: str, distinct: int, expected: str, remedy: str = "") -> CellError:
        """A CellError that quotes a distinct value at the first row that has it."""
        row = int(np.flatnonzero(self.codes == distinct)[0]) + 1
        given = repr(self.text(distinct))
        return CellError(
            what, row=row, column=self.name, given=given, expected=expected, remedy=remedy
        )


def cells_of(name: str, column: pd.Series) -> Cells:
    """The cells of a pandas column.

    Raises
    ------
    CellError
        For an infinite number.
    DataError
        When the cells are neither numbers nor text.

    Examples
    --------
    >>> import pandas as pd
    >>> cells = cells_of("size", pd.Series(["10", " 9", "?"]))
    >>> cells.numbers.tolist(), cells.codes.tolist()
    ([10.0, 9.0], [0, 1, -1])
    """
    import pandas as pd

    if pd.api.types.is_bool_dtype(column.dtype):
        return _texts(name, column.map({True: "True", False: "False"}, na_action="ignore"))
    if pd.api.types.is_numeric_dtype(column.dtype):
        return _numbers(name, column)
    return _texts(name, column)


def number_text(number: float) -> str:
    """`number` as a category: whole numbers without a point, others as Python writes them.

    Examples
    --------
    >>> number_text(3.0), number_text(0.5)
    ('3', '0.5')
    """
    whole = float(number).is_integer() and abs(number) < 2**53
    return str(int(number)) if whole else repr(float(number))


def parse_number(text: str) -> float:
    """The number that `text` writes; NaN when it is not one.

    Examples
    --------
    >>> parse_number("1e-3"), parse_number("1_000")
    (0.001, nan)
    """
    return float(text) if _NUMBER.fullmatch(text) else math.nan


def _numbers(name: str, column: pd.Series) -> Cells:
    import pandas as pd

    if column.dtype.kind == "c":
        raise DataError(f"column {name!r} holds complex numbers", expected="real numbers")
    values = column.to_numpy(dtype=np.float64, na_value=np.nan)
    codes, distinct = pd.factorize(values)
    return _finite(Cells(name, codes.astype(np.int64), distinct))


def _texts(name: str, column: pd.Series) -> Cells:
    import pandas as pd

    try:
        codes, found = column.factorize()
    except TypeError as error:
        raise DataError(
            f"column {name!r} holds values that are neither numbers nor text",
            given=type(column.iloc[0]).__name__,
        ) from error
    stripped = np.array([_stripped(name, value) for value in found], dtype=object)
    merged, distinct = pd.factorize(stripped)
    texts = tuple(distinct.tolist())
    numbers = np.array([parse_number(text) for text in texts], dtype=np.float64)
    codes = np.append(merged, -1)[codes].astype(np.int64)
    return _finite(Cells(name, codes, numbers, texts, _declared(column)))


def _stripped(name: str, value: Any) -> str | None:
    text = str(value).strip()
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise DataError(
            f"column {name!r} holds text that is not Unicode", given=ascii(text)
        ) from error
    return None if text in MISSING else text


def _declared(column: pd.Series) -> tuple[str, ...]:
    import pandas as pd

    if not isinstance(column.dtype, pd.CategoricalDtype):
        return ()
    return tuple(dict.fromkeys(str(label).strip() for label in column.dtype.categories))


def _finite(cells: Cells) -> Cells:
    infinite = np.flatnonzero(np.isinf(cells.numbers))
    if len(infinite):
        remedy = "Leave the cell empty if the value is missing."
        raise cells.error("infinite number", int(infinite[0]), "a finite number", remedy)
    return cells
