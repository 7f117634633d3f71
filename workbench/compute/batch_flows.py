"""The compiled kernels of the batch executor: the flows of one tile down through all units.

The flow of a sum divided by its value is a ratio; the edge from sum i to column
j carries ratio i times weight times column j. All numbers of a unit have the
same exponent, so none is needed on the way down. Importing this module imports
numba.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from workbench.compute.batch_kernels import Tables, Tile
from workbench.compute.products import (
    Entries,
    Matrix,
    edge_products,
    inner_products,
    matrix_product,
    sparse_product,
)
from workbench.compute.program import COPY, DENSE, Units
from workbench.core.arrays import AnyArray
from workbench.core.compiled import compiled


class Down(NamedTuple):
    """Workspace and totals of the pass down.

    Parameters
    ----------
    flows
        (rows, tile) flows of the rows of values; those of the root are given, and
        where a unit is done they have become ratios.
    columns
        (widest unit, tile) flows of the columns of the present unit.
    weights
        (n_weights,) totals by edge, still to be multiplied by its weight.
    masses
        Totals of the flat table of the leaves.
    smallest
        The smallest normal number of the precision.
    """

    flows: AnyArray
    columns: AnyArray
    weights: AnyArray
    masses: AnyArray
    smallest: Any


@compiled
def backward(units: Units, tables: Tables, tile: Tile, down: Down) -> None:
    """Nothing; the flows of a tile whose columns are all kept are added to the totals."""
    for unit in range(len(units.mode) - 1, -1, -1):
        row, first = units.rows[unit], units.columns[unit]
        if units.mode[unit] == COPY:
            _copy(down.flows, row, down.columns, 0)
        else:
            _ratios(down.flows, tile.values, row, units.rows[unit + 1], down.smallest)
            if units.mode[unit] == DENSE:
                _through_matrix(units, tables, tile, down, unit)
            else:
                _through_edges(units, tables, tile, down, unit)
            _scale(down.columns, tile.columns, first, units.children[unit])
        _to_rows(units, down, unit)
        n_done = _to_like_leaves(units, tile, down, unit) if units.is_alike[unit] else 0
        _to_leaves(units, tile, down, unit, n_done)


@compiled
def _through_matrix(units: Units, tables: Tables, tile: Tile, down: Down, unit: int) -> None:
    """Nothing; ratios go through the transposed weights, and cells gain inner products."""
    row, first, cell = units.rows[unit], units.columns[unit], units.weights[unit]
    height, width = units.rows[unit + 1] - row, units.columns[unit + 1] - first
    transposed = Matrix(tables.weights, cell, width, height, 1, width)
    matrix_product(transposed, down.flows, row, down.columns, 0)
    totals = Matrix(down.weights, cell, height, width, width, 1)
    inner_products(totals, down.flows, row, tile.columns, first)


@compiled
def _through_edges(units: Units, tables: Tables, tile: Tile, down: Down, unit: int) -> None:
    """Nothing; ratios go up through the listed edges, which gain inner products."""
    row, first = units.rows[unit], units.columns[unit]
    height, width = units.rows[unit + 1] - row, units.columns[unit + 1] - first
    by_column = Entries(units.column_starts, units.column_rows, tables.column_weights, 0)
    sparse_product(by_column, first, width, down.flows, row, down.columns, 0)
    totals = Entries(units.edge_starts, units.edge_columns, down.weights, units.weights[-1])
    edge_products(totals, row, height, down.flows, row, tile.columns, first)


@compiled
def _to_rows(units: Units, down: Down, unit: int) -> None:
    """Nothing; rows that are factors of a column receive its flow."""
    first, flows, columns = units.columns[unit], down.flows, down.columns
    for child in range(units.children[unit]):
        for position in range(units.factors[first + child], units.factors[first + child + 1]):
            factor = units.factor[position]
            if factor >= 0:
                for k in range(flows.shape[1]):
                    flows[factor, k] += columns[child, k]


@compiled
def _to_leaves(units: Units, tile: Tile, down: Down, unit: int, first_child: int) -> None:
    """Nothing; leaves of the columns from `first_child` count their flow by code."""
    first = units.columns[unit]
    for child in range(first_child, units.children[unit]):
        for position in range(units.factors[first + child], units.factors[first + child + 1]):
            leaf = -1 - units.factor[position]
            if leaf >= 0:
                masses = down.masses[units.leaf_starts[leaf] :]
                _count(tile.codes, units.leaf_variables[leaf], down.columns, child, masses)


@compiled
def _to_like_leaves(units: Units, tile: Tile, down: Down, unit: int) -> int:
    """How many columns are done: as `_to_leaves`, four at a time, for columns that are alike."""
    first, starts = units.columns[unit], units.leaf_starts
    n_done = units.children[unit] // 4 * 4
    for position in range(units.factors[first + 1] - units.factors[first]):
        if units.factor[units.factors[first] + position] >= 0:
            continue
        for child in range(0, n_done, 4):
            place = first + child
            leaf = -1 - units.factor[units.factors[place] + position]
            _count_four(
                tile.codes,
                units.leaf_variables[leaf],
                down.columns,
                child,
                down.masses[starts[leaf] :],
                down.masses[starts[-1 - units.factor[units.factors[place + 1] + position]] :],
                down.masses[starts[-1 - units.factor[units.factors[place + 2] + position]] :],
                down.masses[starts[-1 - units.factor[units.factors[place + 3] + position]] :],
            )
    return int(n_done)


@compiled
def _count(codes: AnyArray, variable: int, columns: AnyArray, child: int, masses: AnyArray) -> None:
    """Nothing; a leaf counts the flow of a column by code."""
    for k in range(columns.shape[1]):
        masses[codes[variable, k]] += columns[child, k]


@compiled
def _count_four(
    codes: AnyArray,
    variable: int,
    columns: AnyArray,
    child: int,
    masses0: AnyArray,
    masses1: AnyArray,
    masses2: AnyArray,
    masses3: AnyArray,
) -> None:
    """Nothing; four leaves count the flows of four columns.

    A code that comes twice in a row waits for the addition before; four counts
    side by side do not wait for each other.
    """
    for k in range(columns.shape[1]):
        code = codes[variable, k]
        masses0[code] += columns[child, k]
        masses1[code] += columns[child + 1, k]
        masses2[code] += columns[child + 2, k]
        masses3[code] += columns[child + 3, k]


@compiled
def _copy(flows: AnyArray, row: int, columns: AnyArray, place: int) -> None:
    """Nothing; the flow of a column is that of a row."""
    for k in range(columns.shape[1]):
        columns[place, k] = flows[row, k]


@compiled
def _ratios(flows: AnyArray, values: AnyArray, begin: int, end: int, smallest: float) -> None:
    """Nothing; flows are divided by values; where a value is 0 its flow is 0 too."""
    for row in range(begin, end):
        for k in range(flows.shape[1]):
            flows[row, k] /= values[row, k] + smallest


@compiled
def _scale(flows: AnyArray, columns: AnyArray, first: int, width: int) -> None:
    """Nothing; what comes down is multiplied by the columns."""
    for child in range(width):
        for k in range(flows.shape[1]):
            flows[child, k] *= columns[first + child, k]
