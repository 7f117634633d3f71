"""Leaves as the interactive engine reads them: one flat table of log-masses, groups of moments."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from workbench.circuits.circuit import Circuit, Kind
from workbench.circuits.leaves import CATEGORICAL, FAMILIES, GAUSSIAN, Family
from workbench.circuits.leaves.groups import statistics_offsets
from workbench.compute import interactive_kernels as kernels
from workbench.core.arrays import AnyArray, FloatArray, IdArray, IntArray, frozen


@dataclass(frozen=True, eq=False)
class TableLeaves:
    """Leaves of all families that have a table of log-masses.

    Parameters
    ----------
    nodes, columns
        (leaves,) positions in the circuit and column numbers.
    starts
        (leaves,) where the log-masses of each leaf begin in `masses`.
    """

    nodes: IntArray
    columns: IntArray
    starts: IdArray
    masses: AnyArray

    def fill(self, rows: FloatArray, values: AnyArray) -> None:
        """Nothing; `values` (batch, n_nodes) become right at these leaves, in nats."""
        kernels.fill_from_tables(rows, self.nodes, self.columns, self.starts, self.masses, values)

    def add_statistics(
        self,
        rows: FloatArray,
        flows: AnyArray,
        shares: FloatArray,
        begins: IdArray,
        statistics: FloatArray,
    ) -> None:
        """Nothing; `statistics`, of each node from `begins`, gain the flows at these leaves."""
        kernels.count_codes(
            rows, self.nodes, self.columns, begins[self.nodes], flows, shares, statistics
        )


@dataclass(frozen=True, eq=False)
class MomentLeaves:
    """Leaves of one family of continuous variables, with `parameters` (leaves, n_parameters)."""

    family: Family
    nodes: IntArray
    columns: IntArray
    parameters: FloatArray

    def fill(self, rows: FloatArray, values: AnyArray) -> None:
        """Nothing; `values` (batch, n_nodes) become right at these leaves, in nats."""
        fill = kernels.FILLERS.get(self.family.code)
        if fill is not None:
            fill(rows, self.nodes, self.columns, self.parameters, values)
            return
        for node, column, own in zip(self.nodes, self.columns, self.parameters, strict=True):
            cells = rows[:, column]
            seen = ~np.isnan(cells)
            values[:, node] = 0.0
            values[seen, node] = self.family.log_density(own, cells[seen])

    def add_statistics(
        self,
        rows: FloatArray,
        flows: AnyArray,
        shares: FloatArray,
        begins: IdArray,
        statistics: FloatArray,
    ) -> None:
        """Nothing; `statistics`, of each node from `begins`, gain the flows at these leaves.

        Squares of values far from zero would lose their digits, so they are
        taken about the mean where the family has one.
        """
        has_mean = self.family.code == GAUSSIAN.code
        centre = self.parameters[:, 0].copy() if has_mean else np.zeros(len(self.nodes))
        moments = np.zeros((len(self.nodes), 3))
        kernels.add_moments(rows, self.nodes, self.columns, centre, flows, shares, moments)
        count, first, second = moments.T
        places = begins[self.nodes]
        statistics[places] += count
        statistics[places + 1] += first + centre * count
        statistics[places + 2] += second + 2.0 * centre * first + centre**2 * count


Leaves = tuple[TableLeaves | MomentLeaves, ...]


def leaves_of(circuit: Circuit, dtype: str, nodes: AnyArray | None = None) -> Leaves:
    """The leaves of `circuit`, or those among them at the positions `nodes`.

    Examples
    --------
    >>> from workbench.circuits.build import Builder
    >>> from workbench.data.variables import categorical
    >>> build = Builder((categorical("x", 2),))
    >>> [tables] = leaves_of(build.circuit(build.categorical(0, [0.25, 0.75])), "float64")
    >>> np.exp(tables.masses).round(2).tolist()
    [0.25, 0.75]
    """
    chosen = np.flatnonzero(circuit.kinds == Kind.LEAF) if nodes is None else nodes
    families = circuit.leaf_families[chosen]
    codes = np.unique(families).tolist()
    of_tables = [code for code in codes if FAMILIES[code].log_masses is not None]
    groups: list[TableLeaves | MomentLeaves] = []
    if of_tables:
        groups.append(_tables(circuit, dtype, chosen[np.isin(families, of_tables)]))
    groups += [
        _moments(circuit, FAMILIES[code], chosen[families == code])
        for code in codes
        if code not in of_tables
    ]
    return tuple(groups)


def statistics_begins(circuit: Circuit) -> IdArray:
    """(n_nodes + 1,) where the statistics of each leaf begin."""
    return statistics_offsets(circuit)


def _moments(circuit: Circuit, family: Family, nodes: AnyArray) -> MomentLeaves:
    columns = circuit.leaf_variables[nodes]
    parameters = _parameters(circuit, nodes)
    return MomentLeaves(
        family, frozen(nodes, np.int32), frozen(columns, np.int32), frozen(parameters)
    )


def _tables(circuit: Circuit, dtype: str, nodes: AnyArray) -> TableLeaves:
    """The circuit's own parameters are the table; masses of other families follow them."""
    starts = circuit.leaf_offsets[nodes].astype(np.int64)
    parts, size = [circuit.leaf_parameters], len(circuit.leaf_parameters)
    sizes = np.array([variable.n_categories for variable in circuit.variables])
    families, n_codes = circuit.leaf_families[nodes], sizes[circuit.leaf_variables[nodes]]
    other = np.flatnonzero(families != CATEGORICAL.code)
    pairs = np.stack([families[other], n_codes[other]], axis=1)
    for code, width in np.unique(pairs, axis=0).tolist():
        here = other[(pairs == [code, width]).all(axis=1)]
        masses = _masses(FAMILIES[code])(_parameters(circuit, nodes[here])).ravel()
        starts[here] = size + width * np.arange(len(here))
        parts.append(masses)
        size += len(masses)
    flat = circuit.leaf_parameters if len(parts) == 1 else np.concatenate(parts)
    return TableLeaves(
        nodes=frozen(nodes, np.int32),
        columns=frozen(circuit.leaf_variables[nodes], np.int32),
        starts=frozen(starts),
        masses=frozen(flat, np.dtype(dtype)),
    )


def _parameters(circuit: Circuit, nodes: AnyArray) -> FloatArray:
    """(leaves, n_parameters) of leaves that have equally many."""
    first = circuit.leaf_offsets[nodes].astype(np.int64)
    width = int(circuit.leaf_offsets[nodes[0] + 1] - first[0])
    parameters: FloatArray = circuit.leaf_parameters[first[:, None] + np.arange(width)]
    return parameters


def _masses(family: Family) -> Callable[[FloatArray], FloatArray]:
    if family.log_masses is None:
        raise TypeError(f"{family.name} leaves have no table of masses")
    return family.log_masses
