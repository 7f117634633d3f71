"""TorchEngine: batches of rows through the layered plan, on CPU or CUDA by the same code."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import numpy as np
import torch

from workbench.circuits.circuit import Circuit, with_parameters
from workbench.circuits.engine import Flows
from workbench.circuits.leaves.groups import statistics_offsets
from workbench.compute.devices import Choice
from workbench.compute.layers import DenseSum, InnerLayer, Parameters, Product, SparseSum
from workbench.compute.leaves import LEAF_LAYERS, Inputs, LeafRunner, inputs
from workbench.compute.plan import (
    DenseLayer,
    LeafLayer,
    Plan,
    ProductLayer,
    SparseLayer,
    plan,
)
from workbench.core.arrays import FloatArray
from workbench.data.dataset import check_rows

DTYPES = {"float32": torch.float32, "float64": torch.float64}
_INNER = {ProductLayer: Product, DenseLayer: DenseSum, SparseLayer: SparseSum}


class TorchEngine:
    """Evaluates a circuit by layers; see :func:`workbench.compute.engine`."""

    def __init__(self, circuit: Circuit, choice: Choice) -> None:
        self.choice = choice
        self._device = torch.device(choice.device)
        self._dtype = DTYPES[choice.dtype]
        self._plan: Plan = plan(circuit)
        self._statistics_size = int(statistics_offsets(circuit)[-1])
        self._slots = torch.tensor(self._plan.slots, device=self._device)
        self._leaves: list[tuple[torch.Tensor, LeafRunner]] = []
        self._inner: list[InnerLayer] = []
        for layer in self._plan.layers:
            if isinstance(layer, LeafLayer):
                runner = LEAF_LAYERS[layer.leaves.family.code](layer, self._device, self._dtype)
                places = torch.tensor(layer.leaves.statistics, device=self._device)
                self._leaves.append((places, runner))
            else:
                make = _INNER[type(layer)]
                self._inner.append(make(layer, self._device))
        self._root = int(self._plan.slots[-1])
        self._circuit = circuit
        self._take_parameters()

    @property
    def circuit(self) -> Circuit:
        """The circuit with the engine's present parameters."""
        return self._circuit

    def set_parameters(self, log_weights: FloatArray, leaf_parameters: FloatArray) -> None:
        """Nothing; the structure stays and the parameters change."""
        self._circuit = with_parameters(
            self._circuit, log_weights=log_weights, leaf_parameters=leaf_parameters
        )
        self._take_parameters()

    def log_likelihood(self, rows: FloatArray) -> FloatArray:
        """(batch,) nats; NaN cells are marginalised."""
        parts = [
            self._values(batch, size)[self._root].double().cpu().numpy()
            for _, size, batch in self._batches(rows)
        ]
        return np.concatenate(parts) if parts else np.empty(0)

    def node_values(self, rows: FloatArray) -> FloatArray:
        """(n_nodes, batch) log-values in nats."""
        parts = [
            self._values(batch, size)[self._slots].double().cpu().numpy()
            for _, size, batch in self._batches(rows)
        ]
        return np.concatenate(parts, axis=1) if parts else np.empty((len(self._slots), 0))

    def flows(self, rows: FloatArray, weights: FloatArray | None = None) -> Flows:
        """Flows summed over rows, each row counted `weights` times."""
        totals = _Totals(self._circuit, self._plan, self._statistics_size, self._device)
        share = np.ones(len(rows)) if weights is None else np.asarray(weights, dtype=np.float64)
        scale = max(float(share.max(initial=0.0)), np.finfo(np.float64).tiny)
        for chosen, size, batch in self._batches(rows):
            root = torch.from_numpy(share[chosen] / scale).to(self._device, self._dtype)
            with running(self.choice.threads):
                self._flow_batch(batch, size, root, totals)
        return totals.result(self._circuit, self._plan, scale)

    def _flow_batch(self, batch: Inputs, size: int, root: torch.Tensor, totals: _Totals) -> None:
        values = self._empty(size)
        leaf_tapes = [runner.forward(values, batch) for _, runner in self._leaves]
        tapes = [layer.forward(values) for layer in self._inner]
        flows = torch.zeros_like(values)
        flows[self._root] = torch.where(values[self._root] > -torch.inf, root, 0.0)
        edges = torch.zeros(self._circuit.n_edges + 1, dtype=self._dtype, device=self._device)
        for layer in reversed(self._inner):
            layer.backward(values, flows, edges, tapes.pop())
        totals.log_likelihood.append(values[self._root].double().cpu().numpy())
        totals.edges += edges[:-1]
        totals.slots += flows.sum(dim=1)
        for (places, runner), tape in zip(self._leaves, leaf_tapes, strict=True):
            totals.statistics[places] += runner.statistics(flows, tape)

    def _batches(self, rows: FloatArray) -> Iterator[tuple[slice, int, Inputs]]:
        check_rows(rows, self._circuit.variables)
        for first in range(0, len(rows), self.choice.batch):
            chosen = slice(first, first + self.choice.batch)
            yield chosen, len(rows[chosen]), inputs(rows[chosen], self._circuit, self._device)

    def _values(self, batch: Inputs, size: int) -> torch.Tensor:
        values = self._empty(size)
        with running(self.choice.threads):
            for _, runner in self._leaves:
                runner.forward(values, batch)
            for layer in self._inner:
                layer.forward(values)
        return values

    def _empty(self, size: int) -> torch.Tensor:
        values = torch.empty((self._plan.n_slots, size), dtype=self._dtype, device=self._device)
        values[0] = -torch.inf
        return values

    def _take_parameters(self) -> None:
        circuit = self._circuit
        log_weights = torch.tensor(
            np.append(circuit.log_weights, -np.inf), dtype=self._dtype, device=self._device
        )
        parameters = Parameters(log_weights, torch.exp(log_weights))
        for layer in self._inner:
            layer.set_parameters(parameters)
        for _, runner in self._leaves:
            runner.set_parameters(circuit.leaf_parameters)


class _Totals:
    """Sums over batches, in float64."""

    def __init__(
        self, circuit: Circuit, planned: Plan, n_statistics: int, device: torch.device
    ) -> None:
        self.log_likelihood: list[FloatArray] = []
        self.edges = torch.zeros(circuit.n_edges, dtype=torch.float64, device=device)
        self.slots = torch.zeros(planned.n_slots, dtype=torch.float64, device=device)
        self.statistics = torch.zeros(n_statistics, dtype=torch.float64, device=device)

    def result(self, circuit: Circuit, planned: Plan, scale: float) -> Flows:
        nodes = scale * self.slots.cpu().numpy()[planned.slots]
        through = scale * self.edges.cpu().numpy()
        edges = np.where(circuit.is_sum_edge, through, nodes[circuit.edge_parents])
        parts = self.log_likelihood
        return Flows(
            log_likelihood=np.concatenate(parts) if parts else np.empty(0),
            edges=edges,
            nodes=nodes,
            leaf_statistics=scale * self.statistics.cpu().numpy(),
        )


@contextlib.contextmanager
def running(threads: int) -> Iterator[None]:
    """Context in which torch uses `threads` CPU threads and flushes denormal numbers to zero.

    Both are put back on leaving: they are settings of the whole process.
    """
    before = torch.get_num_threads()
    if before != threads:
        torch.set_num_threads(threads)
    flushes = torch.set_flush_denormal(True)
    try:
        yield
    finally:
        if flushes:
            torch.set_flush_denormal(False)
        if before != threads:
            torch.set_num_threads(before)
