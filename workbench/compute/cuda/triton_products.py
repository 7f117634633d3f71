"""Steps of products by Triton kernels."""

from __future__ import annotations

import numpy as np
import torch

from workbench.circuits.circuit import Circuit
from workbench.compute.cuda import triton_flows, triton_kernels
from workbench.compute.cuda.launches import WIDTH, Launch, columns, indices, pieces, side, tables
from workbench.compute.cuda.matrices import Placement
from workbench.compute.cuda.steps import ProductStep
from workbench.compute.cuda.workspace import Workspace


class TritonProducts:
    """Products of few factors."""

    def __init__(self, step: ProductStep, place: Placement) -> None:
        self.step = step
        self.n_factors, self.n_groups, self.width = step.children.shape
        self.children = indices(step.children, place)
        self.below = indices(step.below, place)
        self.counts = indices(step.counts, place)
        self.is_unique = _are_unique(step)

    def set_parameters(self, circuit: Circuit, log_weights: torch.Tensor) -> None:
        """Nothing: products have no parameters."""

    def collect(self, edges: torch.Tensor, statistics: torch.Tensor) -> None:
        """Nothing: products have no totals."""

    def forward(self, work: Workspace) -> None:
        """Nothing; the step's values, scales and errors are filled."""
        self.up(work).run()

    def backward(self, work: Workspace) -> None:
        """Nothing; each factor receives the flow of its product."""
        self.down(work).run()

    def up(self, work: Workspace) -> Launch:
        """The launch of the forward pass."""
        across = columns(work)
        return Launch(
            triton_kernels.product_kernel,
            (self.n_groups, pieces(work.batch, across)),
            {
                **tables(work),
                "children": self.children,
                "below": self.below,
                "start": self.step.start,
                "first_group": self.step.first_group,
                "n_groups": self.n_groups,
                "width": self.width,
                "batch": work.batch,
            },
            {
                "FACTORS": self.n_factors,
                "WIDTH": side(self.width, WIDTH),
                "COLUMNS": across,
                "TINY": work.tiny,
            },
        )

    def down(self, work: Workspace) -> Launch:
        """The launch of the flow pass."""
        across, width = columns(work), side(self.width, WIDTH)
        return Launch(
            triton_flows.product_flow_kernel,
            (self.n_groups, pieces(self.width, width), pieces(work.batch, across)),
            {
                "flows": work.flows,
                "children": self.children,
                "counts": self.counts,
                "start": self.step.start,
                "n_groups": self.n_groups,
                "width": self.width,
                "batch": work.batch,
            },
            {
                "FACTORS": self.n_factors,
                "WIDTH": width,
                "COLUMNS": across,
                "UNIQUE": self.is_unique,
            },
        )


def _are_unique(step: ProductStep) -> bool:
    """Whether no slot is a factor twice, so that flows are added without atomic operations."""
    is_real = np.arange(step.children.shape[2]) < step.counts[:, None]
    slots = step.children[:, is_real]
    return len(np.unique(slots)) == slots.size
