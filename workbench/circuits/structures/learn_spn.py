"""LearnSPN: variables that are independent make products, clusters of rows make sums."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtri

from workbench.circuits.build import Builder
from workbench.circuits.circuit import Circuit
from workbench.circuits.memory import Size, require_buildable
from workbench.circuits.structures.cell_statistics import CellStatistics, cell_statistics
from workbench.circuits.structures.chow_liu import indicator
from workbench.circuits.structures.row_clusters import row_clusters
from workbench.circuits.structures.rows import training_rows
from workbench.core.arrays import BoolArray, FloatArray, IdArray
from workbench.core.memory import require_memory
from workbench.core.seeds import stream
from workbench.core.threads import one_blas_thread
from workbench.data.dataset import Dataset
from workbench.data.variables import Variable
from workbench.errors import ParameterError
from workbench.limits import LIMITS, require_within

_FEWER = "Take a larger min_rows, or fewer variables."
_TEMPORARIES = 4  # tables as large as that of all pairs
_SMALL = 1e-300


def learn_spn(
    data: Dataset | ArrayLike,
    clusters: int = 2,
    significance: float = 1e-5,
    min_rows: int = 50,
    smoothing: float = 1.0,
    seed: int = 0,
    variables: Sequence[Variable] | None = None,
) -> Circuit:
    """A sum-product network of `data` by LearnSPN.

    Variables that fall into groups without a significant dependence between them
    become a product of networks; otherwise the rows are clustered and the clusters
    become a sum. Where few rows are left, the variables count as independent.
    Leaves are categorical or Gaussian.

    Parameters
    ----------
    data
        A Dataset (its training rows are used) or rows ``(rows, variable)``; rows
        count for a pair of variables, or a leaf, when the cells are known.
    clusters
        Clusters of rows below each sum; fewer where some would be empty.
    significance
        The probability under independence below which two variables are dependent,
        in the G-test of their table. Continuous columns are cut at their quantiles.
    min_rows
        Fewer rows are neither tested nor clustered any more.
    smoothing
        Observations added to each leaf that are like its column in all rows.
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

    Source: Gens and Domingos 2013, "Learning the structure of sum-product networks",
    algorithm 1, with the G-test of its section 4.

    Examples
    --------
    >>> rows = np.array([[0, 0], [0, 0], [1, 1], [1, 1]] * 50, dtype=float)
    >>> learn_spn(rows)
    Circuit(2 variables; 4 leaf, 1 sum, 2 product; 6 edges)
    """
    _require_options(clusters, significance, min_rows, smoothing)
    rows, known = training_rows(data, variables)
    _require_pairs(len(rows), known)
    with one_blas_thread():
        growth = _Growth(
            cell_statistics(rows, known),
            _codes(rows, known),
            _Options(clusters, significance, min_rows, seed),
        )
        parts = growth.parts()
        require_buildable(_size(parts, known), remedy=_FEWER)
        return _assemble(growth.cells, parts, smoothing)


def _require_options(clusters: int, significance: float, min_rows: int, smoothing: float) -> None:
    for name, value, holds, expected in (
        ("clusters", clusters, clusters >= 2, "2 or more"),
        ("significance", significance, 0.0 < significance < 1.0, "a probability in (0, 1)"),
        ("min_rows", min_rows, min_rows >= 1, "1 or more"),
        ("smoothing", smoothing, 0.0 < smoothing < np.inf, "more than 0"),
    ):
        if not holds:
            raise ParameterError("cannot learn an SPN", given=f"{name}={value}", expected=expected)


def _require_pairs(n_rows: int, variables: tuple[Variable, ...]) -> None:
    width = sum(variable.n_categories or 8 for variable in variables)
    what = f"compare {len(variables):,} variables of {width:,} categories over {n_rows:,} rows"
    require_memory(what, 8 * width * (_TEMPORARIES * width + 3 * n_rows), _FEWER)


@dataclass(frozen=True, eq=False)
class _Codes:
    """One-hot codes of all cells, continuous columns in bins, and where each variable begins."""

    values: FloatArray
    begins: IdArray


def _codes(rows: FloatArray, variables: tuple[Variable, ...]) -> _Codes:
    blocks = [indicator(column, v) for column, v in zip(rows.T, variables, strict=True)]
    begins = np.cumsum([0, *(block.shape[1] for block in blocks)]).astype(np.int64)
    return _Codes(np.concatenate(blocks, axis=1), begins)


@dataclass(frozen=True)
class _Options:
    clusters: int
    significance: float
    min_rows: int
    seed: int


@dataclass(eq=False)
class _Part:
    """A node to be: a sum of clusters, a product of groups, or independent variables."""

    chosen: IdArray
    below: list[int] = field(default_factory=list)
    shares: list[float] = field(default_factory=list)
    statistics: FloatArray = field(default_factory=lambda: np.empty(0))


@dataclass(frozen=True, eq=False)
class _Task:
    """Rows and variables that are still to be looked at; `is_group`: they hang together."""

    rows: IdArray
    chosen: IdArray
    above: int
    is_group: bool = False


class _Growth:
    """Divides variables and rows in turns for as long as there are rows enough."""

    def __init__(self, cells: CellStatistics, codes: _Codes, options: _Options) -> None:
        self.cells = cells
        self._codes, self._options = codes, options

    def parts(self) -> list[_Part]:
        """All parts, those above before those below."""
        n_rows, n_variables = len(self.cells.values), len(self.cells.variables)
        todo = [_Task(np.arange(n_rows), np.arange(n_variables), -1)]
        parts: list[_Part] = []
        while todo:
            task = todo.pop()
            part = _Part(task.chosen)
            if task.above >= 0:
                parts[task.above].below.append(len(parts))
            below = self._divided(task, part, len(parts))
            if not below:
                places = self.cells.places(task.chosen)
                part.statistics = self.cells.values[np.ix_(task.rows, places)].sum(axis=0)
            todo.extend(reversed(below))
            parts.append(part)
            require_within("nodes", len(parts) + len(todo), LIMITS.n_nodes, _FEWER)
        return parts

    def _divided(self, task: _Task, part: _Part, place: int) -> list[_Task]:
        """The parts below one, none where it ends."""
        if len(task.rows) < self._options.min_rows or len(task.chosen) < 2:
            return []
        if not task.is_group:
            groups = self._groups(task)
            if len(groups) > 1:
                return [_Task(task.rows, group, place, is_group=True) for group in groups]
        values = self.cells.values[np.ix_(task.rows, self.cells.places(task.chosen))]
        random = stream(self._options.seed, "learn_spn", place)
        found = row_clusters(self.cells, task.chosen, values, self._options.clusters, random)
        sizes = np.bincount(found)
        if len(sizes) < 2:
            return []
        part.shares = (sizes / len(found)).tolist()
        return [_Task(task.rows[found == k], task.chosen, place) for k in range(len(sizes))]

    def _groups(self, task: _Task) -> list[IdArray]:
        """The variables in groups that depend on each other, by the G-test of each pair."""
        from scipy.sparse.csgraph import connected_components

        begins = self._codes.begins
        places = np.concatenate([np.arange(begins[v], begins[v + 1]) for v in task.chosen])
        sizes = np.diff(begins)[task.chosen]
        codes = self._codes.values[np.ix_(task.rows, places)]
        depend = dependent(codes, sizes, self._options.significance)
        n_groups, group = connected_components(depend, directed=False)
        return [task.chosen[group == k] for k in range(n_groups)]


def dependent(codes: FloatArray, sizes: IdArray, significance: float) -> BoolArray:
    """(variables, variables) which pairs the G-test finds dependent.

    The statistic is twice the rows of the pair times its mutual information in nats;
    under independence it is distributed as chi squared with as many degrees of freedom
    as the categories that were seen, less one, of both variables multiplied.

    Parameters
    ----------
    codes
        (rows, categories of all variables) one-hot; zero where missing.
    sizes
        (variables,) categories of each variable.

    Examples
    --------
    >>> x = np.array([[1, 0, 1, 0], [0, 1, 0, 1]] * 20, dtype=float)
    >>> dependent(x, np.array([2, 2]), 0.01).tolist()
    [[False, True], [True, False]]
    """
    begins = np.cumsum(sizes) - sizes
    counts = (codes.T @ codes).astype(np.float64)
    within = np.add.reduceat(counts, begins, axis=1)
    totals = np.add.reduceat(within, begins, axis=0)
    half = (
        _by_log(counts, begins)
        + totals * np.log(np.maximum(totals, _SMALL))
        - np.add.reduceat(within * np.log(np.maximum(within, _SMALL)), begins, axis=0)
        - np.add.reduceat(within * np.log(np.maximum(within, _SMALL)), begins, axis=0).T
    )
    seen = np.add.reduceat(within > 0.0, begins, axis=0, dtype=np.float64) - 1.0
    freedom = np.maximum(seen, 0.0) * np.maximum(seen.T, 0.0)
    critical = chdtri(np.maximum(freedom, 1.0), significance)
    depends: BoolArray = (freedom > 0.0) & (2.0 * half > critical)
    np.fill_diagonal(depends, val=False)
    return depends


def _by_log(counts: FloatArray, begins: IdArray) -> FloatArray:
    terms = counts * np.log(np.maximum(counts, _SMALL))
    summed: FloatArray = np.add.reduceat(np.add.reduceat(terms, begins, 0), begins, 1)
    return summed


def _size(parts: list[_Part], variables: tuple[Variable, ...]) -> Size:
    widths = np.array([variable.n_categories or 2 for variable in variables])
    nodes, edges, entries = 0, 0, 0
    for part in parts:
        nodes, edges = nodes + 1, edges + len(part.below)
        if not part.below:
            n_leaves = len(part.chosen)
            nodes, edges = nodes + (n_leaves if n_leaves > 1 else 0), edges + n_leaves
            entries += int(widths[part.chosen].sum())
    return Size(nodes, edges, entries)


def _assemble(cells: CellStatistics, parts: list[_Part], smoothing: float) -> Circuit:
    build = Builder(cells.variables)
    leaves = _leaves(build, cells, parts, smoothing)
    made: dict[int, int] = {}
    for number in range(len(parts) - 1, -1, -1):
        part = parts[number]
        below = [made.pop(child) for child in part.below] or leaves[number]
        if part.shares:
            made[number] = build.sum(below, part.shares)
        else:
            made[number] = build.product(below) if len(below) > 1 else below[0]
    return build.circuit(made[0])


def _leaves(
    build: Builder, cells: CellStatistics, parts: list[_Part], smoothing: float
) -> list[list[int]]:
    """The positions of the leaves of every part that ends, added variable by variable."""
    found: list[list[int]] = [[] for _ in parts]
    ends = [number for number, part in enumerate(parts) if not part.below]
    for variable, known in enumerate(cells.variables):
        width = int(cells.begins[variable + 1] - cells.begins[variable])
        having = [number for number in ends if variable in parts[number].chosen]
        tables = np.array([_block(cells, parts[number], variable, width) for number in having])
        prior = tables.sum(axis=0) + cells.family(variable).prior(known, 0.0, 1.0)
        total = prior.sum() if known.kind == "categorical" else prior[0]
        smoothed = cells.estimate(variable, tables + smoothing * prior / total)
        added = build.leaves(variable, cells.family(variable), smoothed)
        for number, leaf in zip(having, added.tolist(), strict=True):
            found[number].append(leaf)
    return found


def _block(cells: CellStatistics, part: _Part, variable: int, width: int) -> FloatArray:
    place = int(np.searchsorted(part.chosen, variable))
    begin = int(np.diff(cells.begins)[part.chosen[:place]].sum())
    return part.statistics[begin : begin + width]
