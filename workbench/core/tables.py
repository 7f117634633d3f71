"""Table: an immutable tidy table of named, equally long NumPy columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from workbench.core.arrays import AnyArray, content_hash, frozen
from workbench.errors import ParameterError

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, init=False, eq=False)
class Table(Mapping[str, AnyArray]):
    """A mapping from column name to a read-only array; all columns have one length.

    Examples
    --------
    >>> table = Table({"k": [1, 2], "value": [0.1, 0.2]})
    >>> table.n_rows, list(table)
    (2, ['k', 'value'])
    """

    columns: Mapping[str, AnyArray]

    def __init__(self, columns: Mapping[str, ArrayLike]) -> None:
        arrays = {name: frozen(values) for name, values in columns.items()}
        lengths = {name: len(array) for name, array in arrays.items()}
        if len(set(lengths.values())) > 1:
            raise ParameterError(
                "cannot make a table", given=f"columns of lengths {lengths}", expected="one length"
            )
        object.__setattr__(self, "columns", MappingProxyType(arrays))

    def __getitem__(self, name: str) -> AnyArray:
        return self.columns[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.columns)

    def __len__(self) -> int:
        return len(self.columns)

    def __repr__(self) -> str:
        return f"Table({self.n_rows} rows: {', '.join(self)})"

    @property
    def n_rows(self) -> int:
        """How many rows the table has."""
        return len(next(iter(self.columns.values()))) if self.columns else 0

    @cached_property
    def hash(self) -> str:
        """The sha256 of names and columns."""
        return content_hash([part for name in self for part in (name, _hashable(self[name]))])

    def to_frame(self) -> pd.DataFrame:
        """The table as a pandas DataFrame (a copy)."""
        import pandas as pd

        return pd.DataFrame({name: self[name].copy() for name in self})


def _hashable(array: AnyArray) -> AnyArray:
    return array.astype(np.str_) if array.dtype == object else array
