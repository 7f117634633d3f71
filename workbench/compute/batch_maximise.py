"""The compiled M-step of the batch executor, in the precision and the layout of its tables.

A step on millions of parameters takes about as long as reading and writing
them. What is impossible stays so, and what is possible stays above 0: the
smallest number of the precision is added, which changes no other. Importing
this module imports numba.
"""

from __future__ import annotations

import numpy as np

from workbench.compute.program import COPY, DENSE, Units
from workbench.core.arrays import AnyArray, BoolArray, FloatArray, IdArray
from workbench.core.compiled import compiled, reassociated


@compiled
def blend_counts(counts: AnyArray, totals: AnyArray, kept: float, added: float) -> None:
    """Nothing; counts are `kept` of what they were plus `added` of the totals, which become 0."""
    for k in range(len(counts)):
        counts[k] = kept * counts[k] + added * totals[k]
        totals[k] = 0


@compiled
def blend_edges(
    counts: AnyArray, totals: AnyArray, weights: AnyArray, kept: float, added: float
) -> None:
    """Nothing; as :func:`blend_counts`, for totals still to be multiplied by the weights."""
    for k in range(len(counts)):
        counts[k] = kept * counts[k] + added * totals[k] * weights[k]
        totals[k] = 0


@compiled
def add_totals(totals: AnyArray, others: AnyArray) -> None:
    """Nothing; the totals of another workspace are added, and become 0 there."""
    for k in range(len(totals)):
        totals[k] += others[k]
        others[k] = 0


@compiled
def maximise_sums(
    units: Units,
    weights: AnyArray,
    counts: AnyArray,
    per_sum: float,
    is_relative: bool,
    smallest: float,
) -> None:
    """Nothing; the weights of all sums maximise the counts and `per_sum` observations each."""
    for unit in range(len(units.mode)):
        for number in range(units.sums[unit]):
            begin, end = _cells(units, unit, number)
            _maximise_sum(weights[begin:end], counts[begin:end], per_sum, is_relative, smallest)


@compiled
def largest_weights(units: Units, weights: AnyArray, largest: AnyArray) -> None:
    """Nothing; `largest` (units,) becomes the largest weight of each unit."""
    for unit in range(len(units.mode)):
        top = weights.dtype.type(units.mode[unit] == COPY)
        for number in range(units.sums[unit]):
            begin, end = _cells(units, unit, number)
            for cell in range(begin, end):
                top = max(top, weights[cell])
        largest[unit] = top


@compiled
def _cells(units: Units, unit: int, number: int) -> tuple[int, int]:
    """Where the weights of a sum of a unit begin and end; a copied product has none."""
    row = units.rows[unit] + number
    if units.mode[unit] == COPY:
        return 0, 0
    if units.mode[unit] == DENSE:
        width = units.columns[unit + 1] - units.columns[unit]
        begin = units.weights[unit] + number * width
        return begin, begin + units.children[unit]
    n_cells = units.weights[-1]
    return n_cells + units.edge_starts[row], n_cells + units.edge_starts[row + 1]


@reassociated
def _maximise_sum(
    weights: AnyArray, counts: AnyArray, per_sum: float, is_relative: bool, smallest: float
) -> None:
    """Nothing; the weights of one sum maximise its counts and the prior."""
    one, total, alive = weights.dtype.type(1), weights.dtype.type(0), weights.dtype.type(0)
    for cell in range(len(weights)):
        total += counts[cell]
        alive += one * (weights[cell] > 0)
    share = per_sum * (total if is_relative else one) / max(alive, one)
    total += share * alive
    if total > 0:
        scale = one / total
        for cell in range(len(weights)):
            expected = counts[cell] + share
            is_alive = one * ((weights[cell] > 0) & (expected > 0))
            weights[cell] = is_alive * (expected * scale + smallest)


@compiled
def find_zeros(starts: IdArray, masses: AnyArray, has_zero: BoolArray) -> None:
    """Nothing; `has_zero` (leaves,) tells which leaves have an impossible category."""
    for leaf in range(len(has_zero)):
        for cell in range(starts[leaf], starts[leaf + 1] - 1):
            has_zero[leaf] |= masses[cell] == 0


@compiled
def maximise_tables(
    starts: IdArray,
    chosen: IdArray,
    variables: IdArray,
    masses: AnyArray,
    counts: AnyArray,
    priors: AnyArray,
    is_relative: bool,
    has_zero: BoolArray,
    smallest: float,
) -> None:
    """Nothing; the masses of `chosen` leaves maximise the counts and `priors` (variable, code)."""
    for leaf in chosen:
        begin, end, prior = starts[leaf], starts[leaf + 1] - 1, priors[variables[leaf]]
        flow = _flow(counts[begin:end]) if is_relative else masses.dtype.type(1)
        if has_zero[leaf]:
            _maximise_possible(masses[begin:end], counts[begin:end], prior, flow, smallest)
        else:
            _maximise_table(masses[begin:end], counts[begin:end], prior, flow, smallest)


@reassociated
def _flow(counts: AnyArray) -> float:
    """The expected flow of a leaf: its counts together."""
    total = counts.dtype.type(0)
    for code in range(len(counts)):
        total += counts[code]
    return total  # type: ignore[no-any-return]  # of the type of the counts


@reassociated
def _maximise_table(
    masses: AnyArray, counts: AnyArray, prior: AnyArray, flow: float, smallest: float
) -> None:
    """Nothing; the masses of a leaf whose categories are all possible, also by the prior."""
    total = masses.dtype.type(0)
    for code in range(len(masses)):
        total += counts[code] + flow * prior[code]
    if total > 0:
        scale = masses.dtype.type(1) / total
        for code in range(len(masses)):
            masses[code] = (counts[code] + flow * prior[code]) * scale + smallest


@reassociated
def _maximise_possible(
    masses: AnyArray, counts: AnyArray, prior: AnyArray, flow: float, smallest: float
) -> None:
    """Nothing; the masses of a leaf, of which those that are 0 stay so."""
    one, total = masses.dtype.type(1), masses.dtype.type(0)
    for code in range(len(masses)):
        total += counts[code] + flow * prior[code] * (one * (masses[code] > 0))
    if total > 0:
        scale = one / total
        for code in range(len(masses)):
            expected = counts[code] + flow * prior[code]
            is_possible = one * ((masses[code] > 0) & (expected > 0))
            masses[code] = is_possible * (expected * scale + smallest)


@compiled
def logs_of_tables(
    starts: IdArray, chosen: IdArray, masses: AnyArray, places: IdArray, logs: FloatArray
) -> None:
    """Nothing; the masses of `chosen` leaves, made to add to 1, are at `places` as logs."""
    for leaf in chosen:
        begin, end = starts[leaf], starts[leaf + 1] - 1
        total = 0.0
        for cell in range(begin, end):
            total += float(masses[cell])
        for cell in range(begin, end):
            logs[places[leaf] + cell - begin] = np.log(float(masses[cell]) / total)
