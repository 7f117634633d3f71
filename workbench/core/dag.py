"""Columnar directed acyclic graphs: CSR children, topological order, levels, reachability.

A DAG is two arrays: `offsets` (n_nodes + 1,) and `children` (n_edges,), so the
children of node i are ``children[offsets[i]:offsets[i + 1]]``. In *topological
order* every child has a smaller index than its parents. Nothing here recurses.
Walks over large graphs run as machine code, so depth costs no more than width.
"""

from __future__ import annotations

import numpy as np

from workbench.core.arrays import AnyArray, BoolArray, IdArray, IntArray

COMPILED_FROM = 20_000  # nodes; a walk over fewer ends before numba would be imported

_CHUNK = 2**20  # edges marked at a time, so that their long indices stay few


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
    level = np.zeros(len(offsets) - 1, dtype=np.int32)
    if len(level) >= COMPILED_FROM:
        from workbench.core.dag_kernels import fill_levels

        fill_levels(offsets, children, level)
        return level
    bounds = offsets.tolist()
    for node in np.flatnonzero(np.diff(offsets)).tolist():
        level[node] = level[children[bounds[node] : bounds[node + 1]]].max() + 1
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
    if len(seen) >= COMPILED_FROM:
        from workbench.core.dag_kernels import mark_below

        mark_below(offsets, children, root, seen)
        return seen
    bounds = offsets.tolist()
    for node in range(root, -1, -1):
        if seen[node]:
            seen[children[bounds[node] : bounds[node + 1]]] = True
    return seen


def united(offsets: IntArray, children: IntArray, bits: AnyArray) -> AnyArray:
    """`bits` (n_nodes, bytes), in which every parent also has the bits of its children.

    Examples
    --------
    >>> united(np.array([0, 0, 0, 2], np.int32), np.array([0, 1], np.int32),
    ...        np.array([[1], [4], [0]], np.uint8)).tolist()
    [[1], [4], [5]]
    """
    union = bits.copy()
    if len(union) >= COMPILED_FROM:
        from workbench.core.dag_kernels import unite_bits

        unite_bits(offsets, children, union)
        return union
    bounds = offsets.tolist()
    for node in np.flatnonzero(np.diff(offsets)).tolist():
        below = union[children[bounds[node] : bounds[node + 1]]]
        union[node] |= np.bitwise_or.reduce(below, axis=0)
    return union


def used(children: IntArray, n_nodes: int) -> BoolArray:
    """(n_nodes,) which nodes are somebody's child.

    Examples
    --------
    >>> used(np.array([0, 2], np.int32), 4).tolist()
    [True, False, True, False]
    """
    is_used = np.zeros(n_nodes, dtype=np.bool_)
    for first in range(0, len(children), _CHUNK):
        is_used[children[first : first + _CHUNK]] = True
    return is_used


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
