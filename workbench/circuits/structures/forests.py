"""Forests of greatest penalised likelihood from tables of pairs, many at once, and as circuits.

In a forest every categorical variable has at most one parent, which is categorical
too; a continuous variable is Gaussian given the category of its parent. So a
forest is a deterministic circuit: each of its sums is decided by one category.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from workbench.circuits.build import Builder
from workbench.circuits.leaves import CATEGORICAL, indicator_parameters
from workbench.circuits.memory import Size
from workbench.circuits.structures.chow_liu import Tree, rooted_at_centre
from workbench.circuits.structures.pair_counts import Layout, gaussian_scores
from workbench.core.arrays import BoolArray, FloatArray, IdArray, frozen

_SMALL = 1e-300


@dataclass(frozen=True, eq=False)
class Forests:
    """The best forest of each of several tables of pairs over the same variables.

    Parameters
    ----------
    parents
        (tables, variables) the position of each variable's parent; -1 for roots.
    scores
        (tables,) log-likelihood of the counted rows in nats, less the price of all
        free parameters.
    gains
        (tables, categorical variables, variables) nats that a parent adds to a variable.
    """

    parents: IdArray
    scores: FloatArray
    gains: FloatArray


def best_forests(
    layout: Layout,
    pairs: FloatArray,
    smoothed: FloatArray,
    price: float = 0.0,
    absent: IdArray | None = None,
) -> Forests:
    """The forests of greatest likelihood of `pairs`, less `price` nats per free parameter.

    An edge that adds less than it costs is left out. Without missing cells and
    without a price the scores are exact log-likelihoods.

    Parameters
    ----------
    pairs
        (tables, width, width) the counts that are scored.
    smoothed
        (tables, width, width) the counts that parameters are estimated from.
    absent
        (tables,) the position of a categorical variable that a table is not about; -1 for none.

    Source: Chow and Liu 1968, "Approximating discrete probability distributions with
    dependence trees"; leaving out edges that cost too much: Edwards, de Abreu and Labouriau
    2010, "Selecting high-dimensional mixed graphical models using minimal AIC or BIC forests".

    Examples
    --------
    >>> from workbench.circuits.structures.cell_statistics import cell_statistics
    >>> from workbench.circuits.structures.pair_counts import pairs_of
    >>> from workbench.data.variables import categorical
    >>> x = np.array([[0, 0], [1, 1]] * 50, dtype=float)
    >>> cells = cell_statistics(x, (categorical("a", 2), categorical("b", 2)))
    >>> layout, pairs = Layout(cells, np.array([0, 1])), pairs_of(cells.values)[None]
    >>> found = best_forests(layout, pairs, pairs)
    >>> found.parents.tolist(), round(float(found.scores[0] / 100), 3)
    ([[-1, 0]], -0.693)
    """
    n_tables, n_variables = len(pairs), len(layout.chosen)
    missing = np.full(n_tables, -1) if absent is None else absent
    present = np.arange(n_variables) != missing[:, None]
    categorical = np.flatnonzero(layout.is_categorical)
    free = _free(layout)
    own = _own_scores(layout, pairs, smoothed) - price * free
    gains = np.zeros((n_tables, len(categorical), n_variables))
    if len(categorical):
        gains[:, :, categorical] = _gains_of_categories(layout, pairs, smoothed)
    for position in np.flatnonzero(~layout.is_categorical).tolist():
        gains[:, :, position] = _gains_of_moments(layout, pairs, smoothed, position)
    worth = np.where(
        present[:, categorical, None] & present[:, None, :],
        gains - price * free[categorical, None] * free,
        -np.inf,
    )
    parents, added = _best_parents(layout, worth, present)
    scores = np.where(present, own, 0.0).sum(axis=1) + added
    return Forests(parents, scores, gains)


def _free(layout: Layout) -> FloatArray:
    """(variables,) free parameters of each variable alone."""
    return np.where(layout.is_categorical, layout.sizes - 1.0, 2.0)


def _own_scores(layout: Layout, pairs: FloatArray, smoothed: FloatArray) -> FloatArray:
    """(tables, variables) log-likelihood of each variable alone, in nats."""
    counts, expected = (np.diagonal(table, axis1=1, axis2=2) for table in (pairs, smoothed))
    totals = np.repeat(np.add.reduceat(expected, layout.begins, axis=1), layout.sizes, axis=1)
    logs = np.log(np.maximum(expected, _SMALL) / np.maximum(totals, _SMALL))
    scores: FloatArray = np.add.reduceat(counts * logs, layout.begins, axis=1)
    for position in np.flatnonzero(~layout.is_categorical).tolist():
        block = layout.block(position)
        moments = (table[:, block.start, block] for table in (pairs, smoothed))
        scores[:, position] = gaussian_scores(*moments)
    return scores


def _gains_of_categories(layout: Layout, pairs: FloatArray, smoothed: FloatArray) -> FloatArray:
    """(tables, categorical, categorical) what knowing one variable adds to the other, in nats."""
    inside = np.ix_(np.arange(len(pairs)), layout.categories, layout.categories)
    counts, expected = pairs[inside], smoothed[inside]
    begins = layout.category_begins

    def blocks(table: FloatArray) -> FloatArray:
        summed: FloatArray = np.add.reduceat(np.add.reduceat(table, begins, 1), begins, 2)
        return summed

    rows, expected_rows = (np.add.reduceat(table, begins, axis=2) for table in (counts, expected))
    one_side = np.add.reduceat(rows * np.log(np.maximum(expected_rows, _SMALL)), begins, axis=1)
    totals = np.add.reduceat(rows, begins, 1)
    expected_totals = np.maximum(np.add.reduceat(expected_rows, begins, 1), _SMALL)
    gains: FloatArray = (
        blocks(counts * np.log(np.maximum(expected, _SMALL)))
        + totals * np.log(expected_totals)
        - one_side
        - one_side.transpose(0, 2, 1)
    )
    return gains


def _gains_of_moments(
    layout: Layout, pairs: FloatArray, smoothed: FloatArray, position: int
) -> FloatArray:
    """(tables, categorical) what knowing each category adds to a continuous variable, in nats."""
    begins, block = layout.category_begins, layout.block(position)
    within, expected = (table[:, layout.categories, block] for table in (pairs, smoothed))
    if not len(begins):
        return np.zeros((len(pairs), 0))
    of_each = np.add.reduceat(gaussian_scores(within, expected), begins, axis=1)
    pooled = (np.add.reduceat(table, begins, axis=1) for table in (within, expected))
    gains: FloatArray = of_each - gaussian_scores(*pooled)
    return gains


def _best_parents(
    layout: Layout, worth: FloatArray, present: BoolArray
) -> tuple[IdArray, FloatArray]:
    """(tables, variables) parents, and (tables,) what they are worth together."""
    categorical = np.flatnonzero(layout.is_categorical)
    parents = np.full(present.shape, -1, dtype=np.int64)
    added = np.zeros(len(present))
    if len(categorical):
        links, added = _greatest_forests(worth[:, :, categorical], present[:, categorical])
        parents[:, categorical] = np.where(links >= 0, categorical[links], -1)
        for position in np.flatnonzero(~layout.is_categorical).tolist():
            best = worth[:, :, position].argmax(axis=1)
            value = worth[np.arange(len(worth)), best, position]
            parents[:, position] = np.where(value > 0.0, categorical[best], -1)
            added += np.maximum(value, 0.0)
    return parents, added


def _greatest_forests(worth: FloatArray, present: BoolArray) -> tuple[IdArray, FloatArray]:
    """(tables, variables) parents by Prim's algorithm in all tables in step, and their worth."""
    tables = np.arange(len(worth))
    parents = np.full(present.shape, -1, dtype=np.int64)
    added = np.zeros(len(worth))
    outside = present.copy()
    first = present.argmax(axis=1)
    outside[tables, first] = False
    best, link = worth[tables, first].copy(), np.repeat(first[:, None], present.shape[1], 1)
    for _ in range(int(present.sum(axis=1).max(initial=1)) - 1):
        new = np.where(outside, best, -np.inf).argmax(axis=1)
        value = best[tables, new]
        is_new = outside[tables, new]
        parents[tables, new] = np.where(is_new & (value > 0.0), link[tables, new], -1)
        added += np.where(is_new, np.maximum(value, 0.0), 0.0)
        outside[tables, new] = False
        closer = worth[tables, new] > best
        link = np.where(closer, new[:, None], link)
        best = np.where(closer, worth[tables, new], best)
    return parents, added


def centred(parents: IdArray, is_categorical: BoolArray) -> Tree:
    """The same forest with categorical roots in the middle; the tree may have many roots.

    Examples
    --------
    >>> centred(np.array([-1, 0, 1, -1]), np.ones(4, dtype=bool)).parents.tolist()
    [1, -1, 1, -1]
    """
    inner = np.flatnonzero(is_categorical)
    upward, order = parents.copy(), np.arange(len(parents))
    if len(inner):
        place = np.cumsum(is_categorical) - 1
        within = parents[inner]
        roots = np.flatnonzero(within < 0)
        joined = np.where(within < 0, roots[0], place[within]).astype(np.int32)
        joined[roots[0]] = -1  # the other roots hang below it for now
        tree = rooted_at_centre(joined)
        above = np.where(tree.parents >= 0, inner[tree.parents], -1)
        is_edge = (above >= 0) & ((within == above) | (parents[above] == inner))
        upward[inner] = np.where(is_edge, above, -1)
        order = np.concatenate([inner[tree.order], np.flatnonzero(~is_categorical)])
    return Tree(frozen(upward, dtype=np.int32), frozen(order, dtype=np.int32))


class ForestBuilder:
    """Adds forests to a builder; indicators are shared among all of them."""

    def __init__(self, build: Builder) -> None:
        self._build = build
        self._indicators: dict[int, IdArray] = {}

    def indicators(self, variable: int) -> IdArray:
        """(categories,) the positions of one leaf for each category."""
        if variable not in self._indicators:
            known = self._build.variables[variable]
            tables = [indicator_parameters(known, code) for code in range(known.n_categories)]
            self._indicators[variable] = self._build.leaves(variable, CATEGORICAL, tables)
        return self._indicators[variable]

    def add(self, layout: Layout, parents: IdArray, smoothed: FloatArray) -> int:
        """The position of the root of a forest with parameters from `smoothed` counts."""
        tree = centred(parents, layout.is_categorical)
        below: list[list[IdArray]] = [[] for _ in parents]
        roots: list[IdArray] = []
        for position in reversed(tree.order.tolist()):
            parent = int(tree.parents[position])
            units = self._units(layout, position, parent, below[position], smoothed)
            (roots if parent < 0 else below[parent]).append(units)
        if len(roots) == 1:
            return int(roots[0][0])
        return self._build.product([int(units[0]) for units in roots])

    def _units(
        self,
        layout: Layout,
        position: int,
        parent: int,
        below: list[IdArray],
        smoothed: FloatArray,
    ) -> IdArray:
        """(categories of the parent,) the variable and all below it, given each category."""
        variable = int(layout.chosen[position])
        statistics = _given_parent(layout, position, parent, smoothed)
        tables = layout.cells.estimate(variable, statistics)
        if not below:
            return self._build.leaves(variable, layout.cells.family(variable), tables)
        products = np.stack([self.indicators(variable), *below], axis=1)
        units = self._build.products(products)
        return self._build.sums(np.tile(units, (len(tables), 1)), np.exp(tables))


def _given_parent(layout: Layout, position: int, parent: int, smoothed: FloatArray) -> FloatArray:
    """(categories of the parent, columns) statistics of a variable given each category."""
    block = layout.block(position)
    if parent >= 0:
        return smoothed[layout.block(parent), block]
    if layout.is_categorical[position]:
        return np.diagonal(smoothed)[None, block]
    return smoothed[block.start : block.start + 1, block]


def forest_size(layout: Layout, parents: IdArray) -> Size:
    """The size of a forest, shared indicators left out.

    Examples
    --------
    >>> from workbench.circuits.structures.cell_statistics import cell_statistics
    >>> from workbench.data.variables import categorical
    >>> cells = cell_statistics(np.zeros((1, 2)), (categorical("a", 2), categorical("b", 2)))
    >>> forest_size(Layout(cells, np.array([0, 1])), np.array([-1, 0]))
    Size(n_nodes=5, n_edges=6, n_parameters=4)
    """
    upward = centred(parents, layout.is_categorical).parents
    children = np.bincount(upward[upward >= 0], minlength=len(parents))
    n_roots = int((upward < 0).sum())
    nodes, edges, entries = (1, n_roots, 0) if n_roots > 1 else (0, 0, 0)
    for position, n_below in enumerate(children.tolist()):
        states = int(layout.sizes[upward[position]]) if upward[position] >= 0 else 1
        size = int(layout.sizes[position])
        if n_below:
            nodes += size + states
            edges += size * (1 + n_below) + size * states
        else:
            nodes += states
            entries += states * (size if layout.is_categorical[position] else 2)
    return Size(nodes, edges, entries)
