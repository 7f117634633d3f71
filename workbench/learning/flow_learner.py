"""FlowLearner: stepwise EM on any engine, by the flows that it gives out."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from workbench.circuits.circuit import Circuit
from workbench.circuits.engine import Engine, Flows
from workbench.compute import Prior
from workbench.core.arrays import AnyArray, FloatArray
from workbench.core.checkpoints import State
from workbench.core.states import require_alike
from workbench.learning.maximise import Counts, Maximiser


class FlowLearner:
    """Stepwise EM on any engine; see :class:`workbench.compute.learner.Learner`.

    With `momentum` a step moves towards the mean of the counts of all batches so far,
    a batch k steps ago having the weight ``momentum ** k``, instead of the last alone.
    """

    def __init__(self, engine: Engine, prior: Prior, momentum: float = 0.0) -> None:
        self._engine, self._momentum = engine, momentum
        self._maximise = Maximiser(engine.circuit, prior)
        self._counts = self._recent = Counts.none(engine.circuit)
        self._n_steps = 0

    def start(self, rows: FloatArray) -> FloatArray:
        """(batch,) nats of `rows`, whose expected counts are those to begin with."""
        found = self._engine.flows(rows)
        self._counts = _per_row(found)
        return found.log_likelihood

    def step(self, rows: FloatArray, size: float) -> FloatArray:
        """(batch,) nats of `rows` before the step; counts move a share `size` to theirs."""
        found = self._engine.flows(rows)
        self._counts = self._counts.blend(self._aim(_per_row(found)), size)
        self._engine.set_parameters(*self._maximise(self._engine.circuit, self._counts))
        return found.log_likelihood

    def _aim(self, counts: Counts) -> Counts:
        """What the counts move towards, after a batch that gave `counts`."""
        if not self._momentum:
            return counts
        self._n_steps += 1
        self._recent = self._recent.blend(counts, 1.0 - self._momentum)
        return self._recent.times(1.0 / (1.0 - self._momentum**self._n_steps))

    def snapshot(self) -> Callable[[], Circuit]:
        """The present parameters; called, the circuit that has them."""
        circuit = self._engine.circuit
        return lambda: circuit

    def state(self) -> State:
        """Copies of the arrays that steps change, in float64; after a step."""
        return {name: array.copy() for name, array in self._changing().items()}

    def restore(self, state: State) -> None:
        """Nothing; goes on as the learner, made of the same circuit and prior, that had `state`.

        Raises
        ------
        ParameterError
            When it is of another circuit; nothing was changed.
        """
        require_alike(state, self._changing())
        self._counts = Counts(state["counts.edges"].copy(), state["counts.leaves"].copy())
        if self._momentum:
            self._recent = Counts(state["recent.edges"].copy(), state["recent.leaves"].copy())
            self._n_steps = int(state["n_steps"][0])
        self._engine.set_parameters(state["log_weights"], state["leaf_parameters"])

    def _changing(self) -> dict[str, AnyArray]:
        circuit, counts, recent = self._engine.circuit, self._counts, self._recent
        moving: dict[str, AnyArray] = {
            "recent.edges": recent.edges,
            "recent.leaves": recent.leaves,
            "n_steps": np.array([self._n_steps]),
        }
        return {
            **(moving if self._momentum else {}),
            "counts.edges": counts.edges,
            "counts.leaves": counts.leaves,
            "log_weights": circuit.log_weights,
            "leaf_parameters": circuit.leaf_parameters,
        }


def _per_row(flows: Flows) -> Counts:
    possible = max(1, int((flows.log_likelihood > -np.inf).sum()))
    return Counts(flows.edges / possible, flows.leaf_statistics / possible)
