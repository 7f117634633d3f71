"""Both passes over a lowered circuit on one device, and the totals that they add to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from workbench.circuits.circuit import Circuit
from workbench.compute.cuda.kernels import Kernels
from workbench.compute.cuda.matrices import Placement
from workbench.compute.cuda.steps import Lowered
from workbench.compute.cuda.workspace import MOST_LOST, Workspace, row_bytes
from workbench.core.arrays import FloatArray


class Passes:
    """The steps of a circuit with its parameters; the buffers of a batch are given."""

    def __init__(
        self, lowered: Lowered, circuit: Circuit, place: Placement, kernels: Kernels
    ) -> None:
        self.lowered = lowered
        self.place = place
        self.runners = kernels.runners(lowered, place)
        self._root = int(lowered.slots[-1])
        self._root_group = int(lowered.groups[self._root])
        self._most_lost = MOST_LOST[place.dtype]
        self._node_totals = torch.zeros(lowered.n_slots, dtype=torch.float64, device=place.device)
        self._n_edges = circuit.n_edges
        self.set_parameters(circuit)

    def set_parameters(self, circuit: Circuit) -> None:
        """Nothing; the buffers of all steps are overwritten in place."""
        log_weights = torch.tensor(
            np.append(circuit.log_weights, -np.inf), dtype=torch.float64, device=self.place.device
        )
        for runner in self.runners:
            runner.set_parameters(circuit, log_weights)

    def forward(self, work: Workspace) -> None:
        """Nothing; `work.result` is filled."""
        work.read_rows()
        for runner in self.runners:
            runner.forward(work)
        value, lost = work.values[self._root], work.errors[self._root_group]
        torch.add(torch.log(value.double()), work.scales[self._root_group], out=work.result[0])
        work.result[1] = ~(lost <= self._most_lost * value)

    def flows(self, work: Workspace) -> None:
        """Nothing; `work.result` is filled and the flows of its trusted rows are added up."""
        self.forward(work)
        work.flows.zero_()
        work.flows[self._root] = work.root_weights.masked_fill(work.result[1] > 0, 0.0)
        for runner in reversed(self.runners):
            runner.backward(work)
        self._node_totals += work.flows.sum(dim=1)

    def row_bytes(self) -> int:
        """Bytes of buffers for each row of a batch."""
        return row_bytes(self.lowered, self.place.dtype.itemsize)

    def take_totals(self) -> Totals:
        """What `flows` has added up since this was last called."""
        device = self.place.device
        edges = torch.zeros(self._n_edges + 1, dtype=torch.float64, device=device)
        statistics = torch.zeros(self.lowered.n_statistics + 1, dtype=torch.float64, device=device)
        for runner in self.runners:
            runner.collect(edges, statistics)
        nodes = self._node_totals.cpu().numpy().copy()
        self._node_totals.zero_()
        return Totals(
            nodes=nodes[self.lowered.slots],
            edges=edges[:-1].cpu().numpy(),
            leaf_statistics=statistics[:-1].cpu().numpy(),
        )


@dataclass(frozen=True)
class Totals:
    """Sums over rows: flows of nodes and of the edges of sums, and statistics of leaves."""

    nodes: FloatArray
    edges: FloatArray
    leaf_statistics: FloatArray

    def __add__(self, other: Totals) -> Totals:
        return Totals(
            self.nodes + other.nodes,
            self.edges + other.edges,
            self.leaf_statistics + other.leaf_statistics,
        )
