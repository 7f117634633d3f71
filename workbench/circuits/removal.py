"""Remove edges of sums: survivors are renormalised, what hangs loose is dropped, ids stay."""

from __future__ import annotations

import numpy as np

from workbench.circuits.circuit import Circuit, Kind
from workbench.circuits.normalise import log_totals
from workbench.core import dag
from workbench.core.arrays import AnyArray, BoolArray, FloatArray, IntArray
from workbench.errors import ParameterError


def without_edges(circuit: Circuit, removed: BoolArray) -> Circuit:
    """`circuit` without the edges where `removed` ``(n_edges,)`` is true.

    Nodes that no edge reaches any more are dropped. The weights of a sum that
    lost an edge are divided by their total.

    Raises
    ------
    ParameterError
        When an edge of a product, or every edge of a sum, is removed.

    Examples
    --------
    >>> from workbench.circuits.build import Builder
    >>> from workbench.data.variables import categorical
    >>> build = Builder((categorical("x", 2),))
    >>> leaves = [build.categorical(0, [0.5, 0.5]), build.categorical(0, [0.1, 0.9])]
    >>> mixture = build.circuit(build.sum(leaves, [0.25, 0.75]))
    >>> without_edges(mixture, np.array([True, False])).ids.tolist()
    [1, 2]
    """
    _require_removable(circuit, removed)
    log_weights = weights_without(circuit, removed)
    offsets, children = _kept_edges(circuit, removed)
    keep = dag.reachable(offsets, children, circuit.root)
    place = np.cumsum(keep) - 1
    keep_edge = keep[dag.edge_parents(offsets)]
    keep_entry = keep[dag.edge_parents(circuit.leaf_offsets)]
    return Circuit(
        variables=circuit.variables,
        kinds=circuit.kinds[keep],
        offsets=_ends(np.diff(offsets)[keep]),
        children=place[children[keep_edge]],
        log_weights=log_weights[~removed][keep_edge],
        leaf_variables=circuit.leaf_variables[keep],
        leaf_families=circuit.leaf_families[keep],
        leaf_offsets=_ends(np.diff(circuit.leaf_offsets)[keep]),
        leaf_parameters=circuit.leaf_parameters[keep_entry],
        ids=circuit.ids[keep],
        next_id=circuit.next_id,
    )


def weights_without(circuit: Circuit, removed: BoolArray) -> FloatArray:
    """(n_edges,) log-weights, renormalised at every sum that lost an edge; -inf where removed.

    Examples
    --------
    >>> from workbench.circuits.build import Builder
    >>> from workbench.data.variables import categorical
    >>> build = Builder((categorical("x", 2),))
    >>> leaves = [build.categorical(0, [0.5, 0.5]), build.categorical(0, [0.1, 0.9])]
    >>> mixture = build.circuit(build.sum(leaves, [0.25, 0.75]))
    >>> weights_without(mixture, np.array([True, False])).tolist()
    [-inf, 0.0]
    """
    remaining = np.where(removed, -np.inf, circuit.log_weights)
    totals = log_totals(circuit, remaining)
    lost = np.zeros(circuit.n_nodes, dtype=np.bool_)
    lost[circuit.edge_parents[removed]] = True
    lost &= totals > -np.inf
    shift: FloatArray = np.where(lost, totals, 0.0)[circuit.edge_parents]
    return remaining - shift


def _require_removable(circuit: Circuit, removed: BoolArray) -> None:
    if removed.shape != (circuit.n_edges,):
        raise ParameterError(
            "cannot remove edges", given=f"shape {removed.shape}", expected=f"({circuit.n_edges},)"
        )
    if (removed & ~circuit.is_sum_edge).any():
        raise ParameterError(
            "cannot remove an edge of a product",
            remedy="Its variables would be lost; remove the edge of a sum above it.",
        )
    left = np.bincount(circuit.edge_parents[~removed], minlength=circuit.n_nodes)
    empty = np.flatnonzero((left == 0) & (circuit.kinds != Kind.LEAF))
    if len(empty):
        raise ParameterError(
            "cannot remove every edge of a sum",
            given=f"all edges of sum #{circuit.ids[empty[0]]}",
            expected="at least one left",
        )


def _kept_edges(circuit: Circuit, removed: BoolArray) -> tuple[IntArray, IntArray]:
    counts = np.bincount(circuit.edge_parents[~removed], minlength=circuit.n_nodes)
    return _ends(counts), circuit.children[~removed]


def _ends(counts: AnyArray) -> IntArray:
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
