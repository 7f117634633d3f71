"""Inner layers on torch: products, dense blocks of sums and edge lists of sums.

Values are logs; inside a block they are shifted by the largest child, so that
one exponential, one batched matrix product and one logarithm do the work. A
sum whose terms all vanish beside that largest child is summed again in the log
domain, so the result is exact however far apart the children lie.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import torch

from workbench.compute.plan import DenseLayer, ProductLayer, SparseLayer
from workbench.compute.table import Rows

Tape = tuple[torch.Tensor, ...]
MOST_CELLS = 2**22  # of a temporary in the log-domain path


@dataclass
class Parameters:
    """Log-weights and weights of the edges, each with a last entry for "no edge"."""

    log_weights: torch.Tensor
    weights: torch.Tensor


class InnerLayer(Protocol):
    """What the engine asks of a layer; tables are ``(slot, batch)``."""

    def set_parameters(self, parameters: Parameters) -> None:
        """Nothing; the layer takes its weights."""
        ...

    def forward(self, values: torch.Tensor) -> Tape:
        """What `backward` needs again, after the layer's slots of `values` are filled."""
        ...

    def backward(
        self, values: torch.Tensor, flows: torch.Tensor, edges: torch.Tensor, tape: Tape, /
    ) -> None:
        """Nothing; flows go down to the children and are summed into `edges`."""
        ...


class Product:
    """Products of one arity."""

    def __init__(self, layer: ProductLayer, device: torch.device) -> None:
        self.children = [Rows(slots, device) for slots in layer.children]
        self.own = slice(layer.start, layer.start + layer.children.shape[1])

    def set_parameters(self, parameters: Parameters) -> None:
        """Nothing: products have no parameters."""

    def forward(self, values: torch.Tensor) -> Tape:
        """What `backward` needs again, after the layer's slots of `values` are filled."""
        total = values[self.own]
        total.copy_(self.children[0].read(values))
        for rows in self.children[1:]:
            total += rows.read(values)
        return ()

    def backward(
        self, _values: torch.Tensor, flows: torch.Tensor, _edges: torch.Tensor, _tape: Tape
    ) -> None:
        """Nothing; each child receives the flow of its product."""
        for rows in self.children:
            rows.add(flows, flows[self.own])


class DenseSum:
    """Stacked dense blocks of sums."""

    def __init__(self, layer: DenseLayer, device: torch.device) -> None:
        self.shape = layer.edges.shape
        self.children = Rows(layer.children, device)
        self.edges = torch.tensor(layer.edges, device=device)
        self.own = slice(layer.start, layer.start + self.shape[0] * self.shape[1])

    def set_parameters(self, parameters: Parameters) -> None:
        """Nothing; the layer takes its weights."""
        tiny = torch.finfo(parameters.weights.dtype).tiny
        self.weights = parameters.weights[self.edges]
        self.log_weights = parameters.log_weights[self.edges]
        lost = (self.weights < tiny) & (self.log_weights > -torch.inf)
        self.has_lost_weight = lost.any(dim=2, keepdim=True)

    def forward(self, values: torch.Tensor) -> Tape:
        """What `backward` needs again, after the layer's slots of `values` are filled."""
        below = self.children.read(values)
        scaled, peak = _scaled(below)
        sums = torch.bmm(self.weights, scaled)
        own = values[self.own].view_as(sums)
        torch.log(sums, out=own)
        own += peak
        doubtful = sums < _doubt(sums)
        if not doubtful.any():
            return scaled, sums
        self._repair(own, below, scaled, doubtful)
        return scaled, sums, doubtful

    def backward(
        self, values: torch.Tensor, flows: torch.Tensor, edges: torch.Tensor, tape: Tape
    ) -> None:
        """Nothing; flows go down to the children and are summed into `edges`."""
        scaled, sums, *doubts = tape
        own = flows[self.own].view_as(sums)
        ratios = own / sums
        for doubtful in doubts:
            ratios.masked_fill_(doubtful, 0.0)
        down = torch.bmm(self.weights.transpose(1, 2), ratios).mul_(scaled)
        through = torch.bmm(ratios, scaled.transpose(1, 2)).mul_(self.weights)
        for doubtful in doubts:
            self._exact_flows(values, own, doubtful & (own > 0), down, through)
        self.children.add(flows, down)
        edges[self.edges.view(-1)] = through.reshape(-1)

    def _repair(
        self,
        own: torch.Tensor,
        below: torch.Tensor,
        scaled: torch.Tensor,
        doubtful: torch.Tensor,
    ) -> None:
        tiny = torch.finfo(scaled.dtype).tiny
        has_lost_child = ((scaled < tiny) & (below > -torch.inf)).any(dim=1, keepdim=True)
        for places in _chunks(doubtful & (has_lost_child | self.has_lost_weight), below.shape[1]):
            own[places] = torch.logsumexp(self._terms(below, places), dim=1)

    def _exact_flows(
        self,
        values: torch.Tensor,
        own: torch.Tensor,
        doubtful: torch.Tensor,
        down: torch.Tensor,
        through: torch.Tensor,
    ) -> None:
        below = self.children.read(values)
        results = values[self.own].view_as(own)
        for places in _chunks(doubtful, below.shape[1]):
            block, row, column = places
            shares = torch.exp(self._terms(below, places) - results[places][:, None])
            shares *= own[places][:, None]
            down.transpose(1, 2).index_put_((block, column), shares, accumulate=True)
            through.index_put_((block, row), shares, accumulate=True)

    def _terms(self, below: torch.Tensor, places: _Places) -> torch.Tensor:
        """(places, width) log of weight times child."""
        block, row, column = places
        return self.log_weights[block, row] + below[block, :, column]


class SparseSum:
    """Sums of one level as an edge list."""

    def __init__(self, layer: SparseLayer, device: torch.device) -> None:
        self.n_sums = layer.n_sums
        self.own = slice(layer.start, layer.start + layer.n_sums)
        self.children = Rows(layer.children, device)
        self.sums = torch.tensor(layer.sums, dtype=torch.int64, device=device)
        self.columns = torch.tensor(layer.columns, dtype=torch.int64, device=device)
        self.edges = torch.tensor(layer.edges, dtype=torch.int64, device=device)

    def set_parameters(self, parameters: Parameters) -> None:
        """Nothing; the layer takes its weights."""
        self.log_weights = parameters.log_weights[self.edges][:, None]

    def forward(self, values: torch.Tensor) -> Tape:
        """What `backward` needs again, after the layer's slots of `values` are filled."""
        below = self.children.read(values)
        for columns in self._column_chunks(values.shape[1]):
            terms = self.log_weights + below[self.columns, columns]
            place = self.sums[:, None].expand_as(terms)
            peak = terms.new_full((self.n_sums, terms.shape[1]), -torch.inf)
            peak.scatter_reduce_(0, place, terms, "amax")
            peak.masked_fill_(peak == -torch.inf, 0.0)
            totals = torch.zeros_like(peak)
            totals.index_add_(0, self.sums, torch.exp(terms - peak[self.sums]))
            values[self.own, columns] = torch.log(totals) + peak
        return ()

    def backward(
        self, values: torch.Tensor, flows: torch.Tensor, edges: torch.Tensor, _tape: Tape
    ) -> None:
        """Nothing; flows go down to the children and are summed into `edges`."""
        below = self.children.read(values)
        down = torch.zeros_like(below)
        for columns in self._column_chunks(values.shape[1]):
            terms = self.log_weights + below[self.columns, columns]
            results = values[self.own, columns][self.sums]
            shares = torch.where(results > -torch.inf, torch.exp(terms - results), 0.0)
            shares *= flows[self.own, columns][self.sums]
            down[:, columns].index_add_(0, self.columns, shares)
            edges[self.edges] += shares.sum(dim=1)
        self.children.add(flows, down)

    def _column_chunks(self, batch: int) -> list[slice]:
        step = max(1, MOST_CELLS // len(self.edges))
        return [slice(first, min(first + step, batch)) for first in range(0, batch, step)]


_Places = tuple[torch.Tensor, torch.Tensor, torch.Tensor]


def _scaled(below: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Children ``(block, width, batch)`` in the linear domain, and the log of their scale."""
    peak = below.amax(dim=1, keepdim=True)
    peak = torch.where(peak == -torch.inf, 0.0, peak)
    return torch.exp(below - peak), peak


def _doubt(values: torch.Tensor) -> float:
    """The value below which a scaled sum may have lost terms that vanished beside the peak."""
    return 1e-25 if values.dtype == torch.float32 else 1e-250


def _chunks(places: torch.Tensor, width: int) -> list[_Places]:
    """The true `places` in pieces whose ``(places, width)`` temporaries stay small."""
    found = places.nonzero()
    pieces = torch.split(found, max(1, MOST_CELLS // width))
    return [(piece[:, 0], piece[:, 1], piece[:, 2]) for piece in pieces if len(piece)]
