"""The small protocol that every evaluator of circuits answers, and the value of a flow pass."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from workbench.circuits.circuit import Circuit
from workbench.core.arrays import FloatArray


@dataclass(frozen=True, eq=False)
class Flows:
    """Log-likelihoods of rows and the expected counts that explain them.

    The flow of a node for a row is the posterior probability that the node is
    used when the row is generated; it is 1 at the root. A row of probability
    zero has no flow.

    Parameters
    ----------
    log_likelihood
        (batch,) nats.
    edges
        (n_edges,) flows of edges, summed over rows: the derivative of the
        summed log-likelihood by the log-weight.
    nodes
        (n_nodes,) flows of nodes, summed over rows.
    leaf_statistics
        Sufficient statistics of the leaves weighted by flow, flat, in the order
        of :func:`workbench.circuits.leaves.groups.statistics_offsets`; a missing
        value adds nothing.

    Examples
    --------
    >>> import numpy as np
    >>> from workbench.circuits.build import Builder
    >>> from workbench.circuits.reference import ReferenceEngine
    >>> from workbench.data.variables import categorical
    >>> build = Builder((categorical("x", 2),))
    >>> coin = build.circuit(build.categorical(0, [0.25, 0.75]))
    >>> ReferenceEngine(coin).flows(np.array([[1.0], [0.0]])).nodes.tolist()
    [2.0]
    """

    log_likelihood: FloatArray
    edges: FloatArray
    nodes: FloatArray
    leaf_statistics: FloatArray


class Engine(Protocol):
    """Evaluates one circuit; rows are float64 ``(batch, variable)`` with NaN for missing."""

    @property
    def circuit(self) -> Circuit:
        """The circuit with the engine's present parameters."""
        ...

    def log_likelihood(self, rows: FloatArray) -> FloatArray:
        """(batch,) nats."""
        ...

    def node_values(self, rows: FloatArray) -> FloatArray:
        """(n_nodes, batch) log-values in nats."""
        ...

    def flows(self, rows: FloatArray, weights: FloatArray | None = None) -> Flows:
        """Flows summed over rows, each row counted `weights` times."""
        ...

    def set_parameters(self, log_weights: FloatArray, leaf_parameters: FloatArray) -> None:
        """Nothing; the structure stays and the parameters change."""
        ...
