"""Products of the weights of a step with tables of values, one class per layout of the edges."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch

from workbench.compute.cuda.steps import Dense, EdgeList, Matrix, Tiles
from workbench.core.arrays import AnyArray

MOST_TERMS = 2**24  # of the temporary that an edge list fills without Triton


@dataclass(frozen=True)
class Placement:
    """Where buffers lie and how precise they are."""

    device: torch.device
    dtype: torch.dtype


class Weights(ABC):
    """Weights of stacked blocks in some layout: a table of edge numbers says which is where.

    Tables of values are ``(block, sum or child, batch)``; `totals`, of ratio
    times child and summed over rows, lie in the layout of the weights.
    """

    def __init__(
        self, edges: AnyArray, sums: AnyArray, shape: tuple[int, int], place: Placement
    ) -> None:
        self.edges = torch.tensor(edges, dtype=torch.int64, device=place.device)
        self.sums = torch.tensor(sums, dtype=torch.int64, device=place.device)
        self.shape = shape
        self.weights = torch.zeros(edges.shape, dtype=place.dtype, device=place.device)
        self.totals = torch.zeros_like(self.weights)
        self.is_edge = torch.zeros(edges.shape, dtype=torch.bool, device=place.device)

    def set_weights(
        self, log_weights: torch.Tensor, norms: torch.Tensor, least: torch.Tensor
    ) -> None:
        """Nothing; weights are taken, divided by the largest sum of weights of their block."""
        logs = log_weights[self.edges]
        of_sums = _log_sums(logs, self.sums, self.shape[0] * self.shape[1])
        largest = of_sums.view(self.shape).amax(dim=1, keepdim=True)
        norms.copy_(largest.masked_fill(largest == -torch.inf, 0.0))
        block = self.sums // self.shape[1]
        self.weights.copy_(torch.exp(logs - norms[block, 0].expand_as(logs)))
        torch.gt(logs, -torch.inf, out=self.is_edge)
        self._find_least(least)

    def take_weights(self, weights: torch.Tensor, norms: torch.Tensor, least: torch.Tensor) -> None:
        """Nothing; as :meth:`set_weights`, for weights in the own layout that are no logs."""
        largest = self.sums_of(weights).view(self.shape).amax(dim=1, keepdim=True)
        largest.masked_fill_(largest == 0.0, 1.0)
        norms.copy_(torch.log(largest.double()))
        torch.div(weights, largest[self.sums // self.shape[1], 0], out=self.weights)
        self._find_least(least)

    def sums_of(self, cells: torch.Tensor) -> torch.Tensor:
        """(all sums,) the cells of each sum added up."""
        total = cells.new_zeros(self.shape[0] * self.shape[1])
        return total.index_add_(0, self.sums.expand_as(cells).reshape(-1), cells.reshape(-1))

    def _find_least(self, least: torch.Tensor) -> None:
        kept = torch.where(self.is_edge, self.weights, 1.0)
        place = (self.sums // self.shape[1]).expand_as(kept).reshape(-1)
        least.fill_(1.0).view(-1).scatter_reduce_(0, place, kept.view(-1), "amin")

    def collect(self, edges: torch.Tensor) -> None:
        """Nothing; flows of edges are added to `edges`, and the own totals start again."""
        through = torch.where(self.weights > 0, self.totals * self.weights, 0.0)
        edges.index_add_(0, self.edges.view(-1), through.double().view(-1))
        self.totals.zero_()

    @abstractmethod
    def multiply(self, below: torch.Tensor, out: torch.Tensor) -> None:
        """Nothing; `out` becomes the sums of weighted children."""

    @abstractmethod
    def pull(self, ratios: torch.Tensor, out: torch.Tensor) -> None:
        """Nothing; `out` becomes the weighted ratios that each child receives."""

    @abstractmethod
    def accumulate(self, ratios: torch.Tensor, below: torch.Tensor) -> None:
        """Nothing; ratio times child, summed over rows, is added to `totals`."""


class DenseWeights(Weights):
    """Whole blocks."""

    def __init__(self, layout: Dense, shape: tuple[int, int], place: Placement) -> None:
        sums = np.arange(shape[0] * shape[1]).reshape(*shape, 1)
        super().__init__(layout.edges, sums, shape, place)

    def sums_of(self, cells: torch.Tensor) -> torch.Tensor:
        """(all sums,) the cells of each sum added up."""
        return cells.sum(dim=2).view(-1)

    def _find_least(self, least: torch.Tensor) -> None:
        least.copy_(torch.where(self.is_edge, self.weights, 1.0).amin(dim=(1, 2))[:, None])

    def multiply(self, below: torch.Tensor, out: torch.Tensor) -> None:
        """Nothing; `out` becomes the sums of weighted children."""
        torch.bmm(self.weights, below, out=out)

    def pull(self, ratios: torch.Tensor, out: torch.Tensor) -> None:
        """Nothing; `out` becomes the weighted ratios that each child receives."""
        torch.bmm(self.weights.transpose(1, 2), ratios, out=out)

    def accumulate(self, ratios: torch.Tensor, below: torch.Tensor) -> None:
        """Nothing; ratio times child, summed over rows, is added to `totals`."""
        self.totals.baddbmm_(ratios, below.transpose(1, 2))


class TileWeights(Weights):
    """Square tiles; stripes of children are gathered and stripes of sums added up."""

    def __init__(self, layout: Tiles, shape: tuple[int, int], place: Placement) -> None:
        self.size = layout.edges.shape[1]
        sums = layout.rows[:, None, None] * self.size + np.arange(self.size)[:, None]
        super().__init__(layout.edges, sums, shape, place)
        self.rows = torch.tensor(layout.rows, device=place.device)
        self.columns = torch.tensor(layout.columns, device=place.device)

    def multiply(self, below: torch.Tensor, out: torch.Tensor) -> None:
        """Nothing; `out` becomes the sums of weighted children."""
        parts = torch.bmm(self.weights, self._stripes(below)[self.columns])
        self._stripes(out.zero_()).index_add_(0, self.rows, parts)

    def pull(self, ratios: torch.Tensor, out: torch.Tensor) -> None:
        """Nothing; `out` becomes the weighted ratios that each child receives."""
        parts = torch.bmm(self.weights.transpose(1, 2), self._stripes(ratios)[self.rows])
        self._stripes(out.zero_()).index_add_(0, self.columns, parts)

    def accumulate(self, ratios: torch.Tensor, below: torch.Tensor) -> None:
        """Nothing; ratio times child, summed over rows, is added to `totals`."""
        stripes = self._stripes(below)[self.columns]
        self.totals.baddbmm_(self._stripes(ratios)[self.rows], stripes.transpose(1, 2))

    def _stripes(self, table: torch.Tensor) -> torch.Tensor:
        return table.view(-1, self.size, table.shape[-1])


class EdgeWeights(Weights):
    """Single edges; a piece of the batch at a time, so that the temporary stays small."""

    def __init__(self, layout: EdgeList, shape: tuple[int, int], place: Placement) -> None:
        super().__init__(layout.edges, layout.rows, shape, place)
        self.rows = torch.tensor(layout.rows, device=place.device)
        self.columns = torch.tensor(layout.columns, device=place.device)

    def multiply(self, below: torch.Tensor, out: torch.Tensor) -> None:
        """Nothing; `out` becomes the sums of weighted children."""
        self._spread(self.columns, below, self.rows, out)

    def pull(self, ratios: torch.Tensor, out: torch.Tensor) -> None:
        """Nothing; `out` becomes the weighted ratios that each child receives."""
        self._spread(self.rows, ratios, self.columns, out)

    def accumulate(self, ratios: torch.Tensor, below: torch.Tensor) -> None:
        """Nothing; ratio times child, summed over rows, is added to `totals`."""
        above, under = _flat(ratios), _flat(below)
        for piece in self._pieces(above.shape[1]):
            terms = above[self.rows, piece] * under[self.columns, piece]
            self.totals += terms.sum(dim=1)

    def _spread(
        self, origin: torch.Tensor, source: torch.Tensor, goal: torch.Tensor, out: torch.Tensor
    ) -> None:
        given, taken = _flat(source), _flat(out.zero_())
        for piece in self._pieces(given.shape[1]):
            terms = given[origin, piece].mul_(self.weights[:, None])
            taken[:, piece].index_add_(0, goal, terms)

    def _pieces(self, batch: int) -> list[slice]:
        step = max(1, MOST_TERMS // len(self.rows))
        return [slice(first, min(first + step, batch)) for first in range(0, batch, step)]


def _log_sums(logs: torch.Tensor, groups: torch.Tensor, n_groups: int) -> torch.Tensor:
    """(groups,) log of the sum of exponentials of `logs`, each counted in its group."""
    place, values = groups.expand_as(logs).reshape(-1), logs.reshape(-1)
    peak = values.new_full((n_groups,), -torch.inf).scatter_reduce_(0, place, values, "amax")
    shift = peak.masked_fill(peak == -torch.inf, 0.0)
    total = torch.zeros_like(shift).index_add_(0, place, torch.exp(values - shift[place]))
    return total.log_() + shift


def _flat(table: torch.Tensor) -> torch.Tensor:
    return table.view(-1, table.shape[-1])


WEIGHTS: dict[type[Matrix], Callable[..., Weights]] = {
    Dense: DenseWeights,
    Tiles: TileWeights,
    EdgeList: EdgeWeights,
}
