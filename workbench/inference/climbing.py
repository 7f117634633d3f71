"""Climb: better a row step by step. Finds good rows, proves nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from workbench.circuits.circuit import Circuit
from workbench.circuits.leaves import GAUSSIAN
from workbench.core.arrays import FloatArray, IdArray
from workbench.inference.engines import engine_of

MOST_NEIGHBOURS = 5_000  # rows tried at each step; with more the climb would take the time
MOST_SHIFTS = 300
LEAST_GAIN = 1e-9  # nats, so that rounding is not climbed


def climb(circuit: Circuit, row: FloatArray, choices: Mapping[int, FloatArray]) -> FloatArray:
    """(variable,) a row no worse than `row`, which no single change of `choices` betters.

    `choices` are the values to try for each column. With more than 5,000 of them the
    row stays as it is.
    """
    count = sum(len(values) for values in choices.values())
    if not 0 < count <= MOST_NEIGHBOURS:
        return row
    columns = np.repeat(list(choices), [len(values) for values in choices.values()])
    values = np.concatenate(list(choices.values()))
    engine = engine_of(circuit)
    best, height = row, float(engine.log_likelihood(row[None])[0])
    while True:
        neighbours = np.tile(best, (count, 1))
        neighbours[np.arange(count), columns] = values
        heights = engine.log_likelihood(neighbours)
        first = int(heights.argmax())
        if heights[first] <= height + LEAST_GAIN:
            return best
        best, height = neighbours[first], float(heights[first])


def shift_means(circuit: Circuit, row: FloatArray, columns: Sequence[int]) -> FloatArray:
    """(variable,) a row no worse than `row`, with Gaussian `columns` moved uphill.

    Each value moves to the mean of its leaves, weighted by flow and precision, which
    never lowers the likelihood. Columns with leaves of other families stay.

    Source: Carreira-Perpinan 2007, "Gaussian mean-shift is an EM algorithm".
    """
    leaves = [np.flatnonzero(circuit.leaf_variables == v) for v in columns]
    moved = [
        (v, nodes, *_gaussian(circuit, nodes))
        for v, nodes in zip(columns, leaves, strict=True)
        if (circuit.leaf_families[nodes] == GAUSSIAN.code).all()
    ]
    engine, best = engine_of(circuit), row.copy()
    height = -np.inf
    for _ in range(MOST_SHIFTS if moved else 0):
        found = engine.flows(best[None])
        if not found.log_likelihood[0] > height:
            break
        height = float(found.log_likelihood[0])
        for column, nodes, means, precisions in moved:
            shares = found.nodes[nodes] * precisions
            best[column] = shares @ means / shares.sum()
    return best


def _gaussian(circuit: Circuit, nodes: IdArray) -> tuple[FloatArray, FloatArray]:
    """Means and precisions of Gaussian leaves."""
    means, log_deviations = np.array([circuit.table_of(node) for node in nodes.tolist()]).T
    return means, np.exp(-2.0 * log_deviations)
