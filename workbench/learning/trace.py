"""What a learner reports, and the best parameters it has seen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from workbench.circuits.circuit import Circuit, with_parameters
from workbench.circuits.engine import Engine
from workbench.compute import Learner
from workbench.core.arrays import AnyArray, FloatArray
from workbench.core.checkpoints import State
from workbench.core.states import named, of_part, require_alike

COLUMNS = ("train", "valid", "seconds")


@dataclass
class Trace:
    """One entry per epoch, and the best parameters so far."""

    best_epoch: int = 0
    best: float = -np.inf
    train: list[float] = field(default_factory=list)
    valid: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    snapshot: Callable[[], Circuit] | None = None

    def add(self, learner: Learner, train: float, valid: float, seconds: float) -> None:
        """Nothing; an epoch is noted, and its parameters kept when they are the best."""
        if np.isnan(valid):
            self.best_epoch = len(self.train)
        elif valid > self.best:
            self.snapshot, self.best, self.best_epoch = learner.snapshot(), valid, len(self.train)
        self.train.append(train)
        self.valid.append(valid)
        self.seconds.append(seconds)

    def end(self, engine: Engine) -> Trace:
        """The trace itself; without validation rows it has what `engine` has, and no copy."""
        if self.snapshot is None:
            self.snapshot = lambda: engine.circuit
        return self

    @cached_property
    def circuit(self) -> Circuit:
        """The circuit with the parameters kept; to be read before the engine learns on."""
        if self.snapshot is None:
            raise RuntimeError("nothing was kept yet")
        return self.snapshot()

    def state(self) -> State:
        """The entries and the best parameters as arrays."""
        state: dict[str, AnyArray] = {name: np.array(getattr(self, name)) for name in COLUMNS}
        state |= {"best": np.array([self.best]), "best_epoch": np.array([self.best_epoch])}
        if self.snapshot is not None:
            circuit = self.snapshot()
            self.snapshot = lambda: circuit
            state |= named("circuit", _parameters(circuit))
        return state

    @classmethod
    def of(cls, state: State, n_entries: int, start: Circuit) -> Trace:
        """The trace of `n_entries` that had `state`, when learning began with `start`.

        Raises
        ------
        ParameterError
            When there are other entries, or parameters of another circuit.
        """
        kept = of_part("circuit", state)
        own = {name: array for name, array in state.items() if "." not in name}
        entries = dict.fromkeys(COLUMNS, np.zeros(n_entries))
        require_alike(own, {**entries, "best": np.zeros(1), "best_epoch": np.zeros(1, np.int64)})
        columns = (own[name].tolist() for name in COLUMNS)
        trace = cls(int(own["best_epoch"][0]), float(own["best"][0]), *columns)
        if kept:
            require_alike(kept, _parameters(start))
            circuit = with_parameters(start, **kept)
            trace.snapshot = lambda: circuit
        return trace


def _parameters(circuit: Circuit) -> dict[str, FloatArray]:
    return {"log_weights": circuit.log_weights, "leaf_parameters": circuit.leaf_parameters}
