"""What a unit looks like: the mean of each variable under its distribution."""

from __future__ import annotations

import numpy as np

from workbench.circuits import Circuit, Kind
from workbench.circuits.leaves import FAMILIES
from workbench.core.arrays import FloatArray


def portrait(circuit: Circuit, node: int) -> FloatArray:
    """(n_variables,) the mean of each variable under the unit at position `node`.

    A category counts as its code, so the mean is one of grey levels when the
    variables are pixels; NaN outside the unit's scope.

    Examples
    --------
    >>> from workbench.circuits import Builder
    >>> from workbench.data import categorical
    >>> build = Builder((categorical("x", 2),))
    >>> portrait(build.circuit(build.categorical(0, [0.25, 0.75])), 0).tolist()
    [0.75]
    """
    mass = _mass_below(circuit, node)
    leaves = np.flatnonzero((circuit.kinds == Kind.LEAF) & (mass > 0))
    means = np.array([_leaf_mean(circuit, int(leaf)) for leaf in leaves])
    variables = circuit.leaf_variables[leaves]
    size = len(circuit.variables)
    total = np.bincount(variables, mass[leaves], size)
    weighted = np.bincount(variables, mass[leaves] * means, size)
    mean: FloatArray = np.divide(weighted, total, out=np.full(size, np.nan), where=total > 0)
    return mean


def _mass_below(circuit: Circuit, top: int) -> FloatArray:
    """(n_nodes,) the probability that the unit `top` uses each unit below it."""
    mass = np.zeros(circuit.n_nodes)
    mass[top] = 1.0
    for node in range(top, -1, -1):
        if mass[node] > 0 and circuit.kinds[node] != Kind.LEAF:
            edges = slice(circuit.offsets[node], circuit.offsets[node + 1])
            weights = np.exp(circuit.log_weights[edges])
            np.add.at(mass, circuit.children[edges], mass[node] * weights)
    return mass


def _leaf_mean(circuit: Circuit, leaf: int) -> float:
    family = FAMILIES[int(circuit.leaf_families[leaf])]
    statistics = family.expected_statistics(circuit.table_of(leaf)[None])[0]
    if family.kind == "categorical":
        return float(statistics @ np.arange(len(statistics)))
    return float(statistics[1])
