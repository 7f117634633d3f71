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

from workbench.circuits.circuit import Circuit, Kind
from workbench.circuits.engine import Engine
from workbench.circuits.normalise import unnormalised_sums
from workbench.circuits.removal import weights_without, without_edges
from workbench.compute import engine as make_engine
from workbench.core.arrays import BoolArray, FloatArray, IdArray
from workbench.core.progress import Progress, scaled, silent
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
    size: int | None = None,
    loss: float | None = None,
    blocks: bool = False,
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
    size
        The number of sum edges to keep at most, instead of `keep`.
    loss
        Nats per row, instead of `keep`: as many edges go as the bound allows, so the
        loss that is measured is never above it.
    blocks
        Remove a child from all sums that have the same children, by their scores
        together, so that dense blocks stay dense; not more edges than asked for go.

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
    order = _Order.of(circuit, scores, blocks=blocks)
    on_progress(0.5, "measuring what removing them costs")
    cost = _Cost(engine, chosen)
    before = cost.before
    if loss is None:
        removed = order.first(_number(circuit, keep, remove, size))
    else:
        removed = _allowed(order, cost, loss, scaled(on_progress, 0.5, 0.65))
    on_progress(0.65, "measuring what removing them costs")
    bound = cost.bound(removed)
    engine.set_parameters(weights_without(circuit, removed), circuit.leaf_parameters)
    on_progress(0.8, "measuring what the rest gains")
    return Pruned(
        circuit=without_edges(circuit, removed),
        removed=_table(circuit, removed, scores),
        bound=bound,
        loss=_mean_difference(before, engine.log_likelihood(chosen)),
    )


class _Cost:
    """What removing edges costs at most on some rows."""

    def __init__(self, engine: Engine, rows: FloatArray) -> None:
        self._engine, self._rows, self._circuit = engine, rows, engine.circuit
        self.before = engine.log_likelihood(rows)

    def bound(self, removed: BoolArray) -> float:
        """Nats per row; the engine is left with the weights of `removed` at zero."""
        weights = np.where(removed, -np.inf, self._circuit.log_weights)
        self._engine.set_parameters(weights, self._circuit.leaf_parameters)
        return _mean_difference(self.before, self._engine.log_likelihood(self._rows))


@dataclass(frozen=True, eq=False)
class _Order:
    """The edges that may go, in pieces that go together, the least first.

    Parameters
    ----------
    edges
        Edges piece by piece.
    ends
        (pieces,) how many edges go with a piece and those before it.
    """

    n_edges: int
    edges: IdArray
    ends: IdArray

    @classmethod
    def of(cls, circuit: Circuit, scores: FloatArray, *, blocks: bool) -> _Order:
        """By score; the best piece of every sum, or block of sums, is not among them."""
        sums = np.flatnonzero(circuit.is_sum_edge)
        owners = _blocks(circuit) if blocks else np.arange(circuit.n_nodes)
        owner = owners[circuit.edge_parents[sums]]
        keys = np.stack([owner, circuit.children[sums] if blocks else sums], axis=1)
        pieces, piece_of = np.unique(keys, axis=0, return_inverse=True)
        piece_of = piece_of.ravel()
        weights = np.exp(circuit.log_weights[sums])
        score, weight = (
            np.bincount(piece_of, weights=values, minlength=len(pieces))
            for values in (scores[sums], weights)
        )
        order = np.lexsort((weight, score, weight > 0))  # dead ones first
        best = np.full(circuit.n_nodes, -1, dtype=np.int64)
        best[pieces[order, 0]] = order  # the last one written is the best
        order = order[best[pieces[order, 0]] != order]
        place = np.full(len(pieces), len(pieces))
        place[order] = np.arange(len(order))
        going = np.argsort(place[piece_of], kind="stable")
        sizes = np.bincount(piece_of, minlength=len(pieces))[order]
        ends = np.cumsum(sizes)
        return cls(circuit.n_edges, sums[going[: int(ends[-1]) if len(ends) else 0]], ends)

    def first(self, n_removed: int) -> BoolArray:
        """(n_edges,) which edges go when not more than `n_removed` may."""
        return self.pieces(int(np.searchsorted(self.ends, n_removed, side="right")))

    def pieces(self, n_pieces: int) -> BoolArray:
        """(n_edges,) which edges go with the first `n_pieces`."""
        removed = np.zeros(self.n_edges, dtype=np.bool_)
        removed[self.edges[: int(self.ends[n_pieces - 1]) if n_pieces else 0]] = True
        return removed


def _blocks(circuit: Circuit) -> IdArray:
    """(n_nodes,) for each sum the first one with the same children; other nodes alone."""
    blocks = np.arange(circuit.n_nodes)
    arities = np.diff(circuit.offsets)
    sums = np.flatnonzero(circuit.kinds == Kind.SUM)
    for arity in np.unique(arities[sums]).tolist():
        alike = sums[arities[sums] == arity]
        edges = circuit.offsets[alike, None] + np.arange(arity)
        children = np.sort(circuit.children[edges], axis=1)
        _, first, which = np.unique(children, axis=0, return_index=True, return_inverse=True)
        blocks[alike] = alike[first[which.ravel()]]
    return blocks


def _allowed(order: _Order, cost: _Cost, loss: float, on_progress: Progress) -> BoolArray:
    """The most edges, the least first, that the bound lets go for `loss` nats per row.

    What goes is nested, so the bound rises with it, and halving finds the last.
    """
    if not loss >= 0:
        raise ParameterError("cannot prune", given=f"loss={loss}", expected="0 or more nats")
    low, high = 0, len(order.ends)
    while low < high:
        on_progress(1.0 - (high - low) / len(order.ends), f"removing {low} to {high} pieces")
        middle = (low + high + 1) // 2
        if cost.bound(order.pieces(middle)) <= loss:
            low = middle
        else:
            high = middle - 1
    return order.pieces(low)


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


def _number(circuit: Circuit, keep: float, remove: int | None, size: int | None) -> int:
    n_edges = int(circuit.is_sum_edge.sum())
    if size is not None:
        if size < 1:
            raise ParameterError("cannot prune", given=f"size={size}", expected="1 or more")
        return max(0, n_edges - size)
    if remove is not None:
        if not 0 <= remove <= n_edges:
            raise ParameterError(
                "cannot prune", given=f"remove={remove}", expected=f"0 to {n_edges:,} sum edges"
            )
        return remove
    if not 0.0 < keep <= 1.0:
        raise ParameterError("cannot prune", given=f"keep={keep}", expected="a share in (0, 1]")
    return n_edges - round(keep * n_edges)
