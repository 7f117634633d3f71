"""Tables that circuits learn from: values, variables, categories and splits."""

from __future__ import annotations

from workbench.data.codec import decode, encode
from workbench.data.dataset import Dataset
from workbench.data.loading import from_arrays, load
from workbench.data.saving import save
from workbench.data.shifts import noisy, rotated
from workbench.data.splits import split
from workbench.data.tables import read_table
from workbench.data.variables import Variable, categorical, continuous

__all__ = [
    "Dataset",
    "Variable",
    "categorical",
    "continuous",
    "decode",
    "encode",
    "from_arrays",
    "load",
    "noisy",
    "read_table",
    "rotated",
    "save",
    "split",
]
