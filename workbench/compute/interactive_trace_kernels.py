"""What an edit changes in the trace of one row, as machine code; importing it loads numba.

Positions change under edits: `before` (n_nodes,) gives the old position of each
node, -1 for a new one, and `after` the new position of each old node. Arrays
of the old circuit have names that begin with "old".
"""

from __future__ import annotations

import math

from workbench.circuits.passes import LEAF, edge_flow, node_value
from workbench.core.arrays import AnyArray, BoolArray, FloatArray, IntArray
from workbench.core.compiled import compiled


@compiled
def has_same_entries(
    entries: FloatArray, first: int, last: int, old_entries: FloatArray, old_first: int
) -> bool:
    """Whether the entries from `first` up to `last` are the old ones from `old_first`."""
    for place in range(last - first):
        if entries[first + place] != old_entries[old_first + place]:
            return False
    return True


@compiled
def mark_edited_leaves(
    leaves: AnyArray,
    before: IntArray,
    offsets: IntArray,
    parameters: FloatArray,
    old_offsets: IntArray,
    old_parameters: FloatArray,
    edited: BoolArray,
) -> None:
    """Nothing; `leaves` with other parameters than before are marked in `edited`."""
    for node in leaves:
        old = before[node]
        if not edited[node]:
            first, last, old_first = offsets[node], offsets[node + 1], old_offsets[old]
            if last - first != old_offsets[old + 1] - old_first or not has_same_entries(
                parameters, first, last, old_parameters, old_first
            ):
                edited[node] = True


@compiled
def mark_edited_inner(
    inner: AnyArray,
    before: IntArray,
    offsets: IntArray,
    children: IntArray,
    log_weights: FloatArray,
    old_offsets: IntArray,
    old_children: IntArray,
    old_log_weights: FloatArray,
    edited: BoolArray,
) -> None:
    """Nothing; `inner` nodes with other children or weights than before are marked in `edited`."""
    for node in inner:
        old = before[node]
        if not edited[node]:
            first, last, old_first = offsets[node], offsets[node + 1], old_offsets[old]
            edited[node] = last - first != old_offsets[old + 1] - old_first
            if not edited[node]:
                for place in range(last - first):
                    child, old_child = children[first + place], old_children[old_first + place]
                    if before[child] != old_child:
                        edited[node] = True
                if not has_same_entries(log_weights, first, last, old_log_weights, old_first):
                    edited[node] = True


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
def mark_lost_parents(
    old_offsets: IntArray,
    old_children: IntArray,
    after: IntArray,
    edited: BoolArray,
    touched: BoolArray,
) -> None:
    """Nothing; nodes that a removed or edited parent may have let go are marked in `touched`."""
    for old in range(len(after)):
        if after[old] < 0 or edited[after[old]]:
            for edge in range(old_offsets[old], old_offsets[old + 1]):
                child = after[old_children[edge]]
                if child >= 0:
                    touched[child] = True


@compiled
def mark_touched(
    offsets: IntArray,
    children: IntArray,
    edited: BoolArray,
    changed: BoolArray,
    touched: BoolArray,
    divides_anew: BoolArray,
) -> None:
    """Nothing; `touched` nodes need another flow, and nodes that `divides_anew` give other flows.

    A node divides its flow anew when its flow, the value of a child or itself is
    another one than before.
    """
    for node in range(len(touched) - 1, -1, -1):
        anew = touched[node] or edited[node]
        for edge in range(offsets[node], offsets[node + 1]):
            anew = anew or changed[children[edge]]
        divides_anew[node] = anew
        if anew:
            for edge in range(offsets[node], offsets[node + 1]):
                touched[children[edge]] = True


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
