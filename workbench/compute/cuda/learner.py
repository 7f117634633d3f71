"""CudaLearner: stepwise EM on the device; only log-likelihoods come back from a step."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import numpy as np
import torch

from workbench.circuits.circuit import Circuit, with_parameters
from workbench.circuits.engine import Flows
from workbench.circuits.leaves import CATEGORICAL
from workbench.compute.cuda.capture import Recorder, Run
from workbench.compute.cuda.maximise import (
    Changing,
    DeviceCounts,
    LeafCounts,
    SumCounts,
    TableCounts,
)
from workbench.compute.cuda.passes import Passes
from workbench.compute.cuda.program import Leaves, Sums
from workbench.compute.cuda.triton_leaves import TritonLeaves
from workbench.compute.cuda.triton_sums import TritonSums
from workbench.compute.learner import Prior
from workbench.compute.leaves import CategoricalLeaves
from workbench.core.arrays import FloatArray
from workbench.core.checkpoints import State
from workbench.core.states import named, require_alike

ROUNDING = 1e-4  # of the weights of a sum that were made to add to 1 in float32
HAS_SUMS = (Sums, TritonSums)
HAS_LEAVES = (Leaves, TritonLeaves)


class Counting(Protocol):
    """What the engine does for its learner."""

    def count(self, rows: FloatArray) -> tuple[FloatArray, Flows | None]:
        """(batch,) nats, flows added to the totals of the steps, and those that could not be."""
        ...

    @property
    def rows_at_once(self) -> int:
        """Rows that the present buffers hold, on which rounding depends; 0 without any."""
        ...

    def take_rows_at_once(self, n_rows: int) -> None:
        """Nothing; there are buffers for `n_rows`, or as many as fit into memory."""
        ...

    def within(self, run: Run) -> None:
        """Nothing; `run` is called on the engine's device."""
        ...


class CudaLearner:
    """Learns in the buffers of `passes`; see :class:`workbench.compute.learner.Learner`.

    Counts are kept in the precision of the engine. The M-step is recorded like
    a pass; leaves that are not categorical are estimated on the host.
    """

    def __init__(
        self,
        passes: Passes,
        circuit: Circuit,
        prior: Prior,
        recorder: Recorder,
        engine: Counting,
    ) -> None:
        self._passes, self._circuit, self._engine = passes, circuit, engine
        device = passes.place.device
        self._kept = torch.zeros((), dtype=torch.float64, device=device)
        self._added = torch.zeros((), dtype=torch.float64, device=device)
        self._sums: list[SumCounts] = []
        self._tables: list[TableCounts] = []
        self._others: list[LeafCounts] = []
        for runner in passes.runners:
            if isinstance(runner, HAS_SUMS):
                self._sums.append(SumCounts(runner, prior))
            elif isinstance(runner, HAS_LEAVES):
                self._add_leaves(runner, prior)
        self._maximise = recorder.record(self._blend_and_maximise)
        passes.set_parameters(circuit)  # recording has run the step
        self._flat = circuit.leaf_parameters.copy()
        for counts in self._on_device:
            counts.reset()

    def start(self, rows: FloatArray) -> FloatArray:
        """(batch,) nats of `rows`, whose expected counts are those to begin with."""
        found = self._counted(rows, 1.0)
        self._blend()
        return found

    def step(self, rows: FloatArray, size: float) -> FloatArray:
        """(batch,) nats of `rows` before the step; counts move a share `size` to theirs."""
        found = self._counted(rows, size)
        self._engine.within(self._maximise)
        for counts in self._others:
            counts.maximise(self._flat)
        return found

    def snapshot(self) -> Callable[[], Circuit]:
        """The present parameters; called, the circuit that has them."""
        circuit, parameters = self._circuit, self._flat.copy()
        device = self._passes.place.device
        weights = torch.zeros(circuit.n_edges + 1, dtype=torch.float64, device=device)
        for sums in self._sums:
            sums.give(weights)
        for table in self._tables:
            table.give(parameters)
        for other in self._others:
            other.give(parameters)
        own = weights[:-1].cpu().numpy()
        return lambda: _circuit_of(circuit, own, parameters)

    def state(self) -> State:
        """Copies of the arrays that steps change, each in its own precision; after a step."""
        arrays = {
            name: array.cpu().numpy().copy() if isinstance(array, torch.Tensor) else array.copy()
            for name, array in self._changing().items()
        }
        return {**arrays, "rows_at_once": np.array([self._engine.rows_at_once])}

    def restore(self, state: State) -> None:
        """Nothing; goes on as the learner, made of the same circuit and prior, that had `state`.

        Raises
        ------
        ParameterError
            When it is of another circuit, layout or precision; nothing was changed.
        """
        require_alike(state, self.state())
        for name, array in self._changing().items():
            if isinstance(array, torch.Tensor):
                array.copy_(torch.tensor(state[name]))
            else:
                array[...] = state[name]
        for others in self._others:
            others.follow(self._flat)
        self._engine.take_rows_at_once(max(0, int(state["rows_at_once"][0])))

    def _changing(self) -> dict[str, Changing]:
        kinds: Mapping[str, Sequence[DeviceCounts | LeafCounts]] = {
            "sums": self._sums,
            "tables": self._tables,
            "others": self._others,
        }
        return {
            name: array
            for kind, members in kinds.items()
            for number, counts in enumerate(members)
            for name, array in named(f"{kind}.{number}", counts.changing()).items()
        }

    def _add_leaves(self, runner: Leaves | TritonLeaves, prior: Prior) -> None:
        inner = runner.runner
        is_table = runner.step.leaves.family.code == CATEGORICAL.code
        if is_table and isinstance(inner, CategoricalLeaves):
            self._tables.append(TableCounts(runner, inner.table, prior))
        else:
            self._others.append(LeafCounts(runner, self._circuit, prior))

    def _counted(self, rows: FloatArray, size: float) -> FloatArray:
        """(batch,) nats; their flows are in the totals, and what is made of these is set."""
        found, again = self._engine.count(rows)
        if again is not None:
            for counts in self._on_device:
                counts.add(again)
            for others in self._others:
                others.add(again)
        possible = max(1, int((found > -np.inf).sum()))
        self._kept.fill_(1.0 - size)
        self._added.fill_(size / possible)
        for others in self._others:
            others.blend(1.0 - size, size / possible)
        return found

    @property
    def _on_device(self) -> list[DeviceCounts]:
        return [*self._sums, *self._tables]

    def _blend(self) -> None:
        for counts in self._on_device:
            counts.blend(self._kept, self._added)

    def _blend_and_maximise(self) -> None:
        self._blend()
        for counts in self._on_device:
            counts.maximise()


def _circuit_of(circuit: Circuit, weights: FloatArray, parameters: FloatArray) -> Circuit:
    """The circuit with these weights, made to add to 1 where rounding alone prevents it."""
    parents, is_sum = circuit.edge_parents, circuit.is_sum_edge
    totals = np.bincount(parents, weights=weights, minlength=circuit.n_nodes)[parents]
    own = weights / np.where(np.abs(totals - 1.0) < ROUNDING, totals, 1.0)
    with np.errstate(divide="ignore"):  # what is impossible has log 0
        log_weights = np.where(is_sum, np.log(own), 0.0)
    return with_parameters(circuit, log_weights=log_weights, leaf_parameters=parameters)
