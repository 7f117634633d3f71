"""Means, variances and covariances given evidence. Needs: smooth and decomposable.

Two variables are split at exactly one product of each induced tree. Let M_n be the
means below node n, measured from the means of the root, and F_n the posterior
probability that n is used. Below a product the factors are independent, so

    cov = sum over products n of F_n (M_n M_n' - sum over factors c of M_c M_c')
        + diagonal: sum over leaves l of F_l (variance_l + M_l^2).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from workbench.circuits.circuit import Circuit, Kind
from workbench.compute.evaluation import evaluate, leaf_of
from workbench.compute.schedule import schedule
from workbench.compute.semirings import SUM_PRODUCT
from workbench.core.arrays import FloatArray, IdArray, frozen
from workbench.data.variables import Variable
from workbench.inference.leaf_queries import mean_and_variance
from workbench.inference.mpe import one_row
from workbench.inference.reduction import reduced
from workbench.inference.requirements import require
from workbench.inference.rows import Evidence
from workbench.limits import LIMITS, require_within


@dataclass(frozen=True, eq=False)
class Moments:
    """First and second moments of the variables in a circuit's scope.

    Parameters
    ----------
    variables
        Those in scope.
    log_evidence
        Log-probability of the evidence, in nats.
    mean
        (n_variables,) in each variable's unit; of the codes when categorical; a known
        variable has its value.
    covariance
        (n_variables, n_variables); zero where a variable is known.
    """

    variables: tuple[Variable, ...]
    log_evidence: float
    mean: FloatArray
    covariance: FloatArray

    @property
    def variance(self) -> FloatArray:
        """(n_variables,) the diagonal of the covariance."""
        return np.diagonal(self.covariance)


def moments(circuit: Circuit, evidence: Evidence | None = None) -> Moments:
    """The mean and the covariance of all variables in scope, given one row of `evidence`.

    Raises
    ------
    StructureError
        When the circuit is not smooth or not decomposable.
    DataError
        When the evidence is not one row that fits, or has probability zero.
    ParameterError
        When a leaf's family has no moments.
    LimitError
        When the means of all nodes would need more memory than the limits allow.

    Examples
    --------
    >>> from workbench.circuits.build import Builder
    >>> from workbench.data.variables import categorical, continuous
    >>> build = Builder((categorical("x", 2), continuous("y")))
    >>> x = [build.categorical(0, p) for p in ([1, 0], [0, 1])]
    >>> y = [build.gaussian(1, mean, 2.0) for mean in (0.0, 10.0)]
    >>> pairs = [build.product(pair) for pair in zip(x, y)]
    >>> found = moments(build.circuit(build.sum(pairs, [0.5, 0.5])))
    >>> found.mean.round(6).tolist(), found.covariance.round(6).tolist()
    ([0.5, 5.0], [[0.25, 2.5], [2.5, 29.0]])
    """
    require(circuit, "moments", "smooth", "decomposable")
    row = one_row(circuit, evidence)
    scope = np.array(circuit.scope)
    mean, covariance = row[scope].copy(), np.zeros((len(scope), len(scope)))
    missing = np.flatnonzero(np.isnan(mean))
    log_evidence = float(evaluate(circuit, row[None], SUM_PRODUCT)[0])
    if len(missing):
        found = _moments(reduced(circuit, row, scope[missing]), scope[missing])
        mean[missing], covariance[np.ix_(missing, missing)] = found
    return Moments(
        variables=tuple(circuit.variables[v] for v in scope.tolist()),
        log_evidence=log_evidence,
        mean=frozen(mean),
        covariance=frozen(covariance),
    )


def _moments(circuit: Circuit, columns: IdArray) -> tuple[FloatArray, FloatArray]:
    size = 8 * circuit.n_nodes * len(columns)
    require_within("bytes for the means of all nodes", size, LIMITS.result_bytes)
    flows = _flows(circuit)
    leaves = np.flatnonzero(circuit.kinds == Kind.LEAF)
    places = np.searchsorted(columns, circuit.leaf_variables[leaves])
    found = [mean_and_variance(leaf_of(circuit, leaf)) for leaf in leaves.tolist()]
    means, variances = np.array(found).T
    centre = np.asarray(np.bincount(places, flows[leaves] * means), dtype=np.float64)
    below = np.zeros((circuit.n_nodes, len(columns)))
    below[leaves, places] = means - centre[places]
    _add_means(circuit, below)
    squares = flows[leaves] * (variances + (means - centre[places]) ** 2)
    covariance: FloatArray = np.diag(np.bincount(places, squares))
    products = np.flatnonzero(circuit.kinds == Kind.PRODUCT)
    factors = np.flatnonzero(~circuit.is_sum_edge)
    covariance += _outer(below[products], flows[products])
    covariance -= _outer(below[circuit.children[factors]], flows[circuit.edge_parents[factors]])
    return centre, covariance


def _outer(means: FloatArray, weights: FloatArray) -> FloatArray:
    product: FloatArray = (means * weights[:, None]).T @ means
    return product


def _flows(circuit: Circuit) -> FloatArray:
    """(n_nodes,) the probability that each node is used, weights adding to one."""
    flows = np.zeros(circuit.n_nodes)
    flows[-1] = 1.0
    shares = np.exp(circuit.log_weights)
    for group in reversed(schedule(circuit)):
        np.add.at(flows, circuit.children[group.edges], shares[group.edges] * flows[group.nodes])
    return flows


def _add_means(circuit: Circuit, means: FloatArray) -> None:
    shares = np.exp(circuit.log_weights)[:, None]  # 1 at products: their means are disjoint
    for group in schedule(circuit):
        means[group.nodes] = sum(
            shares[edges] * means[circuit.children[edges]] for edges in group.edges
        )
