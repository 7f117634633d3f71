"""What evidence changes: every variable before and after. Needs: smooth and decomposable."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

import numpy as np

from workbench.circuits.circuit import Circuit
from workbench.circuits.leaves import POISSON
from workbench.core.arrays import FloatArray, frozen
from workbench.errors import DataError
from workbench.inference.conditional import conditional
from workbench.inference.given import (
    Findings,
    Given,
    Known,
    given,
    impossible,
    known_values,
    prepared,
)
from workbench.inference.posteriors import Posteriors, posteriors

POINTS = 81  # at which a density is given
REACH = 3.5  # standard deviations to each side
DRAWN = 2e-3  # of its height: what is lower looks like nothing
DRAWN_DENSITIES = 64  # variables; more are told by mean and deviation alone


@dataclass(frozen=True, eq=False)
class Density:
    """The density of a continuous variable before and after, or the masses of counts.

    Parameters
    ----------
    points
        (points,) values, ascending.
    before, after
        (points,) densities per unit of the variable; `after` is zero outside of an
        interval that is given, and NaN where a single value is.
    """

    points: FloatArray
    before: FloatArray
    after: FloatArray


@dataclass(frozen=True, eq=False)
class Answer:
    """Every variable of a circuit before and after some evidence.

    Parameters
    ----------
    asked
        The circuit as it was given.
    given
        The evidence, and the circuit that other queries about it should be put to.
    before, after
        The distributions without and with the evidence.
    change
        (n_variables,) total variation between the two, in [0, 1]; of densities, at
        the points where they are given.
    densities
        By column, of the continuous variables.
    """

    asked: Circuit
    given: Given
    before: Posteriors
    after: Posteriors
    change: FloatArray
    densities: Mapping[int, Density]

    @property
    def log_probability(self) -> float:
        """Of the evidence, in nats."""
        return self.given.log_probability


def ask(circuit: Circuit, evidence: Findings | None = None) -> Answer:
    """Every variable in scope before and after `evidence`, and how probable the evidence is.

    Parameters
    ----------
    evidence
        As for :func:`workbench.inference.given`.

    Raises
    ------
    DataError
        When a variable or a value does not fit, or the evidence has probability zero.
    StructureError, ParameterError
        When sets cannot be weighed in this circuit.

    Examples
    --------
    >>> from workbench.circuits.build import Builder
    >>> from workbench.data.variables import categorical
    >>> build = Builder((categorical("x", 2), categorical("y", 2)))
    >>> x = [build.categorical(0, p) for p in ([1, 0], [0, 1])]
    >>> y = [build.categorical(1, p) for p in ([0.9, 0.1], [0.2, 0.8])]
    >>> pairs = [build.product(pair) for pair in zip(x, y)]
    >>> answer = ask(build.circuit(build.sum(pairs, [0.5, 0.5])), {"x": 1})
    >>> answer.before.of("y").round(2).tolist(), answer.after.of("y").round(2).tolist()
    ([0.55, 0.45], [0.2, 0.8])
    >>> answer.change.round(2).tolist()
    [0.5, 0.35]
    """
    before = _before(circuit)
    known = known_values(circuit, evidence or {})
    restricted, row, log_sets = prepared(circuit, known)
    try:
        after = posteriors(restricted, row) if known else before
    except DataError as error:
        raise impossible(circuit, known) from error
    found = Given(MappingProxyType(known), restricted, row, log_sets, after.log_evidence)
    densities = _densities(circuit, found, before)
    return Answer(
        asked=circuit,
        given=found,
        before=before,
        after=after,
        change=_changes(circuit, found, before, after, densities),
        densities=densities,
    )


@lru_cache(maxsize=4)
def _before(circuit: Circuit) -> Posteriors:
    return posteriors(circuit, {})


def _densities(circuit: Circuit, found: Given, before: Posteriors) -> dict[int, Density]:
    columns = [c for c in circuit.scope if not circuit.variables[c].n_categories]
    if not columns or len(columns) > DRAWN_DENSITIES:
        return {}
    grids = _prior_grids(circuit)
    afters = _afters(circuit, found, {column: grids[column][0] for column in columns})
    return {
        column: Density(grids[column][0], grids[column][1], frozen(afters[column]))
        for column in columns
    }


@lru_cache(maxsize=4)
def _prior_grids(circuit: Circuit) -> dict[int, tuple[FloatArray, FloatArray]]:
    """By column the points of a continuous variable, and its density there."""
    before = _before(circuit)
    grids = {
        column: _grid(circuit, column, before.means[place], before.deviations[place])
        for place, column in enumerate(circuit.scope)
        if not circuit.variables[column].n_categories
    }
    nothing = np.full(len(circuit.variables), np.nan)
    grids = {
        column: _trimmed(points, d)
        for (column, points), d in zip(
            grids.items(), _at(circuit, nothing, grids).values(), strict=True
        )
    }
    densities = _at(circuit, nothing, grids)
    return {column: (frozen(grids[column]), frozen(densities[column])) for column in grids}


def _grid(circuit: Circuit, column: int, mean: float, deviation: float) -> FloatArray:
    low, high = mean - REACH * deviation, mean + REACH * deviation
    leaves = circuit.leaf_variables == column
    if not (circuit.leaf_families[leaves] == POISSON.code).all():
        return np.linspace(low, high, POINTS)
    step = max(1, int(np.ceil((high - max(low, 0.0)) / POINTS)))
    return np.arange(max(0.0, np.floor(low)), np.ceil(high) + 1.0, step)


def _trimmed(points: FloatArray, density: FloatArray) -> FloatArray:
    """`points` from where to where something is drawn, as many as before; counts are kept."""
    if (points == np.round(points)).all():
        return points
    inside = np.flatnonzero(density > DRAWN * density.max())
    first, last = max(inside[0] - 1, 0), min(inside[-1] + 1, len(points) - 1)
    return np.linspace(points[first], points[last], len(points))


def _at(
    circuit: Circuit, row: FloatArray, grids: Mapping[int, FloatArray]
) -> dict[int, FloatArray]:
    """By column the density at each point of its grid, given `row`; all in one batch."""
    if not grids:
        return {}
    sizes = [len(points) for points in grids.values()]
    query = np.full((sum(sizes), len(circuit.variables)), np.nan)
    start = 0
    for column, points in grids.items():
        query[start : start + len(points), column] = points
        start += len(points)
    values = np.exp(conditional(circuit, query, row))
    parts = np.split(values, np.cumsum(sizes)[:-1])
    return dict(zip(grids, parts, strict=True))


def _afters(
    circuit: Circuit, found: Given, grids: Mapping[int, FloatArray]
) -> dict[int, FloatArray]:
    free = {column: points for column, points in grids.items() if column not in found.known}
    afters = _at(found.circuit, found.row, free)
    for column, known in found.known.items():
        if isinstance(known, tuple):
            afters[column] = _inside(circuit, found, column, known, grids[column])
        elif column in grids:
            afters[column] = np.full(len(grids[column]), np.nan)
    return afters


def _inside(
    circuit: Circuit, found: Given, column: int, ends: tuple[float, float], points: FloatArray
) -> FloatArray:
    """The density within an interval: that given all other evidence, over its mass there."""
    others: dict[str | int, Known] = {c: k for c, k in found.known.items() if c != column}
    rest = given(circuit, others)
    density = _at(rest.circuit, rest.row, {column: points})[column]
    mass = np.exp(found.log_probability - rest.log_probability)
    is_inside = (points >= ends[0]) & (points <= ends[1])
    return np.where(is_inside, density / mass, 0.0)


def _changes(
    circuit: Circuit,
    found: Given,
    before: Posteriors,
    after: Posteriors,
    densities: Mapping[int, Density],
) -> FloatArray:
    changes = np.zeros(len(circuit.scope))
    for place, column in enumerate(circuit.scope):
        if column in densities:
            changes[place] = _density_change(densities[column])
        elif circuit.variables[column].n_categories:
            pair: Sequence[FloatArray] = (before.probabilities[place], after.probabilities[place])
            changes[place] = 0.5 * float(np.abs(pair[0] - pair[1]).sum())
        else:
            changes[place] = float(column in found.known)
    return frozen(changes)


def _density_change(density: Density) -> float:
    if np.isnan(density.after).any():
        return 1.0
    step = float(np.diff(density.points).mean()) if len(density.points) > 1 else 1.0
    return min(1.0, 0.5 * step * float(np.abs(density.after - density.before).sum()))
