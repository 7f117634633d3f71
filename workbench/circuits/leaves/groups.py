"""Leaves of one family and size as rectangular index tables, for vectorised work."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from workbench.circuits.circuit import Circuit, Kind
from workbench.circuits.leaves import FAMILIES, Family
from workbench.core.arrays import IdArray, IntArray, frozen


@dataclass(frozen=True, eq=False)
class LeafGroup:
    """Leaves that share a family and their numbers of parameters and statistics.

    Parameters
    ----------
    nodes, variables
        (leaves,) positions in the circuit, and column numbers.
    parameters
        (leaves, n_parameters) places in :attr:`Circuit.leaf_parameters`.
    statistics
        (leaves, n_statistics) places in the flat array of leaf statistics.
    """

    family: Family
    nodes: IntArray
    variables: IntArray
    parameters: IdArray
    statistics: IdArray


def statistics_offsets(circuit: Circuit) -> IdArray:
    """(n_nodes + 1,) where the sufficient statistics of each leaf begin in the flat array.

    Examples
    --------
    >>> from workbench.circuits.build import Builder
    >>> from workbench.data.variables import categorical
    >>> build = Builder((categorical("x", 3),))
    >>> statistics_offsets(build.circuit(build.categorical(0, [0.2, 0.3, 0.5]))).tolist()
    [0, 3]
    """
    leaves = np.flatnonzero(circuit.kinds == Kind.LEAF)
    pairs = np.stack([circuit.leaf_families[leaves], circuit.leaf_variables[leaves]], axis=1)
    kinds, kind_of = np.unique(pairs, axis=0, return_inverse=True)
    sizes = [FAMILIES[code].n_statistics(circuit.variables[v]) for code, v in kinds.tolist()]
    counts = np.zeros(circuit.n_nodes, dtype=np.int64)
    counts[leaves] = np.array(sizes, dtype=np.int64)[kind_of]
    offsets: IdArray = frozen(np.concatenate([[0], np.cumsum(counts)]), dtype=np.int64)
    return offsets


def leaf_groups(circuit: Circuit) -> tuple[LeafGroup, ...]:
    """The leaves of `circuit`, grouped so that each group is a rectangle.

    Examples
    --------
    >>> from workbench.circuits.build import Builder
    >>> from workbench.data.variables import categorical
    >>> build = Builder((categorical("x", 3),))
    >>> [group.family.name for group in leaf_groups(build.circuit(build.categorical(0, [1, 1, 2])))]
    ['categorical']
    """
    leaves = np.flatnonzero(circuit.kinds == Kind.LEAF)
    begins = statistics_offsets(circuit)
    n_parameters = np.diff(circuit.leaf_offsets)[leaves]
    n_statistics = np.diff(begins)[leaves]
    keys = np.stack([circuit.leaf_families[leaves], n_parameters, n_statistics], axis=1)
    kinds, group_of = np.unique(keys, axis=0, return_inverse=True)
    groups = []
    for number, (code, width, depth) in enumerate(kinds.tolist()):
        nodes = leaves[group_of == number]
        groups.append(
            LeafGroup(
                family=FAMILIES[code],
                nodes=frozen(nodes, dtype=np.int32),
                variables=frozen(circuit.leaf_variables[nodes]),
                parameters=frozen(circuit.leaf_offsets[nodes, None] + np.arange(width), np.int64),
                statistics=frozen(begins[nodes, None] + np.arange(depth), np.int64),
            )
        )
    return tuple(groups)
