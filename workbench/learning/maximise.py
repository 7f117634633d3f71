"""The M-step: parameters that make expected counts most likely."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from workbench.circuits.circuit import Circuit
from workbench.circuits.leaves.groups import LeafGroup, leaf_groups, statistics_offsets
from workbench.core.arrays import FloatArray


@dataclass(frozen=True, eq=False)
class Counts:
    """Expected counts per row: flows of edges and statistics of leaves."""

    edges: FloatArray
    leaves: FloatArray

    def blend(self, other: Counts, step: float) -> Counts:
        """Counts a share `step` of the way to `other`."""
        return Counts(
            (1.0 - step) * self.edges + step * other.edges,
            (1.0 - step) * self.leaves + step * other.leaves,
        )


class Maximiser:
    """Maximises expected counts plus a prior for the circuits of one structure.

    The prior is `pseudocount` observations for each sum, spread evenly over its
    edges, and for each leaf, alike the column of its variable in `rows`. What
    has probability zero stays impossible.
    """

    def __init__(self, circuit: Circuit, rows: FloatArray, pseudocount: float) -> None:
        self._is_sum_edge = circuit.is_sum_edge
        self._parents = circuit.edge_parents
        self._n_nodes = circuit.n_nodes
        self._groups = leaf_groups(circuit)
        alive = circuit.log_weights > -np.inf
        share = pseudocount / max(len(rows), 1)
        arities = np.bincount(self._parents[alive], minlength=circuit.n_nodes)
        spread = share / np.maximum(arities, 1)[self._parents]
        self._edge_prior = np.where(alive & self._is_sum_edge, spread, 0.0)
        self._leaf_prior = share * _leaf_prior(circuit, self._groups, rows)

    def __call__(self, circuit: Circuit, counts: Counts) -> tuple[FloatArray, FloatArray]:
        """The log-weights (n_edges,) and leaf parameters that maximise `counts` and the prior."""
        return self._log_weights(circuit, counts.edges), self._parameters(circuit, counts.leaves)

    def _log_weights(self, circuit: Circuit, counts: FloatArray) -> FloatArray:
        expected = counts + self._edge_prior
        totals = np.bincount(self._parents, weights=expected, minlength=self._n_nodes)
        total = totals[self._parents]
        changes = self._is_sum_edge & (total > 0)
        shares = np.divide(expected, total, out=np.ones_like(expected), where=changes)
        with np.errstate(divide="ignore"):  # an edge without flow gets weight 0
            return np.where(changes, np.log(shares), circuit.log_weights)

    def _parameters(self, circuit: Circuit, counts: FloatArray) -> FloatArray:
        expected = counts + self._leaf_prior
        parameters = circuit.leaf_parameters.copy()
        for group in self._groups:
            statistics = expected[group.statistics]
            used = (statistics.sum(axis=1) != 0.0) & group.family.is_learnt
            if used.any():
                parameters[group.parameters[used]] = group.family.estimate(statistics[used])
        return parameters


def _leaf_prior(circuit: Circuit, groups: tuple[LeafGroup, ...], rows: FloatArray) -> FloatArray:
    """Statistics of one pseudo-observation of every leaf."""
    prior = np.zeros(int(statistics_offsets(circuit)[-1]))
    for group in groups:
        for variable in np.unique(group.variables).tolist():
            chosen = group.variables == variable
            prior[group.statistics[chosen]] = _column_prior(circuit, group, variable, rows)
        if group.statistics.shape == group.parameters.shape:
            impossible = circuit.leaf_parameters[group.parameters] == -np.inf
            prior[group.statistics[impossible]] = 0.0
    return prior


def _column_prior(
    circuit: Circuit, group: LeafGroup, variable: int, rows: FloatArray
) -> FloatArray:
    column = rows[:, variable]
    seen = column[~np.isnan(column)]
    known = circuit.variables[variable]
    mean, deviation = (float(seen.mean()), float(seen.std())) if len(seen) else (0.0, 1.0)
    flat = group.family.prior(known, mean, max(deviation, 1e-6))
    total: FloatArray = group.family.statistics(seen, known).sum(axis=0) + flat
    return total / (len(seen) + 1.0)
