"""Schedule: the inner nodes of a circuit in groups that can be evaluated at once. NumPy only."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from workbench.circuits.circuit import Circuit, Kind
from workbench.core.arrays import IdArray


@dataclass(frozen=True, eq=False)
class Group:
    """Inner nodes of one level, kind and number of children.

    Parameters
    ----------
    nodes
        (nodes,) positions in the circuit.
    edges
        (arity, nodes) the edge from each node to its first, second, ... child.
    """

    kind: Kind
    nodes: IdArray
    edges: IdArray


@lru_cache(maxsize=8)
def schedule(circuit: Circuit) -> tuple[Group, ...]:
    """The groups of `circuit`, children before parents.

    Examples
    --------
    >>> from workbench.circuits.build import Builder
    >>> from workbench.data.variables import categorical
    >>> build = Builder((categorical("x", 2),))
    >>> leaves = [build.categorical(0, [0.5, 0.5]), build.categorical(0, [0.1, 0.9])]
    >>> [group] = schedule(build.circuit(build.sum(leaves, [0.5, 0.5])))
    >>> group.kind.name, group.nodes.tolist(), group.edges.tolist()
    ('SUM', [2], [[0], [1]])
    """
    inner = np.flatnonzero(circuit.kinds != Kind.LEAF)
    if not len(inner):
        return ()
    arities = np.diff(circuit.offsets)[inner]
    keys = np.stack([arities, circuit.kinds[inner], circuit.levels[inner]])
    order = np.lexsort(keys)
    nodes = inner[order]
    is_new = (np.diff(keys[:, order], axis=1) != 0).any(axis=0)
    starts = np.append(0, np.flatnonzero(is_new) + 1)
    return tuple(_groups(circuit, nodes, starts, arities[order].astype(np.int64)))


def _groups(circuit: Circuit, nodes: IdArray, starts: IdArray, arities: IdArray) -> Iterator[Group]:
    """The groups that begin at `starts`; all their edges are found at once, however many."""
    counts = np.diff(starts, append=len(nodes))
    sizes = counts * arities[starts]
    ends = np.cumsum(sizes)
    within = np.arange(ends[-1]) - np.repeat(ends - sizes, sizes)
    width = np.repeat(counts, sizes)
    node = np.repeat(starts, sizes) + within % width
    edges = circuit.offsets[nodes].astype(np.int64)[node] + within // width
    kinds = [Kind(kind) for kind in circuit.kinds[nodes[starts]].tolist()]
    spans = zip(starts.tolist(), counts.tolist(), ends.tolist(), sizes.tolist(), strict=True)
    for kind, (start, count, end, size) in zip(kinds, spans, strict=True):
        yield Group(kind, nodes[start : start + count], edges[end - size : end].reshape(-1, count))
