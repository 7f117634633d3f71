"""The distribution of every variable given one row. Needs: smooth and decomposable."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from workbench.circuits.circuit import Circuit
from workbench.circuits.leaves.groups import LeafGroup, leaf_groups
from workbench.core.arrays import FloatArray
from workbench.core.tables import Table
from workbench.data.variables import Variable
from workbench.errors import DataError, ParameterError
from workbench.inference.conditional import require_possible
from workbench.inference.engines import engine_of
from workbench.inference.requirements import require
from workbench.inference.rows import Evidence, as_rows


@dataclass(frozen=True, eq=False)
class Posteriors:
    """What the evidence says of each variable; a known variable keeps its value for certain.

    Parameters
    ----------
    variables
        The variables in the circuit's scope.
    log_evidence
        Log-probability of the evidence, in nats.
    probabilities
        For each variable its probabilities by category; empty when continuous.
    means, deviations
        (n_variables,) of continuous variables in their own unit; NaN when categorical.
    """

    variables: tuple[Variable, ...]
    log_evidence: float
    probabilities: tuple[FloatArray, ...]
    means: FloatArray
    deviations: FloatArray

    def of(self, name: str) -> FloatArray:
        """The probabilities of the categorical variable `name`.

        Raises
        ------
        ParameterError
            When the circuit has no such categorical variable.
        """
        names = [variable.name for variable in self.variables if variable.n_categories]
        if name not in names:
            raise ParameterError(
                "no such categorical variable", given=repr(name), expected=f"one of {names[:20]}"
            )
        place = [variable.name for variable in self.variables].index(name)
        return self.probabilities[place]

    @cached_property
    def table(self) -> Table:
        """Columns variable, category and probability of the categorical variables."""
        sizes = [len(values) for values in self.probabilities]
        labels = [label for variable in self.variables for label in variable.categories]
        return Table(
            {
                "variable": np.repeat([variable.name for variable in self.variables], sizes),
                "category": np.array(labels, dtype=np.str_),
                "probability": np.concatenate(self.probabilities),
            }
        )


def posteriors(circuit: Circuit, evidence: Evidence) -> Posteriors:
    """The posterior distribution of every variable in scope, given one row of `evidence`.

    Raises
    ------
    DataError
        When the evidence is not one row that fits, or has probability zero.
    StructureError
        When the circuit is not smooth or not decomposable.

    Source: Darwiche 2003, "A differential approach to inference in Bayesian
    networks", theorem 1: the flow of a leaf is its posterior weight.

    Examples
    --------
    >>> from workbench.circuits.build import Builder
    >>> from workbench.data.variables import categorical
    >>> build = Builder((categorical("x", 2), categorical("y", 2)))
    >>> x = [build.categorical(0, p) for p in ([1, 0], [0, 1])]
    >>> y = [build.categorical(1, p) for p in ([0.9, 0.1], [0.2, 0.8])]
    >>> pairs = [build.product(pair) for pair in zip(x, y)]
    >>> circuit = build.circuit(build.sum(pairs, [0.5, 0.5]))
    >>> posteriors(circuit, {"x": 1}).of("y").round(2).tolist()
    [0.2, 0.8]
    """
    require(circuit, "posteriors", "smooth", "decomposable")
    row = as_rows(circuit, evidence)
    if len(row) != 1:
        raise DataError("posteriors need one row", given=f"{len(row)} rows", expected="one")
    found = engine_of(circuit).flows(row)
    require_possible(found.log_likelihood)
    statistics: dict[int, FloatArray] = {}
    for group in _groups(circuit):
        _collect(circuit, group, row[0], found.nodes, statistics)
    moments = [_moments(circuit.variables[v], statistics[v]) for v in circuit.scope]
    return Posteriors(
        variables=tuple(circuit.variables[v] for v in circuit.scope),
        log_evidence=float(found.log_likelihood[0]),
        probabilities=tuple(_probabilities(circuit, v, statistics[v]) for v in circuit.scope),
        means=np.array([mean for mean, _ in moments]),
        deviations=np.array([deviation for _, deviation in moments]),
    )


@lru_cache(maxsize=4)
def _groups(circuit: Circuit) -> tuple[LeafGroup, ...]:
    """The leaves of the circuits asked last, as one circuit is asked again and again."""
    return leaf_groups(circuit)


def _collect(
    circuit: Circuit,
    group: LeafGroup,
    row: FloatArray,
    flows: FloatArray,
    statistics: dict[int, FloatArray],
) -> None:
    """Add each variable's expected statistics over the leaves of `group` to `statistics`."""
    expected = group.family.expected_statistics(circuit.leaf_parameters[group.parameters])
    weighted = expected * flows[group.nodes][:, None]
    for variable in np.unique(group.variables).tolist():
        total = weighted[group.variables == variable].sum(axis=0)
        if not np.isnan(row[variable]):
            known = row[variable : variable + 1]
            total = group.family.statistics(known, circuit.variables[variable])[0]
            statistics[variable] = total
        else:
            statistics[variable] = statistics.get(variable, 0.0) + total


def _probabilities(circuit: Circuit, variable: int, statistics: FloatArray) -> FloatArray:
    if not circuit.variables[variable].n_categories:
        return np.empty(0)
    shares: FloatArray = statistics / statistics.sum()
    return shares


def _moments(variable: Variable, statistics: FloatArray) -> tuple[float, float]:
    if variable.n_categories:
        return np.nan, np.nan
    count, total, squares = statistics
    mean = total / count
    return float(mean), float(np.sqrt(max(squares / count - mean**2, 0.0)))
