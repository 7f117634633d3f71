"""Columnar directed acyclic graphs: CSR children, topological order, levels, reachability.

A DAG is two arrays: `offsets` (n_nodes + 1,) and `children` (n_edges,), so the
children of node i are ``children[offsets[i]:offsets[i + 1]]``. In *topological
order* every child has a smaller index than its parents. Nothing here recurses.
"""

from __future__ import annotations

import numpy as np

from workbench.core.arrays import BoolArray, IdArray, IntArray


def edge_parents(offsets: IntArray) -> IntArray:
    """The parent of every edge, shape (n_edges,).

    Examples
    --------
    >>> edge_parents(np.array([0, 0, 0, 2], dtype=np.int32)).tolist()
    [2, 2]
    """
    counts = np.diff(offsets)
    return np.repeat(np.arange(len(counts), dtype=np.int32), counts)


def is_topological(offsets: IntArray, children: IntArray) -> bool:
    """Whether every child comes before its parents.

    Examples
    --------
    >>> is_topological(np.array([0, 0, 1], np.int32), np.array([0], np.int32))
    True
    """
    return bool(np.all(children < edge_parents(offsets)))


def levels(offsets: IntArray, children: IntArray) -> IntArray:
    """The height of each node above the leaves, shape (n_nodes,); a leaf has 0.

    Examples
    --------
    >>> levels(np.array([0, 0, 0, 2, 3], np.int32), np.array([0, 1, 2], np.int32)).tolist()
    [0, 0, 1, 2]
    """
    n_nodes = len(offsets) - 1
    level = np.zeros(n_nodes, dtype=np.int32)
    bounds, flat = offsets.tolist(), children
    for node in np.flatnonzero(np.diff(offsets)).tolist():
        level[node] = level[flat[bounds[node] : bounds[node + 1]]].max() + 1
    return level


def reachable(offsets: IntArray, children: IntArray, root: int) -> BoolArray:
    """Which nodes can be reached from `root` downwards, shape (n_nodes,).

    Examples
    --------
    >>> reachable(np.array([0, 0, 0, 1], np.int32), np.array([0], np.int32), 2).tolist()
    [True, False, True]
    """
    seen = np.zeros(len(offsets) - 1, dtype=np.bool_)
    seen[root] = True
    bounds = offsets.tolist()
    for node in range(root, -1, -1):
        if seen[node]:
            seen[children[bounds[node] : bounds[node + 1]]] = True
    return seen


def transpose(offsets: IntArray, children: IntArray) -> tuple[IntArray, IntArray, IdArray]:
    """The parents of every node as CSR: offsets, parents, and the edge each came from.

    Examples
    --------
    >>> up, parents, edges = transpose(np.array([0, 0, 0, 2], np.int32), np.array([0, 1], np.int32))
    >>> parents.tolist()
    [2, 2]
    """
    edges = np.argsort(children, kind="stable").astype(np.int64)
    counts = np.bincount(children, minlength=len(offsets) - 1)
    up = np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
    return up, edge_parents(offsets)[edges], edges
