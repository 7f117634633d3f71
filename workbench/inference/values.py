"""The value of every node. Needs: smooth and decomposable where values are missing."""

from __future__ import annotations

from numpy.typing import ArrayLike

from workbench.circuits.circuit import Circuit
from workbench.core.arrays import FloatArray
from workbench.inference.engines import engine_of
from workbench.inference.requirements import require_where_missing
from workbench.inference.rows import as_rows


def node_values(circuit: Circuit, rows: ArrayLike) -> FloatArray:
    """(n_nodes, batch) log-values in nats: each node's own log-likelihood of its variables.

    Raises
    ------
    DataError
        When a row does not fit the circuit's variables.
    StructureError
        When values are missing and the circuit is not smooth or not decomposable.

    Examples
    --------
    >>> import numpy as np
    >>> from workbench.circuits.build import Builder
    >>> from workbench.data.variables import categorical
    >>> build = Builder((categorical("x", 2),))
    >>> leaves = [build.categorical(0, [1.0, 0.0]), build.categorical(0, [0.5, 0.5])]
    >>> mixture = build.circuit(build.sum(leaves, [0.5, 0.5]))
    >>> np.exp(node_values(mixture, [[0.0]])).round(2).ravel().tolist()
    [1.0, 0.5, 0.75]
    """
    given = as_rows(circuit, rows)
    require_where_missing(circuit, "values of nodes", given)
    return engine_of(circuit).node_values(given)
