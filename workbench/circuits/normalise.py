"""Local normalisation: the weights of every sum add to one."""

from __future__ import annotations

import numpy as np

from workbench.circuits.circuit import Circuit, Kind, with_parameters
from workbench.core.arrays import BoolArray, FloatArray
from workbench.errors import StructureError

TOLERANCE = 1e-6


def log_totals(circuit: Circuit, log_weights: FloatArray | None = None) -> FloatArray:
    """(n_nodes,) log of the summed weights of each sum, 0 for other nodes, in nats.

    Examples
    --------
    >>> from workbench.circuits.build import Builder
    >>> from workbench.data.variables import categorical
    >>> build = Builder((categorical("x", 2),))
    >>> leaves = [build.categorical(0, [0.5, 0.5]), build.categorical(0, [0.1, 0.9])]
    >>> np.exp(log_totals(build.circuit(build.sum(leaves, [1.0, 3.0])))).round(6).tolist()
    [1.0, 1.0, 4.0]
    """
    values = circuit.log_weights if log_weights is None else log_weights
    parents = circuit.edge_parents
    peaks = np.full(circuit.n_nodes, -np.inf)
    np.maximum.at(peaks, parents, values)
    peaks[peaks == -np.inf] = 0.0
    totals = np.bincount(
        parents, weights=np.exp(values - peaks[parents]), minlength=circuit.n_nodes
    )
    with np.errstate(divide="ignore"):  # a sum whose weights are all zero has total 0
        logs = np.log(totals) + peaks
    return np.where(circuit.kinds == Kind.SUM, logs, 0.0)


def unnormalised_sums(circuit: Circuit) -> BoolArray:
    """(n_nodes,) the sums whose weights do not add to one within 1e-6.

    Examples
    --------
    >>> from workbench.circuits.build import Builder
    >>> from workbench.data.variables import categorical
    >>> build = Builder((categorical("x", 2),))
    >>> leaves = [build.categorical(0, [0.5, 0.5]), build.categorical(0, [0.1, 0.9])]
    >>> unnormalised_sums(build.circuit(build.sum(leaves, [1.0, 3.0]))).tolist()
    [False, False, True]
    """
    return ~(np.abs(log_totals(circuit)) <= TOLERANCE)


def normalised(circuit: Circuit) -> Circuit:
    """The same distribution with weights that add to one at every sum.

    Raises
    ------
    StructureError
        When the circuit gives every assignment probability zero.

    Source: Peharz et al. 2015, "On theoretical properties of sum-product
    networks", theorem 2.

    Examples
    --------
    >>> from workbench.circuits.build import Builder
    >>> from workbench.data.variables import categorical
    >>> build = Builder((categorical("x", 2),))
    >>> leaves = [build.categorical(0, [0.5, 0.5]), build.categorical(0, [0.1, 0.9])]
    >>> scaled = normalised(build.circuit(build.sum(leaves, [1.0, 3.0])))
    >>> np.exp(scaled.log_weights).round(6).tolist()
    [0.25, 0.75]
    """
    masses = _log_masses(circuit)
    if masses[-1] == -np.inf:
        raise StructureError(
            "cannot normalise this circuit: every assignment has probability zero",
            remedy="Give at least one path of positive weights from the root.",
        )
    parents = circuit.edge_parents
    known = circuit.is_sum_edge & (masses[parents] > -np.inf)
    log_weights = circuit.log_weights.copy()
    log_weights[known] += masses[circuit.children[known]] - masses[parents[known]]
    return with_parameters(
        circuit, log_weights=log_weights, leaf_parameters=circuit.leaf_parameters
    )


def _log_masses(circuit: Circuit) -> FloatArray:
    """(n_nodes,) nats that each node gives to all assignments together."""
    from workbench.circuits.passes import upward

    values = np.zeros((1, circuit.n_nodes))  # a leaf has mass one
    upward(circuit.kinds, circuit.offsets, circuit.children, circuit.log_weights, values)
    masses: FloatArray = values[0]
    return masses
