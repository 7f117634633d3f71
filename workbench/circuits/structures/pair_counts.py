"""Counts of pairs of variables, smoothed towards a wider table: what trees are learned from.

A table of pairs is the matrix of the products of all columns of
:class:`CellStatistics`, summed over weighted rows: for two categorical variables
the counts of their pairs of categories, for a categorical and a continuous one the
moments within each category. Tables may be stacked, ``(tables, width, width)``.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from workbench.circuits.leaves.gaussian import LOG_ROOT_TWO_PI
from workbench.circuits.structures.cell_statistics import CellStatistics
from workbench.core.arrays import BoolArray, FloatArray, IdArray

_FIRST = np.array([1.0, 0.0, 1.0])  # moments of one observation of a standard Gaussian


@dataclass(frozen=True, eq=False)
class Layout:
    """Which columns of a table of pairs belong to which of the variables `chosen`."""

    cells: CellStatistics
    chosen: IdArray

    @cached_property
    def is_categorical(self) -> BoolArray:
        """(chosen,) whether each is categorical."""
        kinds = [self.cells.variables[v].kind for v in self.chosen.tolist()]
        return np.array([kind == "categorical" for kind in kinds], dtype=np.bool_)

    @cached_property
    def sizes(self) -> IdArray:
        """(chosen,) columns of each."""
        widths: IdArray = np.diff(self.cells.begins)[self.chosen]
        return widths

    @cached_property
    def begins(self) -> IdArray:
        """(chosen,) where the columns of each begin."""
        return _starts(self.sizes)

    @cached_property
    def categories(self) -> IdArray:
        """The columns of the categorical variables."""
        owners = np.repeat(self.is_categorical, self.sizes)
        return np.flatnonzero(owners).astype(np.int64)

    @cached_property
    def category_begins(self) -> IdArray:
        """Where each categorical variable begins among :attr:`categories`."""
        return _starts(self.category_sizes)

    @property
    def category_sizes(self) -> IdArray:
        """How many categories each categorical variable has."""
        sizes: IdArray = self.sizes[self.is_categorical]
        return sizes

    def block(self, position: int) -> slice:
        """The columns of one of the chosen variables."""
        begin = int(self.begins[position])
        return slice(begin, begin + int(self.sizes[position]))

    def without(self, position: int) -> tuple[Layout, IdArray]:
        """The layout without one variable, and its columns in this one."""
        keep = np.delete(np.arange(sum(self.sizes)), self.block(position)).astype(np.int64)
        return Layout(self.cells, np.delete(self.chosen, position)), keep


def _starts(sizes: IdArray) -> IdArray:
    """Where blocks of these sizes begin, one after the other."""
    starts: IdArray = np.cumsum(sizes) - sizes
    return starts


def pairs_of(values: FloatArray, weights: FloatArray | None = None) -> FloatArray:
    """(width, width) the table of pairs of rows of statistics (rows, width).

    Examples
    --------
    >>> pairs_of(np.array([[1.0, 0.0], [1.0, 0.0]])).tolist()
    [[2.0, 0.0], [0.0, 0.0]]
    """
    weighted = values if weights is None else values * weights[:, None]
    pairs: FloatArray = weighted.T @ values
    return pairs


def flat_pairs(layout: Layout) -> FloatArray:
    """(width, width) pairs of one observation about which nothing is known.

    Categories are alike, values standard Gaussian, and all independent.

    Examples
    --------
    >>> from workbench.circuits.structures.cell_statistics import cell_statistics
    >>> from workbench.data.variables import categorical
    >>> cells = cell_statistics(np.zeros((1, 1)), (categorical("x", 2),))
    >>> flat_pairs(Layout(cells, np.array([0]))).tolist()
    [[0.5, 0.0], [0.0, 0.5]]
    """
    of_each = [
        np.full(size, 1.0 / size) if is_categorical else _FIRST
        for size, is_categorical in zip(layout.sizes, layout.is_categorical, strict=True)
    ]
    one = np.concatenate([np.empty(0), *of_each])
    pairs: FloatArray = np.outer(one, one)
    for position, own in enumerate(of_each):
        block = layout.block(position)
        pairs[block, block] = np.diag(own)
        if not layout.is_categorical[position]:
            pairs[block.start, block] = own
    return pairs


def shares_of(layout: Layout, pairs: FloatArray) -> FloatArray:
    """(width, width) what one observation of a table of pairs is like: every block over its rows.

    Blocks of two continuous variables are not used by anyone and stay as they are.

    Examples
    --------
    >>> from workbench.circuits.structures.cell_statistics import cell_statistics
    >>> from workbench.data.variables import categorical
    >>> cells = cell_statistics(np.zeros((1, 1)), (categorical("x", 2),))
    >>> shares_of(Layout(cells, np.array([0])), np.diag([3.0, 1.0])).tolist()
    [[0.75, 0.0], [0.0, 0.25]]
    """
    counted = np.zeros(len(pairs), dtype=np.bool_)  # columns that add to the number of rows
    counted[layout.categories] = True
    counted[layout.begins[~layout.is_categorical]] = True
    known = np.where(counted[:, None] & counted, pairs, 0.0)
    rows = np.add.reduceat(np.add.reduceat(known, layout.begins, 0), layout.begins, 1)
    spread = np.repeat(np.repeat(rows, layout.sizes, 0), layout.sizes, 1)
    shares: FloatArray = pairs / np.maximum(spread, 1e-300)
    return shares


def gaussian_scores(statistics: FloatArray, smoothed: FloatArray) -> FloatArray:
    """(...,) nats of observations with moments `statistics` (..., 3) under the Gaussian of others.

    Examples
    --------
    >>> one = np.array([1.0, 0.0, 1.0])
    >>> round(float(gaussian_scores(one, one)), 3)
    -1.419
    """
    count, total, squares = np.moveaxis(statistics, -1, 0)
    weight, mean, second = np.moveaxis(smoothed, -1, 0)
    mean = mean / weight
    variance = np.maximum(second / weight - mean**2, 1e-12)
    spread = squares - 2.0 * mean * total + count * mean**2
    scores: FloatArray = -count * (0.5 * np.log(variance) + LOG_ROOT_TWO_PI) - spread / (
        2.0 * variance
    )
    return scores
