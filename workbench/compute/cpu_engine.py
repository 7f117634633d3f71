"""CpuEngine: few rows node by node in the log domain, many rows by tiles in the linear domain."""

from __future__ import annotations

from functools import cached_property

from workbench.circuits.circuit import Circuit
from workbench.circuits.engine import Engine, Flows
from workbench.compute.batch_engine import BatchEngine
from workbench.compute.devices import FEW_ROWS, Choice
from workbench.compute.interactive import InteractiveEngine
from workbench.compute.learner import Learner, Prior
from workbench.core.arrays import FloatArray


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
        self._first = circuit
        self._for_few: InteractiveEngine | None = None

    @property
    def circuit(self) -> Circuit:
        """The circuit with the engine's present parameters."""
        batch = self.__dict__.get("_batch")
        return self._first if batch is None else batch.circuit

    def set_parameters(self, log_weights: FloatArray, leaf_parameters: FloatArray) -> None:
        """Nothing; the structure stays and the parameters change."""
        self._batch.set_parameters(log_weights, leaf_parameters)

    def log_likelihood(self, rows: FloatArray) -> FloatArray:
        """(batch,) nats; NaN cells are marginalised."""
        return self._executor(rows).log_likelihood(rows)

    def node_values(self, rows: FloatArray) -> FloatArray:
        """(n_nodes, batch) log-values in nats."""
        return self._interactive.node_values(rows)

    def flows(self, rows: FloatArray, weights: FloatArray | None = None) -> Flows:
        """Flows summed over rows, each row counted `weights` times."""
        return self._executor(rows).flows(rows, weights)

    def learner(self, prior: Prior) -> Learner:
        """A learner on the batch executor; afterwards the engine has its parameters."""
        from workbench.compute.batch_learner import BatchLearner

        return BatchLearner(self._batch, prior)

    def _executor(self, rows: FloatArray) -> Engine:
        return self._interactive if len(rows) < FEW_ROWS else self._batch

    @property
    def _interactive(self) -> InteractiveEngine:
        """The executor for few rows, with the parameters that the other has now."""
        circuit = self.circuit
        if self._for_few is None or self._for_few.circuit is not circuit:
            self._for_few = InteractiveEngine(circuit, self.choice)
        return self._for_few

    @cached_property
    def _batch(self) -> BatchEngine:
        return BatchEngine(self._first, self.choice)
