"""TreeDistribution: a tree of variables with a table for each given its parent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from workbench.circuits.build import Builder
from workbench.circuits.leaves import CATEGORICAL, Family
from workbench.circuits.leaves.indicator import indicator_parameters
from workbench.circuits.memory import Size, require_buildable
from workbench.circuits.structures.chow_liu import (
    Tree,
    greatest_spanning_tree,
    mutual_information,
    rooted_at_centre,
)
from workbench.circuits.structures.columns import like_the_column
from workbench.circuits.structures.hclt_memory import FAMILY_OF_KIND
from workbench.core.arrays import FloatArray, IdArray, frozen
from workbench.data.variables import Variable

Indicators = dict[int, IdArray]
REMEDY = "Put its columns into fewer bins, or take hclt."


@dataclass(frozen=True, eq=False)
class TreeDistribution:
    """The distribution in which each variable depends on its parent only.

    Parameters
    ----------
    tree
        Continuous variables are ends of it, and have the parent -1 where no
        variable is categorical.
    tables
        For each variable (states of its parent, n_parameters), raw parameters of
        its family; one row where it has no parent.
    """

    variables: tuple[Variable, ...]
    tree: Tree
    tables: tuple[FloatArray, ...]

    def log_likelihood(self, rows: FloatArray) -> FloatArray:
        """(rows,) nats; NaN cells are marginalised.

        Examples
        --------
        >>> from workbench.data.variables import categorical
        >>> x = np.array([[0.0, 0.0], [1.0, 1.0]])
        >>> known = fitted_tree(x, (categorical("a", 2), categorical("b", 2)), smoothing=0.0)
        >>> np.exp(known.log_likelihood(np.array([[0, 0], [0, 1], [np.nan, 1]]))).round(3).tolist()
        [0.5, 0.0, 0.5]
        """
        below: dict[int, FloatArray] = {}
        total = np.zeros(len(rows))
        for variable in reversed(self.tree.order.tolist()):
            found = self._given_parent(rows[:, variable], variable, below.pop(variable, None))
            parent = int(self.tree.parents[variable])
            if parent < 0:
                total += found[0]
            else:
                below[parent] = below[parent] + found if parent in below else found
        return total

    def _given_parent(
        self, column: FloatArray, variable: int, below: FloatArray | None
    ) -> FloatArray:
        """(states of the parent, rows) nats of this variable and all below it."""
        seen = ~np.isnan(column)
        if seen.all():
            return self._of_known(column, variable, below)
        table = self.tables[variable]
        found = np.zeros((len(table), len(column)))  # what is missing has probability one
        if below is None:
            found[:, seen] = self._of_known(column[seen], variable, None)
        else:
            found[:, seen] = self._of_known(column[seen], variable, below[:, seen])
            found[:, ~seen] = _mixed(table, below[:, ~seen])
        return found

    def _of_known(self, column: FloatArray, variable: int, below: FloatArray | None) -> FloatArray:
        """As :meth:`_given_parent`, of rows in which the variable is known."""
        log_density = self._family(variable).log_density
        found = np.stack([log_density(each, column) for each in self.tables[variable]])
        if below is not None:
            found += below[column.astype(np.int64), np.arange(len(column))]
        return found

    def size(self) -> Size:
        """What its circuit counts.

        Examples
        --------
        >>> from workbench.data.variables import categorical
        >>> fitted_tree(np.eye(2), (categorical("a", 2), categorical("b", 2))).size()
        Size(n_nodes=7, n_edges=6, n_parameters=8)
        """
        return tree_size(self.tree, self.variables)

    def add_to(self, build: Builder, indicators: Indicators) -> int:
        """The position of the root of a new deterministic circuit of this distribution.

        Parameters
        ----------
        indicators
            Leaves that accept each category, by variable: those that are there
            are used, others are added.

        Examples
        --------
        >>> from workbench.data.variables import categorical
        >>> build = Builder((categorical("a", 2), categorical("b", 2)))
        >>> build.circuit(fitted_tree(np.eye(2), build.variables).add_to(build, {}))
        Circuit(2 variables; 4 leaf, 1 sum, 2 product; 6 edges)
        """
        below: dict[int, list[IdArray]] = {}
        for variable in reversed(self.tree.order.tolist()):
            table, parts = self.tables[variable], below.pop(variable, None)
            if parts is None:
                units = build.leaves(variable, self._family(variable), table)
            else:
                own = _indicators(build, variable, indicators)
                states = build.products(np.stack([own, *reversed(parts)], axis=1))
                units = build.sums(np.tile(states, (len(table), 1)), np.exp(table))
            below.setdefault(int(self.tree.parents[variable]), []).append(units)
        roots = [int(units[0]) for units in below[-1]]
        return roots[0] if len(roots) == 1 else build.product(roots)

    def _family(self, variable: int) -> Family:
        return FAMILY_OF_KIND[self.variables[variable].kind]


def tree_size(tree: Tree, variables: Sequence[Variable]) -> Size:
    """What the circuit of a tree distribution along `tree` counts.

    Examples
    --------
    >>> from workbench.circuits.structures.hclt_memory import path
    >>> from workbench.data.variables import categorical
    >>> tree_size(path(2), [categorical("a", 2), categorical("b", 2)])
    Size(n_nodes=7, n_edges=6, n_parameters=8)
    """
    children, n_roots = tree.children(), int((tree.parents < 0).sum())
    n_nodes, n_edges = (1, n_roots) if n_roots > 1 else (0, 0)
    n_parameters = 0
    for variable, parent in enumerate(tree.parents.tolist()):
        known = variables[variable]
        n_above, n_own = variables[parent].n_categories if parent >= 0 else 1, known.n_categories
        n_nodes += n_above
        if children[variable]:
            n_nodes += 2 * n_own
            n_edges += n_own * (1 + len(children[variable])) + n_above * n_own
            n_parameters += n_own * n_own
        else:
            n_parameters += n_above * FAMILY_OF_KIND[known.kind].n_parameters(known)
    return Size(n_nodes, n_edges, n_parameters)


def _mixed(log_weights: FloatArray, values: FloatArray) -> FloatArray:
    """(states, rows) log of the sums of exponentiated `values` (units, rows), weighted."""
    peak = values.max(axis=0)
    peak[peak == -np.inf] = 0.0
    with np.errstate(divide="ignore"):  # an impossible row has log-probability -inf
        mixed: FloatArray = np.log(np.exp(log_weights) @ np.exp(values - peak)) + peak
    return mixed


def fitted_tree(
    rows: FloatArray,
    variables: Sequence[Variable],
    smoothing: float = 1.0,
    weights: FloatArray | None = None,
    indicators: Sequence[FloatArray] | None = None,
) -> TreeDistribution:
    """The tree distribution that makes `rows` likeliest: a Chow-Liu tree and its tables.

    Rows in which a variable or its parent is missing do not count for its table.
    A variable that is continuous depends on a categorical one, and none depends
    on it; among such trees it is the likeliest.

    Parameters
    ----------
    smoothing
        Pseudo-observations added to each table of a row of parameters; they
        resemble the variable's column. With 0 it is maximum likelihood.
    weights
        (rows,) how often each row counts.
    indicators
        Those of the columns, where trees are fitted again and again to the same rows.

    Raises
    ------
    LimitError
        When its circuit would be larger than the limits or the memory allow.

    Examples
    --------
    >>> from workbench.data.variables import categorical, continuous
    >>> rows = np.array([[0, 0, 1.5], [1, 1, 2.5], [0, 0, 1.0], [1, 1, 2.0]])
    >>> found = fitted_tree(rows, (categorical("a", 2), categorical("b", 2), continuous("c")))
    >>> found.tree.parents.tolist()
    [1, -1, 0]
    """
    counts = np.ones(len(rows)) if weights is None else weights
    information = mutual_information(rows, variables, weights, indicators)
    tree = likeliest_tree(information, variables)
    require_buildable(tree_size(tree, variables), remedy=REMEDY)
    known = tuple(variables)
    tables = tuple(
        _table(rows, known, variable, parent, smoothing, counts)
        for variable, parent in enumerate(tree.parents.tolist())
    )
    return TreeDistribution(known, tree, tables)


def likeliest_tree(information: FloatArray, variables: Sequence[Variable]) -> Tree:
    """The tree of greatest total `information` in which no variable has a continuous parent.

    Categorical variables form a Chow-Liu tree, and each continuous one hangs on
    the categorical one that tells most about it; without any they are apart.

    Examples
    --------
    >>> from workbench.data.variables import categorical, continuous
    >>> known = (continuous("a"), categorical("b", 2), continuous("c"))
    >>> likeliest_tree(np.ones((3, 3)), known).parents.tolist()
    [1, -1, 1]
    """
    is_categorical = np.array([variable.kind == "categorical" for variable in variables])
    inner, ends = np.flatnonzero(is_categorical), np.flatnonzero(~is_categorical)
    parents = np.full(len(variables), -1, dtype=np.int32)
    if not len(inner):
        return Tree(frozen(parents), frozen(ends, dtype=np.int32))
    core = rooted_at_centre(greatest_spanning_tree(information[np.ix_(inner, inner)]))
    has_parent = core.parents >= 0
    parents[inner[has_parent]] = inner[core.parents[has_parent]]
    parents[ends] = inner[information[np.ix_(ends, inner)].argmax(axis=1)]
    order = np.concatenate([inner[core.order], ends])
    return Tree(frozen(parents), frozen(order, dtype=np.int32))


def _table(
    rows: FloatArray,
    variables: tuple[Variable, ...],
    variable: int,
    parent: int,
    smoothing: float,
    weights: FloatArray,
) -> FloatArray:
    """(states of the parent, n_parameters) the likeliest parameters of a variable's leaves."""
    known, column = variables[variable], rows[:, variable]
    family, seen = FAMILY_OF_KIND[known.kind], ~np.isnan(column)
    own, counted = column[seen], weights[seen]
    counts = _counts(own, np.zeros(len(own)), 1, family, known, counted)
    alike = smoothing * like_the_column(own, counts, family, known, float(counted.sum()))
    if parent < 0:
        return family.estimate(counts + alike)
    states = rows[seen, parent]
    both, n_states = ~np.isnan(states), variables[parent].n_categories
    given = _counts(own[both], states[both], n_states, family, known, counted[both])
    return family.estimate(given + alike)


def _counts(
    column: FloatArray,
    states: FloatArray,
    n_states: int,
    family: Family,
    variable: Variable,
    weights: FloatArray,
) -> FloatArray:
    """(states, n_statistics) weighted sums of the statistics of the rows in each state."""
    place = states.astype(np.int64)
    if variable.kind == "categorical":
        n_codes = variable.n_categories
        cells = place * n_codes + column.astype(np.int64)
        found = np.bincount(cells, weights=weights, minlength=n_states * n_codes)
        return found.reshape(n_states, n_codes).astype(np.float64)
    per_row = family.statistics(column, variable) * weights[:, None]
    return np.stack([np.bincount(place, each, minlength=n_states) for each in per_row.T], axis=1)


def _indicators(build: Builder, variable: int, known: Indicators) -> IdArray:
    if variable not in known:
        meaning = build.variables[variable]
        tables = [indicator_parameters(meaning, code) for code in range(meaning.n_categories)]
        known[variable] = build.leaves(variable, CATEGORICAL, np.stack(tables))
    return known[variable]
