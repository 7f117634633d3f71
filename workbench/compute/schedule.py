"""Schedule: the inner nodes of a circuit in groups that can be evaluated at once. NumPy only."""

from __future__ import annotations

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
    is_new = (np.diff(keys[:, order], axis=1) != 0).any(axis=0)
    parts = np.split(inner[order], np.flatnonzero(is_new) + 1)
    return tuple(_group(circuit, nodes) for nodes in parts)


def _group(circuit: Circuit, nodes: IdArray) -> Group:
    first = circuit.offsets[nodes].astype(np.int64)
    arity = int(circuit.offsets[nodes[0] + 1] - first[0])
    return Group(Kind(circuit.kinds[nodes[0]]), nodes, first + np.arange(arity)[:, None])
