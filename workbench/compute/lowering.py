"""Lowering: the program of a circuit, for the batch executor. NumPy only."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from workbench.circuits.circuit import Circuit, Kind
from workbench.circuits.leaves import FAMILIES
from workbench.circuits.leaves.groups import statistics_offsets
from workbench.compute.program import COPY, DENSE, EDGES, Program, Units
from workbench.core.arrays import AnyArray, BoolArray, IdArray, IntArray

DENSE_FROM = 0.55  # density of a block from which a dense product beats its edge list
PADDED_TO = 4  # sides of dense blocks are padded to this, the width of the dense kernel
MOST_FACTORS = 6  # in a product of more the running result is rescaled on the way


def lower(circuit: Circuit) -> Program:
    """The program of `circuit`.

    Examples
    --------
    >>> from workbench.circuits.build import Builder
    >>> from workbench.data.variables import categorical
    >>> build = Builder((categorical("x", 2),))
    >>> leaves = [build.categorical(0, [0.5, 0.5]), build.categorical(0, [0.1, 0.9])]
    >>> program = lower(build.circuit(build.sum(leaves, [1, 1])))
    >>> program.n_units, program.units.children.tolist(), program.units.factor.tolist()
    (1, [2], [-1, -2])
    """
    leaves = _leaves(circuit)
    blocks = _blocks(circuit)
    shapes = _shapes(circuit, leaves, blocks)
    return _placed(circuit, leaves, blocks, shapes)


@dataclass(frozen=True, eq=False)
class _Leaves:
    """`factor` (n_nodes,) is the factor of each leaf, 0 for inner nodes."""

    tables: IdArray
    formulas: IdArray
    factor: IdArray
    variables: IdArray
    starts: IdArray


def _leaves(circuit: Circuit) -> _Leaves:
    nodes = np.flatnonzero(circuit.kinds == Kind.LEAF)
    with_masses = [code for code, family in FAMILIES.items() if family.log_masses is not None]
    has_masses = np.isin(circuit.leaf_families[nodes], with_masses)
    tables, formulas = nodes[has_masses], nodes[~has_masses]
    factor = np.zeros(circuit.n_nodes, dtype=np.int64)
    factor[tables] = -1 - np.arange(len(tables))
    factor[formulas] = np.arange(len(formulas))
    variables = circuit.leaf_variables[tables].astype(np.int64)
    sizes = np.array([variable.n_categories for variable in circuit.variables])[variables] + 1
    return _Leaves(tables, formulas, factor, variables, _starts(sizes))


@dataclass(frozen=True, eq=False)
class _Blocks:
    """Sums and their children in connected blocks.

    Parameters
    ----------
    sum_edges, sum_of_edge, column_of_edge
        (sum edges,) the edge, the sum as a number among `sums`, the column among `columns`.
    sums, block_of_sum
        (sums,) nodes and their blocks.
    columns, block_of_column
        (columns,) the child of each column and its block.
    is_fused
        (n_nodes,) whether a node is a product that only one block uses.
    """

    n_blocks: int
    sum_edges: IdArray
    sum_of_edge: IdArray
    column_of_edge: IdArray
    sums: IdArray
    block_of_sum: IdArray
    columns: IdArray
    block_of_column: IdArray
    is_fused: BoolArray


def _blocks(circuit: Circuit) -> _Blocks:
    sums = np.flatnonzero(circuit.kinds == Kind.SUM)
    sum_edges = np.flatnonzero(circuit.is_sum_edge)
    parents = circuit.edge_parents[sum_edges]
    sum_of_edge = np.searchsorted(sums, parents)
    keys = circuit.levels[parents].astype(np.int64) * circuit.n_nodes + circuit.children[sum_edges]
    columns, column_of_edge = np.unique(keys, return_inverse=True)
    size = len(sums) + len(columns)
    links = coo_matrix(
        (np.ones(len(sum_edges), np.int8), (sum_of_edge, len(sums) + column_of_edge)),
        shape=(size, size),
    )
    n_blocks, block_of = connected_components(links, directed=False)
    block_of_sum = block_of[: len(sums)].astype(np.int64)
    return _Blocks(
        n_blocks=n_blocks if len(sums) else 0,
        sum_edges=sum_edges,
        sum_of_edge=sum_of_edge,
        column_of_edge=column_of_edge,
        sums=sums,
        block_of_sum=block_of_sum,
        columns=columns % circuit.n_nodes,
        block_of_column=block_of[len(sums) :].astype(np.int64),
        is_fused=_is_fused(circuit, sum_edges, block_of_sum[sum_of_edge]),
    )


def _is_fused(circuit: Circuit, sum_edges: IdArray, blocks: IdArray) -> BoolArray:
    children = circuit.children[sum_edges]
    lowest = np.full(circuit.n_nodes, np.iinfo(np.int64).max)
    highest = np.full(circuit.n_nodes, -1)
    np.minimum.at(lowest, children, blocks)
    np.maximum.at(highest, children, blocks)
    is_fused: BoolArray = (circuit.kinds == Kind.PRODUCT) & (lowest == highest)
    is_fused[circuit.children[~circuit.is_sum_edge]] = False
    return is_fused


@dataclass(frozen=True, eq=False)
class _Shapes:
    """Units in the order of evaluation; `position` gives the place of a block or stored node.

    The first units as numbered here are the blocks, then come `stored` nodes.
    """

    stored: IdArray
    position: IdArray
    mode: AnyArray
    sums: IdArray
    children: IdArray
    rows: IdArray
    columns: IdArray
    weights: IdArray


def _shapes(circuit: Circuit, leaves: _Leaves, blocks: _Blocks) -> _Shapes:
    is_stored = (circuit.kinds == Kind.PRODUCT) & ~blocks.is_fused
    is_stored[circuit.root] |= leaves.factor[circuit.root] < 0
    stored = np.flatnonzero(is_stored)
    levels = np.zeros(blocks.n_blocks, dtype=np.int64)
    levels[blocks.block_of_sum] = circuit.levels[blocks.sums]
    order = np.argsort(np.concatenate([levels, circuit.levels[stored]]), kind="stable")
    position = np.empty_like(order)
    position[order] = np.arange(len(order))
    one = np.ones(len(stored), dtype=np.int64)
    n_sums = np.concatenate([np.bincount(blocks.block_of_sum, minlength=blocks.n_blocks), one])
    n_children = np.concatenate(
        [np.bincount(blocks.block_of_column, minlength=blocks.n_blocks), one]
    )
    mode = _modes(blocks, n_sums, n_children)
    is_dense = mode == DENSE
    n_rows = np.where(is_dense, _padded(n_sums), n_sums)
    n_columns = np.where(is_dense, _padded(n_children), n_children)
    return _Shapes(
        stored=stored,
        position=position,
        mode=mode[order],
        sums=n_sums[order],
        children=n_children[order],
        rows=len(leaves.formulas) + _starts(n_rows[order]),
        columns=_starts(n_columns[order]),
        weights=_starts(np.where(is_dense, n_rows * n_columns, 0)[order]),
    )


def _modes(blocks: _Blocks, n_sums: IdArray, n_children: IdArray) -> AnyArray:
    edge_blocks = blocks.block_of_sum[blocks.sum_of_edge]
    n_edges = np.bincount(edge_blocks, minlength=len(n_sums))
    cells = _padded(n_sums) * _padded(n_children)
    mode = np.where(n_edges >= DENSE_FROM * cells, DENSE, EDGES)
    pairs = blocks.sum_of_edge * len(blocks.columns) + blocks.column_of_edge
    kept = np.unique(pairs, return_index=True)[1]
    is_again = np.ones(len(pairs), dtype=np.bool_)
    is_again[kept] = False
    mode[edge_blocks[is_again]] = EDGES  # a cell has no room for two parallel edges
    mode[blocks.n_blocks :] = COPY
    return mode.astype(np.int8)


def _padded(sizes: IdArray) -> IdArray:
    padded: IdArray = -(-sizes // PADDED_TO) * PADDED_TO
    return padded


def _starts(sizes: AnyArray) -> IdArray:
    return np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)


def _placed(circuit: Circuit, leaves: _Leaves, blocks: _Blocks, shapes: _Shapes) -> Program:
    sum_units = shapes.position[blocks.block_of_sum]
    row_in_unit = _ranks(sum_units)
    column_units = shapes.position[blocks.block_of_column]
    column_in_unit = _ranks(column_units)
    stored_units = shapes.position[blocks.n_blocks :]
    factor_of = leaves.factor.copy()
    factor_of[blocks.sums] = shapes.rows[sum_units] + row_in_unit
    is_product = circuit.kinds[shapes.stored] == Kind.PRODUCT
    factor_of[shapes.stored[is_product]] = shapes.rows[stored_units[is_product]]
    root = int(factor_of[circuit.root])
    factors, factor = _factors(
        circuit,
        nodes=np.concatenate([blocks.columns, shapes.stored]),
        is_product=np.concatenate([blocks.is_fused[blocks.columns], is_product]),
        places=np.concatenate(
            [shapes.columns[column_units] + column_in_unit, shapes.columns[stored_units]]
        ),
        n_columns=int(shapes.columns[-1]),
        factor_of=factor_of,
    )
    scales = np.arange(int(shapes.rows[-1]))
    n_units = len(shapes.mode)
    own_scales = len(leaves.formulas) + np.repeat(np.arange(n_units), np.diff(shapes.rows))
    scales[len(leaves.formulas) :] = own_scales
    edges = _edge_places(blocks, shapes, row_in_unit, column_in_unit)
    units = Units(
        mode=shapes.mode,
        rows=shapes.rows,
        sums=shapes.sums,
        columns=shapes.columns,
        children=shapes.children,
        weights=shapes.weights,
        is_aligned=_is_aligned(shapes, factors, factor, scales),
        is_alike=_is_alike(shapes, factors, factor, leaves.variables),
        factors=factors,
        factor=factor,
        scales=scales,
        edge_starts=edges.row_starts,
        edge_columns=edges.columns,
        column_starts=edges.column_starts,
        column_rows=edges.rows,
        column_edges=edges.order,
        leaf_variables=leaves.variables,
        leaf_starts=leaves.starts,
    )
    return Program(
        units=units,
        sum_edges=_compact(blocks.sum_edges),
        slots=_compact(edges.slots),
        root=root if root >= 0 else int(shapes.rows[-2]),
        tables=leaves.tables,
        formulas=leaves.formulas,
        statistics=statistics_offsets(circuit),
    )


def _compact(places: IdArray) -> IntArray:
    """`places` in half the memory; there are millions, and never more than 2^31."""
    return places.astype(np.int32)


def _factors(
    circuit: Circuit,
    nodes: IdArray,
    is_product: BoolArray,
    places: IdArray,
    n_columns: int,
    factor_of: IdArray,
) -> tuple[IdArray, IdArray]:
    """The factors of columns, CSR: those of a product, or the node itself; none for padding."""
    sizes = np.where(is_product, np.diff(circuit.offsets)[nodes], 1)
    counts = np.zeros(n_columns, dtype=np.int64)
    counts[places] = sizes
    starts = _starts(counts)
    within = _ranks(np.repeat(np.arange(len(nodes)), sizes))
    single = np.repeat(nodes, sizes)
    edges = np.repeat(circuit.offsets[nodes].astype(np.int64), sizes) + within
    edges = np.minimum(edges, max(circuit.n_edges - 1, 0))
    below = circuit.children[edges] if circuit.n_edges else single
    found = np.where(np.repeat(is_product, sizes), below, single)
    owners, factor = np.repeat(places, sizes), factor_of[found]
    order = np.lexsort([_place_in_column(circuit, found, factor), owners])
    return starts, factor[order]


def _place_in_column(circuit: Circuit, nodes: IdArray, factor: IdArray) -> IdArray:
    """Sort key of factors: leaves with tables come first, by variable, then rows."""
    after: IdArray = np.where(
        factor < 0, circuit.leaf_variables[nodes], len(circuit.variables) + factor
    )
    return after


@dataclass(frozen=True, eq=False)
class _EdgePlaces:
    slots: IdArray
    row_starts: IdArray
    columns: IdArray
    column_starts: IdArray
    rows: IdArray
    order: IdArray


def _edge_places(
    blocks: _Blocks, shapes: _Shapes, row_in_unit: IdArray, column_in_unit: IdArray
) -> _EdgePlaces:
    """Where each weight is kept: dense cells first, then the listed edges by row."""
    units = shapes.position[blocks.block_of_sum][blocks.sum_of_edge]
    row, column = row_in_unit[blocks.sum_of_edge], column_in_unit[blocks.column_of_edge]
    width = np.diff(shapes.columns)[units]
    slots = shapes.weights[units] + row * width + column
    listed = np.flatnonzero(shapes.mode[units] == EDGES)
    rows = (shapes.rows[units] + row)[listed]
    listed = listed[np.lexsort([column[listed], rows])]
    rows = shapes.rows[units[listed]] + row[listed]
    columns = shapes.columns[units[listed]] + column[listed]
    slots[listed] = int(shapes.weights[-1]) + np.arange(len(listed))
    order = np.argsort(columns, kind="stable")
    return _EdgePlaces(
        slots=slots,
        row_starts=_starts(np.bincount(rows, minlength=int(shapes.rows[-1]))),
        columns=column[listed],
        column_starts=_starts(np.bincount(columns, minlength=int(shapes.columns[-1]))),
        rows=row[listed][order],
        order=order,
    )


def _is_aligned(shapes: _Shapes, factors: IdArray, factor: IdArray, scales: IdArray) -> BoolArray:
    """(units,) whether the columns of a unit have the same scales, and few factors."""
    is_row = factor >= 0
    own = np.where(is_row, 1 + scales[np.where(is_row, factor, 0)], 0)
    if not len(shapes.mode):
        return np.empty(0, dtype=np.bool_)
    few = np.maximum.reduceat(np.diff(factors), shapes.columns[:-1]) <= MOST_FACTORS
    is_aligned: BoolArray = few & _agree(shapes, factors, own, own == 0)
    return is_aligned


def _is_alike(
    shapes: _Shapes, factors: IdArray, factor: IdArray, leaf_variables: IdArray
) -> BoolArray:
    """(units,) whether the columns have the same variables in the same places."""
    place = _ranks(np.repeat(np.arange(len(factors) - 1), np.diff(factors)))
    variable = np.zeros(len(factor), dtype=np.int64)
    variable[factor < 0] = 1 + leaf_variables[-1 - factor[factor < 0]]
    width = int(leaf_variables.max(initial=0)) + 2
    nowhere = np.zeros(len(factor), dtype=np.bool_)
    return _agree(shapes, factors, place * width + variable, nowhere)


def _agree(shapes: _Shapes, factors: IdArray, keys: IdArray, is_free: BoolArray) -> BoolArray:
    """(units,) whether the factors of each column have the same keys, leaving out free ones."""
    if not len(shapes.mode):
        return np.empty(0, dtype=np.bool_)
    _, number = np.unique(keys, return_inverse=True)
    marks = np.random.default_rng(0).integers(
        1, 2**63, size=int(number.max(initial=0)) + 1, dtype=np.uint64
    )
    own = np.where(is_free, np.uint64(0), marks[number])
    totals = np.concatenate([np.zeros(1, np.uint64), np.cumsum(own, dtype=np.uint64)])
    signature = totals[factors[1:]] - totals[factors[:-1]]
    starts = shapes.columns[:-1]
    padding = np.diff(factors) == 0
    signature[padding] = np.repeat(signature[starts], np.diff(shapes.columns))[padding]
    same: BoolArray = np.minimum.reduceat(signature, starts) == np.maximum.reduceat(
        signature, starts
    )
    return same


def _ranks(groups: IdArray) -> IdArray:
    """The place of each entry among those of its group, in order."""
    order = np.argsort(groups, kind="stable")
    sizes = np.bincount(groups) if len(groups) else np.empty(0, np.int64)
    ranks = np.empty(len(groups), dtype=np.int64)
    ranks[order] = np.arange(len(groups)) - np.repeat(_starts(sizes)[:-1], sizes)
    return ranks
