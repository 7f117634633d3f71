"""Cutset networks: a tree of decisions on single variables over Chow-Liu forests; deterministic."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from workbench.circuits.build import Builder
from workbench.circuits.circuit import Circuit
from workbench.circuits.memory import Size, require_buildable
from workbench.circuits.structures.cell_statistics import CellStatistics, cell_statistics
from workbench.circuits.structures.forests import ForestBuilder, Forests, best_forests, forest_size
from workbench.circuits.structures.pair_counts import Layout, flat_pairs, pairs_of, shares_of
from workbench.circuits.structures.rows import training_rows
from workbench.core.arrays import FloatArray, IdArray
from workbench.core.memory import require_memory
from workbench.core.threads import one_blas_thread
from workbench.data.dataset import Dataset
from workbench.data.variables import Variable
from workbench.errors import ParameterError

AT_ONCE = 1 << 25  # bytes of tables of pairs that are compared together
_TEMPORARIES = 6  # tables as large as the one that is looked at
_FEWER = "Take fewer variables or categories."


def cutset(
    data: Dataset | ArrayLike,
    penalty: float = 1.0,
    min_rows: int = 20,
    candidates: int = 16,
    smoothing: float = 1.0,
    variables: Sequence[Variable] | None = None,
) -> Circuit:
    """A cutset network of `data`: deterministic, so that its most probable rows are exact.

    The rows are divided by the categories of one variable, each part again and so
    on, and what remains of the variables is a Chow-Liu forest in each part. The
    variable is the one whose division raises the likelihood of the training rows
    most, less a price for every free parameter; where none does, the division ends.
    Rows that miss the variable go to every part, by its share. Continuous variables
    are never divided by; they are Gaussian given a category of their parent. There is no
    chance in it, so it takes no seed.

    Parameters
    ----------
    data
        A Dataset (its training rows are used) or rows ``(rows, variable)``.
    penalty
        The price of a free parameter, in units of that of the Bayesian information
        criterion, half the logarithm of the number of rows, in nats.
    min_rows
        Rows that a part needs in order to be divided.
    candidates
        Variables that are tried at each division: those that tell most of the others.
    smoothing
        Observations added to each part that are like the part that it was divided from.
    variables
        What the columns of plain rows mean; guessed when omitted, see
        :func:`workbench.circuits.structures.rows.training_rows`.

    Raises
    ------
    ParameterError
        When an argument is outside its range.
    DataError
        When the rows are empty or do not fit the variables.
    LimitError
        When the tables of pairs, or the circuit, would not fit in memory or in the limits.

    Source: Rahman, Kothalkar and Gogate 2014, "Cutset networks: a simple, tractable, and
    scalable approach for improving the accuracy of Chow-Liu trees", whose ranking of variables
    chooses the candidates; the choice among them and the end of division by penalised
    likelihood: Di Mauro, Vergari and Esposito 2015, "Learning accurate cutset networks by
    exploiting decomposability", section 4 (dCSN). The price counts all parameters, theirs
    counts divisions.

    Examples
    --------
    >>> rows = np.array([[0, 0, 0], [0, 1, 1], [1, 0, 1], [1, 1, 0]] * 20, dtype=float)
    >>> cutset(rows)
    Circuit(3 variables; 8 leaf, 3 sum, 6 product; 18 edges)
    """
    _require_options(penalty, min_rows, candidates, smoothing)
    rows, known = training_rows(data, variables)
    _require_pairs(known)
    with one_blas_thread():
        cells = cell_statistics(rows, known)
        price = 0.5 * penalty * np.log(max(len(rows), 2))
        growth = _Growth(cells, rows, _Options(price, min_rows, candidates, smoothing))
        parts = growth.parts()
        require_buildable(_size(parts, known), remedy="Take a larger penalty or min_rows.")
        return _assemble(known, parts)


def _require_options(penalty: float, min_rows: int, candidates: int, smoothing: float) -> None:
    for name, value, holds, expected in (
        ("penalty", penalty, penalty >= 0.0, "0 or more"),
        ("min_rows", min_rows, min_rows >= 1, "1 or more"),
        ("candidates", candidates, candidates >= 1, "1 or more"),
        ("smoothing", smoothing, 0.0 < smoothing < np.inf, "more than 0"),
    ):
        if not holds:
            raise ParameterError(
                "cannot learn a cutset network", given=f"{name}={value}", expected=expected
            )


def _require_pairs(variables: tuple[Variable, ...]) -> None:
    width = sum(variable.n_categories or 3 for variable in variables)
    what = f"compare {len(variables):,} variables of {width:,} categories in pairs"
    require_memory(what, 8 * width * width * 2 * _TEMPORARIES + AT_ONCE * _TEMPORARIES, _FEWER)


@dataclass(frozen=True)
class _Options:
    price: float
    min_rows: int
    candidates: int
    smoothing: float


@dataclass(eq=False)
class _Part:
    """Some rows, and either a variable that divides them or the forest that describes them."""

    layout: Layout
    parents: IdArray
    smoothed: FloatArray
    variable: int = -1
    shares: FloatArray = field(default_factory=lambda: np.empty(0))
    below: list[int] = field(default_factory=list)


@dataclass(frozen=True, eq=False)
class _Task:
    """A part that is still to be looked at: its rows, what it is smoothed to, and its place."""

    rows: IdArray
    weights: FloatArray
    layout: Layout
    prior: FloatArray
    above: int


@dataclass(frozen=True, eq=False)
class _Division:
    """What the categories of one variable make of some rows: one table of pairs for each."""

    variable: int
    pairs: FloatArray
    shares: FloatArray


class _Growth:
    """Divides rows for as long as it pays."""

    def __init__(self, cells: CellStatistics, rows: FloatArray, options: _Options) -> None:
        self._cells, self._rows, self._options = cells, rows, options

    def parts(self) -> list[_Part]:
        """All parts, those divided before those that they were divided into."""
        everything = Layout(self._cells, np.arange(len(self._cells.variables)))
        n_rows = len(self._rows)
        first = _Task(np.arange(n_rows), np.ones(n_rows), everything, flat_pairs(everything), -1)
        todo, parts = [first], list[_Part]()
        while todo:
            task = todo.pop()
            part, division = self._part(task)
            if task.above >= 0:
                parts[task.above].below.append(len(parts))
            if division is not None:
                part.variable = int(task.layout.chosen[division.variable])
                part.shares = division.shares
                todo.extend(reversed(self._divided(task, part, division, len(parts))))
            parts.append(part)
        return parts

    def _part(self, task: _Task) -> tuple[_Part, _Division | None]:
        values = self._cells.values[np.ix_(task.rows, self._cells.places(task.layout.chosen))]
        pairs = pairs_of(values, task.weights)
        smoothed = pairs + self._options.smoothing * task.prior
        found = best_forests(task.layout, pairs[None], smoothed[None], self._options.price)
        part = _Part(task.layout, found.parents[0], smoothed)
        return part, self._division(task, values, pairs, smoothed, found)

    def _division(
        self,
        task: _Task,
        values: FloatArray,
        pairs: FloatArray,
        smoothed: FloatArray,
        found: Forests,
    ) -> _Division | None:
        """The best division of a part, if one is better than none."""
        if task.weights.sum() < self._options.min_rows or len(task.layout.chosen) < 2:
            return None
        prior = shares_of(task.layout, smoothed)
        best, chosen = float(found.scores[0]), None
        for variable in self._candidates(task.layout, pairs, found):
            division = self._try(task, variable, values, pairs)
            score = self._score(task.layout, division, prior)
            if score > best:
                best, chosen = score, division
        return chosen

    def _candidates(self, layout: Layout, pairs: FloatArray, found: Forests) -> list[int]:
        """Positions of the categorical variables that tell most of all others."""
        categorical = np.flatnonzero(layout.is_categorical)
        seen = np.add.reduceat(np.diagonal(pairs) > 0.0, layout.begins, dtype=np.int64)
        told = found.gains[0].copy()
        told[np.arange(len(categorical)), categorical] = 0.0
        order = np.argsort(-told.sum(axis=1), kind="stable")
        useful = [v for v in categorical[order].tolist() if seen[v] > 1]
        return useful[: self._options.candidates]

    def _try(self, task: _Task, variable: int, values: FloatArray, pairs: FloatArray) -> _Division:
        """What dividing by a variable gives; the largest part is what the others leave."""
        block = task.layout.block(variable)
        counts = np.diagonal(pairs)[block]
        known = values[:, block] > 0.0
        shares = counts + self._options.smoothing * np.diagonal(task.prior)[block]
        shares = shares / shares.sum()
        tables = np.zeros((len(counts), *pairs.shape))
        largest, left = int(counts.argmax()), pairs.copy()
        for code in np.flatnonzero(counts > 0.0).tolist():
            if code != largest:
                tables[code] = pairs_of(values[known[:, code]], task.weights[known[:, code]])
                left -= tables[code]
        unknown = ~known.any(axis=1)
        if unknown.any():
            spread = pairs_of(values[unknown], task.weights[unknown])
            left -= spread
            tables += shares[:, None, None] * spread
        tables[largest] += left
        return _Division(variable, tables, shares)

    def _score(self, layout: Layout, division: _Division, prior: FloatArray) -> float:
        """The penalised log-likelihood of the rows after a division, in nats."""
        counts = np.diagonal(division.pairs, axis1=1, axis2=2)[:, layout.block(division.variable)]
        weights = counts.sum(axis=1)
        absent = np.full(len(weights), division.variable)
        smoothed = division.pairs + self._options.smoothing * prior
        found = best_forests(layout, division.pairs, smoothed, self._options.price, absent)
        decided = float(weights @ np.log(division.shares))
        return float(found.scores.sum()) + decided - self._options.price * (len(weights) - 1)

    def _divided(self, task: _Task, part: _Part, division: _Division, above: int) -> list[_Task]:
        layout, keep = task.layout.without(division.variable)
        prior = shares_of(task.layout, part.smoothed)[np.ix_(keep, keep)]
        column = self._rows[task.rows, part.variable]
        tasks = []
        for code, share in enumerate(division.shares.tolist()):
            unknown = np.isnan(column)
            inside = np.flatnonzero(unknown | (column == code))
            weights = task.weights[inside] * np.where(unknown[inside], share, 1.0)
            tasks.append(_Task(task.rows[inside], weights, layout, prior, above))
        return tasks


def _size(parts: list[_Part], variables: tuple[Variable, ...]) -> Size:
    """The size of the network; with all indicators, of which some may not be needed."""
    codes = [variable.n_categories for variable in variables]
    nodes, edges, entries = sum(codes), 0, sum(n * n for n in codes)
    for part in parts:
        if part.below:
            nodes, edges = nodes + 1 + len(part.below), edges + 3 * len(part.below)
        else:
            own = forest_size(part.layout, part.parents)
            nodes, edges = nodes + own.n_nodes, edges + own.n_edges
            entries += own.n_parameters
    return Size(nodes, edges, entries)


def _assemble(variables: tuple[Variable, ...], parts: list[_Part]) -> Circuit:
    build = Builder(variables)
    forests = ForestBuilder(build)
    made: dict[int, int] = {}
    for number in range(len(parts) - 1, -1, -1):
        part = parts[number]
        if not part.below:
            made[number] = forests.add(part.layout, part.parents, part.smoothed)
            continue
        indicators = forests.indicators(part.variable)
        below = [made.pop(child) for child in part.below]
        products = build.products(np.stack([indicators, below], axis=1))
        made[number] = build.sum(products.tolist(), part.shares)
    return build.circuit(made[0])
