"""One door for data: the built-in tables."""

from __future__ import annotations

from typing import Any

from workbench.data.assemble import assemble
from workbench.data.builtin import BUILTIN
from workbench.data.dataset import Dataset
from workbench.data.options import Options
from workbench.errors import DataError


def load(source: str, **options: Any) -> Dataset:
    """The dataset that `source` names.

    Examples
    --------
    >>> digits = load("digits")
    >>> digits.train.shape, digits.valid.shape, digits.test.shape, digits.shape
    ((1437, 64), (180, 64), (180, 64), (8, 8))
    """
    chosen = Options(**options)
    if source not in BUILTIN:
        raise DataError("no such table", given=repr(source), expected=f"one of {sorted(BUILTIN)}")
    return assemble(BUILTIN[source](chosen), chosen)
