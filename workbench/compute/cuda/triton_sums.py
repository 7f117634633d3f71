"""Steps of sums by Triton kernels, one pair for each layout of the edges."""

from __future__ import annotations

from collections.abc import Callable

import torch

from workbench.circuits.circuit import Circuit
from workbench.compute.cuda import triton_flows, triton_kernels, triton_sparse
from workbench.compute.cuda.fusing import WIDEST
from workbench.compute.cuda.launches import (
    EDGE_COLUMNS,
    SUMS,
    WIDTH,
    Launch,
    columns,
    indices,
    pieces,
    side,
    tables,
)
from workbench.compute.cuda.matrices import WEIGHTS, Placement
from workbench.compute.cuda.steps import Dense, EdgeList, SumStep, Tiles
from workbench.compute.cuda.triton_products import TritonProducts
from workbench.compute.cuda.workspace import Workspace


class TritonSums:
    """Stacked blocks of sums that each draw from one group, in any layout of the edges."""

    def __init__(
        self,
        step: SumStep,
        place: Placement,
        precision: str,
        products: TritonProducts | None = None,
    ) -> None:
        self.step, self.precision, self.products = step, precision, products
        self.n_blocks, self.width = step.children.shape
        self.matrix = WEIGHTS[type(step.matrix)](step.matrix, (self.n_blocks, step.n_sums), place)
        self.norms = torch.zeros((self.n_blocks, 1), dtype=torch.float64, device=place.device)
        self.least = torch.zeros((self.n_blocks, 1), dtype=place.dtype, device=place.device)
        self.children = indices(step.children, place)
        self.below = indices(step.below, place)
        self.counts = indices(step.counts, place)
        self.indices = {
            name: indices(getattr(step.matrix, name), place)
            for name in ("rows", "columns", "row_offsets", "column_offsets", "by_column")
            if hasattr(step.matrix, name)
        }

    def set_parameters(self, _circuit: Circuit, log_weights: torch.Tensor) -> None:
        """Nothing; buffers are overwritten in place."""
        self.matrix.set_weights(log_weights, self.norms, self.least)

    def collect(self, edges: torch.Tensor, _statistics: torch.Tensor) -> None:
        """Nothing; own totals are added to `edges` and start again at zero."""
        self.matrix.collect(edges)

    def forward(self, work: Workspace) -> None:
        """Nothing; the step's values, scales and errors are filled."""
        self.up(work).run()

    def backward(self, work: Workspace) -> None:
        """Nothing; flows go to the children, and ratio times child to the edges."""
        self.down(work).run()

    def up(self, work: Workspace) -> Launch:
        """The launch of the forward pass."""
        if self.products is not None:
            return _fused_up(self, self.products, work)
        return _UP[type(self.step.matrix)](self, work)

    def down(self, work: Workspace) -> Launch:
        """The launch of the flow pass."""
        return _DOWN[type(self.step.matrix)](self, work)

    def upward(self, work: Workspace) -> dict[str, torch.Tensor | int]:
        """Arguments that every forward kernel takes."""
        return {
            **tables(work),
            "weights": self.matrix.weights,
            "norms": self.norms,
            "least_weights": self.least,
            "children": self.children,
            "below": self.below,
            "start": self.step.start,
            "first_group": self.step.first_group,
            "width": self.width,
            "batch": work.batch,
        }

    def downward(self, work: Workspace) -> dict[str, torch.Tensor | int]:
        """Arguments that every flow kernel takes."""
        return {
            "values": work.values,
            "flows": work.flows,
            "weights": self.matrix.weights,
            "totals": self.matrix.totals,
            "children": self.children,
            "counts": self.counts,
            "start": self.step.start,
            "width": self.width,
            "batch": work.batch,
        }


def _dense_up(sums: TritonSums, work: Workspace) -> Launch:
    across, rows = columns(work), side(sums.step.n_sums, SUMS)
    return Launch(
        triton_kernels.dense_kernel,
        (sums.n_blocks, pieces(sums.step.n_sums, rows), pieces(work.batch, across)),
        {**sums.upward(work), "n_sums": sums.step.n_sums},
        {
            "SUMS": rows,
            "WIDTH": side(sums.width, WIDTH),
            "COLUMNS": across,
            "TINY": work.tiny,
            "PRECISION": sums.precision,
        },
    )


def _fused_up(sums: TritonSums, products: TritonProducts, work: Workspace) -> Launch:
    across = columns(work)
    return Launch(
        triton_kernels.fused_kernel,
        (sums.n_blocks, pieces(work.batch, across)),
        {
            **sums.upward(work),
            "children": products.children,
            "below": products.below,
            "products_start": products.step.start,
            "products_group": products.step.first_group,
            "n_blocks": sums.n_blocks,
            "n_sums": sums.step.n_sums,
        },
        {
            "FACTORS": products.n_factors,
            "SUMS": side(sums.step.n_sums, SUMS),
            "WIDTH": side(sums.width, WIDEST),
            "COLUMNS": across,
            "TINY": work.tiny,
            "PRECISION": sums.precision,
        },
    )


def _dense_down(sums: TritonSums, work: Workspace) -> Launch:
    across, width = columns(work), side(sums.width, WIDTH)
    products = sums.products
    return Launch(
        triton_flows.dense_flow_kernel,
        (sums.n_blocks, pieces(sums.width, width), pieces(work.batch, across)),
        {
            **sums.downward(work),
            "factors": sums.children if products is None else products.children,
            "n_blocks": sums.n_blocks,
            "n_sums": sums.step.n_sums,
        },
        {
            "FACTORS": 0 if products is None else products.n_factors,
            "SUMS": side(sums.step.n_sums, SUMS),
            "WIDTH": width,
            "COLUMNS": across,
            "UNIQUE": True,
            "FACTORS_UNIQUE": products is None or products.is_unique,
            "TINY": work.tiny,
            "PRECISION": sums.precision,
        },
    )


def _tiles_up(sums: TritonSums, work: Workspace) -> Launch:
    across, size = columns(work), sums.matrix.weights.shape[1]
    return Launch(
        triton_sparse.tiles_kernel,
        (len(sums.indices["row_offsets"]) - 1, pieces(work.batch, across)),
        {
            **sums.upward(work),
            "stripes": sums.indices["columns"],
            "offsets": sums.indices["row_offsets"],
            "stripes_of_block": sums.step.n_sums // size,
        },
        {"SIZE": size, "COLUMNS": across, "TINY": work.tiny, "PRECISION": sums.precision},
    )


def _tiles_down(sums: TritonSums, work: Workspace) -> Launch:
    across, size = columns(work), sums.matrix.weights.shape[1]
    return Launch(
        triton_sparse.tiles_flow_kernel,
        (len(sums.indices["column_offsets"]) - 1, pieces(work.batch, across)),
        {
            **sums.downward(work),
            "stripes": sums.indices["rows"],
            "offsets": sums.indices["column_offsets"],
            "order": sums.indices["by_column"],
        },
        {
            "SIZE": size,
            "COLUMNS": across,
            "UNIQUE": True,
            "TINY": work.tiny,
            "PRECISION": sums.precision,
        },
    )


def _edges_up(sums: TritonSums, work: Workspace) -> Launch:
    across = side(work.batch, EDGE_COLUMNS)
    return Launch(
        triton_sparse.edges_kernel,
        (len(sums.indices["row_offsets"]) - 1, pieces(work.batch, across)),
        {
            **sums.upward(work),
            "ends": sums.indices["columns"],
            "offsets": sums.indices["row_offsets"],
            "n_sums": sums.step.n_sums,
        },
        {"COLUMNS": across, "TINY": work.tiny},
    )


def _edges_down(sums: TritonSums, work: Workspace) -> Launch:
    across = side(work.batch, EDGE_COLUMNS)
    return Launch(
        triton_sparse.edges_flow_kernel,
        (len(sums.indices["column_offsets"]) - 1, pieces(work.batch, across)),
        {
            **sums.downward(work),
            "starts": sums.indices["rows"],
            "offsets": sums.indices["column_offsets"],
            "order": sums.indices["by_column"],
        },
        {"COLUMNS": across, "UNIQUE": True, "TINY": work.tiny},
    )


_UP: dict[type, Callable[[TritonSums, Workspace], Launch]] = {
    Dense: _dense_up,
    Tiles: _tiles_up,
    EdgeList: _edges_up,
}
_DOWN: dict[type, Callable[[TritonSums, Workspace], Launch]] = {
    Dense: _dense_down,
    Tiles: _tiles_down,
    EdgeList: _edges_down,
}
