"""Mean and variance of the likelihood when edges of sums drop out. Needs: smooth and decomposable.

One pass gives both. They are exact when every node that has a sum at or below it has
one parent. Where such a node is shared its uses are taken for independent, which is
an approximation: it is named, with a shared node, and :func:`dropout_samples` shows
how far off it is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from workbench.circuits.circuit import Circuit, Kind
from workbench.circuits.properties import Witness
from workbench.compute.evaluation import evaluate, node_elements
from workbench.compute.schedule import schedule
from workbench.compute.semirings import SUM_PRODUCT, mean_variance
from workbench.core.arrays import BoolArray, FloatArray
from workbench.core.seeds import stream
from workbench.errors import DataError, ParameterError
from workbench.inference.requirements import require, require_where_missing
from workbench.inference.rows import Evidence, as_rows
from workbench.limits import LIMITS, require_within

_ENTRIES_AT_ONCE = 1 << 22


@dataclass(frozen=True, eq=False)
class Dropout:
    """How a row's likelihood varies when edges drop out.

    Parameters
    ----------
    log_mean, log_variance
        (batch,) of the likelihood, in nats; a variance of zero has -inf.
    exact
        Whether no random node is shared.
    witness
        A shared random node; None when exact.
    """

    log_mean: FloatArray
    log_variance: FloatArray
    exact: bool
    witness: Witness | None

    @property
    def relative_deviation(self) -> FloatArray:
        """(batch,) the standard deviation over the mean; NaN for impossible rows."""
        possible = self.log_mean > -np.inf
        out = np.full(len(self.log_mean), np.nan)
        out[possible] = np.exp(0.5 * self.log_variance[possible] - self.log_mean[possible])
        return out


def dropout(circuit: Circuit, rows: Evidence, rate: float, *, rescale: bool = False) -> Dropout:
    """The mean and the variance of the likelihood of each row when edges drop out.

    Parameters
    ----------
    rate
        Probability that an edge of a sum is left out, each on its own, in [0, 1).
    rescale
        Divide the edges that are kept by 1 - rate, so that the mean stays the value.

    Raises
    ------
    StructureError
        When the circuit is not smooth or not decomposable.
    DataError
        When a row does not fit the circuit's variables.
    ParameterError
        When `rate` is outside [0, 1).

    Source: Ventola, Braun, Yu, Mundt and Kersting 2023, "Probabilistic circuits that
    know what they don't know".

    Examples
    --------
    >>> from workbench.circuits.build import Builder
    >>> from workbench.data.variables import categorical
    >>> build = Builder((categorical("x", 2),))
    >>> leaves = [build.categorical(0, [0.5, 0.5]), build.categorical(0, [0.1, 0.9])]
    >>> found = dropout(build.circuit(build.sum(leaves, [0.5, 0.5])), [[1.0]], rate=0.5)
    >>> np.exp(found.log_mean).round(4).tolist(), found.exact
    ([0.35], True)
    """
    require(circuit, "variance under dropout", "smooth", "decomposable")
    semiring = mean_variance(rate, rescale=rescale)
    mean, variance = evaluate(circuit, as_rows(circuit, rows), semiring).T
    witness = shared_random_node(circuit)
    return Dropout(mean, variance, exact=witness is None, witness=witness)


def dropout_samples(
    circuit: Circuit, row: ArrayLike, rate: float, n: int, seed: int = 0
) -> FloatArray:
    """(n,) log-likelihoods, in nats, of one row with edges of sums left out at random.

    Raises
    ------
    ParameterError
        When `rate` is outside [0, 1) or `n` is negative.
    DataError
        When `row` is not one row that fits.
    LimitError
        When `n` is beyond the cap on rows.

    Examples
    --------
    >>> from workbench.circuits.build import Builder
    >>> from workbench.data.variables import categorical
    >>> build = Builder((categorical("x", 2),))
    >>> leaves = [build.categorical(0, [0.5, 0.5]), build.categorical(0, [0.1, 0.9])]
    >>> mixture = build.circuit(build.sum(leaves, [0.5, 0.5]))
    >>> sorted(set(np.exp(dropout_samples(mixture, [1.0], 0.5, 200)).round(2).tolist()))
    [0.0, 0.25, 0.45, 0.7]
    """
    if not 0.0 <= rate < 1.0 or n < 0:
        raise ParameterError(
            "cannot drop edges", given=f"rate={rate}, n={n}", expected="a rate in [0, 1), n from 0"
        )
    require_within("rows", n, LIMITS.n_rows, "Draw samples in several calls.")
    given = as_rows(circuit, row)
    if len(given) != 1:
        raise DataError("dropout samples need one row", given=f"{len(given)} rows", expected="one")
    require_where_missing(circuit, "samples under dropout", given)
    values = node_elements(circuit, given, SUM_PRODUCT)
    random = stream(seed, "dropout")
    step = max(1, _ENTRIES_AT_ONCE // (circuit.n_nodes + circuit.n_edges))
    sizes = [min(step, n - start) for start in range(0, n, step)]
    parts = [_sampled(circuit, values, rate, size, random) for size in sizes]
    return np.concatenate([np.empty(0), *parts])


def _sampled(
    circuit: Circuit, values: FloatArray, rate: float, n: int, random: np.random.Generator
) -> FloatArray:
    sampled = np.repeat(values, n, axis=1)
    for group in schedule(circuit):
        terms = sampled[circuit.children[group.edges]]
        if group.kind == Kind.SUM:
            terms += circuit.log_weights[group.edges][..., None]
            dropped: BoolArray = random.random(terms.shape) < rate
            terms[dropped] = -np.inf
            sampled[group.nodes] = _log_sums(terms)
        else:
            sampled[group.nodes] = terms.sum(axis=0)
    root: FloatArray = sampled[-1]
    return root


def _log_sums(terms: FloatArray) -> FloatArray:
    """(nodes, batch) log of the sum of exponentials over the first axis."""
    peaks = terms.max(axis=0)
    base = np.where(peaks > -np.inf, peaks, 0.0)
    with np.errstate(divide="ignore"):  # all edges dropped
        sums: FloatArray = np.log(np.exp(terms - base).sum(axis=0)) + base
    return sums


def shared_random_node(circuit: Circuit) -> Witness | None:
    """A node that has a sum at or below it and more than one edge into it."""
    is_random = circuit.kinds == Kind.SUM
    for group in schedule(circuit):
        is_random[group.nodes] |= is_random[circuit.children[group.edges]].any(axis=0)
    into = np.bincount(circuit.children, minlength=circuit.n_nodes)
    shared = np.flatnonzero(is_random & (into > 1))
    if not len(shared):
        return None
    node = int(shared[0])
    parents = circuit.edge_parents[circuit.children == node][:2]
    ids = tuple(int(circuit.ids[n]) for n in (node, *parents))
    return Witness(ids, f"node {ids[0]} is shared by nodes {ids[1]} and {ids[2]}")
