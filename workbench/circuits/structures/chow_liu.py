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
CATEGORIES_AT_ONCE = 256  # whose pairs with all others are counted together


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
    return rooted_at_centre(greatest_spanning_tree(information))


def mutual_information(
    rows: FloatArray,
    variables: Sequence[Variable],
    weights: FloatArray | None = None,
    indicators: Sequence[FloatArray] | None = None,
) -> FloatArray:
    """(n_variables, n_variables) mutual information of each pair, in nats.

    Continuous columns are cut at their quantiles. A row counts for a pair when
    both cells are known.

    Parameters
    ----------
    weights
        (rows,) how often each row counts; once when omitted.
    indicators
        What :func:`indicators_of` says of the rows, where it is known.

    Examples
    --------
    >>> from workbench.data.variables import categorical
    >>> x = np.array([[0, 0], [1, 1]] * 500, dtype=float)
    >>> float(mutual_information(x, [categorical("a", 2), categorical("b", 2)])[0, 1].round(2))
    0.69
    """
    blocks = indicators_of(rows, variables) if indicators is None else indicators
    sizes = np.array([block.shape[1] for block in blocks])
    begins = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    everything = np.concatenate(blocks, axis=1)
    shares = None if weights is None else _thinned(weights)[:, None].astype(np.float32)
    weighted = everything if shares is None else everything * shares
    pairs = []
    for first, end in _groups(sizes):
        columns = slice(begins[first], begins[end - 1] + sizes[end - 1])
        counts = weighted[:, columns].T @ everything
        own = np.split(counts, begins[first + 1 : end] - begins[first])
        pairs += [_information(block, begins, sizes) for block in own]
    information = np.stack(pairs)
    symmetric: FloatArray = (information + information.T) / 2
    return symmetric


def indicators_of(rows: FloatArray, variables: Sequence[Variable]) -> list[FloatArray]:
    """The :func:`indicator` of every column, of 20,000 rows at most.

    Examples
    --------
    >>> from workbench.data.variables import categorical
    >>> [one.shape for one in indicators_of(np.eye(2), [categorical(name, 2) for name in "ab"])]
    [(2, 2), (2, 2)]
    """
    columns = _thinned(rows).T
    return [indicator(column, v) for column, v in zip(columns, variables, strict=True)]


def _thinned(rows: FloatArray) -> FloatArray:
    return rows[:: max(1, len(rows) // MOST_ROWS)]


def _groups(sizes: IntArray) -> list[tuple[int, int]]:
    """First variable and end of runs of variables with about 256 categories together."""
    run = np.cumsum(sizes) // CATEGORIES_AT_ONCE
    begins = np.flatnonzero(np.diff(run, prepend=-1)).tolist()
    return list(zip(begins, [*begins[1:], len(sizes)], strict=True))


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


def greatest_spanning_tree(information: FloatArray) -> IntArray:
    """(n_variables,) the parent of each variable in the tree of greatest total weight; -1 at 0.

    Source: Prim 1957, "Shortest connection networks and some generalizations".

    Examples
    --------
    >>> greatest_spanning_tree(np.array([[0, 1, 2], [1, 0, 3], [2, 3, 0]])).tolist()
    [-1, 2, 0]
    """
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
    neighbours = neighbours_of(parents)
    one_end = walked(neighbours, 0)[0][-1]
    order, above = walked(neighbours, one_end)
    path = [order[-1]]
    while above[path[-1]] >= 0:
        path.append(above[path[-1]])
    order, above = walked(neighbours, path[len(path) // 2])
    return Tree(frozen(above, dtype=np.int32), frozen(order, dtype=np.int32))


def neighbours_of(parents: IntArray) -> list[list[int]]:
    """For each variable, those that an edge of the tree joins it with.

    Examples
    --------
    >>> neighbours_of(np.array([-1, 0, 0], dtype=np.int32))
    [[1, 2], [0], [0]]
    """
    near: list[list[int]] = [[] for _ in parents]
    for variable, parent in enumerate(parents.tolist()):
        if parent >= 0:
            near[variable].append(parent)
            near[parent].append(variable)
    return near


def walked(neighbours: list[list[int]], start: int) -> tuple[list[int], list[int]]:
    """Breadth-first order from `start`, and the parent of each variable; -1 for `start`.

    Examples
    --------
    >>> walked([[1, 2], [0], [0]], 1)
    ([1, 0, 2], [1, -1, 0])
    """
    above = [-1] * len(neighbours)
    order = [start]
    for variable in order:
        for other in neighbours[variable]:
            if other != above[variable]:
                above[other] = variable
                order.append(other)
    return order, above
