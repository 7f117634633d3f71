"""What a circuit went through as it was pruned, grown and learned; every state can be reopened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from workbench.circuits.circuit import Circuit
from workbench.core.arrays import AnyArray
from workbench.core.checkpoints import State
from workbench.core.states import named, of_part
from workbench.core.tables import Table
from workbench.data.variables import Variable
from workbench.errors import ParameterError

KINDS = ("start", "em", "prune", "grow")
NUMBERS = ("train", "valid", "bound", "loss", "keep", "seconds")
HISTORY = ("train", "valid", "seconds")
ARRAYS = (
    "kinds",
    "offsets",
    "children",
    "log_weights",
    "leaf_variables",
    "leaf_families",
    "leaf_offsets",
    "leaf_parameters",
    "ids",
)


@dataclass(frozen=True, eq=False)
class Phase:
    """One phase, and the circuit after it.

    Parameters
    ----------
    kind
        One of :data:`KINDS`.
    round
        0 for learning before anything was pruned, then from 1.
    origin
        The number of the phase whose circuit it began with; -1 for the start.
    train, valid
        Mean log-likelihood of the circuit in nats per row; NaN without validation rows.
    bound, loss
        Of a pruning, in nats per training row; otherwise NaN.
    keep
        The share of sum edges that the round keeps; NaN before the first.
    seconds
        What the phase took.
    history
        Of EM, (3, epochs) train, valid and seconds of each epoch; otherwise empty.
    """

    kind: str
    round: int
    origin: int
    circuit: Circuit
    train: float
    valid: float
    history: AnyArray
    bound: float = float("nan")
    loss: float = float("nan")
    keep: float = float("nan")
    seconds: float = float("nan")

    @property
    def score(self) -> float:
        """What phases are compared by: validation rows, or training rows without any."""
        return self.train if np.isnan(self.valid) else self.valid


@dataclass(frozen=True, eq=False)
class Trajectory:
    """All phases of :func:`workbench.learning.prune_and_grow`.

    Parameters
    ----------
    circuits
        The circuit after each phase; the first is the one that came.
    phases
        A row per phase: kind, round, origin (the phase it began from), nodes, sum_edges,
        parameters, train and valid (nats per row), bound and loss (nats per row, of
        prunings), keep, seconds.
    history
        A row per epoch of EM: phase, epoch, train, valid, seconds since the phase began.
    best
        The phase that explains the validation rows best; the training rows without any.

    Examples
    --------
    >>> from workbench.circuits import hclt
    >>> from workbench.learning import prune_and_grow
    >>> rows = np.array([[0, 0, 1], [1, 1, 0], [0, 0, 0], [1, 1, 1]], dtype=float)
    >>> found = prune_and_grow(hclt(rows, latents=2), rows, rounds=1, epochs=2)
    >>> found.phases["kind"].tolist()
    ['start', 'em', 'prune', 'grow', 'em']
    >>> found.circuit == found.circuits[found.best]
    True
    """

    circuits: tuple[Circuit, ...]
    phases: Table
    history: Table
    best: int

    @property
    def circuit(self) -> Circuit:
        """The circuit of the best phase."""
        return self.circuits[self.best]


def trajectory_of(phases: Sequence[Phase]) -> Trajectory:
    """The trajectory of `phases` in their order."""
    circuits = tuple(phase.circuit for phase in phases)
    lengths = [phase.history.shape[1] for phase in phases]
    epochs = np.concatenate([phase.history for phase in phases], axis=1)
    table = Table(
        {
            "kind": np.array([phase.kind for phase in phases], dtype=object),
            "round": np.array([phase.round for phase in phases]),
            "origin": np.array([phase.origin for phase in phases]),
            "nodes": np.array([circuit.n_nodes for circuit in circuits]),
            "sum_edges": np.array([int(circuit.is_sum_edge.sum()) for circuit in circuits]),
            "parameters": np.array([circuit.n_parameters for circuit in circuits]),
            **{name: np.array([getattr(phase, name) for phase in phases]) for name in NUMBERS},
        }
    )
    history = Table(
        {
            "phase": np.repeat(np.arange(len(phases)), lengths),
            "epoch": np.concatenate([np.arange(length) for length in lengths]),
            **dict(zip(HISTORY, epochs, strict=True)),
        }
    )
    return Trajectory(circuits, table, history, best_of(phases))


def best_of(phases: Sequence[Phase]) -> int:
    """The number of the first phase of greatest score, without those that cannot be told."""
    scores = np.array([phase.score for phase in phases])
    return int(np.argmax(np.where(np.isnan(scores), -np.inf, scores)))


def state_of(phases: Sequence[Phase]) -> dict[str, AnyArray]:
    """All of `phases` as named arrays."""
    state: dict[str, AnyArray] = {"n_phases": np.array([len(phases)])}
    for number, phase in enumerate(phases):
        circuit = phase.circuit
        places = [KINDS.index(phase.kind), phase.round, phase.origin, circuit.next_id]
        arrays: dict[str, AnyArray] = {
            "places": np.array(places),
            "numbers": np.array([getattr(phase, name) for name in NUMBERS]),
            "history": np.asarray(phase.history, dtype=np.float64),
            **{name: getattr(circuit, name) for name in ARRAYS},
        }
        state |= named(f"phase.{number}", arrays)
    return state


def phases_of(state: State, variables: tuple[Variable, ...]) -> list[Phase]:
    """The phases that :func:`state_of` gave `state` for.

    Raises
    ------
    ParameterError, StructureError
        When they are not the phases of circuits over `variables`.
    """
    try:
        n_phases = int(state["n_phases"][0])
        return [_phase(of_part(f"phase.{number}", state), variables) for number in range(n_phases)]
    except (KeyError, IndexError, ValueError, TypeError) as error:
        raise ParameterError("this is the state of other work", given=repr(error)) from None


def _phase(arrays: State, variables: tuple[Variable, ...]) -> Phase:
    kind, number, origin, next_id = arrays["places"].tolist()
    circuit = Circuit(
        variables=variables, next_id=next_id, **{name: arrays[name] for name in ARRAYS}
    )
    numbers = dict(zip(NUMBERS, arrays["numbers"].tolist(), strict=True))
    return Phase(KINDS[kind], number, origin, circuit, history=arrays["history"], **numbers)
