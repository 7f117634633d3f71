"""Which nodes an edit changes in the trace of one row, as machine code; it loads numba.

Positions change under edits: `before` (n_nodes,) gives the old position of each
node, -1 for a new one, and `after` the new position of each old node. Arrays
of the old circuit have names that begin with "old".
"""

from __future__ import annotations

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
