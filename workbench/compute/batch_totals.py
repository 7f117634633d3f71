"""Flows summed over tiles and threads, in float64."""

from __future__ import annotations

import numpy as np

from workbench.circuits.circuit import Circuit, Kind
from workbench.circuits.engine import Flows
from workbench.compute.batch_kernels import Tables
from workbench.compute.batch_space import Totals
from workbench.compute.program import Program
from workbench.core.arrays import AnyArray, BoolArray, FloatArray, IdArray, IntArray
from workbench.core.compiled import compiled


class Sums:
    """Sums of the totals of workspaces."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._edges = np.zeros(len(program.sum_edges))
        self._masses = np.zeros(int(program.units.leaf_starts[-1]))
        self._moments = np.zeros((len(program.formulas), 3))

    def take(self, totals: Totals, tables: Tables) -> None:
        """Nothing; the totals are added, and set to zero for the next tiles."""
        down = totals.down
        _take_edges(down.weights, tables.weights, self._program.slots, self._edges)
        _take(down.masses, self._masses)
        _take(totals.moments.reshape(-1), self._moments.reshape(-1))
        down.weights[:] = 0

    def flows(
        self, circuit: Circuit, log_likelihood: FloatArray, root: float, scale: float
    ) -> Flows:
        """The sums as flows; `root` is the flow of the root, all times `scale`."""
        program = self._program
        edges, nodes = np.zeros(circuit.n_edges), np.zeros(circuit.n_nodes)
        edges[program.sum_edges] = scale * self._edges
        nodes[circuit.root] = scale * root
        _spread(circuit.kinds == Kind.SUM, circuit.offsets, circuit.children, edges, nodes)
        begins = program.statistics
        statistics = np.empty(int(begins[-1]))
        _spread_masses(self._masses, program.units.leaf_starts, begins[program.tables], statistics)
        for column in range(3):
            statistics[begins[program.formulas] + column] = self._moments[:, column]
        statistics *= scale
        return Flows(log_likelihood, edges, nodes, statistics)


@compiled
def _spread(
    is_sum: BoolArray, offsets: IntArray, children: IntArray, edges: FloatArray, nodes: FloatArray
) -> None:
    """Nothing; from the flows of sums' edges those of all nodes and of products' edges."""
    for node in range(len(nodes) - 1, -1, -1):
        for edge in range(offsets[node], offsets[node + 1]):
            if not is_sum[node]:
                edges[edge] = nodes[node]
            nodes[children[edge]] += edges[edge]


@compiled
def _spread_masses(
    masses: FloatArray, starts: IdArray, places: IdArray, statistics: FloatArray
) -> None:
    """Nothing; the counts of each leaf go to its place, without those of missing cells."""
    for leaf in range(len(places)):
        for code in range(starts[leaf + 1] - starts[leaf] - 1):
            statistics[places[leaf] + code] = masses[starts[leaf] + code]


@compiled
def _take(totals: AnyArray, sums: FloatArray) -> None:
    """Nothing; totals are added to the sums and set to zero."""
    for k in range(len(sums)):
        sums[k] += totals[k]
        totals[k] = 0


@compiled
def _take_edges(totals: AnyArray, weights: AnyArray, slots: IntArray, sums: FloatArray) -> None:
    """Nothing; what edges carry, totals times weights, is added to the sums."""
    for edge in range(len(sums)):
        sums[edge] += totals[slots[edge]] * weights[slots[edge]]
