"""Prune: drop the sum edges that matter least, with a bound on the loss known beforehand.

A row x is explained by induced trees T: one child at each sum, all children at
each product. Given x the trees have posterior p(T | x), and the flow of an edge
is the posterior probability that the tree uses it. Let E be the removed edges
and s(x) the posterior probability that the tree avoids all of E. Setting their
weights to zero leaves the unnormalised value p(x) s(x). Renormalising then
divides the weights of each sum by a surviving total of at most one, so every
surviving tree gains. Hence

    log p(x) - log p_pruned(x)  <=  -log s(x),

and the mean of the right side over the rows is the `bound`. One forward pass
with the removed weights at zero gives s(x) exactly. By the union bound s(x) >=
1 - F_E(x), F_E being the summed flow of E, which yields the familiar -log(1 -
F_E(x)); but along one path, and across the variables of one row, that sum
counts a tree several times, exceeds one soon and then says nothing.

Source: Dang, Liu and Van den Broeck 2022, "Sparse probabilistic circuits via
pruning and growing", theorem 1, here without its union bound.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from workbench.circuits.circuit import Circuit
from workbench.circuits.engine import Engine
from workbench.circuits.normalise import unnormalised_sums
from workbench.circuits.removal import weights_without, without_edges
from workbench.compute import engine as make_engine
from workbench.core.arrays import BoolArray, FloatArray
from workbench.core.progress import Progress, silent
from workbench.core.seeds import stream
from workbench.core.tables import Table
from workbench.data.dataset import Dataset, check_rows
from workbench.errors import DataError, ParameterError, StructureError


@dataclass(frozen=True, eq=False)
class Pruned:
    """A pruned circuit and what it cost on the rows it was pruned by.

    Parameters
    ----------
    removed
        One row for each removed edge: parent and child (stable ids) and score.
        Edges that went because nothing reaches them any more are not listed.
    bound
        Nats per row that the pruning can cost at most; inf when a row loses
        every way to be generated.
    loss
        Nats per row that it does cost; negative when the rows gain.
    """

    circuit: Circuit
    removed: Table
    bound: float
    loss: float


def _by_flow(engine: Engine, rows: FloatArray, seed: int) -> FloatArray:
    return engine.flows(rows).edges


def _by_weight(engine: Engine, rows: FloatArray, seed: int) -> FloatArray:
    return np.exp(engine.circuit.log_weights)


def _by_chance(engine: Engine, rows: FloatArray, seed: int) -> FloatArray:
    return stream(seed, "prune").random(engine.circuit.n_edges)


Score = Callable[[Engine, FloatArray, int], FloatArray]
SCORES: dict[str, Score] = {"flow": _by_flow, "weight": _by_weight, "random": _by_chance}


def prune(
    circuit: Circuit,
    rows: Dataset | ArrayLike,
    keep: float = 0.25,
    by: str = "flow",
    remove: int | None = None,
    device: str = "auto",
    seed: int = 0,
    on_progress: Progress = silent,
    rows_at_once: int | None = None,
) -> Pruned:
    """The circuit without the sum edges of least score, the removed edges, bound and loss.

    Survivors are renormalised, a sum keeps at least its best edge, nodes that
    nothing reaches are dropped and ids stay as they are.

    Parameters
    ----------
    rows
        Rows ``(batch, variable)`` to score and to measure on; of a Dataset the
        training rows.
    keep
        The share of sum edges to keep, in (0, 1].
    by
        A name in :data:`SCORES`: "flow" (expected use by the rows), "weight" or
        "random".
    remove
        The number of edges to remove, instead of `keep`.
    on_progress
        Called before each pass over the rows; what it raises ends the work.
    rows_at_once
        Rows in memory together; only rounding depends on it. Chosen by memory when
        omitted.

    Raises
    ------
    ParameterError
        When an argument is outside its range.
    StructureError
        When the weights of a sum do not add to one.
    DataError
        When the rows are empty or do not fit the circuit.

    Source: Dang, Liu and Van den Broeck 2022, "Sparse probabilistic circuits
    via pruning and growing", section 3.

    Examples
    --------
    >>> from workbench.circuits import hclt
    >>> x = np.array([[0, 0], [1, 1], [0, 1], [1, 1]], dtype=float)
    >>> pruned = prune(hclt(x, latents=2), x, keep=0.5)
    >>> pruned.removed.n_rows, pruned.loss <= pruned.bound
    (1, True)
    """
    chosen = _rows(circuit, rows)
    _require_normalised(circuit)
    engine = make_engine(circuit, device, batch=rows_at_once)
    on_progress(0.0, "scoring edges")
    scores = _score(by)(engine, chosen, seed)
    removed = _least(circuit, scores, _number(circuit, keep, remove))
    on_progress(0.5, "measuring what removing them costs")
    before = engine.log_likelihood(chosen)
    weights = np.where(removed, -np.inf, circuit.log_weights)
    engine.set_parameters(weights, circuit.leaf_parameters)
    on_progress(0.65, "measuring what removing them costs")
    bound = _mean_difference(before, engine.log_likelihood(chosen))
    engine.set_parameters(weights_without(circuit, removed), circuit.leaf_parameters)
    on_progress(0.8, "measuring what the rest gains")
    loss = _mean_difference(before, engine.log_likelihood(chosen))
    return Pruned(
        circuit=without_edges(circuit, removed),
        removed=_table(circuit, removed, scores),
        bound=bound,
        loss=loss,
    )


def _least(circuit: Circuit, scores: FloatArray, n_removed: int) -> BoolArray:
    """Which edges go: the `n_removed` of least score, but never the best edge of a sum."""
    sums = np.flatnonzero(circuit.is_sum_edge)
    dead_first = circuit.log_weights[sums] > -np.inf
    order = sums[np.lexsort((circuit.log_weights[sums], scores[sums], dead_first))]
    best = np.full(circuit.n_nodes, -1, dtype=np.int64)
    best[circuit.edge_parents[order]] = order  # the last one written is the best
    removable = order[best[circuit.edge_parents[order]] != order]
    removed = np.zeros(circuit.n_edges, dtype=np.bool_)
    removed[removable[:n_removed]] = True
    return removed


def _mean_difference(before: FloatArray, after: FloatArray) -> float:
    """Mean nats lost by the rows that were possible before."""
    possible = before > -np.inf
    if not possible.any():
        return 0.0
    return float((before[possible] - after[possible]).mean())


def _table(circuit: Circuit, removed: BoolArray, scores: FloatArray) -> Table:
    return Table(
        {
            "parent": circuit.ids[circuit.edge_parents[removed]],
            "child": circuit.ids[circuit.children[removed]],
            "score": scores[removed],
        }
    )


def _rows(circuit: Circuit, given: Dataset | ArrayLike) -> FloatArray:
    rows = given.train if isinstance(given, Dataset) else np.asarray(given, dtype=np.float64)
    check_rows(rows, circuit.variables)
    if not len(rows):
        raise DataError("cannot prune by no rows", remedy="Give at least one row.")
    return rows


def _require_normalised(circuit: Circuit) -> None:
    wrong = np.flatnonzero(unnormalised_sums(circuit))
    if len(wrong):
        raise StructureError(
            f"cannot prune: the weights of sum #{circuit.ids[wrong[0]]} do not add to one",
            remedy="Call workbench.circuits.normalised(circuit) first.",
        )


def _score(name: str) -> Score:
    if name not in SCORES:
        raise ParameterError(
            "unknown pruning score", given=repr(name), expected=f"one of {sorted(SCORES)}"
        )
    return SCORES[name]


def _number(circuit: Circuit, keep: float, remove: int | None) -> int:
    n_edges = int(circuit.is_sum_edge.sum())
    if remove is not None:
        if not 0 <= remove <= n_edges:
            raise ParameterError(
                "cannot prune", given=f"remove={remove}", expected=f"0 to {n_edges:,} sum edges"
            )
        return remove
    if not 0.0 < keep <= 1.0:
        raise ParameterError("cannot prune", given=f"keep={keep}", expected="a share in (0, 1]")
    return n_edges - round(keep * n_edges)
