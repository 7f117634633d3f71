"""A circuit given sets of values: again a circuit. Needs: smooth and decomposable.

Take from every leaf of a restricted variable what its set allows, and divide by what
is left; what was lost goes into the weights of the sums above, as posteriors. The
structure stays, so that whatever can be asked of a circuit can be asked given a set.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from workbench.circuits.circuit import Circuit, Kind
from workbench.circuits.leaves import CATEGORICAL
from workbench.compute.evaluation import add_inner_elements, leaf_of
from workbench.compute.semirings import SUM_PRODUCT
from workbench.core.arrays import BoolArray, FloatArray
from workbench.core.units import number
from workbench.data.variables import Variable, categorical
from workbench.errors import DataError
from workbench.inference.box import Box, allowed_by_column
from workbench.inference.leaf_queries import Interval, log_mass
from workbench.inference.reduction import log_shares_of, restricted
from workbench.inference.requirements import require

Allowed = Mapping[int, BoolArray | Interval]


def condition(circuit: Circuit, box: Box) -> Circuit:
    """The circuit of p(. | box), with weights that add to one; ids are kept.

    A categorical variable keeps its codes, those outside of its set become
    impossible. A continuous one becomes categorical, with the interval as its only
    category: the others are exact given that it lies inside.

    Parameters
    ----------
    box
        As for :func:`workbench.inference.box_probability`.

    Raises
    ------
    StructureError
        When the circuit is not smooth or not decomposable.
    DataError
        When a set does not fit its variable, or the box has probability zero.
    ParameterError
        When a leaf's family has no probabilities of intervals.

    Source: Darwiche 2003, "A differential approach to inference in Bayesian
    networks" (evidence takes away the indicators of what it excludes).

    Examples
    --------
    >>> from workbench.circuits.build import Builder
    >>> from workbench.inference import posteriors
    >>> build = Builder((categorical("x", 3), categorical("y", 2)))
    >>> x = [build.categorical(0, p) for p in ([0.5, 0.5, 0.0], [0.0, 0.5, 0.5])]
    >>> y = [build.categorical(1, p) for p in ([0.9, 0.1], [0.1, 0.9])]
    >>> pairs = [build.product(pair) for pair in zip(x, y)]
    >>> circuit = condition(build.circuit(build.sum(pairs, [0.5, 0.5])), {"x": {0, 1}})
    >>> posteriors(circuit, {}).of("y").round(4).tolist()
    [0.6333, 0.3667]
    """
    require(circuit, "circuit given a box", "smooth", "decomposable")
    allowed = allowed_by_column(circuit, box)
    shares = log_shares_of(circuit, _log_masses(circuit, allowed))
    possible: BoolArray = shares > -np.inf
    return _with_leaves(restricted(circuit, possible, shares), allowed)


def _log_masses(circuit: Circuit, allowed: Allowed) -> FloatArray:
    """(n_nodes,) the log-probability of the box below every node."""
    elements = np.zeros((circuit.n_nodes, 1))
    for node in _leaves(circuit, allowed):
        leaf = leaf_of(circuit, node)
        elements[node] = log_mass(leaf, allowed[leaf.column])
    add_inner_elements(circuit, elements, SUM_PRODUCT)
    if elements[-1, 0] == -np.inf:
        raise DataError("this box has probability zero", remedy="Allow more values.")
    return elements[:, 0]


def _leaves(circuit: Circuit, allowed: Allowed) -> list[int]:
    chosen = (circuit.kinds == Kind.LEAF) & np.isin(circuit.leaf_variables, list(allowed))
    found: list[int] = np.flatnonzero(chosen).tolist()
    return found


def _with_leaves(circuit: Circuit, allowed: Allowed) -> Circuit:
    """`circuit` with the leaves of restricted variables cut to what is allowed."""
    tables = np.split(circuit.leaf_parameters, circuit.leaf_offsets[1:-1])
    families = circuit.leaf_families.copy()
    for node in _leaves(circuit, allowed):
        tables[node] = _cut(circuit, node, allowed)
        families[node] = CATEGORICAL.code
    sizes = [len(table) for table in tables]
    return replace(
        circuit,
        variables=tuple(
            _restricted_variable(variable, allowed.get(column))
            for column, variable in enumerate(circuit.variables)
        ),
        leaf_families=families,
        leaf_offsets=np.concatenate([[0], np.cumsum(sizes)]),
        leaf_parameters=np.concatenate(tables),
    )


def _cut(circuit: Circuit, node: int, allowed: Allowed) -> FloatArray:
    leaf = leaf_of(circuit, node)
    values = allowed[leaf.column]
    if isinstance(values, tuple):
        return np.zeros(1)  # the interval for certain
    cut: FloatArray = np.where(values, leaf.log_table, -np.inf) - log_mass(leaf, values)
    return cut


def _restricted_variable(variable: Variable, allowed: BoolArray | Interval | None) -> Variable:
    if not isinstance(allowed, tuple):
        return variable
    return categorical(variable.name, [interval_text(*allowed)])


def interval_text(low: float, high: float) -> str:
    """An interval in words.

    Examples
    --------
    >>> interval_text(0.5, 2.0), interval_text(-np.inf, 2.0), interval_text(0.5, np.inf)
    ('0.5 to 2', 'at most 2', 'at least 0.5')
    """
    if np.isinf(low):
        return f"at most {number(high, 6)}" if np.isfinite(high) else "any value"
    return (
        f"at least {number(low, 6)}" if np.isinf(high) else f"{number(low, 6)} to {number(high, 6)}"
    )
