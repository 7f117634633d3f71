"""Probability of a query given evidence. Needs: smooth and decomposable."""

from __future__ import annotations

import numpy as np

from workbench.circuits.circuit import Circuit
from workbench.core.arrays import FloatArray
from workbench.errors import DataError
from workbench.inference.engines import engine_of
from workbench.inference.requirements import require
from workbench.inference.rows import Evidence, as_rows


def conditional(circuit: Circuit, query: Evidence, evidence: Evidence) -> FloatArray:
    """(batch,) log p(query | evidence) in nats; variables in neither are summed out.

    One row of query or evidence serves all rows of the other.

    Raises
    ------
    DataError
        When the rows do not fit, query and evidence contradict each other, or
        the evidence has probability zero.
    StructureError
        When the circuit is not smooth or not decomposable.

    Examples
    --------
    >>> from workbench.circuits.build import Builder
    >>> from workbench.data.variables import categorical
    >>> build = Builder((categorical("x", 2), categorical("y", 2)))
    >>> x = [build.categorical(0, p) for p in ([1, 0], [0, 1])]
    >>> y = [build.categorical(1, p) for p in ([0.9, 0.1], [0.2, 0.8])]
    >>> pairs = [build.product(pair) for pair in zip(x, y)]
    >>> circuit = build.circuit(build.sum(pairs, [0.5, 0.5]))
    >>> np.exp(conditional(circuit, {"y": 1}, {"x": 1})).round(2).tolist()
    [0.8]
    """
    asked, known = as_rows(circuit, query), as_rows(circuit, evidence)
    if len(asked) != len(known) and 1 not in {len(asked), len(known)}:
        raise DataError(
            "query and evidence differ in length",
            given=f"{len(asked)} and {len(known)} rows",
            expected="equally many, or one row of either",
        )
    asked, known = np.broadcast_arrays(asked, known)
    _require_agreement(circuit, asked, known)
    joint = np.where(np.isnan(asked), known, asked)
    require(circuit, "conditional probability", "smooth", "decomposable")
    engine = engine_of(circuit)
    log_evidence = engine.log_likelihood(known)
    require_possible(log_evidence)
    conditioned: FloatArray = engine.log_likelihood(joint) - log_evidence
    return conditioned


def require_possible(log_evidence: FloatArray) -> None:
    """Nothing, or :class:`DataError` naming the first row of evidence with probability zero."""
    impossible = np.flatnonzero(log_evidence == -np.inf)
    if len(impossible):
        raise DataError(
            f"the evidence in row {impossible[0]} has probability zero",
            remedy="Nothing follows from an impossible event: "
            "drop a known value, or learn the circuit with a pseudocount.",
        )


def _require_agreement(circuit: Circuit, asked: FloatArray, known: FloatArray) -> None:
    clash = ~np.isnan(asked) & ~np.isnan(known) & (asked != known)
    if clash.any():
        row, column = np.argwhere(clash)[0]
        raise DataError(
            f"query and evidence contradict each other in row {row}",
            given=f"{circuit.variables[column].name!r} = {asked[row, column]:g} asked, "
            f"{known[row, column]:g} known",
            expected="different variables, or equal values",
        )
