"""The walk of :mod:`workbench.circuits.supports` as machine code; imported on use."""

from __future__ import annotations

from workbench.circuits.circuit import Kind
from workbench.core.arrays import AnyArray, BoolArray, IdArray, IntArray
from workbench.core.compiled import compiled

_SUM = int(Kind.SUM)
_PRODUCT = int(Kind.PRODUCT)


@compiled
def _live(children: IntArray, is_heavy: BoolArray, alive: BoolArray) -> IntArray:
    live = children.copy()
    count = 0
    for edge in range(len(children)):
        if is_heavy[edge] and alive[children[edge]]:
            live[count] = children[edge]
            count += 1
    return live[:count]


@compiled
def _compared(node: int, live: IntArray, place: int, boxes: AnyArray) -> tuple[bool, bool]:
    """Whether two children share a bit of the byte `place`, and whether one lacks a bit of all."""
    meets, differs = False, False
    union = boxes[node, place] & 0
    for child in live:
        meets |= (union & boxes[child, place]) != 0
        differs |= boxes[child, place] != boxes[node, place]
        union |= boxes[child, place]
    return meets, differs


@compiled
def _has_all(node: int, live: IntArray, boxes: AnyArray, exact: BoolArray) -> bool:
    """Whether the box of one exact child is the union."""
    for child in live:
        if exact[child]:
            same = True
            for place in range(boxes.shape[1]):
                same &= boxes[child, place] == boxes[node, place]
            if same:
                return True
    return False


@compiled
def _product_box(
    node: int,
    children: IntArray,
    owners: IdArray,
    n_variables: int,
    boxes: AnyArray,
    exact: BoolArray,
    alive: BoolArray,
) -> None:
    all_alive, all_exact = True, True
    for child in children:
        all_alive &= alive[child]
        all_exact &= exact[child]
        for place in range(len(owners)):
            boxes[node, place] &= boxes[child, place]
    place = 0
    for variable in range(n_variables):
        is_open = False
        while place < len(owners) and owners[place] == variable:
            is_open |= boxes[node, place] != 0
            place += 1
        all_alive &= is_open
    alive[node] = all_alive
    exact[node] = all_exact or not all_alive


@compiled
def _sum_box(
    node: int,
    live: IntArray,
    owners: IdArray,
    n_variables: int,
    boxes: AnyArray,
    exact: BoolArray,
    alive: BoolArray,
    separated: BoolArray,
) -> None:
    all_exact = True
    boxes[node] = 0
    for child in live:
        all_exact &= exact[child]
        for place in range(len(owners)):
            boxes[node, place] |= boxes[child, place]
    n_meeting, n_differing = 0, 0
    place = 0
    for variable in range(n_variables):
        meets, differs = False, False
        while place < len(owners) and owners[place] == variable:
            meet, differ = _compared(node, live, place, boxes)
            meets |= meet
            differs |= differ
            place += 1
        n_meeting += meets
        n_differing += differs
    alive[node] = len(live) > 0
    exact[node] = _has_all(node, live, boxes, exact) or (all_exact and n_differing <= 1)
    separated[node] = len(live) <= 1 or n_meeting < n_variables


@compiled
def fill_boxes(
    kinds: AnyArray,
    offsets: IntArray,
    children: IntArray,
    is_heavy: BoolArray,
    owners: IdArray,
    n_variables: int,
    boxes: AnyArray,
    exact: BoolArray,
    alive: BoolArray,
    separated: BoolArray,
) -> None:
    """Nothing; boxes and marks of inner nodes are filled in, children first.

    `owners` (bytes,) is the restricted variable of every byte of a box.
    """
    for node in range(len(kinds)):
        start, end = offsets[node], offsets[node + 1]
        if kinds[node] == _PRODUCT:
            _product_box(node, children[start:end], owners, n_variables, boxes, exact, alive)
        elif kinds[node] == _SUM:
            live = _live(children[start:end], is_heavy[start:end], alive)
            _sum_box(node, live, owners, n_variables, boxes, exact, alive, separated)
        if not alive[node]:
            boxes[node] = 0
