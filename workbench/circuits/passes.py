"""Passes over the arrays of a circuit as machine code: log-values upwards, flows downwards.

Nodes are visited in their topological order, one after the other, so depth
costs no more than width. After an edit only what it changed is done again:
positions change under edits, so `before` (n_nodes,) gives the old position of
each node, -1 for a new one, and arrays of the old circuit have names that begin
with "old". Imported on use, for it loads numba.
"""

from __future__ import annotations

import math

from workbench.circuits.circuit import Kind
from workbench.core.arrays import AnyArray, BoolArray, FloatArray, IntArray
from workbench.core.compiled import compiled

SUM, LEAF = int(Kind.SUM), int(Kind.LEAF)


@compiled
def node_value(
    kind: int, first: int, last: int, children: IntArray, log_weights: AnyArray, values: AnyArray
) -> float:
    """The log-value, in nats, of an inner node with the edges from `first` up to `last`."""
    total = 0.0
    if kind != SUM:
        for edge in range(first, last):
            total += values[children[edge]]
        return total
    peak = -math.inf
    for edge in range(first, last):
        peak = max(peak, log_weights[edge] + values[children[edge]])
    if peak == -math.inf or last == first + 1:
        return peak
    for edge in range(first, last):
        total += math.exp(log_weights[edge] + values[children[edge]] - peak)
    return peak + math.log(total)


@compiled
def upward(
    kinds: AnyArray, offsets: IntArray, children: IntArray, log_weights: AnyArray, values: AnyArray
) -> None:
    """Nothing; `values` (batch, n_nodes), right at the leaves, become right everywhere, in nats."""
    for row in range(values.shape[0]):
        own = values[row]
        for node in range(len(kinds)):
            if kinds[node] != LEAF:
                own[node] = node_value(
                    kinds[node], offsets[node], offsets[node + 1], children, log_weights, own
                )


@compiled
def edge_flow(
    kind: int, flow: float, value: float, edge: int, log_weights: AnyArray, below: float
) -> float:
    """The flow along `edge` of a node with this `flow` and `value` to a child of value `below`."""
    if kind != SUM:
        return flow
    return flow * math.exp(log_weights[edge] + below - value)


@compiled
def downward(
    kinds: AnyArray,
    offsets: IntArray,
    children: IntArray,
    log_weights: AnyArray,
    values: AnyArray,
    nodes: AnyArray,
    shares: FloatArray,
    edges: FloatArray,
) -> None:
    """Nothing; `nodes` (batch, n_nodes) become the flows that belong to `values`.

    The flows of edges, times the share of the row, are added to `edges`
    (n_edges,). A row of probability zero has no flow.
    """
    root = len(kinds) - 1
    for row in range(values.shape[0]):
        value, flows, share = values[row], nodes[row], shares[row]
        flows[:] = 0.0
        flows[root] = 1.0 if value[root] > -math.inf else 0.0
        for node in range(root, -1, -1):
            if flows[node] > 0.0:
                for edge in range(offsets[node], offsets[node + 1]):
                    child = children[edge]
                    flow = edge_flow(
                        kinds[node], flows[node], value[node], edge, log_weights, value[child]
                    )
                    flows[child] += flow
                    edges[edge] += share * flow


@compiled
def refresh_values(
    kinds: AnyArray,
    offsets: IntArray,
    children: IntArray,
    log_weights: FloatArray,
    before: IntArray,
    old_values: FloatArray,
    edited: BoolArray,
    values: FloatArray,
    changed: BoolArray,
) -> int:
    """How many inner nodes were evaluated anew: edited ones, and those above a changed value.

    `values`, right at edited leaves, become right everywhere; `changed` marks the
    nodes that have another value than before.
    """
    n_evaluated = 0
    for node in range(len(kinds)):
        old, first, last = before[node], offsets[node], offsets[node + 1]
        stale = edited[node]
        for edge in range(first, last):
            stale = stale or changed[children[edge]]
        if not stale:
            values[node] = old_values[old]
        elif kinds[node] != LEAF:
            values[node] = node_value(kinds[node], first, last, children, log_weights, values)
            n_evaluated += 1
        changed[node] = stale and (old < 0 or values[node] != old_values[old])
    return n_evaluated


@compiled
def refresh_flows(
    kinds: AnyArray,
    offsets: IntArray,
    children: IntArray,
    log_weights: FloatArray,
    values: FloatArray,
    before: IntArray,
    old_offsets: IntArray,
    old_nodes: FloatArray,
    old_edges: FloatArray,
    touched: BoolArray,
    divides_anew: BoolArray,
    nodes: FloatArray,
    edges: FloatArray,
) -> None:
    """Nothing; `nodes` and `edges`, both zero, become the flows that belong to `values`.

    Flows are added in the order of a full pass, so the sums are equal bit by bit.
    """
    root = len(kinds) - 1
    for node in range(root + 1):
        if not touched[node]:
            nodes[node] = old_nodes[before[node]]
    if touched[root]:
        nodes[root] = 1.0 if values[root] > -math.inf else 0.0
    for node in range(root, -1, -1):
        first, last = offsets[node], offsets[node + 1]
        if nodes[node] > 0.0:
            for edge in range(first, last):
                child = children[edge]
                if divides_anew[node]:
                    flow = edge_flow(
                        kinds[node], nodes[node], values[node], edge, log_weights, values[child]
                    )
                else:
                    flow = old_edges[old_offsets[before[node]] + edge - first]
                edges[edge] = flow
                if touched[child]:
                    nodes[child] += flow
