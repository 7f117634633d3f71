"""Anytime maximisation over some variables, others summed out, with bounds that are proved.

Fix some variables of the query and leave the others free. Put the largest density
in place of each free leaf, and keep sums and products as they are: the value U of
the root is an upper bound of every completion, because the maximum of a sum is at
most the sum of the maxima, and the maximum of a product over disjoint scopes is
the product of the maxima. U is linear in the leaves of one variable (smooth and
decomposable: each induced tree has exactly one), so one backward pass gives the
same bound with any one free variable set to any of its values; the least over
variables of the greatest over values is again a bound. When every variable is
fixed, U is the value itself.

Source: Mei, Jiang and Tu 2018, "Maximum a posteriori inference in sum-product
networks" (branch and bound with forward checking).
"""

from __future__ import annotations

import heapq
import itertools
import time
from dataclasses import dataclass, field, replace

import numpy as np
from scipy.sparse import csr_matrix

from workbench.circuits.circuit import Circuit, Kind
from workbench.compute.evaluation import Leaf, evaluate, leaf_of, node_elements
from workbench.compute.schedule import schedule
from workbench.compute.semirings import MAX_SUM_BOUND, SUM_PRODUCT
from workbench.core.arrays import AnyArray, BoolArray, FloatArray, IdArray
from workbench.core.progress import Progress, silent
from workbench.core.tables import Table
from workbench.inference.climbing import climb

TOLERANCE = 1e-11  # nats, relative to the value from 1 up: rounding of two orders of summation
AT_ONCE = 32  # partial assignments bounded together
_LOST = 1e-290  # more flow than underflow can lose on the way to a leaf; keeps bounds above


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
        return self.upper - self.lower <= _slack(self.lower)


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
    search = _Search(_Bounds(circuit, query), row)
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


class _Bounds:
    """Upper bounds of partial rows, and the same with one more variable fixed."""

    def __init__(self, circuit: Circuit, query: IdArray) -> None:
        self.circuit = circuit
        self.query = query
        chosen = set(query.tolist())
        self.semiring = replace(
            MAX_SUM_BOUND,
            missing=lambda leaf: leaf.log_peak if leaf.column in chosen else 0.0,
        )
        self.peaks = {column: _peaks(circuit, column) for column in query.tolist()}
        self.choices = {column: choices for column, (_, choices, _) in self.peaks.items()}
        self.branching = np.array(
            [v for v in query.tolist() if circuit.variables[v].n_categories], dtype=np.int64
        )
        self.scatter = [_scatter(circuit, group.edges) for group in schedule(circuit)]

    def __call__(self, rows: FloatArray) -> tuple[FloatArray, list[FloatArray], FloatArray]:
        """(batch,) bounds; for each branching variable (batch, values) bounds; greedy rows."""
        values = node_elements(self.circuit, rows, self.semiring)
        flows = self._flows(values)
        tables, greedy = [], rows.copy()
        for column in self.query.tolist():
            leaves, choices, ratios = self.peaks[column]
            weights = ratios.T @ (flows[leaves] + _LOST)
            is_free = np.isnan(rows[:, column])
            greedy[is_free, column] = choices[weights.argmax(axis=0)[is_free]]
            if self.circuit.variables[column].n_categories:
                with np.errstate(divide="ignore"):  # an impossible value
                    tables.append((np.log(weights) + values[-1]).T)
        return values[-1], tables, greedy

    def _flows(self, values: FloatArray) -> FloatArray:
        """(n_nodes, batch) the share of the bound that goes through each node."""
        circuit = self.circuit
        flows = np.zeros_like(values)
        flows[-1] = values[-1] > -np.inf
        base = np.where(values > -np.inf, values, 0.0)
        for group, (children, scatter) in zip(
            reversed(schedule(circuit)), reversed(self.scatter), strict=True
        ):
            shares = np.broadcast_to(flows[group.nodes], (*group.edges.shape, values.shape[1]))
            if group.kind == Kind.SUM:
                below = circuit.log_weights[group.edges][..., None]
                below = below + values[circuit.children[group.edges]]
                shares = shares * np.exp(below - base[group.nodes])
            flows[children] += scatter @ shares.reshape(-1, values.shape[1])
        return flows


def _scatter(circuit: Circuit, edges: IdArray) -> tuple[IdArray, csr_matrix]:
    children, place = np.unique(circuit.children[edges.ravel()], return_inverse=True)
    n_edges = edges.size
    ones = (np.ones(n_edges), (place.ravel(), np.arange(n_edges)))
    return children.astype(np.int64), csr_matrix(ones, shape=(len(children), n_edges))


def _peaks(circuit: Circuit, column: int) -> tuple[IdArray, FloatArray, FloatArray]:
    """Leaves of `column`, values to try, and (leaves, values) densities over the largest."""
    leaves = np.flatnonzero(circuit.leaf_variables == column)
    found = [leaf_of(circuit, node) for node in leaves.tolist()]
    choices = _choices(found)
    logs = np.stack([leaf.log_density(choices) for leaf in found])
    peaks = np.array([leaf.log_peak for leaf in found])[:, None]
    return leaves, choices, np.exp(logs - np.where(peaks > -np.inf, peaks, 0.0))


def _choices(leaves: list[Leaf]) -> FloatArray:
    n_categories = leaves[0].variable.n_categories
    if n_categories:
        return np.arange(n_categories, dtype=np.float64)
    return np.unique([leaf.family.mode(leaf.parameters) for leaf in leaves])


@dataclass(order=True)
class _Open:
    """A partial assignment still to be looked at: a row and one more variable fixed."""

    priority: float
    number: int
    row: FloatArray = field(compare=False)
    column: int = field(compare=False, default=-1)
    value: float = field(compare=False, default=np.nan)

    def filled(self) -> FloatArray:
        row = self.row.copy()
        if self.column >= 0:
            row[self.column] = self.value
        return row


class _Search:
    """Best first: the open assignment with the greatest bound is split next."""

    def __init__(self, bounds: _Bounds, row: FloatArray) -> None:
        self.bounds = bounds
        self.counter = itertools.count()
        self.open = [_Open(-np.inf, next(self.counter), row)]
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
        return found if found > self.lower + self.slack else self.lower

    def offer(self, rows: FloatArray) -> None:
        """Keep the best of `rows` when it beats what was found before."""
        values = evaluate(self.bounds.circuit, rows, SUM_PRODUCT)
        first = int(values.argmax())
        if values[first] > self.lower + self.slack:
            climbed = climb(self.bounds.circuit, rows[first], self.bounds.choices)
            self.best = climbed
            self.lower = float(evaluate(self.bounds.circuit, climbed[None], SUM_PRODUCT)[0])

    def step(self) -> None:
        """Bound the most promising assignments, and split them."""
        taken: list[_Open] = []
        while len(taken) < AT_ONCE and self.is_open:
            taken.append(heapq.heappop(self.open))
        rows = np.array([item.filled() for item in taken])
        bounds, tables, greedy = self.bounds(rows)
        self.nodes += len(rows)
        self.offer(greedy)
        bounds = np.minimum(bounds, [-item.priority for item in taken])
        for number, row in enumerate(rows):
            self._split(row, bounds[number], [table[number] for table in tables])
        self.log.append((self.nodes, self.lower, self.upper))

    def _split(self, row: FloatArray, bound: float, tables: list[FloatArray]) -> None:
        is_free: BoolArray = np.isnan(row[self.bounds.branching])
        free = np.flatnonzero(is_free).tolist()
        bound = min([bound, *(tables[place].max() for place in free)])
        if bound <= self.lower + self.slack:
            return
        if not free:
            self.closed = max(self.closed, bound)
            return
        place = min(free, key=lambda p: _surviving(tables[p], bound))
        column = int(self.bounds.branching[place])
        for value, alone in enumerate(tables[place].tolist()):
            limit = min(bound, alone)
            if limit > self.lower + self.slack:
                item = _Open(-limit, next(self.counter), row, column, float(value))
                heapq.heappush(self.open, item)


def _surviving(bounds: AnyArray, bound: float) -> float:
    """How many values share the bound: the fewer, the better a variable is to split."""
    return float(np.exp(bounds - bound).sum())
