"""The most probable values of some variables, others summed out. Needs: smooth and decomposable.

Exact at once when deterministic in the query, given the evidence; otherwise proved bounds
that close with time, exact when they meet.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from workbench.circuits.circuit import Circuit
from workbench.core.arrays import FloatArray, IdArray, frozen
from workbench.core.progress import Progress, silent
from workbench.core.tables import Table
from workbench.errors import DataError
from workbench.inference.branch_and_bound import history_of, maximise
from workbench.inference.conditional import require_possible
from workbench.inference.max_product import best_query
from workbench.inference.mpe import NODES, determined, one_row, require_nodes, stopped
from workbench.inference.requirements import require
from workbench.inference.rows import Evidence, columns_of


@dataclass(frozen=True, eq=False)
class MarginalMap:
    """The best values found for the query, and proved bounds of the best there are.

    Parameters
    ----------
    assignment
        (variable,) evidence and query values; NaN for what was summed out.
    log_value
        Its log-probability (density), in nats; the same as `lower`.
    upper
        No query values have more, in nats.
    exact
        Whether the bounds meet (to 1e-11, relative).
    reason
        Why it is exact, or why the search stopped.
    nodes
        How many partial assignments were bounded.
    history
        Columns nodes, lower and upper: how the bounds closed.
    """

    assignment: FloatArray
    log_value: float
    upper: float
    exact: bool
    reason: str
    nodes: int
    history: Table

    @property
    def lower(self) -> float:
        """The log-probability of `assignment`, in nats."""
        return self.log_value


def marginal_map(
    circuit: Circuit,
    query: Sequence[str | int],
    evidence: Evidence | None = None,
    nodes: int = NODES,
    seconds: float | None = None,
    on_progress: Progress = silent,
) -> MarginalMap:
    """The most probable values of `query` given one row of `evidence`, with proved bounds.

    `query` lists variables by name or column; what is in neither is summed out. The
    search is that of :func:`workbench.inference.mpe`, with leaves summed instead of
    maximised where their variable is summed out. None is needed when the query alone
    tells the child at every sum over it (X-determinism, X being the query).

    Raises
    ------
    StructureError
        When the circuit is not smooth or not decomposable.
    DataError
        When a queried variable is unknown, outside the circuit's scope or already
        given, or the evidence is not one row that fits, or has probability zero.
    ParameterError
        When `nodes` is not positive.

    Source: Wang, Mauá, Van den Broeck and Choi 2024, "A compositional atlas for algebraic
    circuits" (exact case); Mei, Jiang and Tu 2018, "Maximum a posteriori inference in
    sum-product networks" (bounds).

    Examples
    --------
    The best value of x alone is not that of the best row:

    >>> from workbench.circuits.build import Builder
    >>> from workbench.data.variables import categorical
    >>> build = Builder((categorical("x", 2), categorical("y", 3)))
    >>> x = [build.categorical(0, p) for p in ([1, 0], [0, 1])]
    >>> y = [build.categorical(1, p) for p in ([1, 0, 0], [1, 1, 1])]
    >>> pairs = [build.product(pair) for pair in zip(x, y)]
    >>> found = marginal_map(build.circuit(build.sum(pairs, [0.4, 0.6])), ["x"])
    >>> found.assignment.tolist(), np.exp(found.log_value).round(3).item(), found.exact
    ([1.0, nan], 0.6, True)
    """
    require(circuit, "marginal MAP", "smooth", "decomposable")
    row = one_row(circuit, evidence)
    require_nodes(nodes)
    asked = columns_of(circuit, query)
    _require_unknown(circuit, row, asked)
    start, value = best_query(circuit, row, asked)
    require_possible(np.array([value]))
    is_sure, why = determined(circuit, row, asked)
    if is_sure:
        history = history_of([(0, value, value)])
        return MarginalMap(frozen(start), value, value, True, why, 0, history)
    found = maximise(circuit, row, asked, start[None], nodes, seconds, on_progress)
    return MarginalMap(
        assignment=frozen(found.row),
        log_value=found.lower,
        upper=found.upper,
        exact=found.exact,
        reason=stopped(found.nodes, why, exact=found.exact),
        nodes=found.nodes,
        history=found.history,
    )


def _require_unknown(circuit: Circuit, row: FloatArray, asked: IdArray) -> None:
    given = [circuit.variables[v].name for v in asked.tolist() if not np.isnan(row[v])]
    if given:
        raise DataError(
            "cannot ask for what is given",
            given=f"{given} in both query and evidence",
            expected="different variables",
        )
