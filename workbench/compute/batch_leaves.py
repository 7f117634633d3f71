"""Leaves that learn by their family's own formula: all but the categorical ones."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from workbench.circuits.circuit import Circuit
from workbench.circuits.leaves import CATEGORICAL, FAMILIES, Family
from workbench.compute.learner import Prior
from workbench.compute.program import Program
from workbench.core.arrays import AnyArray, FloatArray, IdArray


@dataclass(frozen=True, eq=False)
class OtherLeaves:
    """Leaves of one family with as many parameters each.

    Parameters
    ----------
    places
        (leaves, n_parameters) places in :attr:`Circuit.leaf_parameters`.
    cells
        (leaves, n_statistics) places in the flat counts of masses, or in those of moments.
    prior
        (leaves, n_statistics) statistics of the observations added.
    parameters
        (leaves, n_parameters) as they are now.
    """

    family: Family
    places: IdArray
    cells: IdArray
    prior: FloatArray
    parameters: FloatArray

    @property
    def has_masses(self) -> bool:
        """Whether the leaves have tables of masses."""
        return self.family.log_masses is not None

    def maximised(self, counts: AnyArray, *, is_relative: bool = False) -> OtherLeaves:
        """The leaves with the parameters that maximise flat `counts` and the prior."""
        if not self.family.is_learnt:
            return self
        own = counts[self.cells].astype(np.float64)
        expected = own + (self.prior * flows_of(self.family, own) if is_relative else self.prior)
        used = expected.sum(axis=1) != 0.0
        parameters = self.parameters.copy()
        if used.any():
            parameters[used] = self.family.estimate(expected[used])
        return replace(self, parameters=parameters)

    def masses(self, smallest: float) -> FloatArray:
        """(leaves, n_categories) masses; what is possible has at least the smallest number."""
        if self.family.log_masses is None:
            raise TypeError(f"{self.family.name} leaves have no table of masses")
        logs = self.family.log_masses(self.parameters)
        found: FloatArray = np.where(logs > -np.inf, np.maximum(np.exp(logs), smallest), 0.0)
        return found


def flows_of(family: Family, statistics: FloatArray) -> FloatArray:
    """(leaves, 1) the expected flows of leaves with (leaves, n_statistics) statistics.

    Examples
    --------
    >>> from workbench.circuits.leaves import GAUSSIAN
    >>> flows_of(CATEGORICAL, np.array([[1.0, 2.0]])), flows_of(GAUSSIAN, np.array([[1.0, 2, 4]]))
    (array([[3.]]), array([[1.]]))
    """
    flows: FloatArray
    if family.kind == "continuous":
        flows = statistics[:, :1]
    else:
        flows = statistics.sum(axis=1, keepdims=True)
    return flows


def other_leaves(circuit: Circuit, program: Program, prior: Prior) -> tuple[OtherLeaves, ...]:
    """The leaves of `circuit` that are not categorical, by family and size.

    Examples
    --------
    >>> from workbench.circuits.build import Builder
    >>> from workbench.compute.lowering import lower
    >>> from workbench.data.variables import continuous
    >>> build = Builder((continuous("x"),))
    >>> circuit = build.circuit(build.gaussian(0, 1.0, 2.0))
    >>> prior = Prior(1.0, {(1, 0): np.array([1.0, 0.0, 1.0])})
    >>> [leaves] = other_leaves(circuit, lower(circuit), prior)
    >>> leaves.family.name, leaves.cells.tolist()
    ('gaussian', [[0, 1, 2]])
    """
    groups = []
    starts = program.units.leaf_starts
    sides = (
        (program.tables, starts[:-1], np.diff(starts) - 1),
        (program.formulas, 3 * np.arange(len(program.formulas)), np.full(len(program.formulas), 3)),
    )
    for nodes, begins, n_statistics in sides:
        families = circuit.leaf_families[nodes]
        n_parameters = np.diff(circuit.leaf_offsets)[nodes]
        keys = np.stack([families, n_parameters, n_statistics], axis=1)
        for code, width, depth in np.unique(keys, axis=0).tolist():
            if code == CATEGORICAL.code:
                continue
            here = np.flatnonzero((keys == [code, width, depth]).all(axis=1))
            places = circuit.leaf_offsets[nodes[here], None].astype(np.int64) + np.arange(width)
            added = [prior.leaves[code, v] for v in circuit.leaf_variables[nodes[here]].tolist()]
            groups.append(
                OtherLeaves(
                    family=FAMILIES[code],
                    places=places,
                    cells=begins[here, None] + np.arange(depth),
                    prior=np.array(added),
                    parameters=circuit.leaf_parameters[places],
                )
            )
    return tuple(groups)
