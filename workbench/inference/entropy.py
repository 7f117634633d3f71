"""Entropy. Needs: smooth and decomposable; exact when deterministic, else proved bounds.

Let H(w) be the entropy of the weights of a sum, and H_c those of its children. Always

    sum of w_c H_c  <=  H  <=  sum of w_c H_c + H(w),

conditioning on the child never adds entropy and the child has at most H(w). Where at
most one child can be positive, the row tells the child and H reaches the upper end.
The entropies of independent factors add. At the root H is also at most the sum of
the entropies of single variables (of a Gaussian with the same variance when
continuous), and at least the collision entropy -log sum of p^2, which is exact
in structured-decomposable circuits.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from workbench.circuits.circuit import Circuit, Kind
from workbench.circuits.properties import Property
from workbench.circuits.reference import completions
from workbench.compute.evaluation import leaf_of
from workbench.compute.leaf_entropy import entropy_of
from workbench.compute.schedule import schedule
from workbench.core.arrays import BoolArray, FloatArray, IdArray
from workbench.errors import DataError
from workbench.inference.bounded import Bounded, exactly
from workbench.inference.determinism import deterministic_sums
from workbench.inference.engines import engine_of
from workbench.inference.expectation import log_expectation
from workbench.inference.moments import moments
from workbench.inference.mpe import one_row
from workbench.inference.posteriors import posteriors
from workbench.inference.reduction import reduced
from workbench.inference.requirements import property_of, require
from workbench.inference.rows import Evidence, columns_of

ROWS = 65_536
MOST_PAIRS = 20_000  # of nodes, for the collision entropy: a second or two


def entropy(
    circuit: Circuit,
    evidence: Evidence | None = None,
    of: Sequence[str | int] | None = None,
    rows: int = ROWS,
) -> Bounded:
    """The entropy in nats of variables given one row of `evidence`, exact or bounded.

    Parameters
    ----------
    of
        Variables by name or column; all missing ones when omitted. Others are summed
        out.
    rows
        When the circuit is not deterministic and the variables are categorical with
        at most so many joint values, the entropy is summed over all of them: exact.

    Raises
    ------
    StructureError
        When the circuit is not smooth or not decomposable.
    DataError
        When a variable is unknown or already given, or the evidence is not one row
        that fits, or has probability zero.
    ParameterError
        When a leaf's family has no known entropy.

    Source: Vergari, Choi, Liu, Teso and Van den Broeck 2021, "A compositional atlas of
    tractable circuit operations", section 4 (deterministic circuits); Cover and Thomas
    2006, "Elements of information theory", theorems 2.6.5 and 8.6.5 (bounds).

    Examples
    --------
    >>> from workbench.circuits.build import Builder
    >>> from workbench.data.variables import categorical
    >>> build = Builder((categorical("x", 2), categorical("y", 2)))
    >>> x = [build.categorical(0, p) for p in ([1, 0], [0, 1])]
    >>> y = [build.categorical(1, p) for p in ([0.5, 0.5], [0, 1])]
    >>> pairs = [build.product(pair) for pair in zip(x, y)]
    >>> found = entropy(build.circuit(build.sum(pairs, [0.5, 0.5])))
    >>> (found.value / np.log(2)).round(6).item(), found.reason
    (1.5, 'the circuit is deterministic')
    """
    require(circuit, "entropy", "smooth", "decomposable")
    row = one_row(circuit, evidence)
    columns = unknown_columns(circuit, row, of)
    if not len(columns):
        return exactly(0.0, "everything is known")
    return _entropy(reduced(circuit, row, columns), rows)


def unknown_columns(circuit: Circuit, row: FloatArray, of: Sequence[str | int] | None) -> IdArray:
    """The columns asked for, none of them given in `row`."""
    missing = np.array([v for v in circuit.scope if np.isnan(row[v])], dtype=np.int64)
    if of is None:
        return missing
    asked = columns_of(circuit, of)
    given = sorted(set(asked.tolist()) - set(missing.tolist()))
    if given:
        names = [circuit.variables[v].name for v in given]
        raise DataError("what is given has no entropy", given=f"{names} in both")
    return asked


def _entropy(circuit: Circuit, rows: int) -> Bounded:
    sure = deterministic_sums(circuit)
    if sure[circuit.kinds == Kind.SUM].all():
        return exactly(float(_ends(circuit, sure)[1][-1]), "the circuit is deterministic")
    sizes = [circuit.variables[v].n_categories for v in circuit.scope]
    count = math.prod(sizes)
    if 0 < count <= rows:
        return exactly(_summed(circuit), f"summed over {count:,} joint values")
    lower, upper = (ends[-1] for ends in _ends(circuit, sure))
    lower, upper = max(lower, _collision(circuit)), min(upper, _separately(circuit))
    if lower > upper:  # rounding of bounds that meet
        lower = upper = 0.5 * (lower + upper)
    return Bounded(float(lower), float(upper), _why(property_of(circuit, "deterministic")))


def _why(deterministic: Property) -> str:
    return f"not known to be deterministic: {deterministic.witness}"


def _summed(circuit: Circuit) -> float:
    nothing = np.full(len(circuit.variables), np.nan)
    logs = engine_of(circuit).log_likelihood(completions(circuit, nothing))
    live = logs > -np.inf
    return float(-(np.exp(logs[live]) @ logs[live]))


def _ends(circuit: Circuit, sure: BoolArray) -> tuple[FloatArray, FloatArray]:
    """(n_nodes,) lower and upper bounds, equal below sums that are all deterministic."""
    bounds = np.zeros((circuit.n_nodes, 2))
    for node in np.flatnonzero(circuit.kinds == Kind.LEAF).tolist():
        bounds[node] = entropy_of(leaf_of(circuit, node))
    shares = np.exp(circuit.log_weights)
    costs = -shares * circuit.log_weights
    for group in schedule(circuit):
        below = bounds[circuit.children[group.edges]]
        if group.kind == Kind.SUM:
            weights = shares[group.edges][..., None]
            choice = costs[group.edges].sum(axis=0)
            bounds[group.nodes] = (weights * below).sum(axis=0)
            bounds[group.nodes, 1] += choice
            bounds[group.nodes, 0] += np.where(sure[group.nodes], choice, 0.0)
        else:
            bounds[group.nodes] = below.sum(axis=0)
    return bounds[:, 0], bounds[:, 1]


def _collision(circuit: Circuit) -> float:
    """The collision entropy; no bound where it cannot be had exactly, or not soon."""
    _, counts = np.unique(circuit.packed_scopes, axis=0, return_counts=True)
    if (counts.astype(np.float64) ** 2).sum() > MOST_PAIRS:
        return -math.inf
    if not property_of(circuit, "structured"):
        return -math.inf
    return -log_expectation(circuit, circuit)


def _separately(circuit: Circuit) -> float:
    """The entropies of single variables added up."""
    found = posteriors(circuit, np.full(len(circuit.variables), np.nan))
    shares = [p[p > 0.0] for p in found.probabilities if len(p)]
    total = sum(float(-(p @ np.log(p))) for p in shares)
    is_continuous = [not variable.n_categories for variable in found.variables]
    variances = moments(circuit).variance[is_continuous] if any(is_continuous) else np.empty(0)
    return total + float(0.5 * np.log(2.0 * np.pi * math.e * variances).sum())
