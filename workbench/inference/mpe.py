"""The most probable completion of evidence. Needs: smooth and decomposable.

Exact at once when deterministic; otherwise proved bounds that close with time.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from workbench.circuits.circuit import Circuit
from workbench.core.arrays import FloatArray, IdArray, frozen
from workbench.core.progress import Progress, silent
from workbench.core.tables import Table
from workbench.errors import DataError, ParameterError
from workbench.inference.branch_and_bound import history_of, maximise
from workbench.inference.conditional import require_possible
from workbench.inference.max_product import best_query
from workbench.inference.reduction import reduced
from workbench.inference.requirements import determinism_in, property_of, require
from workbench.inference.rows import Evidence, as_rows

NODES = 10_000


@dataclass(frozen=True, eq=False)
class Mpe:
    """The best completion found, and proved bounds of the best there is.

    Parameters
    ----------
    assignment
        (variable,) the evidence and a value for every other variable in scope.
    log_value
        Its log-probability (density), in nats; the same as `lower`.
    upper
        No completion has more, in nats.
    exact
        Whether the bounds meet (to 1e-11, relative): no completion is better.
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


def mpe(
    circuit: Circuit,
    evidence: Evidence | None = None,
    nodes: int = NODES,
    seconds: float | None = None,
    on_progress: Progress = silent,
) -> Mpe:
    """The most probable completion of one row of `evidence`, with proved bounds.

    In a circuit that is deterministic, given the evidence, the best induced tree is the
    answer. In others several trees add up to the probability of a row, and the best of
    them may miss the best row by any factor: the answer then comes from branch and bound,
    which stops after `nodes` partial assignments or `seconds` and says how far apart its
    bounds are. Categorical variables are split by value, continuous ones by interval.

    Raises
    ------
    StructureError
        When the circuit is not smooth or not decomposable.
    DataError
        When the evidence is not one row that fits, or has probability zero.
    ParameterError
        When `nodes` is not positive.

    Source: Peharz, Gens, Pernkopf and Domingos 2017, "On the latent variable
    interpretation in sum-product networks", section 4 (max-product); Mei, Jiang and
    Tu 2018, "Maximum a posteriori inference in sum-product networks" (bounds).

    Examples
    --------
    >>> from workbench.circuits.build import Builder
    >>> from workbench.data.variables import categorical
    >>> build = Builder((categorical("x", 2), categorical("y", 2)))
    >>> x = [build.categorical(0, p) for p in ([0.9, 0.1], [0.2, 0.8])]
    >>> y = [build.categorical(1, p) for p in ([0.6, 0.4], [0.3, 0.7])]
    >>> pairs = [build.product(pair) for pair in zip(x, y)]
    >>> found = mpe(build.circuit(build.sum(pairs, [0.5, 0.5])), {"x": 1})
    >>> found.assignment.tolist(), np.exp(found.log_value).round(3).item(), found.exact
    ([1.0, 1.0], 0.3, True)
    """
    require(circuit, "most probable completion", "smooth", "decomposable")
    row = one_row(circuit, evidence)
    require_nodes(nodes)
    query = np.array([v for v in circuit.scope if np.isnan(row[v])], dtype=np.int64)
    filled, tree_value = best_query(circuit, row, query)
    require_possible(np.array([tree_value]))
    is_sure, why = determined(circuit, row, query)
    if is_sure:
        history = history_of([(0, tree_value, tree_value)])
        return _answer(filled, tree_value, tree_value, why, 0, history)
    found = maximise(circuit, row, query, filled[None], nodes, seconds, on_progress)
    reason = stopped(found.nodes, why, exact=found.exact)
    return _answer(found.row, found.lower, found.upper, reason, found.nodes, found.history)


def determined(circuit: Circuit, row: FloatArray, query: IdArray) -> tuple[bool, str]:
    """Whether the columns `query` need no search given `row`, all other summed out, and why."""
    missing = np.array([v for v in circuit.scope if np.isnan(row[v])], dtype=np.int64)
    if len(missing) == len(query) and property_of(circuit, "deterministic"):
        return True, "the circuit is deterministic"
    if not len(query):
        return True, "nothing is asked" if len(missing) else "everything is known"
    is_given = len(missing) < len(circuit.scope)
    left = reduced(circuit, row, missing) if is_given else circuit
    found = determinism_in(left, tuple(query.tolist()))
    given = " given the evidence" if is_given else ""
    return bool(found), f"the circuit is {found.name}{given}" if found else str(found.witness)


def one_row(circuit: Circuit, evidence: Evidence | None) -> FloatArray:
    """(variable,) the one row of `evidence`; all missing when it is None."""
    nothing = np.full(len(circuit.variables), np.nan)
    rows = as_rows(circuit, nothing if evidence is None else evidence)
    if len(rows) != 1:
        raise DataError("this query needs one row", given=f"{len(rows)} rows", expected="one")
    row: FloatArray = rows[0]
    return row


def require_nodes(nodes: int) -> None:
    """Nothing, or :class:`ParameterError` when no node may be bounded."""
    if nodes < 1:
        raise ParameterError("cannot search", given=f"nodes={nodes}", expected="1 or more")


def stopped(nodes: int, why: str, *, exact: bool) -> str:
    """How a search over `nodes` partial assignments ended, and `why` it was needed, as a clause."""
    if exact:
        return f"the bounds met after {nodes:,} nodes"
    return f"the bounds are still apart after {nodes:,} nodes: {why}"


def _answer(
    row: FloatArray, lower: float, upper: float, reason: str, nodes: int, history: Table
) -> Mpe:
    return Mpe(
        assignment=frozen(row),
        log_value=lower,
        upper=upper,
        exact=bool(upper == lower),
        reason=reason,
        nodes=nodes,
        history=history,
    )
