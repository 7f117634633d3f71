"""The M-step: parameters that make expected counts most likely."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from workbench.circuits.circuit import Circuit, Kind
from workbench.circuits.leaves import FAMILIES, Family
from workbench.circuits.leaves.groups import LeafGroup, leaf_groups, statistics_offsets
from workbench.compute import Prior
from workbench.compute.batch_leaves import flows_of
from workbench.core.arrays import FloatArray
from workbench.data.variables import Variable


@dataclass(frozen=True, eq=False)
class Counts:
    """Expected counts per row: flows of edges and statistics of leaves."""

    edges: FloatArray
    leaves: FloatArray

    @classmethod
    def none(cls, circuit: Circuit) -> Counts:
        """No counts of the edges and leaves of `circuit`."""
        return cls(np.zeros(circuit.n_edges), np.zeros(int(statistics_offsets(circuit)[-1])))

    def blend(self, other: Counts, step: float) -> Counts:
        """Counts a share `step` of the way to `other`."""
        return Counts(
            (1.0 - step) * self.edges + step * other.edges,
            (1.0 - step) * self.leaves + step * other.leaves,
        )

    def times(self, factor: float) -> Counts:
        """All counts times `factor`."""
        return Counts(factor * self.edges, factor * self.leaves)


def prior_of(
    circuit: Circuit, rows: FloatArray, pseudocount: float, *, is_relative: bool = False
) -> Prior:
    """The prior of `pseudocount` observations, as shares of a row of data.

    A sum's are spread evenly over its edges, a leaf's are alike the column of
    its variable in `rows`. A relative prior gives each its expected flow times as many.

    Examples
    --------
    >>> from workbench.circuits import Builder
    >>> from workbench.data import categorical
    >>> build = Builder((categorical("x", 2),))
    >>> coin = build.circuit(build.categorical(0, [0.25, 0.75]))
    >>> prior_of(coin, np.array([[1.0], [1.0], [1.0]]), 3.0).leaves[0, 0].tolist()
    [0.125, 0.875]
    """
    share = pseudocount / max(len(rows), 1)
    leaf = np.flatnonzero(circuit.kinds == Kind.LEAF)
    pairs = np.stack([circuit.leaf_families[leaf], circuit.leaf_variables[leaf]], axis=1)
    leaves = {
        (code, variable): share
        * _column_prior(FAMILIES[code], circuit.variables[variable], rows[:, variable])
        for code, variable in np.unique(pairs, axis=0).tolist()
    }
    return Prior(share, leaves, is_relative)


class Maximiser:
    """Maximises expected counts plus a prior for the circuits of one structure.

    What has probability zero stays impossible.
    """

    def __init__(self, circuit: Circuit, prior: Prior) -> None:
        self._is_relative = prior.is_relative
        self._is_sum_edge = circuit.is_sum_edge
        self._parents = circuit.edge_parents
        self._n_nodes = circuit.n_nodes
        self._groups = leaf_groups(circuit)
        alive = circuit.log_weights > -np.inf
        arities = np.bincount(self._parents[alive], minlength=circuit.n_nodes)
        spread = prior.per_sum / np.maximum(arities, 1)[self._parents]
        self._edge_prior = np.where(alive & self._is_sum_edge, spread, 0.0)
        self._leaf_prior = _leaf_prior(circuit, self._groups, prior)

    def __call__(self, circuit: Circuit, counts: Counts) -> tuple[FloatArray, FloatArray]:
        """The log-weights (n_edges,) and leaf parameters that maximise `counts` and the prior."""
        return self._log_weights(circuit, counts.edges), self._parameters(circuit, counts.leaves)

    def with_prior(self, counts: Counts) -> Counts:
        """`counts` and the observations of the prior."""
        leaves = counts.leaves.copy()
        for group in self._groups:
            leaves[group.statistics] = self._statistics(group, counts.leaves)
        return Counts(self._expected(counts.edges), leaves)

    def _expected(self, counts: FloatArray) -> FloatArray:
        flow = self._of_own_sum(counts) if self._is_relative else np.ones(1)
        expected: FloatArray = counts + self._edge_prior * flow
        return expected

    def _statistics(self, group: LeafGroup, counts: FloatArray) -> FloatArray:
        """(leaves, n_statistics) those of a group, of flat `counts` and the prior."""
        own, prior = counts[group.statistics], self._leaf_prior[group.statistics]
        statistics: FloatArray = own + prior * (
            flows_of(group.family, own) if self._is_relative else np.ones(1)
        )
        return statistics

    def _log_weights(self, circuit: Circuit, counts: FloatArray) -> FloatArray:
        expected = self._expected(counts)
        total = self._of_own_sum(expected)
        changes = self._is_sum_edge & (total > 0)
        shares = np.divide(expected, total, out=np.ones_like(expected), where=changes)
        with np.errstate(divide="ignore"):  # an edge without flow gets weight 0
            return np.where(changes, np.log(shares), circuit.log_weights)

    def _of_own_sum(self, values: FloatArray) -> FloatArray:
        """(n_edges,) for each edge the total of the edges of its parent."""
        weighted = np.bincount(self._parents, weights=values, minlength=self._n_nodes)
        totals: FloatArray = weighted.astype(np.float64)
        return totals[self._parents]

    def _parameters(self, circuit: Circuit, counts: FloatArray) -> FloatArray:
        parameters = circuit.leaf_parameters.copy()
        for group in self._groups:
            statistics = self._statistics(group, counts)
            used = (statistics.sum(axis=1) != 0.0) & group.family.is_learnt
            if used.any():
                parameters[group.parameters[used]] = group.family.estimate(statistics[used])
        return parameters


def _leaf_prior(circuit: Circuit, groups: tuple[LeafGroup, ...], prior_of_row: Prior) -> FloatArray:
    """Statistics of the observations added to every leaf."""
    prior = np.zeros(int(statistics_offsets(circuit)[-1]))
    for group in groups:
        for variable in np.unique(group.variables).tolist():
            chosen = group.variables == variable
            prior[group.statistics[chosen]] = prior_of_row.leaves[group.family.code, variable]
        if group.statistics.shape == group.parameters.shape:
            impossible = circuit.leaf_parameters[group.parameters] == -np.inf
            prior[group.statistics[impossible]] = 0.0
    return prior


def _column_prior(family: Family, variable: Variable, column: FloatArray) -> FloatArray:
    """Statistics of one observation alike the column."""
    seen = column[~np.isnan(column)]
    mean, deviation = (float(seen.mean()), float(seen.std())) if len(seen) else (0.0, 1.0)
    flat = family.prior(variable, mean, max(deviation, 1e-6))
    total: FloatArray = family.statistics(seen, variable).sum(axis=0) + flat
    return total / (len(seen) + 1.0)
