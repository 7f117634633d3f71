"""Passes over the arrays of a circuit as machine code: log-values upwards, flows downwards.

Nodes are visited in their topological order, one after the other, so depth
costs no more than width. Imported on use, for it loads numba.
"""

from __future__ import annotations

import math

from workbench.circuits.circuit import Kind
from workbench.core.arrays import AnyArray, FloatArray, IntArray
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
