"""Leaf layers on torch, one class per family; :data:`LEAF_LAYERS` is their table."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch

from workbench.circuits.circuit import Circuit
from workbench.circuits.leaves import CATEGORICAL, GAUSSIAN
from workbench.compute.layers import Tape
from workbench.compute.plan import LeafLayer
from workbench.core.arrays import FloatArray

LOG_ROOT_TWO_PI = 0.5 * math.log(2.0 * math.pi)


@dataclass(frozen=True)
class Inputs:
    """One batch on the device.

    Parameters
    ----------
    codes
        (variable, batch) category codes; the number of categories where missing.
    values
        (variable, batch) float64 values; 0 where missing.
    seen
        (variable, batch) whether the cell is known.
    """

    codes: torch.Tensor
    values: torch.Tensor
    seen: torch.Tensor


def inputs(rows: FloatArray, circuit: Circuit, device: torch.device) -> Inputs:
    """`rows` ``(batch, variable)`` as the leaf layers read them."""
    columns = np.ascontiguousarray(rows.T)
    seen = ~np.isnan(columns)
    missing = np.array([v.n_categories for v in circuit.variables], dtype=np.int64)[:, None]
    filled = np.where(seen, columns, 0.0)
    is_code = missing > 0
    codes = np.where(seen, np.where(is_code, filled, 0.0).astype(np.int64), missing)
    return Inputs(*(torch.from_numpy(array).to(device) for array in (codes, filled, seen)))


class LeafRunner(Protocol):
    """What the engine asks of a leaf layer; tables are ``(slot, batch)``."""

    def set_parameters(self, flat: FloatArray) -> None:
        """Nothing; the layer takes its parameters from the circuit's flat table."""
        ...

    def forward(self, values: torch.Tensor, batch: Inputs) -> Tape:
        """What `statistics` needs again, after the layer's slots of `values` are filled."""
        ...

    def statistics(self, flows: torch.Tensor, tape: Tape) -> torch.Tensor:
        """(leaves, n_statistics) float64 sufficient statistics weighted by flow."""
        ...


class CategoricalLeaves:
    """Tables of log-probabilities; a missing cell reads a last column of zeros."""

    def __init__(self, layer: LeafLayer, device: torch.device, dtype: torch.dtype) -> None:
        self.places = layer.leaves.parameters
        self.device, self.dtype = device, dtype
        self.variables = torch.tensor(layer.leaves.variables, dtype=torch.int64, device=device)
        self.own = slice(layer.start, layer.start + len(layer.leaves.nodes))

    def set_parameters(self, flat: FloatArray) -> None:
        """Nothing; the layer takes its parameters from the circuit's flat table."""
        table = torch.tensor(flat[self.places], dtype=self.dtype, device=self.device)
        self.table = torch.nn.functional.pad(table, (0, 1))

    def forward(self, values: torch.Tensor, batch: Inputs) -> Tape:
        """What `statistics` needs again, after the layer's slots of `values` are filled."""
        codes = batch.codes[self.variables]
        torch.gather(self.table, 1, codes, out=values[self.own])
        return (codes,)

    def statistics(self, flows: torch.Tensor, tape: Tape) -> torch.Tensor:
        """(leaves, categories) float64 flow of each category."""
        counts = torch.zeros_like(self.table)
        counts.scatter_add_(1, tape[0], flows[self.own])
        return counts[:, :-1].double()


class GaussianLeaves:
    """Means and log-deviations; differences to the mean are taken in float64."""

    def __init__(self, layer: LeafLayer, device: torch.device, dtype: torch.dtype) -> None:
        self.places = layer.leaves.parameters
        self.device, self.dtype = device, dtype
        self.variables = torch.tensor(layer.leaves.variables, dtype=torch.int64, device=device)
        self.own = slice(layer.start, layer.start + len(layer.leaves.nodes))

    def set_parameters(self, flat: FloatArray) -> None:
        """Nothing; the layer takes its parameters from the circuit's flat table."""
        table = torch.tensor(flat[self.places], dtype=torch.float64, device=self.device)
        self.mean, self.log_deviation = table[:, :1], table[:, 1:]

    def forward(self, values: torch.Tensor, batch: Inputs) -> Tape:
        """What `statistics` needs again, after the layer's slots of `values` are filled."""
        seen = batch.seen[self.variables]
        centred = batch.values[self.variables] - self.mean
        standard = centred * torch.exp(-self.log_deviation)
        density = -0.5 * standard**2 - self.log_deviation - LOG_ROOT_TWO_PI
        values[self.own] = torch.where(seen, density, 0.0).to(self.dtype)
        return centred, seen

    def statistics(self, flows: torch.Tensor, tape: Tape) -> torch.Tensor:
        """(leaves, 3) float64 flow, flow times value, flow times squared value."""
        centred, seen = tape
        flow = flows[self.own].double() * seen
        count = flow.sum(dim=1, keepdim=True)
        first = (flow * centred).sum(dim=1, keepdim=True)
        second = (flow * centred**2).sum(dim=1, keepdim=True)
        total = first + self.mean * count
        squares = second + 2.0 * self.mean * first + self.mean**2 * count
        return torch.cat([count, total, squares], dim=1)


LEAF_LAYERS: dict[int, Callable[[LeafLayer, torch.device, torch.dtype], LeafRunner]] = {
    CATEGORICAL.code: CategoricalLeaves,
    GAUSSIAN.code: GaussianLeaves,
}
