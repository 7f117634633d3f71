"""Plan: a circuit as layers that an engine runs one after the other. NumPy only.

Every node gets a *slot*, a row of the engine's table of values. The slots of a
layer are consecutive, so a layer writes one slice. Sums that share children
form a block; blocks of one shape are stacked and run as one batched product.
Slot 0 always holds log 0: it pads blocks that are not full.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from workbench.circuits.circuit import Circuit, Kind
from workbench.circuits.leaves.groups import LeafGroup, leaf_groups
from workbench.core.arrays import AnyArray, IdArray, IntArray

NO_SLOT = 0
SPARSE_BELOW = 0.06  # density under which an edge list beats a dense block
SPARSE_FROM = 4096  # cells of a block from which an edge list is considered
PADDED_TO = 4  # block sides are rounded up to this, so that more blocks share a shape


@dataclass(frozen=True, eq=False)
class LeafLayer:
    """Leaves of one family and size at slots `start`, `start` + 1, ..."""

    start: int
    leaves: LeafGroup


@dataclass(frozen=True, eq=False)
class ProductLayer:
    """Products of one arity: `children` (arity, products) are slots."""

    start: int
    children: IdArray


@dataclass(frozen=True, eq=False)
class DenseLayer:
    """Stacked blocks of sums.

    Parameters
    ----------
    children
        (blocks, width) slots.
    edges
        (blocks, sums, width) edge numbers; the number of edges where there is none.
    """

    start: int
    children: IdArray
    edges: IdArray


@dataclass(frozen=True, eq=False)
class SparseLayer:
    """Sums of one level as an edge list sorted by sum.

    Parameters
    ----------
    children
        (width,) slots that the edges draw from.
    sums, columns, edges
        (edges,) which sum of the layer, which of `children`, which edge of the circuit.
    """

    start: int
    n_sums: int
    children: IdArray
    sums: IdArray
    columns: IdArray
    edges: IdArray


Layer = LeafLayer | ProductLayer | DenseLayer | SparseLayer


@dataclass(frozen=True, eq=False)
class Plan:
    """Layers in the order of evaluation.

    Parameters
    ----------
    slots
        (n_nodes,) the slot of each node.
    n_slots
        How many slots there are, padding included.
    """

    layers: tuple[Layer, ...]
    slots: IdArray
    n_slots: int

    @property
    def dense_cells(self) -> int:
        """How many weights the dense blocks hold, zeros included."""
        return sum(layer.edges.size for layer in self.layers if isinstance(layer, DenseLayer))


def plan(circuit: Circuit) -> Plan:
    """The layered plan of `circuit`.

    Examples
    --------
    >>> from workbench.circuits.build import Builder
    >>> from workbench.data.variables import categorical
    >>> build = Builder((categorical("x", 2),))
    >>> leaves = [build.categorical(0, [0.5, 0.5]), build.categorical(0, [0.1, 0.9])]
    >>> [type(layer).__name__ for layer in plan(build.circuit(build.sum(leaves, [1, 1]))).layers]
    ['LeafLayer', 'DenseLayer']
    """
    making = _Making(circuit)
    for leaves in leaf_groups(circuit):
        making.add(LeafLayer(making.n_slots, leaves), leaves.nodes)
    order = np.argsort(circuit.levels, kind="stable")
    starts = np.flatnonzero(np.diff(circuit.levels[order])) + 1
    for here in np.split(order, starts)[1:]:
        making.add_products(here[circuit.kinds[here] == Kind.PRODUCT])
        making.add_sums(here[circuit.kinds[here] == Kind.SUM])
    return Plan(tuple(making.layers), making.slots, making.n_slots)


class _Making:
    def __init__(self, circuit: Circuit) -> None:
        self.circuit = circuit
        self.layers: list[Layer] = []
        self.slots: IdArray = np.full(circuit.n_nodes, -1, dtype=np.int64)
        self.n_slots = 1  # slot 0 is log 0

    def add(self, layer: Layer, nodes: AnyArray) -> None:
        """Append `layer`; `nodes` are the nodes of its slots in order, -1 for padding."""
        real = nodes >= 0
        self.slots[nodes[real]] = self.n_slots + np.flatnonzero(real)
        self.layers.append(layer)
        self.n_slots += len(nodes)

    def add_products(self, nodes: AnyArray) -> None:
        arities = np.diff(self.circuit.offsets)[nodes]
        for arity in np.unique(arities).tolist():
            chosen = nodes[arities == arity]
            edges = self.circuit.offsets[chosen][None, :] + np.arange(arity)[:, None]
            children = self.slots[self.circuit.children[edges]]
            self.add(ProductLayer(self.n_slots, children), chosen)

    def add_sums(self, nodes: AnyArray) -> None:
        if not len(nodes):
            return
        by_shape: dict[tuple[int, int], list[_Block]] = {}
        for block in _blocks(self.circuit, nodes):
            if block.is_sparse:
                self._add_sparse(block)
            else:
                by_shape.setdefault(block.padded_shape, []).append(block)
        for shape, blocks in sorted(by_shape.items()):
            self._add_dense(shape, blocks)

    def _add_dense(self, shape: tuple[int, int], blocks: list[_Block]) -> None:
        edges = np.full((len(blocks), *shape), self.circuit.n_edges, dtype=np.int64)
        children = np.full((len(blocks), shape[1]), NO_SLOT, dtype=np.int64)
        nodes = np.full((len(blocks), shape[0]), -1, dtype=np.int64)
        for number, block in enumerate(blocks):
            edges[number, block.sums, block.columns] = block.edges
            children[number, : len(block.children)] = self.slots[block.children]
            nodes[number, : len(block.nodes)] = block.nodes
        self.add(DenseLayer(self.n_slots, children, edges), nodes.ravel())

    def _add_sparse(self, block: _Block) -> None:
        layer = SparseLayer(
            start=self.n_slots,
            n_sums=len(block.nodes),
            children=self.slots[block.children],
            sums=block.sums,
            columns=block.columns,
            edges=block.edges,
        )
        self.add(layer, block.nodes)


@dataclass(frozen=True, eq=False)
class _Block:
    """Sums connected by shared children; `sums` and `columns` place each of `edges` in it."""

    nodes: IntArray
    children: IntArray
    sums: IdArray
    columns: IdArray
    edges: IdArray

    @property
    def is_sparse(self) -> bool:
        cells = len(self.nodes) * len(self.children)
        is_thin = cells >= SPARSE_FROM and len(self.edges) < SPARSE_BELOW * cells
        return is_thin or self._has_parallel_edges

    @property
    def _has_parallel_edges(self) -> bool:
        """Whether a sum has two edges to one child, for which a dense cell has no room."""
        cells = self.sums.astype(np.int64) * len(self.children) + self.columns
        return len(np.unique(cells)) < len(cells)

    @property
    def padded_shape(self) -> tuple[int, int]:
        return _padded(len(self.nodes)), _padded(len(self.children))


def _padded(size: int) -> int:
    return size if size <= 2 else -(-size // PADDED_TO) * PADDED_TO


def _blocks(circuit: Circuit, nodes: AnyArray) -> Iterator[_Block]:
    """The connected components of the graph between `nodes` and their children."""
    arities = np.diff(circuit.offsets)[nodes]
    edges = np.concatenate(
        [np.arange(circuit.offsets[node], circuit.offsets[node + 1]) for node in nodes]
    ).astype(np.int64)
    sums = np.repeat(np.arange(len(nodes)), arities)
    below, columns = np.unique(circuit.children[edges], return_inverse=True)
    size = len(nodes) + len(below)
    links = coo_matrix((np.ones(len(edges)), (sums, len(nodes) + columns)), shape=(size, size))
    n_blocks, block_of = connected_components(links, directed=False)
    for sums_of, children_of, edges_of in zip(
        _members(block_of[: len(nodes)], n_blocks),
        _members(block_of[len(nodes) :], n_blocks),
        _members(block_of[sums], n_blocks),
        strict=True,
    ):
        yield _Block(
            nodes=nodes[sums_of],
            children=below[children_of],
            sums=np.searchsorted(sums_of, sums[edges_of]),
            columns=np.searchsorted(children_of, columns[edges_of]),
            edges=edges[edges_of],
        )


def _members(group_of: AnyArray, n_groups: int) -> list[AnyArray]:
    """For each group the ascending places that belong to it."""
    order = np.argsort(group_of, kind="stable")
    ends = np.cumsum(np.bincount(group_of, minlength=n_groups))
    return np.split(order, ends[:-1])
