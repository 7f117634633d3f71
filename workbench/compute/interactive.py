"""InteractiveEngine: single queries and very deep circuits, in one walk over the circuit's arrays.

There is no plan: nodes are visited in topological order by machine code, in
the log domain, on one thread. So an engine is made in no time, a query of a
small circuit takes microseconds, and depth does not matter. It is the right
choice for

- log-values of all nodes, and whenever a result must not depend on the batch;
- fewer than about four rows, or eight for flows, whatever the size;
- circuits so deep and narrow that the tiles of a batch would hold a handful of
  nodes each, up to about eight rows.

More rows are faster in batches.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import numpy as np

from workbench.circuits.circuit import Circuit, with_parameters
from workbench.circuits.engine import Flows
from workbench.circuits.passes import downward, upward
from workbench.compute.devices import Choice
from workbench.compute.interactive_leaves import Leaves, leaves_of, statistics_begins
from workbench.compute.row_checks import checked_rows, shares_of
from workbench.core.arrays import AnyArray, FloatArray, IdArray, frozen

TILE_BYTES = 2**20  # of log-values at a time: what a core keeps close


class InteractiveEngine:
    """Evaluates a circuit node by node; see :func:`workbench.compute.engine`.

    Examples
    --------
    >>> from workbench.circuits.build import Builder
    >>> from workbench.compute.devices import choose
    >>> from workbench.data.variables import categorical
    >>> build = Builder((categorical("x", 2),))
    >>> coin = build.circuit(build.categorical(0, [0.25, 0.75]))
    >>> engine = InteractiveEngine(coin, choose(coin, "cpu"))
    >>> np.exp(engine.log_likelihood(np.array([[1.0], [np.nan]]))).round(2).tolist()
    [0.75, 1.0]
    """

    def __init__(self, circuit: Circuit, choice: Choice) -> None:
        self.choice = choice
        sizes = [variable.n_categories for variable in circuit.variables]
        self._sizes: FloatArray = frozen(np.array(sizes, dtype=np.float64))
        itemsize = np.dtype(choice.dtype).itemsize
        rows = max(1, TILE_BYTES // (itemsize * circuit.n_nodes))
        self._tile = min(choice.batch, rows)
        self._take_parameters(circuit)

    @property
    def circuit(self) -> Circuit:
        """The circuit with the engine's present parameters."""
        return self._circuit

    def set_parameters(self, log_weights: FloatArray, leaf_parameters: FloatArray) -> None:
        """Nothing; the structure stays and the parameters change."""
        self._take_parameters(
            with_parameters(self._circuit, log_weights=log_weights, leaf_parameters=leaf_parameters)
        )

    def log_likelihood(self, rows: FloatArray) -> FloatArray:
        """(batch,) nats; NaN cells are marginalised.

        Raises
        ------
        DataError
            When a cell does not fit its variable.
        """
        checked = self._checked(rows)
        result = np.empty(len(checked))
        for tile in self._tiles(len(checked)):
            result[tile] = self._values(checked[tile])[:, -1]
        return result

    def node_values(self, rows: FloatArray) -> FloatArray:
        """(n_nodes, batch) log-values in nats."""
        checked = self._checked(rows)
        result = np.empty((self._circuit.n_nodes, len(checked)))
        for tile in self._tiles(len(checked)):
            result[:, tile] = self._values(checked[tile]).T
        return result

    def flows(self, rows: FloatArray, weights: FloatArray | None = None) -> Flows:
        """Flows summed over rows, each row counted `weights` times.

        Raises
        ------
        DataError
            When a cell does not fit its variable.
        ParameterError
            When there is not one weight for each row.
        """
        circuit, checked = self._circuit, self._checked(rows)
        shares = shares_of(weights, len(checked))
        found = Flows(
            log_likelihood=np.empty(len(checked)),
            edges=np.zeros(circuit.n_edges),
            nodes=np.zeros(circuit.n_nodes),
            leaf_statistics=np.zeros(int(self._begins[-1])),
        )
        for tile in self._tiles(len(checked)):
            self._add_flows(checked[tile], shares[tile], found, found.log_likelihood[tile])
        return found

    def _add_flows(
        self, rows: FloatArray, shares: FloatArray, found: Flows, log_likelihood: FloatArray
    ) -> None:
        circuit, values = self._circuit, self._values(rows)
        flows = np.empty_like(values)
        downward(
            circuit.kinds,
            circuit.offsets,
            circuit.children,
            self._log_weights,
            values,
            flows,
            shares,
            found.edges,
        )
        log_likelihood[:] = values[:, -1]
        np.add(found.nodes, shares @ flows, out=found.nodes)
        for leaves in self._leaves:
            leaves.add_statistics(rows, flows, shares, self._begins, found.leaf_statistics)

    def _values(self, rows: FloatArray) -> AnyArray:
        """(batch, n_nodes) log-values of a tile of checked rows."""
        circuit = self._circuit
        values = np.empty((len(rows), circuit.n_nodes), dtype=self._log_weights.dtype)
        for leaves in self._leaves:
            leaves.fill(rows, values)
        upward(circuit.kinds, circuit.offsets, circuit.children, self._log_weights, values)
        return values

    def _checked(self, rows: FloatArray) -> FloatArray:
        return checked_rows(rows, self._circuit.variables, self._sizes)

    def _tiles(self, n_rows: int) -> Iterator[slice]:
        return (slice(first, first + self._tile) for first in range(0, n_rows, self._tile))

    @cached_property
    def _begins(self) -> IdArray:
        return statistics_begins(self._circuit)

    def _take_parameters(self, circuit: Circuit) -> None:
        self._circuit = circuit
        self._log_weights: AnyArray = frozen(circuit.log_weights, np.dtype(self.choice.dtype))
        self._leaves: Leaves = leaves_of(circuit, self.choice.dtype)
