"""Dataset: an immutable table in three splits, with the meaning of each column."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from workbench.core.arrays import FloatArray, IntArray, content_hash, frozen
from workbench.data.variables import Variable
from workbench.errors import DataError

SPLITS = ("train", "valid", "test")


@dataclass(frozen=True, eq=False)
class Dataset:
    """Rows to learn from, to choose by and to report on.

    Each split is float64 of shape ``(rows, variables)``: category codes 0, 1, ...
    for a categorical variable, its value for a continuous one, NaN where missing.

    Parameters
    ----------
    labels
        For each split the class of every row, as codes into `classes`; empty
        when the table has no class column.
    shape
        (height, width) when the variables are the pixels of an image.
    source
        Where the rows came from, for provenance.

    Examples
    --------
    >>> from workbench.data.variables import categorical
    >>> rows = np.zeros((4, 1))
    >>> Dataset("toy", (categorical("x", 2),), rows, rows[:1], rows[:1]).n_variables
    1
    """

    name: str
    variables: tuple[Variable, ...]
    train: FloatArray
    valid: FloatArray
    test: FloatArray
    labels: Mapping[str, IntArray] = field(default_factory=dict)
    classes: tuple[str, ...] = ()
    shape: tuple[int, int] | None = None
    source: str = ""

    def __post_init__(self) -> None:
        for split in SPLITS:
            rows = frozen(getattr(self, split), dtype=np.float64)
            check_rows(rows, self.variables, where=f"{self.name} ({split})")
            object.__setattr__(self, split, rows)
        labels = {split: frozen(codes, dtype=np.int32) for split, codes in self.labels.items()}
        object.__setattr__(self, "labels", labels)

    @property
    def n_variables(self) -> int:
        """How many variables the table has."""
        return len(self.variables)

    @cached_property
    def hash(self) -> str:
        """The sha256 of variables, rows and labels."""
        described = [repr(variable) for variable in self.variables]
        rows = [self.train, self.valid, self.test]
        return content_hash([*described, *rows, *self.labels.values()])

    def rows_of(self, split: str, label: str) -> FloatArray:
        """The rows of `split` whose class is `label`, shape (rows, variables).

        Raises
        ------
        DataError
            When the table has no such class.
        """
        if label not in self.classes:
            raise DataError(
                f"{self.name} has no class {label!r}", expected=f"one of {list(self.classes)}"
            )
        rows: FloatArray = getattr(self, split)
        chosen: FloatArray = rows[self.labels[split] == self.classes.index(label)]
        return chosen


def check_rows(rows: FloatArray, variables: tuple[Variable, ...], where: str = "rows") -> None:
    """Nothing, or :class:`DataError` naming the first cell that does not fit `variables`."""
    if rows.ndim != 2 or rows.shape[1] != len(variables):
        raise DataError(
            f"{where} do not fit the variables",
            given=f"an array of shape {rows.shape}",
            expected=f"shape (rows, {len(variables)})",
        )
    if np.isinf(rows).any():
        row, column = np.argwhere(np.isinf(rows))[0]
        raise DataError(
            f"infinite value in {where}, row {row}, column {variables[column].name!r}",
            remedy="Replace it with NaN if the value is missing.",
        )
    sizes = np.array([variable.n_categories or np.inf for variable in variables])
    is_code = np.isfinite(sizes)
    codes = rows[:, is_code]
    bad = ~np.isnan(codes) & ((codes < 0) | (codes >= sizes[is_code]) | (codes != np.floor(codes)))
    if bad.any():
        row, column = np.argwhere(bad)[0]
        variable = variables[int(np.flatnonzero(is_code)[column])]
        raise DataError(
            f"bad category code in {where}, row {row}, column {variable.name!r}",
            given=f"{codes[row, column]:g}",
            expected=f"a whole number from 0 to {variable.n_categories - 1}, or NaN",
        )
