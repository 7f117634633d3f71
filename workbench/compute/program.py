"""Program: a circuit as the units that the batch executor runs over a tile of rows. NumPy only.

A *unit* is a block of sums of one level that share children, with the products
below them; its columns are its children, each a product of factors. A factor is
a row of the table of values (a result of an earlier unit) or a leaf that is
read from its table of masses. Products that only one block uses are never
stored; any other product is a unit of one column and one sum of weight 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from workbench.core.arrays import AnyArray, BoolArray, IdArray, IntArray

COPY, DENSE, EDGES = range(3)  # how the sums of a unit are computed


class Units(NamedTuple):
    """Arrays of the units in the order of evaluation, as the compiled kernels read them.

    Parameters
    ----------
    mode
        (units,) COPY, DENSE or EDGES.
    rows
        (units + 1,) where the sums of each unit begin in the table of values.
    sums
        (units,) how many sums are real; the rest of the rows is padding.
    columns
        (units + 1,) where the columns of each unit begin, padding included.
    children
        (units,) how many columns are real.
    weights
        (units + 1,) where the weights of each unit begin.
    is_aligned
        (units,) whether all columns have factors of the same scales.
    is_alike
        (units,) whether the columns have leaves of the same variables in the same places.
    factors
        (columns + 1,) where the factors of each column begin.
    factor
        A row of the table of values, or -1 - leaf for a leaf with a table of masses;
        within a column leaves come first, by variable.
    scales
        (rows,) the unit that scales each row.
    edge_starts, edge_columns
        By row, the listed edges of EDGES units: the column within the unit. Their weights
        come in this order after those of all dense cells.
    column_starts, column_rows, column_edges
        The same edges by column: the row within the unit, and the place in the list by row.
    leaf_variables, leaf_starts
        (leaves,) column of the data and first entry in the flat table of masses; the
        entry after the last category is that of a missing cell.
    """

    mode: AnyArray
    rows: IdArray
    sums: IdArray
    columns: IdArray
    children: IdArray
    weights: IdArray
    is_aligned: BoolArray
    is_alike: BoolArray
    factors: IdArray
    factor: IdArray
    scales: IdArray
    edge_starts: IdArray
    edge_columns: IdArray
    column_starts: IdArray
    column_rows: IdArray
    column_edges: IdArray
    leaf_variables: IdArray
    leaf_starts: IdArray


@dataclass(frozen=True, eq=False)
class Program:
    """The units of a circuit and where its parameters go.

    Parameters
    ----------
    sum_edges, slots
        (sum edges,) the edges of sums, and the places of their weights.
    root
        The row of the root.
    tables, formulas
        The leaves with tables of masses, as nodes, and the other leaves, whose rows of
        values come first and scale themselves.
    statistics
        (n_nodes + 1,) where the statistics of each leaf begin in the flat array.
    """

    units: Units
    sum_edges: IntArray
    slots: IntArray
    root: int
    tables: IdArray
    formulas: IdArray
    statistics: IdArray

    @property
    def n_units(self) -> int:
        """How many units, the leaves without a table included."""
        return len(self.units.mode)

    @property
    def n_rows(self) -> int:
        """How many rows the table of values has, padding included."""
        return int(self.units.rows[-1])

    @property
    def n_columns(self) -> int:
        """How many columns all units have together, padding included."""
        return int(self.units.columns[-1])

    @property
    def n_weights(self) -> int:
        """How many weights are stored, the zeros of dense blocks included."""
        return int(self.units.weights[-1]) + len(self.units.edge_columns)
