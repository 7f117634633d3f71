"""What the interactive engine does at leaves, as machine code; importing it loads numba.

Tables of values and flows are ``(batch, n_nodes)``: one row of the table per
row of data, so that a single query touches consecutive memory. A missing cell
(NaN) gives its leaves the log-value 0 and no statistics.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from workbench.circuits.leaves import GAUSSIAN, POISSON, UNIFORM
from workbench.circuits.leaves.gaussian import LOG_ROOT_TWO_PI
from workbench.core.arrays import AnyArray, FloatArray, IdArray, IntArray
from workbench.core.compiled import compiled


@compiled
def fits(rows: FloatArray, sizes: FloatArray) -> bool:
    """Whether every cell is missing, finite and, for `sizes` above 0, a code below the size."""
    for row in range(rows.shape[0]):
        for column in range(rows.shape[1]):
            cell, size = rows[row, column], sizes[column]
            if math.isinf(cell):
                return False
            is_code = 0.0 <= cell < size and cell == math.floor(cell)
            if size > 0.0 and not is_code and not math.isnan(cell):
                return False
    return True


@compiled
def fill_from_tables(
    rows: FloatArray,
    nodes: IntArray,
    columns: IntArray,
    starts: IdArray,
    masses: AnyArray,
    values: AnyArray,
) -> None:
    """Nothing; `values` at `nodes` become the log-masses, in nats, of the codes in `rows`."""
    for row in range(rows.shape[0]):
        for leaf in range(len(nodes)):
            cell = rows[row, columns[leaf]]
            if math.isnan(cell):
                values[row, nodes[leaf]] = 0.0
            else:
                values[row, nodes[leaf]] = masses[starts[leaf] + int(cell)]


@compiled
def fill_gaussian(
    rows: FloatArray,
    nodes: IntArray,
    columns: IntArray,
    parameters: FloatArray,
    values: AnyArray,
) -> None:
    """Nothing; `values` at `nodes` become log-densities of means and log-deviations."""
    for row in range(rows.shape[0]):
        for leaf in range(len(nodes)):
            cell, log_density = rows[row, columns[leaf]], 0.0
            if not math.isnan(cell):
                mean, log_deviation = parameters[leaf, 0], parameters[leaf, 1]
                standard = 0.0
                if cell != mean:  # 0 times the inverse of a deviation of 0 is no number
                    standard = (cell - mean) * math.exp(-log_deviation)
                log_density = -0.5 * standard**2 - log_deviation - LOG_ROOT_TWO_PI
            values[row, nodes[leaf]] = log_density


@compiled
def fill_poisson(
    rows: FloatArray,
    nodes: IntArray,
    columns: IntArray,
    parameters: FloatArray,
    values: AnyArray,
) -> None:
    """Nothing; `values` at `nodes` become log-masses of log-rates."""
    for row in range(rows.shape[0]):
        for leaf in range(len(nodes)):
            cell, log_mass = rows[row, columns[leaf]], 0.0
            if not math.isnan(cell):
                log_mass = -math.inf
                if cell >= 0.0 and cell == math.floor(cell):
                    log_rate = parameters[leaf, 0]
                    log_mass = cell * log_rate - math.exp(log_rate) - math.lgamma(cell + 1.0)
                if math.isnan(log_mass):  # a count beyond all floats, minus more of them
                    log_mass = -math.inf
            values[row, nodes[leaf]] = log_mass


@compiled
def fill_uniform(
    rows: FloatArray,
    nodes: IntArray,
    columns: IntArray,
    parameters: FloatArray,
    values: AnyArray,
) -> None:
    """Nothing; `values` at `nodes` become log-densities between lower and upper ends."""
    for row in range(rows.shape[0]):
        for leaf in range(len(nodes)):
            cell, log_density = rows[row, columns[leaf]], 0.0
            if not math.isnan(cell):
                low, high = parameters[leaf, 0], parameters[leaf, 1]
                log_density = -math.inf
                if low <= cell < high:
                    log_density = 0.0 - math.log(high - low)
            values[row, nodes[leaf]] = log_density


@compiled
def count_codes(
    rows: FloatArray,
    nodes: IntArray,
    columns: IntArray,
    starts: IdArray,
    flows: AnyArray,
    shares: FloatArray,
    statistics: FloatArray,
) -> None:
    """Nothing; the flow of each leaf, times the row's share, is added at the row's code."""
    for row in range(rows.shape[0]):
        for leaf in range(len(nodes)):
            cell = rows[row, columns[leaf]]
            if not math.isnan(cell):
                statistics[starts[leaf] + int(cell)] += shares[row] * flows[row, nodes[leaf]]


@compiled
def add_moments(
    rows: FloatArray,
    nodes: IntArray,
    columns: IntArray,
    centres: FloatArray,
    flows: AnyArray,
    shares: FloatArray,
    moments: FloatArray,
) -> None:
    """Nothing; `moments` (leaves, 3) of values less the centre gain the flows of `rows`."""
    for row in range(rows.shape[0]):
        for leaf in range(len(nodes)):
            cell = rows[row, columns[leaf]]
            if not math.isnan(cell):
                flow, centred = shares[row] * flows[row, nodes[leaf]], cell - centres[leaf]
                moments[leaf, 0] += flow
                moments[leaf, 1] += flow * centred
                moments[leaf, 2] += flow * centred * centred


FILLERS: dict[int, Callable[..., Any]] = {
    GAUSSIAN.code: fill_gaussian,
    POISSON.code: fill_poisson,
    UNIFORM.code: fill_uniform,
}
