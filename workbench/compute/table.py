"""Rows of the table of values that a layer reads and adds to, as a slice where they are one."""

from __future__ import annotations

import numpy as np
import torch

from workbench.core.arrays import AnyArray


class Rows:
    """Rows `slots` of a table ``(slot, batch)``; consecutive ones are read without a copy."""

    def __init__(self, slots: AnyArray, device: torch.device) -> None:
        flat = slots.ravel()
        self.shape = slots.shape
        self.slice: slice | None = None
        if np.array_equal(flat, np.arange(flat[0], flat[0] + len(flat))):
            self.slice = slice(int(flat[0]), int(flat[0]) + len(flat))
        self.index = torch.tensor(flat, dtype=torch.int64, device=device)
        self.is_unique = len(np.unique(flat)) == len(flat)

    def read(self, table: torch.Tensor) -> torch.Tensor:
        """``(*slots.shape, batch)`` of `table`; a view where the rows are consecutive."""
        rows = table[self.slice] if self.slice is not None else table.index_select(0, self.index)
        return rows.view(*self.shape, table.shape[1])

    def add(self, table: torch.Tensor, amounts: torch.Tensor) -> None:
        """Nothing; `amounts` are added to the rows of `table`."""
        flat = amounts.reshape(len(self.index), table.shape[1])
        if self.slice is not None:
            table[self.slice] += flat
        elif self.is_unique:
            table[self.index] += flat
        else:
            table.index_add_(0, self.index, flat.clone())  # may be a view of the same table
