"""CpuEngine: few rows node by node in the log domain, many rows by tiles in the linear domain."""

from __future__ import annotations

from functools import cached_property

from workbench.circuits.circuit import Circuit, with_parameters
from workbench.circuits.engine import Engine, Flows
from workbench.compute.batch_engine import BatchEngine
from workbench.compute.devices import Choice
from workbench.compute.interactive import InteractiveEngine
from workbench.core.arrays import FloatArray

FEW_ROWS = 4  # under which a tile would be mostly empty


class CpuEngine:
    """Evaluates a circuit on the CPU; see :func:`workbench.compute.engine`.

    Examples
    --------
    >>> import numpy as np
    >>> from workbench.circuits.build import Builder
    >>> from workbench.compute.devices import choose
    >>> from workbench.data.variables import categorical
    >>> build = Builder((categorical("x", 2),))
    >>> coin = build.circuit(build.categorical(0, [0.25, 0.75]))
    >>> engine = CpuEngine(coin, choose(coin, "cpu"))
    >>> np.exp(engine.log_likelihood(np.array([[1.0], [np.nan]]))).round(2).tolist()
    [0.75, 1.0]
    """

    def __init__(self, circuit: Circuit, choice: Choice) -> None:
        self.choice = choice
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
        for executor in (self.__dict__.get("_interactive"), self.__dict__.get("_batch")):
            if executor is not None:
                executor.set_parameters(log_weights, leaf_parameters)

    def log_likelihood(self, rows: FloatArray) -> FloatArray:
        """(batch,) nats; NaN cells are marginalised."""
        return self._executor(rows).log_likelihood(rows)

    def node_values(self, rows: FloatArray) -> FloatArray:
        """(n_nodes, batch) log-values in nats."""
        return self._interactive.node_values(rows)

    def flows(self, rows: FloatArray, weights: FloatArray | None = None) -> Flows:
        """Flows summed over rows, each row counted `weights` times."""
        return self._executor(rows).flows(rows, weights)

    def _executor(self, rows: FloatArray) -> Engine:
        return self._interactive if len(rows) < FEW_ROWS else self._batch

    @cached_property
    def _interactive(self) -> InteractiveEngine:
        return InteractiveEngine(self._circuit, self.choice)

    @cached_property
    def _batch(self) -> BatchEngine:
        return BatchEngine(self._circuit, self.choice)
