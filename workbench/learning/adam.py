"""Gradient ascent by Adam: logits of sums and tables, free coordinates of other leaves."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from workbench.circuits.circuit import Circuit
from workbench.circuits.engine import Engine
from workbench.circuits.leaves import GAUSSIAN
from workbench.circuits.leaves.groups import LeafGroup, leaf_groups
from workbench.circuits.normalise import log_totals, normalised, unnormalised_sums
from workbench.compute import Prior
from workbench.core.arrays import AnyArray, FloatArray
from workbench.core.checkpoints import NOWHERE, Checkpoints, State
from workbench.core.progress import Progress
from workbench.core.states import require_alike
from workbench.learning.coordinates import COORDINATES
from workbench.learning.em import Schedule, climb
from workbench.learning.maximise import Counts, Maximiser, prior_of
from workbench.learning.trace import Trace

DECAY, SQUARE_DECAY = 0.9, 0.999
SMALLEST = 1e-8


def adam(
    engine: Engine,
    train: FloatArray,
    valid: FloatArray,
    schedule: Schedule,
    seed: int,
    on_progress: Progress,
    checkpoints: Checkpoints = NOWHERE,
) -> Trace:
    """The trace of Adam on the mean log-likelihood and the log of the prior.

    Steps are in nats of log-weights; those of a Gaussian's mean are in units of the
    deviation that it began with. Epochs, batches, checkpoints and the trace are those
    of :func:`workbench.learning.em.em`.

    Source: Kingma and Ba 2015, "Adam: a method for stochastic optimization", algorithm
    1; the derivative by a log-weight is its flow, Peharz et al. 2017, "On the latent
    variable interpretation in sum-product networks", section 4.
    """
    prior = prior_of(engine.circuit, train, schedule.pseudocount, is_relative=schedule.is_relative)
    learner = AdamLearner(engine, prior, schedule.momentum or DECAY)
    return climb(engine, learner, train, valid, schedule, seed, on_progress, checkpoints)


class AdamLearner:
    """Adam on any engine; see :class:`workbench.compute.learner.Learner`.

    What has probability zero stays impossible. Families without free coordinates
    (uniform leaves) stay as they are.
    """

    def __init__(self, engine: Engine, prior: Prior, decay: float = DECAY) -> None:
        if unnormalised_sums(engine.circuit).any():
            scaled = normalised(engine.circuit)
            engine.set_parameters(scaled.log_weights, scaled.leaf_parameters)
        circuit = engine.circuit
        self._engine, self._decay = engine, decay
        self._with_prior = Maximiser(circuit, prior).with_prior
        self._groups = [g for g in leaf_groups(circuit) if g.family.code in COORDINATES]
        self._units = [_units(circuit, group) for group in self._groups]
        sizes = [circuit.n_edges, *(units.size for units in self._units)]
        self._bounds = np.cumsum([0, *sizes])
        self._mean = np.zeros(int(self._bounds[-1]))
        self._square = np.zeros_like(self._mean)
        self._n_steps = 0

    def start(self, rows: FloatArray) -> FloatArray:
        """(batch,) nats of `rows`; nothing is learned from them."""
        return self._engine.log_likelihood(rows)

    def step(self, rows: FloatArray, size: float) -> FloatArray:
        """(batch,) nats of `rows` before a step of Adam at the rate `size`."""
        found = self._engine.flows(rows)
        possible = max(1, int((found.log_likelihood > -np.inf).sum()))
        counts = Counts(found.edges / possible, found.leaf_statistics / possible)
        self._move(self._with_prior(counts), size)
        return found.log_likelihood

    def snapshot(self) -> Callable[[], Circuit]:
        """The present parameters; called, the circuit that has them."""
        circuit = self._engine.circuit
        return lambda: circuit

    def state(self) -> State:
        """Copies of the arrays that steps change; after a step."""
        return {name: array.copy() for name, array in self._changing().items()}

    def restore(self, state: State) -> None:
        """Nothing; goes on as the learner, made of the same circuit and prior, that had `state`.

        Raises
        ------
        ParameterError
            When it is of another circuit; nothing was changed.
        """
        require_alike(state, self._changing())
        self._mean, self._square = state["mean"].copy(), state["square"].copy()
        self._n_steps = int(state["n_steps"][0])
        self._engine.set_parameters(state["log_weights"], state["leaf_parameters"])

    def _changing(self) -> dict[str, AnyArray]:
        circuit = self._engine.circuit
        return {
            "mean": self._mean,
            "square": self._square,
            "n_steps": np.array([self._n_steps]),
            "log_weights": circuit.log_weights,
            "leaf_parameters": circuit.leaf_parameters,
        }

    def _move(self, counts: Counts, size: float) -> None:
        """Nothing; the parameters go a step up the slope of `counts`."""
        circuit = self._engine.circuit
        steps = size * self._directions(self._gradient(circuit, counts))
        weights = circuit.log_weights + steps[: circuit.n_edges]
        parameters = circuit.leaf_parameters.copy()
        for number, (group, units) in enumerate(zip(self._groups, self._units, strict=True), 1):
            own, free = parameters[group.parameters], COORDINATES[group.family.code]
            part = steps[self._bounds[number] : self._bounds[number + 1]].reshape(units.shape)
            parameters[group.parameters] = free.write(own, free.read(own) + units * part)
        self._engine.set_parameters(_log_shares(circuit, weights), parameters)

    def _gradient(self, circuit: Circuit, counts: Counts) -> FloatArray:
        """Of the log-weights, then of each group of leaves, flat."""
        parents, is_sum = circuit.edge_parents, circuit.is_sum_edge
        own = np.where(is_sum, counts.edges, 0.0)
        totals = np.bincount(parents, weights=own, minlength=circuit.n_nodes)
        parts = [np.where(is_sum, own - totals[parents] * np.exp(circuit.log_weights), 0.0)]
        for group, units in zip(self._groups, self._units, strict=True):
            gradient = COORDINATES[group.family.code].gradient
            parameters = circuit.leaf_parameters[group.parameters]
            parts.append((units * gradient(parameters, counts.leaves[group.statistics])).ravel())
        return np.concatenate(parts)

    def _directions(self, gradient: FloatArray) -> FloatArray:
        """The steps at rate 1 after another gradient."""
        self._n_steps += 1
        self._mean = self._decay * self._mean + (1.0 - self._decay) * gradient
        self._square = SQUARE_DECAY * self._square + (1.0 - SQUARE_DECAY) * gradient**2
        mean = self._mean / (1.0 - self._decay**self._n_steps)
        square = self._square / (1.0 - SQUARE_DECAY**self._n_steps)
        steps: FloatArray = mean / (np.sqrt(square) + SMALLEST)
        return steps


def _units(circuit: Circuit, group: LeafGroup) -> FloatArray:
    """(leaves, free) what a step of 1 is for each coordinate."""
    parameters = circuit.leaf_parameters[group.parameters]
    units = np.ones_like(COORDINATES[group.family.code].read(parameters))
    if group.family.code == GAUSSIAN.code:
        units[:, 0] = np.exp(parameters[:, 1])
    return units


def _log_shares(circuit: Circuit, log_weights: FloatArray) -> FloatArray:
    """(n_edges,) log-weights that add to one at every sum."""
    totals = log_totals(circuit, log_weights)
    shift: FloatArray = np.where(totals > -np.inf, totals, 0.0)[circuit.edge_parents]
    return np.where(circuit.is_sum_edge, log_weights - shift, 0.0)
