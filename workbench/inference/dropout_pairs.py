"""Exact mean and variance under dropout, shared nodes or not. Needs: structured decomposable.

Nodes that share a part of the circuit vary together. Their covariances follow from
those of smaller pairs, every term positive:

- of two different sums, expand the one that is not below the other: its own edges
  drop independently of the other sum, so Cov(i, j) is the sum over its children a of
  q w_a Cov(a, j), with q the probability that an edge is kept;
- of a sum with itself, Var(i) is the sum over pairs of children of q^2 w_a w_b Cov(a, b),
  and in addition over children of q (1 - q) w_a^2 E[a^2];
- of two products, factors with disjoint scopes share no edge and are independent, so
  means multiply and E[xy] = E[x] E[y] + Cov(x, y) for each pair of overlapping factors.

Circuits that split variables along one tree have as many pairs as two compatible
circuits; others are refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from workbench.circuits.circuit import Circuit, Kind
from workbench.compute.evaluation import node_elements
from workbench.compute.semirings import mean_variance
from workbench.core.arrays import FloatArray, IdArray
from workbench.errors import StructureError
from workbench.inference.dropout import Dropout
from workbench.inference.parts import Pair, Part, factors_of, independent_pairs, scopes_of
from workbench.inference.requirements import require
from workbench.inference.rows import Evidence, as_rows
from workbench.limits import require_within

MOST_PAIRS = 2_000_000
_ENTRIES_AT_ONCE = 1 << 24


def exact_dropout(
    circuit: Circuit, rows: Evidence, rate: float, *, rescale: bool = False
) -> Dropout:
    """The exact mean and variance of the likelihood of each row when edges of sums drop out.

    What :func:`workbench.inference.dropout` gives in one pass when no random node is
    shared; here also when nodes are shared, at the price of a pass over pairs of nodes.

    Raises
    ------
    StructureError
        When the circuit is not smooth or not structured decomposable, with a witness.
    DataError
        When a row does not fit the circuit's variables.
    ParameterError
        When `rate` is outside [0, 1).
    LimitError
        When there are more than two million pairs of nodes.

    Source: derived above; the pairs are those of Vergari, Choi, Liu, Teso and Van den
    Broeck 2021, "A compositional atlas of tractable circuit operations", algorithm 3.

    Examples
    --------
    Two products share one sum, which is dropped from both or from none:

    >>> from workbench.circuits.build import Builder
    >>> from workbench.data.variables import categorical
    >>> from workbench.inference import dropout
    >>> build = Builder((categorical("x", 2), categorical("y", 2)))
    >>> shared = build.sum([build.categorical(0, p) for p in ([1, 3], [3, 1])], [0.5, 0.5])
    >>> y = [build.categorical(1, p) for p in ([0.2, 0.8], [0.6, 0.4])]
    >>> diamond = build.circuit(build.sum([build.product([shared, k]) for k in y], [0.5, 0.5]))
    >>> exact_dropout(diamond, [[1, 0]], rate=0.3).relative_deviation.round(3).tolist()
    [0.779]
    >>> dropout(diamond, [[1, 0]], rate=0.3).relative_deviation.round(3).tolist()
    [0.712]
    """
    require(circuit, "exact variance under dropout", "smooth", "decomposable")
    semiring = mean_variance(rate, rescale=rescale)
    given = as_rows(circuit, rows)
    steps = _steps(circuit)
    kept = 1.0 if rescale else 1.0 - rate
    with np.errstate(divide="ignore"):  # without dropout nothing varies
        drops = _Drops(np.log(kept), 2.0 * np.log(kept) + np.log(rate) - np.log(1.0 - rate))
    size = max(1, _ENTRIES_AT_ONCE // (len(steps) + circuit.n_nodes))
    parts = []
    for start in range(0, max(len(given), 1), size):
        means = node_elements(circuit, given[start : start + size], semiring)[..., 0]
        parts.append((means[-1], _covariance(circuit, steps, means, drops)))
    mean, variance = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    return Dropout(mean, variance, exact=True, witness=None)


@lru_cache(maxsize=16)
def _steps(circuit: Circuit) -> list[_Step]:
    return _Walk(circuit).steps()


@dataclass(frozen=True, eq=False)
class _Drops:
    """Logs of what multiplies the weight of an edge, and the square of the weight if shared."""

    log_kept: float
    log_shared: float


@dataclass(frozen=True, eq=False)
class _Step:
    """How the covariance of one pair follows from those at `below`, positions of earlier steps."""

    pair: Pair
    below: IdArray
    log_weights: FloatArray  # (below,) of the sums expanded; empty for factors and leaves
    own: IdArray  # (children,) edges of a sum paired with itself; else empty
    squares: IdArray  # (children,) position of each child paired with itself


def _covariance(
    circuit: Circuit, steps: list[_Step], means: FloatArray, drops: _Drops
) -> FloatArray:
    """(batch,) the log-covariance of the last pair."""
    found = np.empty((len(steps), means.shape[1]))
    for place, step in enumerate(steps):
        if len(step.own):
            found[place] = _of_itself(circuit, step, found, means, drops)
        elif len(step.log_weights):
            terms = found[step.below] + (step.log_weights + drops.log_kept)[:, None]
            found[place] = np.logaddexp.reduce(terms, axis=0)
        else:
            found[place] = _of_factors(step, [steps[at] for at in step.below], found, means)
    last: FloatArray = found[-1]
    return last


def _of_itself(
    circuit: Circuit, step: _Step, found: FloatArray, means: FloatArray, drops: _Drops
) -> FloatArray:
    apart = found[step.below] + (step.log_weights + 2.0 * drops.log_kept)[:, None]
    mean = means[circuit.children[step.own]]
    square = np.logaddexp(found[step.squares], 2.0 * mean)
    shared = square + (2.0 * circuit.log_weights[step.own] + drops.log_shared)[:, None]
    total: FloatArray = np.logaddexp.reduce(np.concatenate([apart, shared]), axis=0)
    return total


def _of_factors(
    step: _Step, below: list[_Step], found: FloatArray, means: FloatArray
) -> FloatArray:
    """Of the pair's factors, which are independent of each other; none for leaves."""
    mean, covariance = np.zeros(means.shape[1]), np.full(means.shape[1], -np.inf)
    for place, smaller in zip(step.below, below, strict=True):
        own_mean = sum(means[node] for part in smaller.pair for node in part)
        own = found[place]
        mixed = np.logaddexp(covariance + own_mean, mean + own)
        covariance = np.logaddexp(covariance + own, mixed)
        mean = mean + own_mean
    return covariance


class _Walk:
    """The pairs of parts of one circuit that the root with itself needs."""

    def __init__(self, circuit: Circuit) -> None:
        self.circuit = circuit
        self.scopes = scopes_of(circuit)
        self.factors: dict[Part, Part] = {}

    def steps(self) -> list[_Step]:
        """One step for each pair, smaller pairs first; the last is the root with itself."""
        places: dict[Pair, int] = {}
        steps: list[_Step] = []
        todo = [(root := self._pair((self.circuit.root,), (self.circuit.root,)))]
        below = {root: self._below(root)}
        while todo:
            pair = todo[-1]
            waiting = [smaller for smaller in below[pair] if smaller not in places]
            if waiting and pair not in places:
                todo.extend(waiting)
                below.update((one, self._below(one)) for one in waiting if one not in below)
                continue
            todo.pop()
            if pair not in places:
                places[pair] = len(steps)
                order = np.array([places[one] for one in below[pair]], np.int64)
                steps.append(self._step(pair, order))
                require_within("pairs of nodes", len(steps), MOST_PAIRS)
        return steps

    def _below(self, pair: Pair) -> list[Pair]:
        groups = self._groups(pair) if max(map(len, pair)) > 1 else []
        if len(groups) > 1:
            return groups
        if pair[0] == pair[1] and self._is_sum(pair[0]):
            children = self._live(pair[0][0])[0]
            return [self._pair((a,), (b,)) for a in children for b in children]
        side = self._expanded_side(pair)
        if side is None:
            return []
        children = self._live(pair[side][0])[0]
        return [self._pair((child,), pair[1 - side]) for child in children]

    def _step(self, pair: Pair, below: IdArray) -> _Step:
        nothing, no_weights = np.empty(0, np.int64), np.empty(0)
        if len(below) == 0 or not any(self._is_sum(part) for part in pair):
            return _Step(pair, below, no_weights, nothing, nothing)
        if pair[0] == pair[1]:
            _, edges = self._live(pair[0][0])
            weights = self.circuit.log_weights[edges]
            apart = (weights[:, None] + weights).ravel()
            return _Step(pair, below, apart, edges, below[:: len(edges) + 1])
        side = self._expanded_side(pair)
        _, edges = self._live(pair[side or 0][0])
        return _Step(pair, below, self.circuit.log_weights[edges], nothing, nothing)

    def _expanded_side(self, pair: Pair) -> int | None:
        """The side whose sum is expanded, the later one of two; None for two leaves."""
        sums = [side for side in (0, 1) if self._is_sum(pair[side])]
        if sums:
            return max(sums, key=lambda side: (len(pair[1 - side]), pair[side]))
        if len(pair[0]) == len(pair[1]) == 1:
            return None
        raise StructureError(
            "cannot give the exact variance under dropout: the circuit is not structured",
            given=" and ".join(self._shown(part) for part in pair),
            expected="products that split variables along one tree",
            remedy="Ask for the approximation: inference.dropout.",
        )

    def _is_sum(self, part: Part) -> bool:
        return len(part) == 1 and bool(self.circuit.kinds[part[0]] == Kind.SUM)

    def _live(self, node: int) -> tuple[list[int], IdArray]:
        """Children and edges of a sum, without those of weight zero."""
        edges = np.arange(self.circuit.offsets[node], self.circuit.offsets[node + 1])
        edges = edges[self.circuit.log_weights[edges] > -np.inf]
        return self.circuit.children[edges].tolist(), edges

    def _pair(self, first: Part, second: Part) -> Pair:
        for part in (first, second):
            if part not in self.factors:
                self.factors[part] = factors_of(self.circuit, part)
        one, two = self.factors[first], self.factors[second]
        return (one, two) if one >= two else (two, one)

    def _groups(self, pair: Pair) -> list[Pair]:
        """The pair in parts that share no variable."""
        groups = independent_pairs(pair, (self.scopes, self.scopes))
        return [self._pair(first, second) for first, second in groups]

    def _shown(self, part: Part) -> str:
        circuit = self.circuit
        names = [
            "{" + ", ".join(circuit.variables[v].name for v in circuit.scope_of(node)[:4]) + "}"
            for node in part[:4]
        ]
        return " x ".join(f"#{circuit.ids[n]} {name}" for n, name in zip(part, names, strict=False))
