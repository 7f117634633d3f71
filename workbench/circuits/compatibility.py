"""Compatibility: whether two circuits split their variables alike, so that they can be multiplied.

Products over equal variables are compared by the partitions of their scopes. Blocks that
meet are put together; where one side then has a single block and the other several, the
products below the single one must split it alike in their turn.

Source: Vergari, Choi, Liu, Teso and Van den Broeck, "A Compositional Atlas of
Tractable Circuit Operations" (NeurIPS 2021), definition 2.5.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, field

import numpy as np

from workbench.circuits.circuit import Circuit, Kind
from workbench.circuits.scopes import decomposable, distinct_rows, distinct_scopes, smooth
from workbench.circuits.witness import Property, Witness, fails, ids_of
from workbench.core.arrays import IdArray

MOST_COMPARISONS = 200_000

Partition = frozenset[int]  # scopes as whole numbers, one bit for each variable


def compatible(first: Circuit, second: Circuit) -> Property:
    """Whether products over equal variables of the two circuits split them alike.

    A circuit that is compatible with itself is structured-decomposable, apart from
    products that are never multiplied with each other.

    Examples
    --------
    >>> from workbench.circuits.build import Builder
    >>> from workbench.data.variables import categorical
    >>> build = Builder([categorical(name, 2) for name in "abcd"])
    >>> a, b, c, d = (build.categorical(v, [0.5, 0.5]) for v in range(4))
    >>> def split(one, other):
    ...     return build.product([build.sum([build.product(pair)], [1]) for pair in (one, other)])
    >>> flat, pairs = build.circuit(build.product([a, b, c, d])), build.circuit(
    ...     split((a, b), (c, d)))
    >>> bool(compatible(flat, pairs))
    True
    >>> print(compatible(pairs, build.circuit(split((a, c), (b, d)))).witness)
    product 8 splits {a, b} x {c, d}, product 8 of the other circuit splits {a, c} x {b, d}
    """
    for circuit in (first, second):
        for needed in (smooth(circuit), decomposable(circuit)):
            if not needed:
                return fails("compatible", needed.witness)
    if first.variables != second.variables:
        sentence = "the circuits have different variables"
        return fails("compatible", Witness((), sentence))
    comparison = _Comparison(_partitions(first), _partitions(second))
    crossing = comparison.run()
    if crossing is not None:
        return fails("compatible", _witness(first, second, crossing))
    if comparison.is_cut_short:
        sentence = f"more than {MOST_COMPARISONS:,} pairs of products to compare"
        return fails("compatible", Witness((), sentence), decided=False)
    return Property("compatible", holds=True)


_Splits = dict[int, dict[Partition, int]]  # scope -> its partitions, each with a product
_Crossing = tuple[int, Partition, int, Partition]  # products and their partitions


@dataclass
class _Comparison:
    """Pairs of partitions of one scope, one of each circuit, until two cross."""

    first: _Splits
    second: _Splits
    seen: set[tuple[Partition, Partition]] = field(default_factory=set)
    todo: list[_Crossing] = field(default_factory=list)

    def run(self) -> _Crossing | None:
        for scope, partitions in self.first.items():
            for other, its_product in self.second.get(scope, {}).items():
                for mine, product in partitions.items():
                    self.add((product, mine, its_product, other))
        while self.todo and not self.is_cut_short:
            pair = self.todo.pop()
            if not self.agrees(pair):
                return pair
        return None

    @property
    def is_cut_short(self) -> bool:
        return len(self.seen) > MOST_COMPARISONS

    def add(self, pair: _Crossing) -> None:
        key = (pair[1], pair[3])
        if pair[1] != pair[3] and key not in self.seen and not self.is_cut_short:
            self.seen.add(key)
            self.todo.append(pair)

    def agrees(self, pair: _Crossing) -> bool:
        """Whether the two do not cross here; what they ask of smaller scopes is added."""
        product, mine, its_product, other = pair
        for ours, theirs in _meeting(mine, other):
            if len(ours) > 1 and len(theirs) > 1:
                return False
            if len(ours) < len(theirs):
                for below, node in self.first.get(next(iter(ours)), {}).items():
                    self.add((node, below, its_product, theirs))
            elif len(theirs) < len(ours):
                for below, node in self.second.get(next(iter(theirs)), {}).items():
                    self.add((product, ours, node, below))
        return True


def _meeting(mine: Partition, other: Partition) -> list[tuple[Partition, Partition]]:
    """The blocks of two partitions, grouped so that different groups share no variable."""
    alone: Partition = frozenset()
    single = [(block, frozenset({block}), alone) for block in mine]
    single += [(block, alone, frozenset({block})) for block in other]
    groups: list[tuple[int, Partition, Partition]] = []
    for block in single:
        meeting = [group for group in groups if group[0] & block[0]]
        groups = [group for group in groups if not group[0] & block[0]]
        groups.append(functools.reduce(_joined, meeting, block))
    return [(ours, theirs) for _, ours, theirs in groups]


def _joined(
    group: tuple[int, Partition, Partition], other: tuple[int, Partition, Partition]
) -> tuple[int, Partition, Partition]:
    return group[0] | other[0], group[1] | other[1], group[2] | other[2]


def _partitions(circuit: Circuit) -> _Splits:
    """How the products of each scope split it; nested products are read as one."""
    first, scope_of = distinct_scopes(circuit)
    scopes = [int.from_bytes(bits.tobytes()) for bits in circuit.packed_scopes[first]]
    found: _Splits = {}
    for node in _distinct_products(circuit, scope_of).tolist():
        blocks = frozenset(scopes[scope_of[factor]] for factor in flat_factors(circuit, node))
        if len(blocks) > 1:
            found.setdefault(scopes[scope_of[node]], {}).setdefault(blocks, node)
    return found


def _distinct_products(circuit: Circuit, scope_of: IdArray) -> IdArray:
    """Products of which no two have factors of equal scopes, and all with product factors."""
    products = np.flatnonzero(circuit.kinds == Kind.PRODUCT)
    edges = np.flatnonzero(~circuit.is_sum_edge)
    nested = np.zeros(circuit.n_nodes, dtype=np.bool_)
    below = circuit.children[edges]
    nested[circuit.edge_parents[edges[circuit.kinds[below] == Kind.PRODUCT]]] = True
    tags = np.random.default_rng(0).integers(1 << 63, size=scope_of.max() + 1, dtype=np.uint64)
    keys = np.zeros((circuit.n_nodes, 1), dtype=np.uint64)
    np.add.at(keys[:, 0], circuit.edge_parents[edges], tags[scope_of[below]])
    plain = products[~nested[products]]
    first, _ = distinct_rows(keys[plain].view(np.uint8))  # equal by chance: once in 2^64 pairs
    return np.sort(np.concatenate([plain[first], products[nested[products]]]))


def flat_factors(circuit: Circuit, node: int) -> list[int]:
    """The factors of a product, those of products among them in their place.

    Examples
    --------
    >>> from workbench.circuits.build import Builder
    >>> from workbench.data.variables import categorical
    >>> build = Builder([categorical(name, 2) for name in "xyz"])
    >>> x, y, z = (build.categorical(v, [0.5, 0.5]) for v in range(3))
    >>> flat_factors(build.circuit(build.product([build.product([x, y]), z])), 4)
    [2, 1, 0]
    """
    found, todo = [], circuit.children_of(node).tolist()
    while todo:
        factor = todo.pop()
        if circuit.kinds[factor] == Kind.PRODUCT:
            todo.extend(circuit.children_of(factor).tolist())
        else:
            found.append(factor)
    return sorted(found, reverse=True)


def _witness(first: Circuit, second: Circuit, crossing: _Crossing) -> Witness:
    product, mine, other, theirs = crossing
    ids = (*ids_of(first, product), *ids_of(second, other))
    return Witness(
        ids,
        f"product {ids[0]} splits {_split_text(first, mine)}, "
        f"product {ids[1]} of the other circuit splits {_split_text(second, theirs)}",
    )


def _split_text(circuit: Circuit, blocks: Partition) -> str:
    n_bits = 8 * circuit.packed_scopes.shape[1]
    names = [
        [v.name for k, v in enumerate(circuit.variables) if block >> (n_bits - 1 - k) & 1]
        for block in sorted(blocks, reverse=True)
    ]
    shown = [f"{{{', '.join(part[:4] + ['...'] * (len(part) > 4))}}}" for part in names]
    return " x ".join(shown[:4] + ["..."] * (len(shown) > 4))
