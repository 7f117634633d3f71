"""Ours: the engine's forward pass and flows, and steps of the EM that `fit` runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

import workbench
from workbench.benchmarks.hidden_tree import HiddenTree
from workbench.circuits.structures.chow_liu import Tree
from workbench.compute import engine
from workbench.core.arrays import AnyArray, FloatArray
from workbench.core.progress import silent
from workbench.learning import prune
from workbench.learning.em import Schedule, em

PRUNING_ROWS = 8  # random pruning looks at no row, but reports the loss on some


class Peer:
    """A hidden tree in our engine; `options` may name "density", "device" and "dtype"."""

    def __init__(self, arrays: Mapping[str, AnyArray], options: Mapping[str, Any]) -> None:
        tree = Tree(arrays["parents"], arrays["order"])
        tables = (arrays[name] for name in ("prior", "transitions", "emissions"))
        circuit = HiddenTree(tree, *tables).circuit()
        self.version = workbench.__version__
        self._is_whole = "density" not in options
        if not self._is_whole:
            rows = np.zeros((PRUNING_ROWS, len(circuit.variables)))
            circuit = prune(circuit, rows, keep=options["density"], by="random").circuit
        self._engine = engine(
            circuit, options.get("device", "cpu"), options.get("dtype", "float32"), threads=1
        )

    def log_likelihood(self, rows: FloatArray) -> FloatArray | None:
        """(batch,) nats; None of a pruned model, which nobody else has."""
        found = self._engine.log_likelihood(rows)
        return found if self._is_whole else None

    def rounds(self, rows: FloatArray) -> dict[str, Callable[..., Any]]:
        """What can be timed."""

        def train(rounds: int, clock: Callable[[], float]) -> list[float]:
            schedule = Schedule(epochs=rounds + 1, seconds=None, batch=len(rows))
            nothing = np.empty((0, rows.shape[1]))
            trace = em(self._engine, rows, nothing, schedule, 0, silent, clock=clock)
            return [float(step) for step in np.diff(trace.seconds)[1:]]

        train.times_itself = True  # type: ignore[attr-defined]  # the learner reports each epoch
        return {
            "train": train,
            "forward": lambda: self._engine.log_likelihood(rows),
            "query": lambda: self._engine.log_likelihood(rows),
            "flows": lambda: self._engine.flows(rows),
        }
