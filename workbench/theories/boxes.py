"""Exact mass of boxes (cubes) below every node of a circuit: one upward pass for a batch."""

from __future__ import annotations

import numpy as np

from workbench.circuits.circuit import Circuit, Kind
from workbench.circuits.leaves import CATEGORICAL, FAMILIES
from workbench.core.arrays import BoolArray, FloatArray
from workbench.theories.layers import Layer, layers_of


def upward(
    circuit: Circuit,
    boxes: list[BoolArray] | None,
    *,
    edges: BoolArray | None = None,
    values: BoolArray | None = None,
) -> FloatArray:
    """(n_nodes, batch) the mass that each node gives to each box.

    A leaf gives the sum of its probabilities over the allowed values.

    Parameters
    ----------
    boxes
        For each variable (batch, n_categories) allowed values; None is one box with all.
    edges, values
        Edges and leaf values that count; None counts all of them.

    Examples
    --------
    >>> from workbench.circuits.build import Builder
    >>> from workbench.data.variables import categorical
    >>> build = Builder((categorical("x", 2),))
    >>> circuit = build.circuit(build.categorical(0, [0.25, 0.75]))
    >>> upward(circuit, [np.array([[True, True], [False, True]])])[-1].tolist()
    [1.0, 0.75]
    """
    batch = 1 if boxes is None else len(boxes[0])
    mass = np.zeros((circuit.n_nodes, batch))
    _leaf_masses(circuit, boxes, values, mass)
    weights = np.exp(circuit.log_weights)
    if edges is not None:
        weights = np.where(edges | ~circuit.is_sum_edge, weights, 0.0)
    for layer in layers_of(circuit):
        _inner_masses(circuit, layer, weights, mass)
    return mass


def _leaf_masses(
    circuit: Circuit, boxes: list[BoolArray] | None, values: BoolArray | None, mass: FloatArray
) -> None:
    is_leaf = circuit.kinds == Kind.LEAF
    mass[is_leaf] = 1.0
    pairs = np.stack([circuit.leaf_families, circuit.leaf_variables], axis=1)
    for code, variable in np.unique(pairs[is_leaf], axis=0).tolist():
        log_masses = FAMILIES[code].log_masses
        if log_masses is None:
            continue
        leaves = np.flatnonzero((pairs == [code, variable]).all(axis=1))
        width = FAMILIES[code].n_parameters(circuit.variables[variable])
        places = circuit.leaf_offsets[leaves][:, None] + np.arange(width)
        table = np.exp(log_masses(circuit.leaf_parameters[places]))
        if values is not None and code == CATEGORICAL.code:
            table = np.where(values[places], table, 0.0)
        allowed = np.ones((1, table.shape[1])) if boxes is None else boxes[variable]
        mass[leaves] = table @ allowed.T.astype(np.float64)


def _inner_masses(circuit: Circuit, layer: Layer, weights: FloatArray, mass: FloatArray) -> None:
    terms = weights[layer.edges, None] * mass[circuit.children[layer.edges]]
    reduce = np.add.reduceat if layer.is_sum else np.multiply.reduceat
    mass[layer.nodes] = reduce(terms, layer.starts, axis=0)
