"""Trace: one row seen by every node and edge of a circuit, kept up to date under edits.

After an edit only its ancestors are evaluated anew, and only the flows below
them: a node keeps its value unless it or a value below it changed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from workbench.circuits.circuit import Circuit, Kind
from workbench.core.arrays import AnyArray, BoolArray, FloatArray, IntArray, frozen
from workbench.data.dataset import check_rows
from workbench.errors import ParameterError

_SPARSE_IDS = 8  # times as many ids as nodes, beyond which a table of ids is wasteful


@dataclass(frozen=True, eq=False)
class Trace:
    """What one row does in a circuit.

    Parameters
    ----------
    row
        (n_variables,) float64 with NaN for missing.
    values
        (n_nodes,) log-values in nats.
    node_flows, edge_flows
        (n_nodes,) and (n_edges,) posterior probabilities that a node or an edge
        is used when the row is generated; zero when the row is impossible.
    n_evaluated
        How many inner nodes were evaluated to make it.
    """

    circuit: Circuit
    row: FloatArray
    values: FloatArray
    node_flows: FloatArray
    edge_flows: FloatArray
    n_evaluated: int

    @property
    def log_likelihood(self) -> float:
        """The log-likelihood of the row in nats."""
        return float(self.values[-1])


def trace(circuit: Circuit, row: FloatArray) -> Trace:
    """The trace of `row` ``(n_variables,)`` through `circuit`, in float64.

    Raises
    ------
    DataError
        When the row does not fit the variables.

    Examples
    --------
    >>> from workbench.circuits.build import Builder
    >>> from workbench.data.variables import categorical
    >>> build = Builder((categorical("x", 2),))
    >>> leaves = [build.categorical(0, p) for p in ([0.5, 0.5], [1.0, 0.0])]
    >>> traced = trace(build.circuit(build.sum(leaves, [0.5, 0.5])), np.array([0.0]))
    >>> traced.node_flows.round(3).tolist()
    [0.333, 0.667, 1.0]
    """
    cells: FloatArray = frozen(row, np.float64)
    check_rows(cells[None], circuit.variables)
    values = _leaf_values(circuit, cells, np.flatnonzero(circuit.kinds == Kind.LEAF))
    from workbench.circuits.passes import upward

    upward(circuit.kinds, circuit.offsets, circuit.children, circuit.log_weights, values[None])
    nodes, edges = _all_flows(circuit, values)
    n_inner = int(np.count_nonzero(circuit.kinds != Kind.LEAF))
    return _frozen_trace(circuit, cells, values, nodes, edges, n_inner)


def retrace(traced: Trace, circuit: Circuit) -> Trace:
    """The trace of the same row through `circuit`, an edited form of the circuit traced.

    It equals a fresh trace bit by bit. Nodes are recognised by their stable ids.

    Raises
    ------
    ParameterError
        When the two circuits have other variables.

    Examples
    --------
    >>> from workbench.circuits import without_edges
    >>> from workbench.circuits.build import Builder
    >>> from workbench.data.variables import categorical
    >>> build = Builder((categorical("x", 2),))
    >>> leaves = [build.categorical(0, p) for p in ([0.5, 0.5], [1.0, 0.0])]
    >>> traced = trace(build.circuit(build.sum(leaves, [0.5, 0.5])), np.array([0.0]))
    >>> cut = without_edges(traced.circuit, np.array([False, True]))
    >>> retrace(traced, cut).node_flows.tolist()
    [1.0, 1.0]
    """
    if circuit.variables != traced.circuit.variables:
        raise ParameterError(
            "cannot trace a row through a circuit over other variables",
            remedy="Make a new trace.",
        )
    change = _Change.between(traced.circuit, circuit)
    values, changed, n_evaluated = _new_values(traced, circuit, change)
    if change.keeps_order:
        nodes, edges = _new_flows(traced, circuit, change, values, changed)
    else:  # flows would be added in another order, so their last bits may differ
        nodes, edges = _all_flows(circuit, values)
    return _frozen_trace(circuit, traced.row, values, nodes, edges, n_evaluated)


@dataclass(frozen=True, eq=False)
class _Change:
    """Where nodes were and are, and which are new or have other weights, children or tables.

    Parameters
    ----------
    before, after
        (n_nodes,) the old position of each node, (old n_nodes,) the new one; -1 for none.
    edited
        (n_nodes,) whether the node itself is another one.
    keeps_order
        Whether nodes in both circuits follow each other alike.
    """

    before: IntArray
    after: IntArray
    edited: BoolArray
    keeps_order: bool

    @staticmethod
    def between(old: Circuit, new: Circuit) -> _Change:
        before, after = _positions(old, new)
        kept = before[before >= 0]
        return _Change(before, after, _edited(old, new, before), bool(np.all(np.diff(kept) > 0)))


def _positions(old: Circuit, new: Circuit) -> tuple[IntArray, IntArray]:
    if old.ids is new.ids or np.array_equal(old.ids, new.ids):
        same = np.arange(new.n_nodes, dtype=np.int32)
        return same, same
    before = np.full(new.n_nodes, -1, dtype=np.int32)
    after = np.full(old.n_nodes, -1, dtype=np.int32)
    first, second = _common(old.ids, new.ids, max(old.next_id, new.next_id))
    before[second], after[first] = first, second
    return before, after


def _common(old: AnyArray, new: AnyArray, next_id: int) -> tuple[AnyArray, AnyArray]:
    """The positions in `old` and in `new` of the ids that are in both."""
    if next_id > _SPARSE_IDS * (len(old) + len(new)):
        return np.intersect1d(old, new, assume_unique=True, return_indices=True)[1:]
    place = np.full(next_id, -1, dtype=np.int32)
    place[old] = np.arange(len(old))
    found = place[new]
    second = np.flatnonzero(found >= 0)
    return found[second], second


def _edited(old: Circuit, new: Circuit, before: IntArray) -> BoolArray:
    from workbench.compute import interactive_trace_kernels as kernels

    edited: BoolArray = before < 0
    kept = np.flatnonzero(~edited)
    for name in ("kinds", "leaf_variables", "leaf_families"):
        ours, theirs = getattr(new, name), getattr(old, name)
        if ours is not theirs:
            edited[kept] |= ours[kept] != theirs[before[kept]]
    is_leaf = new.kinds == Kind.LEAF
    if new.leaf_parameters is not old.leaf_parameters or new.ids is not old.ids:
        kernels.mark_edited_leaves(
            np.flatnonzero(is_leaf),
            before,
            new.leaf_offsets,
            new.leaf_parameters,
            old.leaf_offsets,
            old.leaf_parameters,
            edited,
        )
    kernels.mark_edited_inner(
        np.flatnonzero(~is_leaf),
        before,
        new.offsets,
        new.children,
        new.log_weights,
        old.offsets,
        old.children,
        old.log_weights,
        edited,
    )
    return edited


def _new_values(
    traced: Trace, circuit: Circuit, change: _Change
) -> tuple[FloatArray, BoolArray, int]:
    from workbench.circuits.passes import refresh_values

    leaves = np.flatnonzero(change.edited & (circuit.kinds == Kind.LEAF))
    values = _leaf_values(circuit, traced.row, leaves)
    changed = np.zeros(circuit.n_nodes, dtype=np.bool_)
    n_evaluated = refresh_values(
        circuit.kinds,
        circuit.offsets,
        circuit.children,
        circuit.log_weights,
        change.before,
        traced.values,
        change.edited,
        values,
        changed,
    )
    return values, changed, n_evaluated


def _new_flows(
    traced: Trace, circuit: Circuit, change: _Change, values: FloatArray, changed: BoolArray
) -> tuple[FloatArray, FloatArray]:
    from workbench.circuits.passes import refresh_flows
    from workbench.compute import interactive_trace_kernels as kernels

    old = traced.circuit
    touched: BoolArray = change.before < 0
    touched[-1] |= changed[-1]  # the row may have become possible, or impossible
    kernels.mark_lost_parents(old.offsets, old.children, change.after, change.edited, touched)
    anew = np.zeros(circuit.n_nodes, dtype=np.bool_)
    kernels.mark_touched(circuit.offsets, circuit.children, change.edited, changed, touched, anew)
    nodes, edges = np.zeros(circuit.n_nodes), np.zeros(circuit.n_edges)
    refresh_flows(
        circuit.kinds,
        circuit.offsets,
        circuit.children,
        circuit.log_weights,
        values,
        change.before,
        old.offsets,
        traced.node_flows,
        traced.edge_flows,
        touched,
        anew,
        nodes,
        edges,
    )
    return nodes, edges


def _all_flows(circuit: Circuit, values: FloatArray) -> tuple[FloatArray, FloatArray]:
    from workbench.circuits.passes import downward

    nodes, edges = np.empty((1, circuit.n_nodes)), np.zeros(circuit.n_edges)
    downward(
        circuit.kinds,
        circuit.offsets,
        circuit.children,
        circuit.log_weights,
        values[None],
        nodes,
        np.ones(1),
        edges,
    )
    return nodes[0], edges


def _leaf_values(circuit: Circuit, row: FloatArray, leaves: AnyArray) -> FloatArray:
    """(n_nodes,) log-values, right at `leaves` and zero elsewhere."""
    from workbench.compute.interactive_leaves import leaves_of

    values = np.zeros((1, circuit.n_nodes))
    cells = row[None].copy()
    for group in leaves_of(circuit, "float64", leaves):
        group.fill(cells, values)
    filled: FloatArray = values[0]
    return filled


def _frozen_trace(
    circuit: Circuit,
    row: FloatArray,
    values: FloatArray,
    nodes: FloatArray,
    edges: FloatArray,
    n_evaluated: int,
) -> Trace:
    for array in (values, nodes, edges):
        array.flags.writeable = False
    return Trace(circuit, row, values, nodes, edges, n_evaluated)
