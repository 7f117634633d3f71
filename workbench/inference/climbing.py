"""Climb: better a row by changing one variable at a time. Finds good rows, proves nothing."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from workbench.circuits.circuit import Circuit
from workbench.core.arrays import FloatArray
from workbench.inference.engines import engine_of

MOST_NEIGHBOURS = 5_000  # rows tried at each step; with more the climb would take the time
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
