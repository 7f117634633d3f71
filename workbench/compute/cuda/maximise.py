"""Running counts of the steps on the device, and the parameters that maximise them."""

from __future__ import annotations

from typing import Protocol

import numpy as np
import torch

from workbench.circuits.circuit import Circuit
from workbench.circuits.engine import Flows
from workbench.compute.batch_leaves import flows_of
from workbench.compute.cuda.program import Leaves, Sums
from workbench.compute.cuda.steps import LeafStep
from workbench.compute.cuda.triton_leaves import TritonLeaves
from workbench.compute.cuda.triton_sums import TritonSums
from workbench.compute.learner import Prior
from workbench.core.arrays import AnyArray, BoolArray, FloatArray

SumRunner = Sums | TritonSums
LeavesRunner = Leaves | TritonLeaves
Changing = AnyArray | torch.Tensor


class DeviceCounts(Protocol):
    """Counts whose M-step runs on the device."""

    def changing(self) -> dict[str, Changing]:
        """The tensors that steps change, by name."""
        ...

    def reset(self) -> None:
        """Nothing; there are no counts."""
        ...

    def add(self, flows: Flows) -> None:
        """Nothing; flows are added to the totals of the step."""
        ...

    def blend(self, kept: torch.Tensor, added: torch.Tensor) -> None:
        """Nothing; counts are `kept` of what they were plus `added` of the totals."""
        ...

    def maximise(self) -> None:
        """Nothing; parameters maximise the counts and the prior."""
        ...


class SumCounts:
    """Counts of edges per row, in the layout of their weights."""

    def __init__(self, runner: SumRunner, prior: Prior) -> None:
        self.runner, self.stored = runner, runner.matrix
        self.counts = torch.zeros_like(self.stored.weights)
        alive = self.stored.is_edge.to(self.counts.dtype)
        arities = self._of_own_sum(alive).clamp(min=1.0)
        self.prior = alive * (prior.per_sum / arities)
        self.is_relative = prior.is_relative

    def changing(self) -> dict[str, Changing]:
        """The tensors that steps change, by name."""
        return {
            "counts": self.counts,
            "weights": self.stored.weights,
            "norms": self.runner.norms,
            "least": self.runner.least,
        }

    def reset(self) -> None:
        """Nothing; there are no counts."""
        self.counts.zero_()
        self.stored.totals.zero_()

    def add(self, flows: Flows) -> None:
        """Nothing; flows are added to the totals of the step."""
        given = torch.tensor(np.append(flows.edges, 0.0), device=self.counts.device)
        through = given[self.stored.edges].to(self.counts.dtype)
        weights = self.stored.weights
        self.stored.totals += torch.where(weights > 0, through / weights, 0.0)

    def blend(self, kept: torch.Tensor, added: torch.Tensor) -> None:
        """Nothing; counts are `kept` of what they were plus `added` of the totals."""
        weights, totals = self.stored.weights, self.stored.totals
        self.counts.mul_(kept).add_(torch.where(weights > 0, totals * weights, 0.0).mul_(added))
        totals.zero_()

    def maximise(self) -> None:
        """Nothing; the weights maximise the counts and the prior, those without any stay."""
        flow = self._of_own_sum(self.counts) if self.is_relative else 1.0
        expected = self.counts + self.prior * flow
        total = self._of_own_sum(expected)
        before = self.stored.weights * self._scale()
        weights = torch.where(total > 0, expected / total, before)
        self.stored.take_weights(weights, self.runner.norms, self.runner.least)

    def give(self, edges: torch.Tensor) -> None:
        """Nothing; the weights are written to `edges` (n_edges + 1,)."""
        edges[self.stored.edges.view(-1)] = (self.stored.weights * self._scale()).double().view(-1)

    def _scale(self) -> torch.Tensor:
        stored = self.stored
        block = stored.sums // stored.shape[1]
        return torch.exp(self.runner.norms)[block, 0].to(self.counts.dtype)

    def _of_own_sum(self, cells: torch.Tensor) -> torch.Tensor:
        """For each cell the total of its sum."""
        return self.stored.sums_of(cells)[self.stored.sums]


class TableCounts:
    """Counts of categories per row, of categorical leaves."""

    def __init__(self, runner: LeavesRunner, table: torch.Tensor, prior: Prior) -> None:
        self.runner, self.table, self.is_relative = runner, table, prior.is_relative
        self.counts = torch.zeros_like(table)[:, :-1]
        is_possible = table[:, :-1] > -torch.inf
        self.is_possible = is_possible.to(table.dtype)
        step = runner.step
        rows = torch.tensor(prior_rows(step, prior), dtype=table.dtype, device=table.device)
        self.prior = rows * self.is_possible
        pads = np.flatnonzero(padding(step))
        self.pads = torch.tensor(pads, device=table.device)
        self.origins = torch.tensor(pads // step.width * step.width, device=table.device)

    def changing(self) -> dict[str, Changing]:
        """The tensors that steps change, by name."""
        return {"counts": self.counts, "table": self.table}

    def reset(self) -> None:
        """Nothing; there are no counts."""
        self.counts.zero_()
        self.runner.totals.zero_()

    def add(self, flows: Flows) -> None:
        """Nothing; flows are added to the totals of the step."""
        self.runner.totals[:, :-1] += statistics_of(self.runner, flows)

    def blend(self, kept: torch.Tensor, added: torch.Tensor) -> None:
        """Nothing; counts are `kept` of what they were plus `added` of the totals."""
        self.counts.mul_(kept).add_(self.runner.totals[:, :-1] * added)
        self.runner.totals.zero_()

    def maximise(self) -> None:
        """Nothing; the masses maximise the counts and the prior; what is impossible stays so."""
        flow = self.counts.sum(dim=1, keepdim=True) if self.is_relative else 1.0
        expected = (self.counts + self.prior * flow) * self.is_possible
        total = expected.sum(dim=1, keepdim=True)
        own = self.table[:, :-1]
        own.copy_(torch.where(total > 0, torch.log(expected / total), own))
        self.table.index_copy_(0, self.pads, self.table.index_select(0, self.origins))

    def give(self, parameters: FloatArray) -> None:
        """Nothing; the log-masses are written to their places in `parameters`."""
        real = ~padding(self.runner.step)
        logs = self.table[:, :-1].double().cpu().numpy()[real]
        totals = np.logaddexp.reduce(logs, axis=1, keepdims=True)
        parameters[self.runner.step.leaves.parameters[real]] = logs - totals


class LeafCounts:
    """Statistics per row of leaves of other families, which are estimated on the host."""

    def __init__(self, runner: LeavesRunner, circuit: Circuit, prior: Prior) -> None:
        self.runner, self.prior = runner, prior_rows(runner.step, prior)
        self.is_relative = prior.is_relative
        self.real = ~padding(runner.step)
        self.counts = np.zeros_like(self.prior)
        self.parameters = circuit.leaf_parameters[runner.step.leaves.parameters]

    def add(self, flows: Flows) -> None:
        """Nothing; flows are added to the totals of the step."""
        added = statistics_of(self.runner, flows)
        self.runner.totals[:, : added.shape[1]] += added

    def blend(self, kept: float, added: float) -> None:
        """Nothing; counts are `kept` of what they were plus `added` of the totals."""
        totals = self.runner.runner.read(self.runner.totals).double().cpu().numpy()
        self.counts = kept * self.counts + added * totals
        self.runner.totals.zero_()

    def maximise(self, flat: FloatArray) -> None:
        """Nothing; what maximises counts and prior is taken, and written to `flat`."""
        family = self.runner.step.leaves.family
        flows = flows_of(family, self.counts) if self.is_relative else 1.0
        expected = self.counts + self.prior * flows
        used = (expected.sum(axis=1) != 0.0) & self.real & family.is_learnt
        if used.any():
            self.parameters[used] = family.estimate(expected[used])
            width = self.runner.step.width
            pads = np.flatnonzero(~self.real)
            self.parameters[pads] = self.parameters[pads // width * width]
        self.follow(flat)

    def changing(self) -> dict[str, Changing]:
        """The arrays that steps change, by name."""
        return {"counts": self.counts, "parameters": self.parameters}

    def follow(self, flat: FloatArray) -> None:
        """Nothing; the parameters are written to `flat`, and the device has them."""
        self.give(flat)
        self.runner.runner.set_parameters(flat)

    def give(self, parameters: FloatArray) -> None:
        """Nothing; the parameters are written to their places in `parameters`."""
        parameters[self.runner.step.leaves.parameters] = self.parameters


def padding(step: LeafStep) -> BoolArray:
    """(leaves,) which leaves only fill a group up."""
    nodes = step.leaves.nodes.reshape(step.n_groups, step.width)
    repeats: BoolArray = nodes == nodes[:, :1]
    repeats[:, 0] = False
    return repeats.ravel()


def prior_rows(step: LeafStep, prior: Prior) -> FloatArray:
    """(leaves, n_statistics) the statistics of the observations added to each leaf."""
    code = step.leaves.family.code
    return np.array([prior.leaves[code, variable] for variable in step.leaves.variables.tolist()])


def statistics_of(runner: LeavesRunner, flows: Flows) -> torch.Tensor:
    """(leaves, n_statistics) those of `flows`, none where a leaf only fills a group up."""
    places = runner.step.leaves.statistics
    padded = np.append(flows.leaf_statistics, np.zeros(1))
    found = padded[np.minimum(places, len(padded) - 1)]
    return torch.tensor(found, device=runner.totals.device)
