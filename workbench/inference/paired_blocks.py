"""Two circuits side by side, all pairs of nodes with equal scopes at once, as matrix products.

Where all products over equal variables split them into the same parts, in both circuits,
the pairs of nodes of one scope are a matrix: that of products comes from the matrices of
their factors, and a sum in either circuit multiplies it by its weights from its side.
Circuits that split alike only in a roundabout way are left to
:mod:`workbench.inference.paired`.

Source: Vergari, Choi, Liu, Teso and Van den Broeck 2021, "A compositional atlas of
tractable circuit operations", algorithm 3 (product of compatible circuits).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from scipy.sparse import csr_matrix

from workbench.circuits.circuit import Circuit, Kind
from workbench.circuits.scopes import distinct_scopes
from workbench.compute.evaluation import Leaf, leaf_of
from workbench.core.arrays import AnyArray, FloatArray, IdArray

MOST_ENTRIES = 50_000_000  # of all matrices together
SMALLEST_LOG = -640.0  # in nats below the scale: far above where numbers become denormal


@dataclass(frozen=True, eq=False)
class Mixing:
    """Sums of one region and level: matrices (sums, nodes of the region before them).

    Parameters
    ----------
    weights, log_weights, live
        Of the live edges, linear, in nats, and ones, in the same places; a child that a
        sum has twice is there twice.
    """

    weights: csr_matrix
    log_weights: csr_matrix
    live: csr_matrix

    @property
    def n_sums(self) -> int:
        """How many sums."""
        return int(self.weights.shape[0])


class Rule(Protocol):
    """What the value of a pair is; blocks are (fields, first nodes, second nodes)."""

    def leaves(self, first: list[Leaf], second: list[Leaf]) -> FloatArray:
        """The block of leaves of one variable."""
        ...

    def factors(self, parts: list[FloatArray]) -> FloatArray:
        """The block of products, given those of their factors, all of one shape."""
        ...

    def first_sums(self, mixing: Mixing, below: FloatArray) -> FloatArray:
        """The block of sums of the first circuit, given that of their children."""
        ...

    def second_sums(self, mixing: Mixing, below: FloatArray) -> FloatArray:
        """The block of sums of the second circuit, given that of their children."""
        ...


@dataclass(frozen=True, eq=False)
class _Region:
    """The nodes of one scope: leaves or products first, then sums by level.

    Parameters
    ----------
    parts
        The scopes of the factors that all products have; empty for leaves.
    factors
        (parts, products) the place of each factor in its own region.
    """

    base: IdArray
    sums: tuple[Mixing, ...]
    parts: tuple[bytes, ...]
    factors: IdArray


def paired_value(first: Circuit, second: Circuit, rule: Rule) -> FloatArray | None:
    """(fields,) the value of the pair of roots; None where products split in different ways."""
    regions = _regions(first), _regions(second)
    if regions[0] is None or regions[1] is None or not _are_alike(regions[0], regions[1]):
        return None
    blocks: dict[bytes, FloatArray] = {}
    for scope, one in regions[0].items():  # small scopes come first
        blocks[scope] = _block((first, one), (second, regions[1][scope]), blocks, rule)
    root: FloatArray = blocks[first.packed_scopes[first.root].tobytes()][:, -1, -1]
    return root


def _are_alike(first: dict[bytes, _Region], second: dict[bytes, _Region]) -> bool:
    if set(first) != set(second):
        return False
    pairs = [(region, second[scope]) for scope, region in first.items()]
    size = sum(_size(one) * _size(two) for one, two in pairs)
    return size <= MOST_ENTRIES and all(one.parts == two.parts for one, two in pairs)


def _size(region: _Region) -> int:
    return len(region.base) + sum(mixing.n_sums for mixing in region.sums)


def _block(
    first: tuple[Circuit, _Region],
    second: tuple[Circuit, _Region],
    blocks: dict[bytes, FloatArray],
    rule: Rule,
) -> FloatArray:
    one, two = first[1], second[1]
    if one.parts:
        places = zip(one.parts, one.factors, two.factors, strict=True)
        block = rule.factors([blocks[s][:, mine][:, :, its] for s, mine, its in places])
    else:
        leaves = [[leaf_of(c, n) for n in r.base.tolist()] for c, r in (first, second)]
        block = rule.leaves(*leaves)
    for mixing in one.sums:
        block = np.concatenate([block, rule.first_sums(mixing, block)], axis=1)
    for mixing in two.sums:
        block = np.concatenate([block, rule.second_sums(mixing, block)], axis=2)
    return block


def _regions(circuit: Circuit) -> dict[bytes, _Region] | None:
    """By scope, smallest first; None where products over one scope split it differently."""
    first, scope_of = distinct_scopes(circuit)
    counts = np.diff(circuit.offsets)
    is_base = (circuit.kinds == Kind.LEAF) | ((circuit.kinds == Kind.PRODUCT) & (counts > 1))
    order = np.lexsort((circuit.levels, ~is_base, scope_of))
    place = np.empty(circuit.n_nodes, dtype=np.int64)
    regions: dict[bytes, _Region] = {}
    for node, nodes in zip(
        first.tolist(), np.split(order, np.cumsum(np.bincount(scope_of))[:-1]), strict=True
    ):
        place[nodes] = np.arange(len(nodes))
        base, sums = nodes[is_base[nodes]], nodes[~is_base[nodes]]
        split = _factors(circuit, base, is_base, place)
        if split is None:
            return None
        mixings = tuple(_mixing(circuit, level, place) for level in _levels(circuit, sums))
        regions[circuit.packed_scopes[node].tobytes()] = _Region(base, mixings, *split)
    return regions


def _levels(circuit: Circuit, sums: IdArray) -> list[IdArray]:
    if not len(sums):
        return []
    return np.split(sums, np.flatnonzero(np.diff(circuit.levels[sums])) + 1)


def _mixing(circuit: Circuit, sums: IdArray, place: IdArray) -> Mixing:
    edges = np.concatenate([np.arange(*circuit.offsets[node : node + 2]) for node in sums.tolist()])
    rows = np.repeat(np.arange(len(sums)), np.diff(circuit.offsets)[sums])
    live = circuit.log_weights[edges] > -np.inf
    edges, rows = edges[live], rows[live]
    ends = np.append(0, np.cumsum(np.bincount(rows, minlength=len(sums))))
    logs, columns = circuit.log_weights[edges], place[circuit.children[edges]]
    shape = (len(sums), int(place[sums[0]]))
    return Mixing(
        *(csr_matrix((v, columns, ends), shape) for v in (np.exp(logs), logs, np.ones(len(logs))))
    )


def _factors(
    circuit: Circuit, base: IdArray, is_base: AnyArray, place: IdArray
) -> tuple[tuple[bytes, ...], IdArray] | None:
    """The parts that all products of a region have, and the places of their factors."""
    if circuit.kinds[base[0]] == Kind.LEAF:
        return (), np.empty((0, len(base)), dtype=np.int64)
    found = [_by_scope(circuit, node, is_base) for node in base.tolist()]
    parts = tuple(sorted(found[0]))
    if any(set(factors) != set(parts) for factors in found):
        return None
    nodes = np.array([[factors[part] for factors in found] for part in parts])
    return parts, place[nodes]


def _by_scope(circuit: Circuit, node: int, is_base: AnyArray) -> dict[bytes, int]:
    """The factors of a product by scope, those of products among them in their place."""
    found, todo = {}, circuit.children_of(node).tolist()
    while todo:
        factor = todo.pop()
        if is_base[factor] and circuit.kinds[factor] == Kind.PRODUCT:
            todo.extend(circuit.children_of(factor).tolist())
        else:
            found[circuit.packed_scopes[factor].tobytes()] = factor
    return found


def log_products(first: FloatArray, second: FloatArray) -> FloatArray:
    """(rows, columns) the log of the matrix product of exp(first) and exp(second).

    Scaled by the largest entries; what underflows all the same is added up in logarithms.

    Examples
    --------
    >>> first, second = np.log([[0.5, 0.5]]), np.log([[0.2], [0.4]]) - 2000.0
    >>> (log_products(first, second) + 2000.0).round(6).tolist()
    [[-1.203973]]
    """
    left, right = _peaks(first, axis=1), _peaks(second, axis=0)
    with np.errstate(divide="ignore"):  # nothing, or too little for this scale
        logs = np.log(np.exp(first - left) @ np.exp(second - right)) + left + right
    possible = (first > -np.inf).astype(np.float64) @ (second > -np.inf).astype(np.float64)
    lost = (possible > 0.0) & (logs - left - right < SMALLEST_LOG)
    for row, column in np.argwhere(lost).tolist():
        logs[row, column] = np.logaddexp.reduce(first[row] + second[:, column], initial=-np.inf)
    return np.asarray(logs)


def _peaks(logs: FloatArray, axis: int) -> FloatArray:
    peaks: FloatArray = logs.max(axis=axis, keepdims=True, initial=-np.inf)
    return np.where(peaks > -np.inf, peaks, 0.0)


def mixed_logs(mixing: Mixing, below: FloatArray) -> FloatArray:
    """(sums, columns) the logs of sums over `below` ``(nodes, columns)``, in nats."""
    peaks = _peaks(below, axis=0)
    with np.errstate(divide="ignore"):  # nothing, or too little for this scale
        logs = np.log(mixing.weights @ np.exp(below - peaks)) + peaks
    matrix, possible = mixing.log_weights, mixing.live @ (below > -np.inf).astype(np.float64)
    lost = (possible > 0.0) & (logs - peaks < SMALLEST_LOG)
    for row in np.flatnonzero(lost.any(axis=1)).tolist():
        span = slice(matrix.indptr[row], matrix.indptr[row + 1])
        terms = matrix.data[span][:, None] + below[matrix.indices[span]]
        logs[row] = np.logaddexp.reduce(terms, axis=0, initial=-np.inf)
    return np.asarray(logs)


def tables(leaves: Sequence[Leaf]) -> FloatArray:
    """(leaves, n_categories) nats of every category."""
    return np.stack([leaf.log_table for leaf in leaves])
