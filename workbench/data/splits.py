"""Seeded, stratified splits of rows into train, valid and test."""

from __future__ import annotations

import numpy as np

from workbench.core.arrays import IdArray, IntArray
from workbench.core.seeds import stream


def split(
    n_rows: int,
    shares: tuple[float, float, float] = (0.8, 0.1, 0.1),
    seed: int = 0,
    labels: IntArray | None = None,
) -> tuple[IdArray, IdArray, IdArray]:
    """The row numbers of train, valid and test, each ascending; together every row once.

    Valid and test have their share rounded to the nearest row, train has the rest.
    With `labels` (n_rows,) every class has its share of each split to within a row or
    two: rows are ordered by class, at random within a class, and picked at even steps.

    Examples
    --------
    >>> [len(part) for part in split(1797)]
    [1437, 180, 180]
    """
    shuffled = stream(seed, "split").permutation(n_rows)
    if labels is not None:
        shuffled = shuffled[np.argsort(labels[shuffled], kind="stable")]
    n_valid, n_test = (round(share * n_rows) for share in shares[1:])
    shuffled, test = _pick_evenly(shuffled, n_test)
    train, valid = _pick_evenly(shuffled, min(n_valid, len(shuffled)))
    return np.sort(train), np.sort(valid), np.sort(test)


def _pick_evenly(rows: IdArray, n_picked: int) -> tuple[IdArray, IdArray]:
    steps = (2 * np.arange(n_picked) + 1) * len(rows) // (2 * max(n_picked, 1))
    return np.delete(rows, steps), rows[steps]
