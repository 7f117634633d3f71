"""Chow-Liu trees: the tree of greatest total mutual information, rooted at its centre."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from workbench.core.arrays import FloatArray, IntArray, frozen
from workbench.data.variables import Variable

N_BINS = 8  # of a continuous column, for the mutual information only
PSEUDOCOUNT = 0.1  # observations spread evenly over the cells of a pair's table
MOST_ROWS = 20_000  # more rows do not change a tree


@dataclass(frozen=True, eq=False)
class Tree:
    """A rooted tree over variables.

    Parameters
    ----------
    parents
        (n_variables,) the parent of each variable; -1 for the root.
    order
        (n_variables,) variables with every parent before its children.
    """

    parents: IntArray
    order: IntArray

    def children(self) -> tuple[tuple[int, ...], ...]:
        """The children of each variable, ascending."""
        below: list[list[int]] = [[] for _ in self.parents]
        for variable, parent in enumerate(self.parents.tolist()):
            if parent >= 0:
                below[parent].append(variable)
        return tuple(tuple(group) for group in below)


def chow_liu_tree(rows: FloatArray, variables: Sequence[Variable]) -> Tree:
    """The Chow-Liu tree of `rows` ``(rows, variable)``, rooted at its centre.

    Source: Chow and Liu 1968, "Approximating discrete probability distributions
    with dependence trees".

    Examples
    --------
    >>> from workbench.data.variables import categorical
    >>> x = np.array([[0, 0, 0], [1, 1, 0], [0, 0, 1], [1, 1, 1]], dtype=float)
    >>> chow_liu_tree(x, [categorical(name, 2) for name in "abc"]).parents.tolist()
    [-1, 0, 0]
    """
    information = mutual_information(rows, variables)
    return rooted_at_centre(_greatest_spanning_tree(information))


def mutual_information(rows: FloatArray, variables: Sequence[Variable]) -> FloatArray:
    """(n_variables, n_variables) mutual information of each pair, in nats.

    Continuous columns are cut at their quantiles. A row counts for a pair when
    both cells are known.

    Examples
    --------
    >>> from workbench.data.variables import categorical
    >>> x = np.array([[0, 0], [1, 1]] * 500, dtype=float)
    >>> float(mutual_information(x, [categorical("a", 2), categorical("b", 2)])[0, 1].round(2))
    0.69
    """
    chosen = rows[:: max(1, len(rows) // MOST_ROWS)]
    indicators = [indicator(column, v) for column, v in zip(chosen.T, variables, strict=True)]
    sizes = np.array([block.shape[1] for block in indicators])
    begins = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    everything = np.concatenate(indicators, axis=1)
    pairs = [_information(block.T @ everything, begins, sizes) for block in indicators]
    information = np.stack(pairs)
    symmetric: FloatArray = (information + information.T) / 2
    return symmetric


def indicator(column: FloatArray, variable: Variable) -> FloatArray:
    """(rows, categories) one-hot codes of a column as float32; zero where missing."""
    seen = ~np.isnan(column)
    if variable.kind == "categorical":
        codes, size = np.where(seen, column, 0).astype(np.int64), variable.n_categories
    else:
        known = column[seen] if seen.any() else np.zeros(1)
        edges = np.unique(np.quantile(known, np.arange(1, N_BINS) / N_BINS))
        codes, size = np.searchsorted(edges, column, side="right"), len(edges) + 1
        codes = np.where(seen, codes, 0)
    one_hot = np.zeros((len(column), size), dtype=np.float32)
    one_hot[np.flatnonzero(seen), codes[seen]] = 1.0
    return one_hot  # type: ignore[return-value]  # float32 halves the memory


def _information(counts: FloatArray, begins: IntArray, sizes: IntArray) -> FloatArray:
    counts = counts.astype(np.float64) + PSEUDOCOUNT / (len(counts) * np.repeat(sizes, sizes))
    totals = np.add.reduceat(counts.sum(axis=0), begins)
    joint = counts / np.repeat(totals, sizes)
    own = np.repeat(np.add.reduceat(joint, begins, axis=1), sizes, axis=1)
    terms = joint * np.log(joint / (own * joint.sum(axis=0)))
    information: FloatArray = np.add.reduceat(terms.sum(axis=0), begins)
    return information


def _greatest_spanning_tree(information: FloatArray) -> IntArray:
    n_variables = len(information)
    parents = np.full(n_variables, -1, dtype=np.int32)
    inside = np.zeros(n_variables, dtype=np.bool_)
    inside[0] = True
    best, link = information[0].copy(), np.zeros(n_variables, dtype=np.int32)
    for _ in range(n_variables - 1):
        new = int(np.argmax(np.where(inside, -np.inf, best)))
        parents[new], inside[new] = link[new], True
        closer = information[new] > best
        link[closer], best = new, np.maximum(best, information[new])
    return parents


def rooted_at_centre(parents: IntArray) -> Tree:
    """The same tree re-rooted where it is lowest.

    Examples
    --------
    >>> rooted_at_centre(np.array([-1, 0, 1], dtype=np.int32)).parents.tolist()
    [1, -1, 1]
    """
    neighbours: list[list[int]] = [[] for _ in parents]
    for variable, parent in enumerate(parents.tolist()):
        if parent >= 0:
            neighbours[variable].append(parent)
            neighbours[parent].append(variable)
    one_end = _walk(neighbours, 0)[0][-1]
    order, above = _walk(neighbours, one_end)
    path = [order[-1]]
    while above[path[-1]] >= 0:
        path.append(above[path[-1]])
    order, above = _walk(neighbours, path[len(path) // 2])
    return Tree(frozen(above, dtype=np.int32), frozen(order, dtype=np.int32))


def _walk(neighbours: list[list[int]], start: int) -> tuple[list[int], list[int]]:
    """Breadth-first order from `start`, and the parent of each variable."""
    above = [-1] * len(neighbours)
    order = [start]
    for variable in order:
        for other in neighbours[variable]:
            if other != above[variable]:
                above[other] = variable
                order.append(other)
    return order, above
