"""The slow, obvious evaluator in NumPy: the oracle that every faster engine is tested against."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

import numpy as np

from workbench.circuits.circuit import Circuit, Kind, with_parameters
from workbench.circuits.engine import Flows
from workbench.circuits.leaves import FAMILIES
from workbench.circuits.leaves.groups import statistics_offsets
from workbench.core.arrays import FloatArray
from workbench.data.dataset import check_rows
from workbench.errors import LimitError, ParameterError

MOST_ASSIGNMENTS = 1_000_000


class ReferenceEngine:
    """Evaluates a circuit node by node in float64, in the log domain.

    Examples
    --------
    >>> from workbench.circuits.build import Builder
    >>> from workbench.data.variables import categorical
    >>> build = Builder((categorical("x", 2),))
    >>> engine = ReferenceEngine(build.circuit(build.categorical(0, [0.25, 0.75])))
    >>> np.exp(engine.log_likelihood(np.array([[1.0], [np.nan]]))).round(2).tolist()
    [0.75, 1.0]
    """

    def __init__(self, circuit: Circuit) -> None:
        self._circuit = circuit

    @property
    def circuit(self) -> Circuit:
        """The circuit with the engine's present parameters."""
        return self._circuit

    def set_parameters(self, log_weights: FloatArray, leaf_parameters: FloatArray) -> None:
        """Nothing; the structure stays and the parameters change."""
        self._circuit = with_parameters(
            self._circuit, log_weights=log_weights, leaf_parameters=leaf_parameters
        )

    def log_likelihood(self, rows: FloatArray) -> FloatArray:
        """(batch,) nats; NaN cells are marginalised."""
        root: FloatArray = self.node_values(rows)[-1]
        return root

    def node_values(self, rows: FloatArray) -> FloatArray:
        """(n_nodes, batch) log-values in nats."""
        circuit = self._circuit
        check_rows(rows, circuit.variables)
        values = np.zeros((circuit.n_nodes, len(rows)))
        for node in range(circuit.n_nodes):
            values[node] = _EVALUATE[Kind(circuit.kinds[node])](circuit, node, rows, values)
        return values

    def edge_flows(self, rows: FloatArray) -> FloatArray:
        """(n_edges, batch) flow of every edge for every row."""
        return self._node_and_edge_flows(self.node_values(rows))[1]

    def flows(self, rows: FloatArray, weights: FloatArray | None = None) -> Flows:
        """Flows summed over rows, each row counted `weights` times."""
        values = self.node_values(rows)
        nodes, edges = self._node_and_edge_flows(values)
        share = np.ones(len(rows)) if weights is None else np.asarray(weights, dtype=np.float64)
        return Flows(
            log_likelihood=values[-1],
            edges=edges @ share,
            nodes=nodes @ share,
            leaf_statistics=self._leaf_statistics(rows, nodes * share),
        )

    def _node_and_edge_flows(self, values: FloatArray) -> tuple[FloatArray, FloatArray]:
        circuit = self._circuit
        nodes = np.zeros_like(values)
        edges = np.zeros((circuit.n_edges, values.shape[1]))
        nodes[-1] = values[-1] > -np.inf
        for node in range(circuit.root, -1, -1):
            for edge in range(circuit.offsets[node], circuit.offsets[node + 1]):
                child = circuit.children[edge]
                used = nodes[node] > 0
                log_share = np.zeros(values.shape[1])
                if circuit.kinds[node] == Kind.SUM:
                    weighted = circuit.log_weights[edge] + values[child]
                    log_share[used] = weighted[used] - values[node][used]
                edges[edge] = np.where(used, nodes[node] * np.exp(log_share), 0.0)
                nodes[child] += edges[edge]
        return nodes, edges

    def _leaf_statistics(self, rows: FloatArray, nodes: FloatArray) -> FloatArray:
        circuit = self._circuit
        offsets = statistics_offsets(circuit)
        statistics = np.zeros(offsets[-1])
        for node in np.flatnonzero(circuit.kinds == Kind.LEAF).tolist():
            column = circuit.leaf_variables[node]
            seen = ~np.isnan(rows[:, column])
            family = FAMILIES[int(circuit.leaf_families[node])]
            per_row = family.statistics(rows[seen, column], circuit.variables[column])
            statistics[offsets[node] : offsets[node + 1]] = nodes[node, seen] @ per_row
        return statistics


def enumerate_log_likelihood(circuit: Circuit, evidence: FloatArray) -> FloatArray:
    """(batch,) nats of rows by brute force: the sum over all completions of their NaN cells.

    Every variable that is missing somewhere must be categorical. It calls the
    circuit on complete rows only, so it does not rely on marginalisation.

    Raises
    ------
    ParameterError
        When a continuous variable is missing.
    LimitError
        When a row has more than a million completions.
    """
    engine = ReferenceEngine(circuit)
    totals = [
        np.logaddexp.reduce(engine.log_likelihood(completions(circuit, row))) for row in evidence
    ]
    return np.array(totals)


def completions(circuit: Circuit, row: FloatArray) -> FloatArray:
    """(assignments, variable) every way to fill the NaN cells of `row`.

    Variables outside the circuit's scope stay as they are.

    Raises
    ------
    ParameterError
        When a continuous variable is missing.
    LimitError
        When there are more than a million ways.
    """
    missing = [column for column in circuit.scope if np.isnan(row[column])]
    sizes = [circuit.variables[column].n_categories for column in missing]
    if 0 in sizes:
        name = circuit.variables[missing[sizes.index(0)]].name
        raise ParameterError("cannot enumerate a continuous variable", given=repr(name))
    count = int(np.prod(sizes, dtype=np.float64)) if sizes else 1
    if count > MOST_ASSIGNMENTS:
        raise LimitError(
            "too many assignments to enumerate",
            given=f"{count:,}",
            expected=f"at most {MOST_ASSIGNMENTS:,}",
        )
    filled = np.tile(row, (count, 1))
    if missing:
        filled[:, missing] = np.array(list(_codes(sizes)), dtype=np.float64)
    return filled


def _codes(sizes: list[int]) -> Iterator[tuple[int, ...]]:
    return itertools.product(*(range(size) for size in sizes))


def _leaf_value(circuit: Circuit, node: int, rows: FloatArray, values: FloatArray) -> FloatArray:
    column = rows[:, circuit.leaf_variables[node]]
    seen = ~np.isnan(column)
    family = FAMILIES[int(circuit.leaf_families[node])]
    value = np.zeros(len(rows))
    value[seen] = family.log_density(circuit.table_of(node), column[seen])
    return value


def _sum_value(circuit: Circuit, node: int, rows: FloatArray, values: FloatArray) -> FloatArray:
    log_weights = circuit.log_weights[circuit.offsets[node] : circuit.offsets[node + 1]]
    terms = log_weights[:, None] + values[circuit.children_of(node)]
    value: FloatArray = np.logaddexp.reduce(terms, axis=0)
    return value


def _product_value(circuit: Circuit, node: int, rows: FloatArray, values: FloatArray) -> FloatArray:
    value: FloatArray = values[circuit.children_of(node)].sum(axis=0)
    return value


_EVALUATE: dict[Kind, Callable[[Circuit, int, FloatArray, FloatArray], FloatArray]] = {
    Kind.LEAF: _leaf_value,
    Kind.SUM: _sum_value,
    Kind.PRODUCT: _product_value,
}
