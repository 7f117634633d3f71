"""Circuit: an immutable, content-hashed sum-product circuit as flat arrays.

Nodes are numbered in topological order, children before parents, and the root
is the last node. The number is a position and changes under edits; the *id* of
a node is stable for ever and never used again once its node is gone.
"""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property
from typing import Any

import numpy as np

from workbench.circuits.leaves import FAMILIES
from workbench.core import dag
from workbench.core.arrays import (
    AnyArray,
    BoolArray,
    FloatArray,
    IdArray,
    IntArray,
    content_hash,
    frozen,
)
from workbench.data.variables import Variable
from workbench.errors import ParameterError, StructureError


class Kind(IntEnum):
    """What a node does."""

    LEAF = 0
    SUM = 1
    PRODUCT = 2


_DTYPES = {
    "kinds": np.uint8,
    "offsets": np.int32,
    "children": np.int32,
    "log_weights": np.float64,
    "leaf_variables": np.int32,
    "leaf_families": np.int8,
    "leaf_offsets": np.int32,
    "leaf_parameters": np.float64,
    "ids": np.int64,
}


@dataclass(frozen=True, eq=False)
class Circuit:
    """A smooth, decomposable mixture of products over `variables`.

    Parameters
    ----------
    kinds
        (n_nodes,) values of :class:`Kind`.
    offsets, children
        CSR children: those of node i are ``children[offsets[i]:offsets[i + 1]]``.
    log_weights
        (n_edges,) in nats; 0 on the edges of products.
    leaf_variables, leaf_families
        (n_nodes,) the variable of a leaf and the code of its family in
        :mod:`workbench.circuits.leaves`; -1 for inner nodes.
    leaf_offsets, leaf_parameters
        Ragged leaf tables: those of node i are
        ``leaf_parameters[leaf_offsets[i]:leaf_offsets[i + 1]]``.
    ids
        (n_nodes,) stable ids, all below `next_id`.

    Raises
    ------
    StructureError
        When the arrays do not describe a rooted acyclic graph.

    Examples
    --------
    >>> from workbench.circuits.build import Builder
    >>> from workbench.data.variables import categorical
    >>> build = Builder((categorical("x", 2),))
    >>> circuit = build.circuit(build.categorical(0, [0.25, 0.75]))
    >>> circuit.n_nodes, circuit.n_edges, circuit.scope
    (1, 0, (0,))
    """

    variables: tuple[Variable, ...]
    kinds: AnyArray
    offsets: IntArray
    children: IntArray
    log_weights: FloatArray
    leaf_variables: IntArray
    leaf_families: AnyArray
    leaf_offsets: IntArray
    leaf_parameters: FloatArray
    ids: IdArray
    next_id: int

    def __post_init__(self) -> None:
        for name, dtype in _DTYPES.items():
            object.__setattr__(self, name, frozen(getattr(self, name), dtype=dtype))
        _check_structure(self)

    @property
    def n_nodes(self) -> int:
        """How many nodes, leaves included."""
        return len(self.kinds)

    @property
    def n_edges(self) -> int:
        """How many edges, of sums and of products."""
        return len(self.children)

    @property
    def n_parameters(self) -> int:
        """How many stored parameters: weights of sums and entries of leaf tables."""
        return int(self.is_sum_edge.sum()) + len(self.leaf_parameters)

    @property
    def root(self) -> int:
        """The position of the root: the last node."""
        return self.n_nodes - 1

    @cached_property
    def edge_parents(self) -> IntArray:
        """(n_edges,) the node that each edge starts from."""
        return dag.edge_parents(self.offsets)

    @cached_property
    def is_sum_edge(self) -> BoolArray:
        """(n_edges,) whether the edge starts from a sum."""
        return np.repeat(self.kinds == Kind.SUM, np.diff(self.offsets))

    @cached_property
    def levels(self) -> IntArray:
        """(n_nodes,) the height of each node above the leaves."""
        return dag.levels(self.offsets, self.children)

    @cached_property
    def packed_scopes(self) -> AnyArray:
        """(n_nodes, ceil(n_variables / 8)) the variables below each node, as bits."""
        width = len(self.variables)
        bits = np.zeros((self.n_nodes, (width + 7) // 8), dtype=np.uint8)
        leaf = np.flatnonzero(self.kinds == Kind.LEAF)
        variable = self.leaf_variables[leaf]
        bits[leaf, variable // 8] = np.left_shift(1, 7 - variable % 8)
        return frozen(dag.united(self.offsets, self.children, bits))

    @property
    def scope(self) -> tuple[int, ...]:
        """The variables of the root, as column numbers."""
        return self.scope_of(self.root)

    @cached_property
    def hash(self) -> str:
        """The sha256 of structure, parameters and variables; ids are not part of it."""
        arrays = [getattr(self, name) for name in _DTYPES if name != "ids"]
        return content_hash([repr(self.variables), *arrays])

    def children_of(self, node: int) -> IntArray:
        """The positions of the children of `node`."""
        return self.children[self.offsets[node] : self.offsets[node + 1]]

    def scope_of(self, node: int) -> tuple[int, ...]:
        """The variables below `node`, as column numbers."""
        bits = np.unpackbits(self.packed_scopes[node], count=len(self.variables))
        return tuple(np.flatnonzero(bits).tolist())

    def table_of(self, node: int) -> FloatArray:
        """The leaf parameters of `node`; empty for an inner node."""
        return self.leaf_parameters[self.leaf_offsets[node] : self.leaf_offsets[node + 1]]

    def position(self, node_id: int) -> int:
        """Where the node with the stable id `node_id` is now.

        Raises
        ------
        ParameterError
            When no node of this circuit has that id.
        """
        found = np.flatnonzero(self.ids == node_id)
        if not len(found):
            raise ParameterError("no such node", given=f"id {node_id}")
        return int(found[0])

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Circuit) and self.hash == other.hash

    def __hash__(self) -> int:
        return int(self.hash[:15], 16)

    def __repr__(self) -> str:
        counts = {kind.name.lower(): int((self.kinds == kind).sum()) for kind in Kind}
        described = ", ".join(f"{count:,} {name}" for name, count in counts.items())
        return f"Circuit({len(self.scope)} variables; {described}; {self.n_edges:,} edges)"


def with_parameters(
    circuit: Circuit, *, log_weights: FloatArray, leaf_parameters: FloatArray
) -> Circuit:
    """The same structure and ids with other parameters; structure caches are kept.

    Raises
    ------
    ParameterError
        When an array has another shape.
    StructureError
        When a number is NaN or infinite.

    Examples
    --------
    >>> from workbench.circuits.build import Builder
    >>> from workbench.data.variables import categorical
    >>> build = Builder((categorical("x", 2),))
    >>> fair = build.circuit(build.categorical(0, [0.5, 0.5]))
    >>> sure = with_parameters(fair, log_weights=fair.log_weights,
    ...                        leaf_parameters=np.log([0.25, 0.75]))
    >>> np.exp(sure.table_of(0)).tolist()
    [0.25, 0.75]
    """
    changed = copy(circuit)
    for name, values in (("log_weights", log_weights), ("leaf_parameters", leaf_parameters)):
        array = frozen(values, dtype=np.float64)
        if array.shape != getattr(circuit, name).shape:
            raise ParameterError(
                f"these {name.replace('_', ' ')} do not fit the circuit",
                given=f"shape {array.shape}",
                expected=f"shape {getattr(circuit, name).shape}",
            )
        object.__setattr__(changed, name, array)
    changed.__dict__.pop("hash", None)
    _require(_numbers(changed))
    return changed


def _check_structure(circuit: Circuit) -> None:
    _require(_shapes(circuit))
    _require(_graph(circuit))
    _require(_leaves(circuit))
    _require(_numbers(circuit))


def _shapes(circuit: Circuit) -> list[tuple[bool, str]]:
    n_nodes, n_edges = circuit.n_nodes, circuit.n_edges
    per_node = (circuit.leaf_variables, circuit.leaf_families, circuit.ids)
    return [
        (n_nodes > 0, "it has no node"),
        (all(array.shape == (n_nodes,) for array in per_node), "an array does not fit the nodes"),
        (_is_csr(circuit.offsets, n_nodes, n_edges), "offsets do not fit the edges"),
        (circuit.log_weights.shape == (n_edges,), "log-weights do not fit the edges"),
        (
            _is_csr(circuit.leaf_offsets, n_nodes, len(circuit.leaf_parameters)),
            "leaf offsets do not fit the leaf parameters",
        ),
    ]


def _is_csr(offsets: IntArray, n_rows: int, n_entries: int) -> bool:
    if offsets.shape != (n_rows + 1,):
        return False
    fits = int(offsets[0]) == 0 and int(offsets[-1]) == n_entries
    return fits and bool(np.all(np.diff(offsets) >= 0))


def _graph(circuit: Circuit) -> list[tuple[bool, str]]:
    n_nodes, children = circuit.n_nodes, circuit.children
    has_children = np.diff(circuit.offsets) > 0
    in_range = bool(np.all((children >= 0) & (children < n_nodes)))
    used = dag.used(children if in_range else children[:0], n_nodes)
    return [
        (bool(np.all(circuit.kinds <= max(Kind))), "a node has an unknown kind"),
        (
            bool(np.all((circuit.kinds == Kind.LEAF) != has_children)),
            "a leaf has children or an inner node has none",
        ),
        (in_range, "an edge points to no node"),
        (bool(np.all(children < circuit.edge_parents)), "a child comes after its parent"),
        (bool(used[:-1].all()), "a node other than the last has no parent"),
        (_all_differ(circuit.ids), "two nodes share an id"),
        (bool(circuit.ids.min() >= 0), "an id is negative"),
        (bool(circuit.ids.max() < circuit.next_id), "an id is not below next_id"),
    ]


def _all_differ(ids: IdArray) -> bool:
    ascending = np.all(ids[1:] > ids[:-1])  # as they are until a circuit grows
    return bool(ascending or np.diff(np.sort(ids)).all())


def _leaves(circuit: Circuit) -> list[tuple[bool, str]]:
    leaf = np.flatnonzero(circuit.kinds == Kind.LEAF)
    variables, families = circuit.leaf_variables[leaf], circuit.leaf_families[leaf]
    sizes = np.diff(circuit.leaf_offsets)
    inner = circuit.kinds != Kind.LEAF
    known = bool(np.all((variables >= 0) & (variables < len(circuit.variables))))
    if not known or not np.isin(families, list(FAMILIES)).all():
        return [(known, "a leaf has an unknown variable"), (False, "a leaf has an unknown family")]
    shape = (max(FAMILIES) + 1, len(circuit.variables), int(sizes.max(initial=0)) + 1)
    uses = np.unique(np.ravel_multi_index((families, variables, sizes[leaf]), shape))
    fits = [
        FAMILIES[code].kind == circuit.variables[variable].kind
        and FAMILIES[code].n_parameters(circuit.variables[variable]) == size
        for code, variable, size in zip(*np.unravel_index(uses, shape), strict=True)
    ]
    return [
        (all(fits), "a leaf table does not fit its family and its variable"),
        (not sizes[inner].any(), "an inner node has leaf parameters"),
    ]


def _numbers(circuit: Circuit) -> list[tuple[bool, str]]:
    weights, parameters = circuit.log_weights, circuit.leaf_parameters
    return [
        (bool(np.all(weights < np.inf)), "a log-weight is NaN or infinite"),
        (not weights[~circuit.is_sum_edge].any(), "the edge of a product has a weight"),
        (bool(np.all(parameters < np.inf)), "a leaf parameter is NaN or infinite"),
    ]


def _require(checks: list[tuple[bool, str]]) -> None:
    for holds, reason in checks:
        if not holds:
            raise StructureError(f"these arrays are not a circuit: {reason}")


def node_row(circuit: Circuit, node: int) -> dict[str, Any]:
    """What the inspector shows of one node: id, kind, level, scope names, children ids."""
    return {
        "id": int(circuit.ids[node]),
        "kind": Kind(circuit.kinds[node]).name.lower(),
        "level": int(circuit.levels[node]),
        "scope": tuple(circuit.variables[v].name for v in circuit.scope_of(node)),
        "children": tuple(circuit.ids[circuit.children_of(node)].tolist()),
    }
