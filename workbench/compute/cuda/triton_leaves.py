"""Triton kernels of leaves with a table of log-masses, and the steps that run them."""

from __future__ import annotations

import torch

from workbench.circuits.circuit import Circuit
from workbench.compute.cuda.jit import jit, tl
from workbench.compute.cuda.launches import WIDTH, Launch, columns, indices, pieces, side, tables
from workbench.compute.cuda.matrices import Placement
from workbench.compute.cuda.program import DEAD_SCALE
from workbench.compute.cuda.steps import LeafStep
from workbench.compute.cuda.workspace import Workspace
from workbench.compute.leaves import CategoricalLeaves
from workbench.compute.plan import LeafLayer


@jit
def leaf_kernel(
    values: tl.tensor,
    scales: tl.tensor,
    errors: tl.tensor,
    lowest: tl.tensor,
    masses: tl.tensor,
    codes: tl.tensor,
    variables: tl.tensor,
    start: tl.tensor,
    first_group: tl.tensor,
    width: tl.tensor,
    n_codes: tl.tensor,
    batch: tl.tensor,
    WIDTH: tl.constexpr,
    COLUMNS: tl.constexpr,
    TINY: tl.constexpr,
    DEAD: tl.constexpr,
) -> None:
    """Looks up the masses of a variable's leaves and scales them by the largest."""
    group = tl.program_id(0).to(tl.int64)
    across = tl.program_id(1) * COLUMNS + tl.arange(0, COLUMNS)
    in_batch = across < batch
    code = tl.load(codes + tl.load(variables + group) * batch + across, mask=in_batch, other=0)
    peak = tl.full((COLUMNS,), float("-inf"), values.dtype.element_ty)
    for first in range(0, width, WIDTH):
        inside = first + tl.arange(0, WIDTH)
        is_used = (inside < width)[:, None] & in_batch[None, :]
        cells = (group * width + inside)[:, None] * n_codes + code[None, :]
        found = tl.load(masses + cells, mask=is_used, other=float("-inf"))
        peak = tl.maximum(peak, tl.max(found, axis=0))
    shift = tl.where(peak == float("-inf"), 0.0, peak)
    least = tl.full((COLUMNS,), 1.0, values.dtype.element_ty)
    for first in range(0, width, WIDTH):
        inside = first + tl.arange(0, WIDTH)
        is_used = (inside < width)[:, None] & in_batch[None, :]
        leaves = group * width + inside
        cells = leaves[:, None] * n_codes + code[None, :]
        found = tl.load(masses + cells, mask=is_used, other=0.0)
        scaled = tl.where(is_used, tl.exp(found - shift[None, :]), 1.0)
        least = tl.minimum(least, tl.min(scaled, axis=0))
        own = (start + leaves)[:, None] * batch + across[None, :]
        tl.store(values + own, scaled, mask=is_used)
    goal = (first_group + group) * batch + across
    scale = tl.where(peak == float("-inf"), DEAD, peak.to(tl.float64))
    tl.store(scales + goal, scale, mask=in_batch)
    tl.store(errors + goal, tl.where(least < TINY, TINY, 0.0), mask=in_batch)
    tl.store(lowest + goal, least, mask=in_batch)


@jit
def leaf_flow_kernel(
    flows: tl.tensor,
    totals: tl.tensor,
    codes: tl.tensor,
    variables: tl.tensor,
    start: tl.tensor,
    width: tl.tensor,
    n_codes: tl.tensor,
    batch: tl.tensor,
    WIDTH: tl.constexpr,
    COLUMNS: tl.constexpr,
) -> None:
    """Adds the flow of each leaf where the category of the row is counted."""
    group = tl.program_id(0).to(tl.int64)
    inside = tl.program_id(1) * WIDTH + tl.arange(0, WIDTH)
    across = tl.program_id(2) * COLUMNS + tl.arange(0, COLUMNS)
    in_batch = across < batch
    is_used = (inside < width)[:, None] & in_batch[None, :]
    code = tl.load(codes + tl.load(variables + group) * batch + across, mask=in_batch, other=0)
    leaves = group * width + inside
    own = (start + leaves)[:, None] * batch + across[None, :]
    amounts = tl.load(flows + own, mask=is_used, other=0.0)
    tl.atomic_add(totals + leaves[:, None] * n_codes + code[None, :], amounts, mask=is_used)


class TritonLeaves:
    """Leaves of a family that has a table of log-masses."""

    def __init__(self, step: LeafStep, place: Placement) -> None:
        layer = LeafLayer(step.start, step.leaves)
        self.step = step
        self.runner = CategoricalLeaves(layer, place.device, place.dtype)
        self.variables = indices(step.leaves.variables[:: step.width], place)
        self.places = indices(step.leaves.statistics, place)
        self.totals = torch.zeros(0, device=place.device)

    def set_parameters(self, circuit: Circuit, _log_weights: torch.Tensor) -> None:
        """Nothing; buffers are overwritten in place."""
        self.runner.set_parameters(circuit.leaf_parameters)
        if not self.totals.numel():
            self.totals = self.runner.new_totals()

    def collect(self, _edges: torch.Tensor, statistics: torch.Tensor) -> None:
        """Nothing; own totals are added to `statistics` and start again at zero."""
        statistics.index_add_(0, self.places, self.runner.read(self.totals).reshape(-1))
        self.totals.zero_()

    def forward(self, work: Workspace) -> None:
        """Nothing; the step's values, scales and errors are filled."""
        self.up(work).run()

    def backward(self, work: Workspace) -> None:
        """Nothing; the leaves' statistics are added up."""
        self.down(work).run()

    def up(self, work: Workspace) -> Launch:
        """The launch of the forward pass."""
        across, width = columns(work), side(self.step.width, WIDTH)
        return Launch(
            leaf_kernel,
            (self.step.n_groups, pieces(work.batch, across)),
            {
                **tables(work),
                **self._read(work),
                "masses": self.runner.table,
                "first_group": self.step.first_group,
            },
            {"WIDTH": width, "COLUMNS": across, "TINY": work.tiny, "DEAD": DEAD_SCALE},
        )

    def down(self, work: Workspace) -> Launch:
        """The launch of the flow pass."""
        across, width = columns(work), side(self.step.width, WIDTH)
        return Launch(
            leaf_flow_kernel,
            (
                self.step.n_groups,
                pieces(self.step.width, width),
                pieces(work.batch, across),
            ),
            {**self._read(work), "flows": work.flows, "totals": self.totals},
            {"WIDTH": width, "COLUMNS": across},
        )

    def _read(self, work: Workspace) -> dict[str, torch.Tensor | int]:
        return {
            "codes": work.inputs.codes,
            "variables": self.variables,
            "start": self.step.start,
            "width": self.step.width,
            "n_codes": self.runner.table.shape[1],
            "batch": work.batch,
        }
