"""Tidy layout of ordered trees in linear time, without recursion.

Siblings keep the order of their rows, which is the order of creation, so a
replay never shuffles them. Subtrees stand as close as they can, parents are
centred over their first and last child, and space that a wide subtree opens is
shared among the smaller ones between.

Source: van der Ploeg (2014), "Drawing non-layered tidy trees in linear time",
for nodes of equal height; it extends Reingold & Tilford (1981).
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from workbench.core.arrays import AnyArray, FloatArray, IntArray, frozen
from workbench.errors import StructureError

Direction = Literal["down", "right"]
NOTHING = -1


class Places(NamedTuple):
    """Where the nodes of a tree lie: x and y in layout units, and how deep, (n_nodes,) each."""

    x: FloatArray
    y: FloatArray
    depth: IntArray


def tidy(parents: ArrayLike, *, direction: Direction = "down", level_gap: float = 2.0) -> Places:
    """Places of the nodes whose parents' rows are `parents` (-1 for a root).

    Neighbours of one depth are at least 1 apart; depths are `level_gap` apart,
    growing downwards or to the right. Several roots stand side by side.

    Raises
    ------
    StructureError
        When a parent is not a row, or nodes form a cycle.

    Source: van der Ploeg (2014), algorithm of section 4.

    Examples
    --------
    >>> tidy([-1, 0, 0, 2]).x.tolist()
    [0.0, -0.5, 0.5, 0.5]
    """
    parent = np.asarray(parents, dtype=np.int64)
    sequence, depth = breadth_first(parent)
    breadth = _Walk(parent, sequence, depth).breadth()
    along = depth * level_gap
    x, y = (breadth, along) if direction == "down" else (along, breadth)
    return Places(frozen(x), frozen(y), frozen(depth, np.int32))


def breadth_first(parents: ArrayLike) -> tuple[AnyArray, IntArray]:
    """The rows in breadth-first order, siblings by row, and the depth of each row.

    Raises
    ------
    StructureError
        When a parent is not a row, or nodes form a cycle.

    Examples
    --------
    >>> [part.tolist() for part in breadth_first([1, -1, 0])]
    [[1, 0, 2], [1, 0, 2]]
    """
    parent = np.asarray(parents, dtype=np.int64)
    n_nodes = len(parent)
    if np.any((parent < -1) | (parent >= n_nodes)):
        raise StructureError(
            "cannot lay out this tree", given="a parent that is no row", expected="rows or -1"
        )
    children, offsets = _children(parent)
    bounds, flat = offsets.tolist(), children.tolist()
    sequence = flat[: bounds[1]]
    depth = [0] * n_nodes
    for node in sequence:  # grows while it is read
        below = flat[bounds[node + 1] : bounds[node + 2]]
        for child in below:
            depth[child] = depth[node] + 1
        sequence.extend(below)
    if len(sequence) != n_nodes:
        raise StructureError("cannot lay out this tree", given="nodes that form a cycle")
    return np.array(sequence, dtype=np.int64), np.array(depth, dtype=np.int32)


def _children(parent: AnyArray) -> tuple[AnyArray, AnyArray]:
    """Children in row order as CSR whose group 0 are the roots and group i + 1 those of row i."""
    children = np.argsort(parent, kind="stable")
    counts = np.bincount(parent + 1, minlength=len(parent) + 1)
    return children, np.concatenate([[0], np.cumsum(counts)])


class _Walk:
    """The two walks of the algorithm over plain lists; row n_nodes is a root above all roots.

    Each subtree keeps its extreme nodes and threads along its contours;
    `mod` moves a whole subtree, `prelim` a node within it.
    """

    def __init__(self, parent: AnyArray, sequence: AnyArray, depth: IntArray) -> None:
        n = len(parent)
        children, offsets = _children(parent)
        flat, bounds = children.tolist(), offsets.tolist()
        groups = [flat[bounds[i] : bounds[i + 1]] for i in range(n + 1)]
        self.children = [*groups[1:], groups[0]]
        self.sequence = [n, *sequence.tolist()]
        self.depth = [*depth.tolist(), -1]
        self.prelim = [0.0] * (n + 1)
        self.mod = [0.0] * (n + 1)
        self.shift = [0.0] * (n + 1)
        self.change = [0.0] * (n + 1)
        self.left = list(range(n + 1))
        self.right = list(range(n + 1))
        self.left_mod = [0.0] * (n + 1)
        self.right_mod = [0.0] * (n + 1)
        self.left_thread = [NOTHING] * (n + 1)
        self.right_thread = [NOTHING] * (n + 1)

    def breadth(self) -> FloatArray:
        """The place of each node across the direction of growth, centred on 0."""
        for node in reversed(self.sequence):
            if self.children[node]:
                self._place_children(node)
        places = self._final()[:-1]
        centred: FloatArray = places - (places.min() + places.max()) / 2
        return centred

    def _place_children(self, node: int) -> None:
        family = self.children[node]
        lows = [(self.depth[self.left[family[0]]], 0)]
        for place in range(1, len(family)):
            lowest = self.depth[self.right[family[place]]]
            self._separate(family, place, lows)
            while lows and lowest >= lows[-1][0]:
                lows.pop()
            lows.append((lowest, place))
        first, last = family[0], family[-1]
        start = self.prelim[first] + self.mod[first]
        self.prelim[node] = (start + self.prelim[last] + self.mod[last]) / 2
        self.left[node], self.left_mod[node] = self.left[first], self.left_mod[first]
        self.right[node], self.right_mod[node] = self.right[last], self.right_mod[last]

    def _separate(self, family: list[int], place: int, lows: list[tuple[int, int]]) -> None:
        """Push child `place` right of everything before it, following both contours."""
        a, b = family[place - 1], family[place]
        a_mod, b_mod = self.mod[a], self.mod[b]
        top = len(lows) - 1
        while NOTHING not in (a, b):
            if self.depth[a] > lows[top][0]:
                top -= 1
            overlap = (a_mod + self.prelim[a] + 1.0) - (b_mod + self.prelim[b])
            if overlap > 0:
                b_mod += overlap
                self._move(family, place, lows[top][1], overlap)
            a, b = self._next_right(a), self._next_left(b)
            a_mod += self.mod[a] if a != NOTHING else 0.0
            b_mod += self.mod[b] if b != NOTHING else 0.0
        if b != NOTHING:
            self._thread_left(family[0], family[place], b, b_mod)
        elif a != NOTHING:
            self._thread_right(family[place - 1], family[place], a, a_mod)

    def _move(self, family: list[int], place: int, blocker: int, distance: float) -> None:
        child = family[place]
        self.mod[child] += distance
        self.left_mod[child] += distance
        self.right_mod[child] += distance
        between = place - blocker
        if between > 1:
            share = distance / between
            self.shift[family[blocker + 1]] += share
            self.shift[child] -= share
            self.change[child] -= distance - share

    def _next_left(self, node: int) -> int:
        return self.children[node][0] if self.children[node] else self.left_thread[node]

    def _next_right(self, node: int) -> int:
        return self.children[node][-1] if self.children[node] else self.right_thread[node]

    def _thread_left(self, first: int, child: int, to: int, mod_sum: float) -> None:
        end = self.left[first]
        self.left_thread[end] = to
        difference = mod_sum - self.mod[to] - self.left_mod[first]
        self.mod[end] += difference
        self.prelim[end] -= difference
        self.left[first], self.left_mod[first] = self.left[child], self.left_mod[child]

    def _thread_right(self, before: int, child: int, to: int, mod_sum: float) -> None:
        end = self.right[child]
        self.right_thread[end] = to
        difference = mod_sum - self.mod[to] - self.right_mod[child]
        self.mod[end] += difference
        self.prelim[end] -= difference
        self.right[child], self.right_mod[child] = self.right[before], self.right_mod[before]

    def _final(self) -> FloatArray:
        moved = [0.0] * len(self.prelim)
        final = np.zeros(len(self.prelim))
        for node in self.sequence:
            moved[node] += self.mod[node]
            final[node] = self.prelim[node] + moved[node]
            step = extra = 0.0
            for child in self.children[node]:
                step += self.shift[child]
                extra += step + self.change[child]
                self.mod[child] += extra
                moved[child] = moved[node]
        return final
