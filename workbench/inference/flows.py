"""Expected flows through edges and nodes.

Needs: smooth and decomposable where values are missing.
"""

from __future__ import annotations

from numpy.typing import ArrayLike

from workbench.circuits.circuit import Circuit
from workbench.circuits.engine import Flows
from workbench.core.arrays import FloatArray
from workbench.inference.engines import engine_of
from workbench.inference.requirements import require_where_missing
from workbench.inference.rows import as_rows


def flows(circuit: Circuit, rows: ArrayLike) -> FloatArray:
    """(n_edges,) expected number of `rows` that pass through each edge.

    For one row this is the posterior probability that the edge is used. Rows
    of probability zero pass through no edge.

    Raises
    ------
    DataError
        When a row does not fit the circuit's variables.
    StructureError
        When values are missing and the circuit is not smooth or not decomposable.

    Source: Choi, Dang and Van den Broeck 2021, "Group fairness by probabilistic
    modeling with latent fair decisions", definition of circuit flow.

    Examples
    --------
    >>> from workbench.circuits.build import Builder
    >>> from workbench.data.variables import categorical
    >>> build = Builder((categorical("x", 2),))
    >>> leaves = [build.categorical(0, [1.0, 0.0]), build.categorical(0, [0.5, 0.5])]
    >>> mixture = build.circuit(build.sum(leaves, [0.5, 0.5]))
    >>> flows(mixture, [[0.0], [1.0]]).round(3).tolist()
    [0.667, 1.333]
    """
    return _flows(circuit, rows).edges


def node_flows(circuit: Circuit, rows: ArrayLike) -> FloatArray:
    """(n_nodes,) expected number of `rows` that use each node; see :func:`flows`.

    Raises
    ------
    DataError
        When a row does not fit the circuit's variables.
    StructureError
        When values are missing and the circuit is not smooth or not decomposable.

    Examples
    --------
    >>> from workbench.circuits.build import Builder
    >>> from workbench.data.variables import categorical
    >>> build = Builder((categorical("x", 2),))
    >>> node_flows(build.circuit(build.categorical(0, [0.5, 0.5])), [[0.0], [1.0]]).tolist()
    [2.0]
    """
    return _flows(circuit, rows).nodes


def _flows(circuit: Circuit, rows: ArrayLike) -> Flows:
    given = as_rows(circuit, rows)
    require_where_missing(circuit, "flows", given)
    return engine_of(circuit).flows(given)
