"""Anytime maximisation over some variables, others summed out, with bounds that are proved.

Best first: the partial assignment with the greatest upper bound is split next, a
categorical variable by its values and a continuous one by halves of its interval. The
bounds are those of :mod:`workbench.inference.bounds`.
"""

from __future__ import annotations

import heapq
import itertools
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from workbench.circuits.circuit import Circuit
from workbench.compute.evaluation import evaluate
from workbench.compute.semirings import SUM_PRODUCT
from workbench.core.arrays import AnyArray, FloatArray, IdArray
from workbench.core.progress import Progress, silent
from workbench.core.tables import Table
from workbench.inference.bounds import Bound, Bounds, Regions
from workbench.inference.climbing import climb, shift_means

TOLERANCE = 1e-11  # nats, relative to the value from 1 up: rounding of two orders of summation
AT_ONCE = 32  # partial assignments bounded together
_WIDE = 1.0  # deviations, from which intervals are halved before categories are tried


@dataclass(frozen=True, eq=False)
class Maximum:
    """The best row found and proved bounds of the best value.

    Parameters
    ----------
    row
        (variable,) the assignment with value `lower`, in nats.
    upper
        No assignment has a greater value, in nats.
    nodes
        How many partial assignments were bounded.
    history
        Columns nodes, lower and upper, one row for each batch.
    """

    row: FloatArray
    lower: float
    upper: float
    nodes: int
    history: Table

    @property
    def exact(self) -> bool:
        """Whether the bounds meet, up to rounding."""
        return bool(self.upper - self.lower <= _slack(self.lower))


def maximise(
    circuit: Circuit,
    row: FloatArray,
    query: IdArray,
    candidates: FloatArray,
    nodes: int,
    seconds: float | None,
    on_progress: Progress = silent,
) -> Maximum:
    """The best completion of `row` over the columns `query`, all other NaN summed out.

    The search starts from the best of `candidates` ``(candidates, variable)`` and
    stops after `nodes` bounded partial assignments or `seconds`, but not before the
    first.
    """
    search = _Search(Bounds(circuit, row, query), row)
    search.offer(candidates)
    deadline = None if seconds is None else time.monotonic() + seconds
    search.step()
    while search.is_open and search.nodes < nodes and not _is_past(deadline):
        search.step()
        on_progress(min(search.nodes / nodes, 1.0), "", lower=search.lower, upper=search.upper)
    return Maximum(
        row=search.best,
        lower=search.lower,
        upper=search.upper,
        nodes=search.nodes,
        history=history_of(search.log),
    )


def history_of(log: list[tuple[int, float, float]]) -> Table:
    """Columns nodes, lower and upper of a search's log."""
    nodes, lower, upper = np.array(log).T
    return Table({"nodes": nodes.astype(np.int64), "lower": lower, "upper": upper})


def _is_past(deadline: float | None) -> bool:
    return deadline is not None and time.monotonic() >= deadline


def _slack(value: float) -> float:
    return TOLERANCE * max(1.0, abs(value))


@dataclass(order=True)
class _Open:
    """A region still to be looked at: a row, and an interval for each split variable."""

    priority: float
    number: int
    row: FloatArray = field(compare=False)
    low: FloatArray = field(compare=False)
    high: FloatArray = field(compare=False)


class _Search:
    """Best first: the open region with the greatest bound is split next."""

    def __init__(self, bounds: Bounds, row: FloatArray) -> None:
        self.bounds = bounds
        self.counter = itertools.count()
        start = bounds.start(row)
        self.open = [_Open(-np.inf, next(self.counter), row, start.low[0], start.high[0])]
        self.ends = [bounds.ends(place) for place in range(len(bounds.split))]
        self.best, self.lower = row, -np.inf
        self.closed = -np.inf  # bound of what cannot be split any further
        self.nodes = 0
        self.log: list[tuple[int, float, float]] = []

    @property
    def is_open(self) -> bool:
        return bool(self.open) and -self.open[0].priority > self.lower + self.slack

    @property
    def slack(self) -> float:
        return 0.0 if self.lower == -np.inf else _slack(self.lower)

    @property
    def upper(self) -> float:
        waiting = -self.open[0].priority if self.open else -np.inf
        found = max(waiting, self.closed)
        return float(found) if found > self.lower + self.slack else self.lower

    def offer(self, rows: FloatArray) -> None:
        """Keep the best of `rows` when it beats what was found before."""
        circuit = self.bounds.circuit
        values = evaluate(circuit, rows, SUM_PRODUCT)
        first = int(values.argmax())
        if values[first] > self.lower + self.slack:
            choices = {v: np.arange(circuit.variables[v].n_categories, dtype=np.float64)
                       for v in self.bounds.branching}  # fmt: skip
            climbed = climb(circuit, rows[first], choices)
            climbed = shift_means(circuit, climbed, self.bounds.split)
            tried = np.stack([rows[first], climbed])
            heights = evaluate(circuit, tried, SUM_PRODUCT)
            self.best = tried[heights.argmax()]
            self.lower = float(heights.max())

    def step(self) -> None:
        """Bound the most promising regions, and split them."""
        taken: list[_Open] = []
        while len(taken) < AT_ONCE and self.is_open:
            taken.append(heapq.heappop(self.open))
        regions = Regions(*(np.array([getattr(item, name) for item in taken])
                            for name in ("row", "low", "high")))  # fmt: skip
        found = self.bounds(regions)
        self.nodes += len(taken)
        self.offer(found.rows)
        for number, item in enumerate(taken):
            self._split(item, found, number)
        self.log.append((self.nodes, self.lower, self.upper))

    def _split(self, item: _Open, found: Bound, number: int) -> None:
        tables = [table[number] for table in found.tables]
        free = [k for k, v in enumerate(self.bounds.branching) if np.isnan(item.row[v])]
        bound = min([-item.priority, found.upper[number], *(tables[k].max() for k in free)])
        if bound <= self.lower + self.slack:
            return
        wide = self._wide(item, found.spread[number])
        if wide is not None and (not free or found.spread[number][wide] > _WIDE):
            parts = self._halves(item, wide, bound)
        elif free:
            parts = self._values(item, min(free, key=lambda k: _surviving(tables[k], bound)),
                                 tables, bound)  # fmt: skip
        else:
            self.closed = max(self.closed, bound)
            return
        for part in parts:
            if -part.priority > self.lower + self.slack:
                heapq.heappush(self.open, part)

    def _values(
        self, item: _Open, place: int, tables: list[FloatArray], bound: float
    ) -> Iterator[_Open]:
        column = self.bounds.branching[place]
        for value, alone in enumerate(tables[place].tolist()):
            row = item.row.copy()
            row[column] = value
            yield _Open(-min(bound, alone), next(self.counter), row, item.low, item.high)

    def _wide(self, item: _Open, spread: FloatArray) -> int | None:
        """The interval to halve, the widest in deviations; None when all are points."""
        middle = 0.5 * item.low + 0.5 * item.high
        can_split = (item.low < item.high) & ((middle < item.high) | (middle > item.low))
        if not can_split.any():
            return None
        return int(np.where(can_split, spread, -1.0).argmax())

    def _halves(self, item: _Open, place: int, bound: float) -> Iterator[_Open]:
        last, first = self._cut(place, float(item.low[place]), float(item.high[place]))
        for low, high in ((item.low[place], last), (first, item.high[place])):
            ends = item.low.copy(), item.high.copy()
            ends[0][place], ends[1][place] = low, high
            yield _Open(-bound, next(self.counter), item.row, *ends)

    def _cut(self, place: int, low: float, high: float) -> tuple[float, float]:
        """Where the lower half stops and the upper one begins: at a jump if there is one."""
        middle = 0.5 * low + 0.5 * high
        if self.bounds.is_counted[place]:
            return float(np.floor(middle)), float(np.floor(middle)) + 1.0
        jumps = self.ends[place]
        jumps = jumps[(jumps > low) & (jumps <= high)]
        if len(jumps):
            jump = float(jumps[np.abs(jumps - middle).argmin()])
            return float(np.nextafter(jump, low)), jump
        return middle, middle


def _surviving(bounds: AnyArray, bound: float) -> float:
    """How many values share the bound: the fewer, the better a variable is to split."""
    return float(np.exp(bounds - bound).sum())
