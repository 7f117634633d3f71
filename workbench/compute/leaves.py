"""Leaf layers on torch, one class per family; :data:`LEAF_LAYERS` is their table."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch

from workbench.circuits.circuit import Circuit
from workbench.circuits.leaves import (
    BINOMIAL,
    CATEGORICAL,
    DISCRETISED_LOGISTIC,
    GAUSSIAN,
    POISSON,
    UNIFORM,
)
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

    def new_totals(self) -> torch.Tensor:
        """A buffer of zeros for :meth:`accumulate`."""
        ...

    def accumulate(self, flows: torch.Tensor, tape: Tape, totals: torch.Tensor) -> None:
        """Nothing; the statistics of a batch are added to `totals`, whatever its layout."""
        ...

    def read(self, totals: torch.Tensor) -> torch.Tensor:
        """(leaves, n_statistics) float64 what was added to `totals`."""
        ...


class CategoricalLeaves:
    """Tables of log-masses of any family; a missing cell reads a last column of zeros."""

    def __init__(self, layer: LeafLayer, device: torch.device, dtype: torch.dtype) -> None:
        self.places, family = layer.leaves.parameters, layer.leaves.family
        if family.log_masses is None:
            raise TypeError(f"{family.name} leaves have no table of masses")
        self.log_masses = family.log_masses
        self.device, self.dtype = device, dtype
        self.variables = torch.tensor(layer.leaves.variables, dtype=torch.int64, device=device)
        self.own = slice(layer.start, layer.start + len(layer.leaves.nodes))
        self.table = torch.empty(0, dtype=dtype, device=device)

    def set_parameters(self, flat: FloatArray) -> None:
        """Nothing; the layer takes its parameters from the circuit's flat table."""
        table = torch.tensor(
            self.log_masses(flat[self.places]), dtype=self.dtype, device=self.device
        )
        self.table = _kept(self.table, torch.nn.functional.pad(table, (0, 1)))

    def forward(self, values: torch.Tensor, batch: Inputs) -> Tape:
        """What `statistics` needs again, after the layer's slots of `values` are filled."""
        codes = batch.codes[self.variables]
        torch.gather(self.table, 1, codes, out=values[self.own])
        return (codes,)

    def statistics(self, flows: torch.Tensor, tape: Tape) -> torch.Tensor:
        """(leaves, categories) float64 flow of each category."""
        counts = self.new_totals()
        self.accumulate(flows, tape, counts)
        return self.read(counts)

    def new_totals(self) -> torch.Tensor:
        """(leaves, categories + 1) zeros; missing cells are counted last."""
        return torch.zeros_like(self.table)

    def accumulate(self, flows: torch.Tensor, tape: Tape, totals: torch.Tensor) -> None:
        """Nothing; the flow of each cell is added where its category is counted."""
        totals.scatter_add_(1, tape[0], flows[self.own])

    def read(self, totals: torch.Tensor) -> torch.Tensor:
        """(leaves, categories) float64 the counts of known cells."""
        return totals[:, :-1].double()


class MomentLeaves:
    """Leaves of continuous variables; differences to a centre are taken in float64."""

    def __init__(self, layer: LeafLayer, device: torch.device, dtype: torch.dtype) -> None:
        self.places = layer.leaves.parameters
        self.device, self.dtype = device, dtype
        self.variables = torch.tensor(layer.leaves.variables, dtype=torch.int64, device=device)
        self.own = slice(layer.start, layer.start + len(layer.leaves.nodes))
        self.table = torch.empty(0, dtype=torch.float64, device=device)
        self.zero = torch.zeros((len(layer.leaves.nodes), 1), dtype=torch.float64, device=device)

    def set_parameters(self, flat: FloatArray) -> None:
        """Nothing; the layer takes its parameters from the circuit's flat table."""
        table = torch.tensor(flat[self.places], dtype=torch.float64, device=self.device)
        self.table = _kept(self.table, table)
        self.columns = [self.table[:, column : column + 1] for column in range(table.shape[1])]
        self.centre = self.middle()

    def middle(self) -> torch.Tensor:
        """(leaves, 1) the centre: zero, unless squares of values would lose their digits."""
        return self.zero

    def log_density(self, values: torch.Tensor, centred: torch.Tensor, /) -> torch.Tensor:
        """(leaves, batch) nats of values, which are also given less the centre."""
        raise NotImplementedError

    def forward(self, values: torch.Tensor, batch: Inputs) -> Tape:
        """What `statistics` needs again, after the layer's slots of `values` are filled."""
        seen = batch.seen[self.variables]
        own = batch.values[self.variables]
        centred = own - self.centre
        density = self.log_density(own, centred)
        values[self.own] = torch.where(seen, density, 0.0).to(self.dtype)
        return centred, seen

    def statistics(self, flows: torch.Tensor, tape: Tape) -> torch.Tensor:
        """(leaves, 3) float64 flow, flow times value, flow times squared value."""
        centred, seen = tape
        flow = flows[self.own].double() * seen
        count = flow.sum(dim=1, keepdim=True)
        first = (flow * centred).sum(dim=1, keepdim=True)
        second = (flow * centred**2).sum(dim=1, keepdim=True)
        total = first + self.centre * count
        squares = second + 2.0 * self.centre * first + self.centre**2 * count
        return torch.cat([count, total, squares], dim=1)

    def new_totals(self) -> torch.Tensor:
        """(leaves, 3) zeros."""
        return self.zero.repeat(1, 3)

    def accumulate(self, flows: torch.Tensor, tape: Tape, totals: torch.Tensor) -> None:
        """Nothing; the moments of a batch are added."""
        totals += self.statistics(flows, tape)

    def read(self, totals: torch.Tensor) -> torch.Tensor:
        """(leaves, 3) float64 the moments."""
        return totals


class GaussianLeaves(MomentLeaves):
    """Means and log-deviations."""

    def middle(self) -> torch.Tensor:
        """(leaves, 1) the means."""
        return self.columns[0]

    def log_density(self, _values: torch.Tensor, centred: torch.Tensor) -> torch.Tensor:
        """(leaves, batch) nats."""
        log_deviation = self.columns[1]
        standard = centred * torch.exp(-log_deviation)
        return -0.5 * standard**2 - log_deviation - LOG_ROOT_TWO_PI


class PoissonLeaves(MomentLeaves):
    """Log-rates."""

    def log_density(self, values: torch.Tensor, _centred: torch.Tensor) -> torch.Tensor:
        """(leaves, batch) nats; minus infinity where a value is no whole number from 0."""
        log_rate, counts = self.columns[0], values.clamp(min=0.0)
        log_mass = counts * log_rate - torch.exp(log_rate) - torch.lgamma(counts + 1.0)
        is_count = (values >= 0.0) & (values == values.floor())
        return torch.where(is_count, log_mass, -torch.inf)


class UniformLeaves(MomentLeaves):
    """Lower and upper ends."""

    def log_density(self, values: torch.Tensor, _centred: torch.Tensor) -> torch.Tensor:
        """(leaves, batch) nats; minus infinity outside."""
        low, high = self.columns
        inside = (values >= low) & (values < high)
        return torch.where(inside, -torch.log(high - low), -torch.inf)


def _kept(old: torch.Tensor, new: torch.Tensor) -> torch.Tensor:
    """The numbers of `new`, at the address of `old` where it fits: captured graphs point at it."""
    return old.copy_(new) if old.shape == new.shape else new


LEAF_LAYERS: dict[int, Callable[[LeafLayer, torch.device, torch.dtype], LeafRunner]] = {
    CATEGORICAL.code: CategoricalLeaves,
    GAUSSIAN.code: GaussianLeaves,
    BINOMIAL.code: CategoricalLeaves,
    POISSON.code: PoissonLeaves,
    DISCRETISED_LOGISTIC.code: CategoricalLeaves,
    UNIFORM.code: UniformLeaves,
}
