"""What a GPU runs, as data: groups of slots that share a scale, and the steps between them.

A *group* is a run of neighbouring slots whose values are kept as numbers in
[0, 1] times one scale for each row of the batch. Leaves of one variable,
products of the same groups of children, and sums of one block form a group.
Group 0 holds slot 0 alone, whose value is always 0: it pads what is not full.
"""

from __future__ import annotations

from dataclasses import dataclass

from workbench.circuits.leaves.groups import LeafGroup
from workbench.core.arrays import IdArray


@dataclass(frozen=True, eq=False)
class LeafStep:
    """Leaves of one family; group `first_group` + g holds `width` leaves of one variable.

    The leaves that pad a group repeat another one; nothing reads them, and
    their statistics go to the place after the last.
    """

    start: int
    first_group: int
    n_groups: int
    width: int
    leaves: LeafGroup


@dataclass(frozen=True, eq=False)
class ProductStep:
    """Products of few factors.

    Parameters
    ----------
    children
        (factors, groups, width) slots; what pads a group repeats its first product.
    below
        (factors, groups) the groups that these slots belong to.
    counts
        (groups,) how many products of a group are real.
    """

    start: int
    first_group: int
    children: IdArray
    below: IdArray
    counts: IdArray


@dataclass(frozen=True, eq=False)
class Dense:
    """Whole blocks: (blocks, sums, width) edge numbers, the number of edges for none."""

    edges: IdArray


@dataclass(frozen=True, eq=False)
class Tiles:
    """The surviving square tiles of blocks, in the order of their rows.

    Parameters
    ----------
    edges
        (tiles, size, size) edge numbers, the number of edges for none.
    rows, columns
        (tiles,) which stripe of `size` sums and of `size` children, counted over all blocks.
    row_offsets
        (row stripes + 1,) the tiles of a row stripe are neighbours.
    column_offsets, by_column
        (column stripes + 1,) and (tiles,) the tiles of a column stripe.
    """

    edges: IdArray
    rows: IdArray
    columns: IdArray
    row_offsets: IdArray
    column_offsets: IdArray
    by_column: IdArray


@dataclass(frozen=True, eq=False)
class EdgeList:
    """Single edges, in the order of their sums (compressed sparse rows).

    Parameters
    ----------
    edges, rows, columns
        (edges,) edge numbers, the sum and the child, counted over all blocks.
    row_offsets
        (sums + 1,) the edges of a sum are neighbours.
    column_offsets, by_column
        (children + 1,) and (edges,) the edges of a child.
    """

    edges: IdArray
    rows: IdArray
    columns: IdArray
    row_offsets: IdArray
    column_offsets: IdArray
    by_column: IdArray


Matrix = Dense | Tiles | EdgeList


@dataclass(frozen=True, eq=False)
class SumStep:
    """Stacked blocks of sums; block b fills group `first_group` + b.

    Parameters
    ----------
    children
        (blocks, width) slots.
    below
        (blocks, 1) the group of all children of a block, or (blocks, width) where they differ.
    counts
        (blocks,) how many children of a block are real; no edge leads to the others.
    n_sums
        Sums of a block, padding included.
    matrix
        Where the edges lie.
    """

    start: int
    first_group: int
    children: IdArray
    below: IdArray
    counts: IdArray
    n_sums: int
    matrix: Matrix

    @property
    def is_mixed(self) -> bool:
        """Whether a block draws from several groups, so that scales must be aligned."""
        return bool(self.below.shape[1] > 1)


@dataclass(frozen=True, eq=False)
class FusedStep:
    """Products that only the sums right above them read: group g feeds block g."""

    products: ProductStep
    sums: SumStep


Step = LeafStep | ProductStep | SumStep | FusedStep


@dataclass(frozen=True, eq=False)
class Lowered:
    """Steps in the order of evaluation.

    Parameters
    ----------
    slots
        (n_nodes,) the slot of each node.
    groups
        (n_slots,) the group of each slot.
    n_statistics
        Length of the flat array of leaf statistics; padding writes one place further.
    """

    steps: tuple[Step, ...]
    slots: IdArray
    groups: IdArray
    n_statistics: int

    @property
    def n_slots(self) -> int:
        """How many slots there are, padding included."""
        return len(self.groups)

    @property
    def n_groups(self) -> int:
        """How many groups there are."""
        return int(self.groups[-1]) + 1
