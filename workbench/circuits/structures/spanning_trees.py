"""The best spanning trees of a complete graph, one after the other."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from workbench.circuits.structures.chow_liu import (
    Tree,
    greatest_spanning_tree,
    neighbours_of,
    rooted_at_centre,
    walked,
)
from workbench.core.arrays import BoolArray, FloatArray, IntArray

Edge = tuple[int, int]


def best_trees(information: FloatArray, n_trees: int) -> list[Tree]:
    """Up to `n_trees` spanning trees of greatest total `information`, best first.

    Each is rooted at its centre. There are fewer only where the variables have
    fewer spanning trees. One tree and the next differ in few edges.

    Source: Gabow 1977, "Two algorithms for generating weighted spanning trees in
    order".

    Examples
    --------
    >>> weights = np.array([[0.0, 3.0, 2.0], [3.0, 0.0, 1.0], [2.0, 1.0, 0.0]])
    >>> [tree.parents.tolist() for tree in best_trees(weights, 9)]
    [[-1, 0, 0], [1, -1, 1], [2, 2, -1]]
    """
    parents = greatest_spanning_tree(information)
    found = [rooted_at_centre(parents)]
    waiting = [_Part(0.0, 0, parents, *_no_rules(len(parents)))]
    waiting = [part for part in waiting if part.look(information)]
    numbers = iter(range(1, 2 * n_trees + 1))
    while waiting and len(found) < n_trees:
        part = heapq.heappop(waiting)
        found.append(rooted_at_centre(part.swapped()))
        for child in part.split(numbers):
            if child.look(information):
                heapq.heappush(waiting, child)
    return found


@dataclass(order=True)
class _Part:
    """Spanning trees with and without certain edges, of which `parents` is the best.

    Parameters
    ----------
    loss
        Against the best tree of all, of the second best of this part.
    kept, barred
        (n, n) symmetric: edges that every tree has, and that none has.
    """

    loss: float
    number: int
    parents: IntArray = field(compare=False)
    kept: BoolArray = field(compare=False)
    barred: BoolArray = field(compare=False)
    base: float = field(compare=False, default=0.0)
    out: Edge = field(compare=False, default=(-1, -1))
    new: Edge = field(compare=False, default=(-1, -1))

    def look(self, information: FloatArray) -> bool:
        """Whether it has a second best tree, which is now known."""
        weakest = _weakest(self.parents, np.where(self.kept, np.inf, information))
        loss = np.where(self.barred, np.inf, weakest - information)
        loss[np.arange(len(loss)), np.arange(len(loss))] = np.inf
        child = np.flatnonzero(self.parents >= 0)
        loss[child, self.parents[child]] = loss[self.parents[child], child] = np.inf
        a, b = np.unravel_index(int(loss.argmin()), loss.shape)
        if loss[a, b] == np.inf:
            return False
        self.new = (int(a), int(b))
        on_path = [e for e in _path(self.parents, *self.new) if not self.kept[e]]
        self.out = min(on_path, key=lambda edge: float(information[edge]))
        self.loss = self.base + float(loss[a, b])
        return True

    def swapped(self) -> IntArray:
        """The parents in its second best tree."""
        return _with_edge(self.parents, self.out, self.new)

    def split(self, numbers: Iterator[int]) -> tuple[_Part, _Part]:
        """The trees with the edge that is swapped out, and those without it, which lose more."""
        kept, barred = _with(self.kept, self.out), _with(self.barred, self.out)
        return (
            _Part(0.0, next(numbers), self.parents, kept, self.barred, self.base),
            _Part(0.0, next(numbers), self.swapped(), self.kept, barred, self.loss),
        )


def _no_rules(n_variables: int) -> tuple[BoolArray, BoolArray]:
    none = np.zeros((n_variables, n_variables), dtype=np.bool_)
    return none, none


def _with(rules: BoolArray, edge: Edge) -> BoolArray:
    changed = rules.copy()
    changed[edge] = changed[edge[::-1]] = True
    return changed


def _weakest(parents: IntArray, weights: FloatArray) -> FloatArray:
    """(n, n) the smallest of the `weights` between two variables; inf from one to itself."""
    order, above = walked(neighbours_of(parents), 0)
    weakest = np.full(weights.shape, np.inf)
    for place, variable in enumerate(order[1:], start=1):
        parent, seen = above[variable], order[:place]
        along = np.minimum(weakest[parent, seen], weights[variable, parent])
        weakest[variable, seen] = weakest[seen, variable] = along
    return weakest


def _path(parents: IntArray, start: int, end: int) -> list[Edge]:
    """The edges between two variables."""
    above = walked(neighbours_of(parents), end)[1]
    edges = []
    while start != end:
        edges.append((start, above[start]))
        start = above[start]
    return edges


def _with_edge(parents: IntArray, out: Edge, new: Edge) -> IntArray:
    near = neighbours_of(parents)
    for a, b in (out, out[::-1]):
        near[a].remove(b)
    for a, b in (new, new[::-1]):
        near[a].append(b)
    return np.array(walked(near, 0)[1], dtype=np.int32)
