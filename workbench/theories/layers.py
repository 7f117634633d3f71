"""The inner nodes of a circuit in groups that can be evaluated at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from workbench.circuits.circuit import Circuit, Kind
from workbench.core.arrays import IntArray


@dataclass(frozen=True, eq=False)
class Layer:
    """Nodes of one kind at one height, their edges in a row and where each node's begin."""

    is_sum: bool
    nodes: IntArray
    edges: IntArray
    starts: IntArray


def layers_of(circuit: Circuit) -> list[Layer]:
    """The layers of a circuit, lowest first.

    Examples
    --------
    >>> from workbench.circuits.build import Builder
    >>> from workbench.data.variables import categorical
    >>> build = Builder((categorical("x", 2),))
    >>> leaves = [build.categorical(0, p) for p in ([0.9, 0.1], [0.2, 0.8])]
    >>> [layer.edges.tolist() for layer in layers_of(build.circuit(build.sum(leaves, [1, 1])))]
    [[0, 1]]
    """
    inner = np.flatnonzero(circuit.kinds != Kind.LEAF)
    group = 2 * circuit.levels[inner] + (circuit.kinds[inner] == Kind.SUM)
    order = np.argsort(group, kind="stable")
    cuts = np.flatnonzero(np.diff(group[order])) + 1
    groups = np.split(inner[order].astype(np.int32), cuts)
    return [_layer(circuit, nodes) for nodes in groups if len(nodes)]


def _layer(circuit: Circuit, nodes: IntArray) -> Layer:
    counts = np.diff(circuit.offsets)[nodes]
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
    shift = np.repeat(circuit.offsets[nodes] - starts, counts)
    is_sum = bool(circuit.kinds[nodes[0]] == Kind.SUM)
    return Layer(is_sum, nodes, np.arange(counts.sum()) + shift, starts)
