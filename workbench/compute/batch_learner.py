"""BatchLearner: stepwise EM in the batch executor's own tables, without a detour by logs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from workbench.circuits.circuit import Circuit, with_parameters
from workbench.circuits.engine import Flows
from workbench.circuits.leaves import CATEGORICAL
from workbench.compute.batch_engine import BatchEngine
from workbench.compute.batch_leaves import OtherLeaves, other_leaves
from workbench.compute.batch_maximise import (
    add_totals,
    blend_counts,
    blend_edges,
    find_zeros,
    largest_weights,
    logs_of_tables,
    maximise_sums,
    maximise_tables,
)
from workbench.compute.batch_space import Space, Totals
from workbench.compute.batch_tables import doubts
from workbench.compute.learner import Prior
from workbench.core.arrays import AnyArray, FloatArray, IdArray, frozen
from workbench.core.checkpoints import State
from workbench.core.states import require_alike

ROUNDING = 1e-4  # of the weights of a sum that were made to add to 1 in float32


class BatchLearner:
    """Learns on a :class:`BatchEngine`, which always has the present parameters.

    Counts are kept in the precision of the engine. See
    :class:`workbench.compute.learner.Learner`.
    """

    def __init__(self, engine: BatchEngine, prior: Prior) -> None:
        self._engine, self._circuit, program = engine, engine.circuit, engine.program
        tables = engine.parameters.tables
        self._dtype = tables.weights.dtype
        self._per_sum = self._dtype.type(prior.per_sum)
        self._is_relative = prior.is_relative
        self._smallest = self._dtype.type(np.finfo(self._dtype).tiny)
        self._counts = Counts(
            np.zeros_like(tables.weights),
            np.zeros_like(tables.masses),
            np.zeros((len(program.formulas), 3)),
        )
        families = self._circuit.leaf_families[program.tables]
        self._categorical: IdArray = np.flatnonzero(families == CATEGORICAL.code)
        self._others = other_leaves(self._circuit, program, prior)
        self._priors = _prior_table(self._circuit, prior, self._dtype)
        starts = program.units.leaf_starts
        self._has_zero = np.full(len(program.tables), prior.per_sum == 0.0)
        find_zeros(starts, tables.masses, self._has_zero)

    def start(self, rows: FloatArray) -> FloatArray:
        """(batch,) nats of `rows`, whose expected counts are those to begin with."""
        return self._count(rows, 1.0)

    def step(self, rows: FloatArray, size: float) -> FloatArray:
        """(batch,) nats of `rows` before the step; counts move a share `size` to theirs."""
        found = self._count(rows, size)
        self._maximise()
        return found

    def snapshot(self) -> Callable[[], Circuit]:
        """The present parameters; called, the circuit that has them."""
        tables, others = self._engine.parameters.tables, self._others
        weights, masses = tables.weights.copy(), tables.masses.copy()
        return lambda: self._circuit_of(weights, masses, others)

    def state(self) -> State:
        """Copies of the arrays that steps change, each in its own precision; after a step."""
        return {name: array.copy() for name, array in self._changing().items()}

    def restore(self, state: State) -> None:
        """Nothing; goes on as the learner, made of the same circuit and prior, that had `state`.

        Raises
        ------
        ParameterError
            When it is of another circuit or precision; nothing was changed.
        """
        here = self._changing()
        require_alike(state, here)
        self._others = tuple(
            replace(leaves, parameters=state[f"others.{number}"].copy())
            for number, leaves in enumerate(self._others)
        )
        for name, array in here.items():
            if not name.startswith("others."):  # those may be part of a snapshot
                array[...] = state[name]
        self._follow()

    def _changing(self) -> dict[str, AnyArray]:
        counts, tables = self._counts, self._engine.parameters.tables
        return {
            "counts.weights": counts.weights,
            "counts.masses": counts.masses,
            "counts.moments": counts.moments,
            "weights": tables.weights,
            "masses": tables.masses,
            **{f"others.{number}": leaves.parameters for number, leaves in enumerate(self._others)},
        }

    def _count(self, rows: FloatArray, size: float) -> FloatArray:
        """(batch,) nats of `rows`, after the counts moved a share `size` to theirs."""
        engine, counts = self._engine, self._counts
        rows = engine.checked(rows)
        shares = np.ones(len(rows))
        with engine.flow_pass(rows, shares) as done:
            totals = _merged(done.spaces)
            log_likelihood = done.log_likelihood
            if done.is_doubtful.any():
                others = engine.flows_of_doubtful(rows, shares, done)
                log_likelihood[done.is_doubtful] = others.log_likelihood
                self._add(others, totals)
            possible = max(1, int((log_likelihood > -np.inf).sum()))
            kept, added = self._dtype.type(1.0 - size), self._dtype.type(size / possible)
            weights = engine.parameters.tables.weights
            blend_edges(counts.weights, totals.down.weights, weights, kept, added)
            blend_counts(counts.masses, totals.down.masses, kept, added)
            blend_counts(counts.moments.ravel(), totals.moments.ravel(), float(kept), float(added))
        return log_likelihood

    def _add(self, flows: Flows, totals: Totals) -> None:
        """Nothing; the flows of doubtful rows are added to the totals of the others."""
        program, weights = self._engine.program, self._engine.parameters.tables.weights
        own, through = weights[program.slots], flows.edges[program.sum_edges]
        ratios = np.divide(through, own, out=np.zeros_like(through), where=own > 0)
        totals.down.weights[program.slots] += ratios
        begins = program.statistics
        starts = program.units.leaf_starts
        for nodes, first, into in (
            (program.tables, starts[:-1], totals.down.masses),
            (program.formulas, 3 * np.arange(len(program.formulas)), totals.moments.ravel()),
        ):
            sizes = np.diff(begins)[nodes]
            within = np.arange(int(sizes.sum())) - np.repeat(np.cumsum(sizes) - sizes, sizes)
            places = np.repeat(begins[nodes], sizes) + within
            into[np.repeat(first, sizes) + within] += flows.leaf_statistics[places]

    def _maximise(self) -> None:
        """Nothing; the engine's parameters maximise the counts and the prior."""
        counts, units = self._counts, self._engine.program.units
        tables = self._engine.parameters.tables
        maximise_sums(
            units,
            tables.weights,
            counts.weights,
            self._per_sum,
            self._is_relative,
            self._smallest,
        )
        maximise_tables(
            units.leaf_starts,
            self._categorical,
            units.leaf_variables,
            tables.masses,
            counts.masses,
            self._priors,
            self._is_relative,
            self._has_zero,
            self._smallest,
        )
        sides = {True: counts.masses, False: counts.moments.ravel()}
        self._others = tuple(
            leaves.maximised(sides[leaves.has_masses], is_relative=self._is_relative)
            for leaves in self._others
        )
        for leaves in self._others:
            if leaves.has_masses:
                tables.masses[leaves.cells] = leaves.masses(float(self._smallest))
        self._follow()

    def _follow(self) -> None:
        """Nothing; what the engine derives from weights, masses and other leaves is theirs."""
        engine, parameters = self._engine, self._engine.parameters
        units, tables = engine.program.units, parameters.tables
        largest = np.empty(len(units.mode), dtype=self._dtype)
        largest_weights(units, tables.weights, largest)
        tables.column_weights[:] = tables.weights[units.weights[-1] :][units.column_edges]
        tables.doubts[:] = doubts(largest, engine.choice.dtype)
        found = {leaves.family.code: frozen(leaves.parameters) for leaves in self._others}
        formulas = [
            replace(group, parameters=found[group.family.code]) for group in parameters.formulas
        ]
        engine.parameters = replace(parameters, formulas=tuple(formulas))
        weights, masses, others = tables.weights, tables.masses, self._others
        engine.take_circuit(lambda: self._circuit_of(weights, masses, others))

    def _circuit_of(
        self, weights: AnyArray, masses: AnyArray, others: tuple[OtherLeaves, ...]
    ) -> Circuit:
        """The circuit with these weights and masses, made to add to 1 in float64."""
        circuit, program = self._circuit, self._engine.program
        own = weights[program.slots].astype(np.float64)
        parents = circuit.edge_parents[program.sum_edges]
        totals = np.bincount(parents, weights=own, minlength=circuit.n_nodes)[parents]
        own /= np.where(np.abs(totals - 1.0) < ROUNDING, totals, 1.0)
        log_weights, logs = circuit.log_weights.copy(), circuit.leaf_parameters.copy()
        with np.errstate(divide="ignore"):  # what is impossible has log 0
            log_weights[program.sum_edges] = np.log(own)
        starts = program.units.leaf_starts
        places = circuit.leaf_offsets[program.tables].astype(np.int64)
        logs_of_tables(starts, self._categorical, masses, places, logs)
        for leaves in others:
            logs[leaves.places] = leaves.parameters
        return with_parameters(circuit, log_weights=log_weights, leaf_parameters=logs)


@dataclass(frozen=True, eq=False)
class Counts:
    """Running expected counts per row, laid out as the engine's tables."""

    weights: AnyArray
    masses: AnyArray
    moments: FloatArray


def _merged(spaces: list[Space]) -> Totals:
    """The totals of the first workspace, to which those of the others were added."""
    first = spaces[0].totals
    for space in spaces[1:]:
        add_totals(first.down.weights, space.totals.down.weights)
        add_totals(first.down.masses, space.totals.down.masses)
        add_totals(first.moments.ravel(), space.totals.moments.ravel())
    return first


def _prior_table(circuit: Circuit, prior: Prior, dtype: np.dtype[Any]) -> AnyArray:
    """(variable, category) the statistics of the observations added to categorical leaves."""
    width = max((variable.n_categories for variable in circuit.variables), default=0)
    table = np.zeros((len(circuit.variables), width), dtype=dtype)
    for (code, variable), statistics in prior.leaves.items():
        if code == CATEGORICAL.code:
            table[variable, : len(statistics)] = statistics
    return table
