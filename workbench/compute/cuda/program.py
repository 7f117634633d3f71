"""The steps on torch: values in [0, 1] with one scale for each group and row, explicit flows.

Nothing here waits for the device or looks at a value, so that a whole pass can
be captured as one graph and replayed.

What underflows is bounded, not looked for: a table of errors carries how much
the values of a group may be too small. It starts at the smallest number, is
passed on by the same sums and products, and grows by each rescaling. At the
root it is compared with the value; every flow is a share of the root, so the
same bound holds for what flows have lost.
"""

from __future__ import annotations

from typing import Protocol

import torch

from workbench.circuits.circuit import Circuit
from workbench.compute.cuda.matrices import WEIGHTS, Placement, Weights
from workbench.compute.cuda.steps import LeafStep, ProductStep, SumStep
from workbench.compute.cuda.workspace import Workspace
from workbench.compute.leaves import LEAF_LAYERS
from workbench.compute.plan import LeafLayer
from workbench.compute.table import Rows

DEAD_SCALE = -1e30  # of a group in which every leaf is impossible; its values are exactly 0


class Runner(Protocol):
    """One step on the device."""

    def set_parameters(self, circuit: Circuit, log_weights: torch.Tensor) -> None:
        """Nothing; buffers are overwritten in place, since captured graphs point at them."""
        ...

    def forward(self, work: Workspace) -> None:
        """Nothing; the step's values, scales and errors are filled."""
        ...

    def backward(self, work: Workspace) -> None:
        """Nothing; the flows of the step go to its children, its edges and its statistics."""
        ...

    def collect(self, edges: torch.Tensor, statistics: torch.Tensor) -> None:
        """Nothing; own totals are added to these flat arrays and start again at zero."""
        ...


class Leaves:
    """Leaves of one family; each group is scaled by its largest density."""

    def __init__(self, step: LeafStep, place: Placement) -> None:
        layer = LeafLayer(step.start, step.leaves)
        self.step = step
        self.runner = LEAF_LAYERS[step.leaves.family.code](layer, place.device, place.dtype)
        self.shape = (step.n_groups, step.width)
        self.own = slice(step.start, step.start + step.n_groups * step.width)
        self.groups = slice(step.first_group, step.first_group + step.n_groups)
        self.places = torch.tensor(step.leaves.statistics.ravel(), device=place.device)
        self.totals = torch.zeros(0, device=place.device)  # as large as the first parameters ask

    def set_parameters(self, circuit: Circuit, _log_weights: torch.Tensor) -> None:
        """Nothing; buffers are overwritten in place."""
        self.runner.set_parameters(circuit.leaf_parameters)
        if not self.totals.numel():
            self.totals = self.runner.new_totals()

    def forward(self, work: Workspace) -> None:
        """Nothing; the step's values, scales and errors are filled."""
        work.tapes[self.step.start] = self.runner.forward(work.values, work.inputs)
        own = work.values[self.own].view(*self.shape, work.batch)
        peak = own.amax(dim=1)
        is_dead = peak == -torch.inf
        own.sub_(peak.masked_fill(is_dead, 0.0)[:, None]).exp_()
        lowest = own.amin(dim=1)
        work.lowest[self.groups] = lowest
        work.scales[self.groups] = peak.double().masked_fill_(is_dead, DEAD_SCALE)
        work.errors[self.groups] = (lowest < work.tiny).to(own.dtype) * work.tiny

    def backward(self, work: Workspace) -> None:
        """Nothing; the leaves' statistics are added up."""
        self.runner.accumulate(work.flows, work.tapes[self.step.start], self.totals)

    def collect(self, _edges: torch.Tensor, statistics: torch.Tensor) -> None:
        """Nothing; own totals are added to these flat arrays and start again at zero."""
        statistics.index_add_(0, self.places, self.runner.read(self.totals).reshape(-1))
        self.totals.zero_()


class Products:
    """Products of few factors, rescaled so that no value of a group exceeds 1."""

    def __init__(self, step: ProductStep, place: Placement) -> None:
        self.n_factors, *self.shape = step.children.shape
        self.children = [Rows(slots, place.device) for slots in step.children]
        self.below = torch.tensor(step.below, device=place.device)
        self.own = slice(step.start, step.start + step.children[0].size)
        self.groups = slice(step.first_group, step.first_group + self.shape[0])

    def set_parameters(self, circuit: Circuit, log_weights: torch.Tensor) -> None:
        """Nothing: products have no parameters."""

    def forward(self, work: Workspace) -> None:
        """Nothing; the step's values, scales and errors are filled."""
        own = work.values[self.own].view(*self.shape, work.batch)
        own.copy_(self.children[0].read(work.values))
        for rows in self.children[1:]:
            own *= rows.read(work.values)
        lowest, largest = torch.aminmax(own, dim=1)
        lost = work.errors[self.below].sum(dim=0)
        lost += (lowest < work.tiny).to(own.dtype) * (self.n_factors * work.tiny)
        largest += lost
        own /= largest[:, None]
        work.lowest[self.groups] = lowest.div_(largest)
        work.errors[self.groups] = lost.div_(largest).clamp_(max=1.0)
        work.scales[self.groups] = (
            work.scales[self.below].sum(dim=0).add_(torch.log(largest.double()))
        )

    def backward(self, work: Workspace) -> None:
        """Nothing; each child receives the flow of its product."""
        for rows in self.children:
            rows.add(work.flows, work.flows[self.own])

    def collect(self, edges: torch.Tensor, statistics: torch.Tensor) -> None:
        """Nothing: products have no totals."""


class Sums:
    """Stacked blocks of sums, whose weights are scaled so that those of a sum add to at most 1."""

    def __init__(self, step: SumStep, place: Placement) -> None:
        n_blocks, self.width = step.children.shape
        self.shape = (n_blocks, step.n_sums)
        self.matrix: Weights = WEIGHTS[type(step.matrix)](step.matrix, self.shape, place)
        self.children = Rows(step.children, place.device)
        self.is_mixed = step.is_mixed
        self.below = torch.tensor(step.below, device=place.device)
        self.own = slice(step.start, step.start + n_blocks * step.n_sums)
        self.groups = slice(step.first_group, step.first_group + n_blocks)
        self.norms = torch.zeros((n_blocks, 1), dtype=torch.float64, device=place.device)
        self.least = torch.zeros((n_blocks, 1), dtype=place.dtype, device=place.device)

    def set_parameters(self, _circuit: Circuit, log_weights: torch.Tensor) -> None:
        """Nothing; buffers are overwritten in place."""
        self.matrix.set_weights(log_weights, self.norms, self.least)

    def forward(self, work: Workspace) -> None:
        """Nothing; the step's values, scales and errors are filled."""
        below, scale, lost, lowest = self._aligned(work)
        self.matrix.multiply(below, work.values[self.own].view(*self.shape, work.batch))
        work.scales[self.groups] = scale + self.norms
        vanishing = (lowest * self.least < work.tiny).to(below.dtype)
        work.errors[self.groups] = (lost + vanishing * (2 * self.width * work.tiny)).clamp_(max=1.0)

    def backward(self, work: Workspace) -> None:
        """Nothing; flows go to the children, and ratio times child to the edges."""
        own = work.values[self.own].view(*self.shape, work.batch)
        ratios = work.temporary(0, *own.shape)
        torch.div(work.flows[self.own].view_as(own), own, out=ratios)
        ratios.masked_fill_(own < work.tiny, 0.0)
        below = self._aligned(work)[0]
        self.matrix.accumulate(ratios, below)
        down = work.temporary(1, *below.shape)
        self.matrix.pull(ratios, down)
        self.children.add(work.flows, down.mul_(below))

    def collect(self, edges: torch.Tensor, _statistics: torch.Tensor) -> None:
        """Nothing; own totals are added to these flat arrays and start again at zero."""
        self.matrix.collect(edges)

    def _aligned(self, work: Workspace) -> tuple[torch.Tensor, ...]:
        """Children ``(block, width, batch)`` in one scale, that scale, errors, least values."""
        below = self.children.read(work.values)
        if not self.is_mixed:
            tables = (work.scales, work.errors, work.lowest)
            return below, *(table[self.below[:, 0]] for table in tables)
        scales = work.scales[self.below]
        scale = scales.amax(dim=1)
        factors = torch.exp(scales - scale[:, None]).to(below.dtype)
        lost = (work.errors[self.below] * factors).amax(dim=1)
        below = below * factors
        return below, scale, lost, below.amin(dim=1)


RUNNERS = {LeafStep: Leaves, ProductStep: Products, SumStep: Sums}
