"""From one table of values to a Dataset: split the rows, then bin by what train shows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from workbench.core.arrays import FloatArray, IdArray, IntArray
from workbench.data.bins import bin_codes, binned, quantile_edges
from workbench.data.dataset import SPLITS, Dataset
from workbench.data.options import Options
from workbench.data.splits import split
from workbench.data.variables import Variable
from workbench.errors import DataError
from workbench.limits import LIMITS, require_within


@dataclass(frozen=True)
class Unsplit:
    """What a reader hands over: all rows, and where given splits begin and end.

    Parameters
    ----------
    rows
        (rows, variables) float64 as in :class:`workbench.data.Dataset`.
    labels
        (rows,) codes into `classes`, or None without a class column.
    sizes
        Rows of train, valid and test in this order when the source came split.
    """

    name: str
    variables: tuple[Variable, ...]
    rows: FloatArray
    labels: IntArray | None = None
    classes: tuple[str, ...] = ()
    shape: tuple[int, int] | None = None
    source: str = ""
    sizes: tuple[int, int, int] | None = None


def assemble(unsplit: Unsplit, options: Options) -> Dataset:
    """The dataset of `unsplit` under `options`.

    Raises
    ------
    DataError
        When there is no row or no variable.
    LimitError
        When a dimension exceeds its limit.
    """
    require_shape(unsplit.name, *unsplit.rows.shape)
    parts = _parts(unsplit, options)
    variables, rows = _bin(unsplit, parts[0], options.bins)
    labels = {} if unsplit.labels is None else _by_split(unsplit.labels, parts)
    return Dataset(
        name=options.name or unsplit.name,
        variables=variables,
        train=rows[parts[0]],
        valid=rows[parts[1]],
        test=rows[parts[2]],
        labels=labels,
        classes=unsplit.classes,
        shape=unsplit.shape,
        source=unsplit.source,
    )


def require_shape(name: str, n_rows: int, n_columns: int) -> None:
    """Nothing, or an error when a table of this shape is empty or beyond the limits."""
    require_within("rows", n_rows, LIMITS.n_rows)
    require_within("columns", n_columns, LIMITS.n_columns)
    require_within("bytes of values", n_rows * n_columns * 8, LIMITS.result_bytes)
    if not n_rows or not n_columns:
        raise DataError(
            f"{name} is empty",
            given=f"{n_rows} rows and {n_columns} columns of values",
            expected="at least one of each",
        )


def _parts(unsplit: Unsplit, options: Options) -> tuple[IdArray, ...]:
    if unsplit.sizes is None:
        return split(len(unsplit.rows), options.shares, options.seed, unsplit.labels)
    ends = np.cumsum(unsplit.sizes)
    return tuple(np.arange(end - n, end) for end, n in zip(ends, unsplit.sizes, strict=True))


def _by_split(labels: IntArray, parts: tuple[IdArray, ...]) -> dict[str, IntArray]:
    return {name: labels[part] for name, part in zip(SPLITS, parts, strict=True)}


def _bin(
    unsplit: Unsplit, train: IdArray, n_bins: int | None
) -> tuple[tuple[Variable, ...], FloatArray]:
    if n_bins is None:
        return unsplit.variables, unsplit.rows
    rows, variables = unsplit.rows.copy(), list(unsplit.variables)
    for column, variable in enumerate(variables):
        if variable.kind == "continuous":
            edges = quantile_edges(rows[train, column], n_bins)
            variables[column] = binned(variable.name, edges)
            rows[:, column] = bin_codes(rows[:, column], edges)
    return tuple(variables), rows
