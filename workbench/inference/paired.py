"""Walk two compatible circuits side by side: the pairs of parts that have equal scopes.

A *part* is a tuple of nodes with disjoint scopes and stands for their product. A pair
of parts is split into pairs over smaller scopes where both factorise alike; otherwise
the sum that stands alone on its side is expanded. When neither is possible the
circuits split the same variables differently: they are not compatible.

Source: Vergari, Choi, Liu, Teso and Van den Broeck 2021, "A compositional atlas of
tractable circuit operations", algorithm 3 (product of compatible circuits).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np

from workbench.circuits.circuit import Circuit, Kind
from workbench.core.arrays import FloatArray
from workbench.errors import DataError, StructureError
from workbench.inference.parts import Pair, Part, factors_of, independent_pairs, scopes_of
from workbench.inference.requirements import require
from workbench.limits import require_within

MOST_PAIRS = 2_000_000


class Step(Enum):
    """How a pair was taken apart."""

    LEAVES = "two leaves"
    FIRST_SUM = "sum of the first circuit"
    SECOND_SUM = "sum of the second circuit"
    FACTORS = "factors"


@dataclass(frozen=True, eq=False)
class Split:
    """A pair and the smaller pairs that its value is computed from.

    Parameters
    ----------
    log_weights
        (parts,) of the sum that was expanded, in nats; empty otherwise.
    """

    pair: Pair
    step: Step
    parts: tuple[Pair, ...]
    log_weights: FloatArray


def require_same_variables(first: Circuit, second: Circuit, query: str) -> None:
    """Nothing, or an error when two circuits do not describe the same variables.

    Raises
    ------
    DataError
        When variables or scopes differ.
    StructureError
        When one is not smooth or not decomposable.
    """
    for circuit in (first, second):
        require(circuit, query, "smooth", "decomposable")
    if first.variables != second.variables or first.scope != second.scope:
        raise DataError(
            f"cannot give the {query}",
            given=f"circuits over {_names(first)} and {_names(second)}",
            expected="the same variables",
        )


def splits(first: Circuit, second: Circuit, query: str) -> list[Split]:
    """All pairs that the roots need, smaller ones first; the last is that of the roots.

    Raises
    ------
    StructureError
        When the circuits are not compatible; carries the witness.
    LimitError
        When there are more than two million pairs.
    """
    walk = _Walk(first, second, query)
    root = walk.flat((first.root,), (second.root,))
    done: dict[Pair, Split] = {}
    todo = [root]
    while todo:
        pair = todo[-1]
        if pair in done:
            todo.pop()
            continue
        split = walk.split(pair)
        waiting = [part for part in split.parts if part not in done]
        if waiting:
            todo.extend(waiting)
            continue
        done[pair] = split
        todo.pop()
        require_within("pairs of nodes of two circuits", len(done), MOST_PAIRS)
    return list(done.values())


def _names(circuit: Circuit) -> list[str]:
    return [circuit.variables[v].name for v in circuit.scope[:10]]


class _Walk:
    def __init__(self, first: Circuit, second: Circuit, query: str) -> None:
        self.circuits = (first, second)
        self.query = query
        self.scopes = (scopes_of(first), scopes_of(second))
        self.known: dict[Pair, Split] = {}

    def split(self, pair: Pair) -> Split:
        if pair not in self.known:
            self.known[pair] = self._split(pair)
        return self.known[pair]

    def _split(self, pair: Pair) -> Split:
        groups = independent_pairs(pair, self.scopes)
        if len(groups) > 1:
            return Split(pair, Step.FACTORS, tuple(groups), np.empty(0))
        for side, step in ((0, Step.FIRST_SUM), (1, Step.SECOND_SUM)):
            part = pair[side]
            if len(part) == 1 and self.circuits[side].kinds[part[0]] == Kind.SUM:
                return self._expanded(pair, side, step)
        if len(pair[0]) == len(pair[1]) == 1:
            return Split(pair, Step.LEAVES, (), np.empty(0))
        raise StructureError(
            f"cannot give the {self.query}: the circuits are not compatible",
            given=self._witness(pair),
            expected="circuits that split variables along one tree",
        )

    def _expanded(self, pair: Pair, side: int, step: Step) -> Split:
        circuit = self.circuits[side]
        node = pair[side][0]
        span = slice(circuit.offsets[node], circuit.offsets[node + 1])
        live = circuit.log_weights[span] > -np.inf
        other = pair[1 - side]
        children = circuit.children[span][live].tolist()
        ordered = [((child,), other)[:: 1 - 2 * side] for child in children]
        parts = tuple(self.flat(first, second) for first, second in ordered)
        return Split(pair, step, parts, circuit.log_weights[span][live])

    def flat(self, first: Part, second: Part) -> Pair:
        """The pair with products replaced by their factors."""
        return factors_of(self.circuits[0], first), factors_of(self.circuits[1], second)

    def _witness(self, pair: Pair) -> str:
        texts = [
            f"the {word} splits into {' x '.join(_shown(circuit, node) for node in part[:4])}"
            for circuit, part, word in zip(self.circuits, pair, ("first", "second"), strict=True)
        ]
        return ", ".join(texts)


def _shown(circuit: Circuit, node: int) -> str:
    names = [circuit.variables[v].name for v in circuit.scope_of(node)[:4]]
    return f"#{circuit.ids[node]} {{{', '.join(names)}}}"
