"""Reduce a circuit to some of its variables, given a row. Needs: smooth and decomposable."""

from __future__ import annotations

import numpy as np

from workbench.circuits.circuit import Circuit
from workbench.compute.evaluation import node_elements
from workbench.compute.semirings import SUM_PRODUCT
from workbench.core import dag
from workbench.core.arrays import AnyArray, BoolArray, FloatArray, IdArray, IntArray
from workbench.inference.conditional import require_possible


def reduced(circuit: Circuit, row: FloatArray, columns: IdArray) -> Circuit:
    """The circuit of p(columns | row), with weights that add to one; ids are kept.

    Leaves of other variables are gone: known ones have turned the weights of sums
    into their posteriors, missing ones are summed out. `columns` must not be empty.

    Raises
    ------
    DataError
        When `row` has probability zero.
    """
    values = node_elements(circuit, row[None], SUM_PRODUCT)[:, 0]
    require_possible(values[-1:])
    log_shares = log_shares_of(circuit, values)
    inside = np.zeros(len(circuit.variables), dtype=np.bool_)
    inside[columns] = True
    kept: BoolArray = np.any(circuit.packed_scopes & np.packbits(inside), axis=1)
    edges = kept[circuit.children] & kept[circuit.edge_parents] & (log_shares > -np.inf)
    return restricted(circuit, edges, log_shares)


def log_shares_of(circuit: Circuit, values: FloatArray) -> FloatArray:
    """(n_edges,) log posterior weight of each edge of a sum, 0 for products."""
    parents = values[circuit.edge_parents]
    base = np.where(parents > -np.inf, parents, 0.0)
    shares = circuit.log_weights + values[circuit.children] - base
    log_shares: FloatArray = np.where(circuit.is_sum_edge, shares, 0.0)
    return log_shares


def restricted(circuit: Circuit, edges: BoolArray, log_weights: FloatArray) -> Circuit:
    """The nodes that `edges` reach from the root, with these weights."""
    counts = np.bincount(circuit.edge_parents[edges], minlength=circuit.n_nodes)
    offsets, children = _ends(counts), circuit.children[edges]
    keep = dag.reachable(offsets, children, circuit.root)
    place = np.cumsum(keep) - 1
    keep_edge = keep[dag.edge_parents(offsets)]
    return Circuit(
        variables=circuit.variables,
        kinds=circuit.kinds[keep],
        offsets=_ends(np.diff(offsets)[keep]),
        children=place[children[keep_edge]],
        log_weights=log_weights[edges][keep_edge],
        leaf_variables=circuit.leaf_variables[keep],
        leaf_families=circuit.leaf_families[keep],
        leaf_offsets=_ends(np.diff(circuit.leaf_offsets)[keep]),
        leaf_parameters=circuit.leaf_parameters[keep[dag.edge_parents(circuit.leaf_offsets)]],
        ids=circuit.ids[keep],
        next_id=circuit.next_id,
    )


def _ends(counts: AnyArray) -> IntArray:
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
