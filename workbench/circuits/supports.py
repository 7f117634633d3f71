"""Supports: which rows a node gives positive probability, as boxes and pairs of nodes.

A *box* allows for each variable a set of values, independently of the others.
The support of a leaf is a box, an intersection of boxes (a product) is one, and
for a sum the smallest box around its children is kept, with a mark whether it is
the support itself (exact) or only contains it. Variables that no leaf restricts,
such as Gaussian ones, take part in no decision and are left out of the boxes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from workbench.circuits.circuit import Circuit, Kind
from workbench.circuits.leaves import CATEGORICAL
from workbench.core.arrays import AnyArray, BoolArray, IdArray, IntArray
from workbench.limits import LIMITS, require_within

MOST_PAIRS = 100_000


@dataclass(frozen=True, eq=False)
class Supports:
    """Boxes around the supports of all nodes.

    Parameters
    ----------
    variables
        (restricted,) the variables that some leaf restricts.
    starts
        (restricted,) where the bytes of each of them begin in a box.
    groups
        For each of them the group of every category: categories that all leaves
        treat alike share one bit.
    boxes
        (n_nodes, bytes) allowed groups as bits; all zero where the support is empty.
    exact
        (n_nodes,) whether the box is the support.
    alive
        (n_nodes,) whether the node gives any row positive probability.
    """

    circuit: Circuit
    variables: IntArray
    starts: IdArray
    groups: tuple[IdArray, ...]
    boxes: AnyArray
    exact: BoolArray
    alive: BoolArray

    def meets(self, node: int, others: IntArray) -> BoolArray:
        """(others,) whether the box of `node` has a row in common with each other box."""
        common = self.boxes[others] & self.boxes[node]
        return np.asarray(nonempty(common, self.starts).all(axis=1))

    def live_children(self, node: int) -> IntArray:
        """The children that add to the support of `node`: none with weight zero."""
        children = self.circuit.children_of(node)
        if self.circuit.kinds[node] == Kind.SUM:
            first = int(self.circuit.offsets[node])
            weights = self.circuit.log_weights[first : first + len(children)]
            children = children[weights > -np.inf]
        return children[self.alive[children]]

    def common_categories(self, node: int, other: int) -> dict[int, int]:
        """For each restricted variable of `node` the first category that both boxes allow."""
        common = self.boxes[node] & self.boxes[other]
        scope = set(self.circuit.scope_of(node))
        return {
            variable: int(np.flatnonzero(np.unpackbits(common[start:])[groups])[0])
            for variable, start, groups in zip(
                self.variables.tolist(), self.starts, self.groups, strict=True
            )
            if variable in scope
        }


def supports(circuit: Circuit) -> Supports:
    """The boxes of all nodes of `circuit`.

    Raises
    ------
    LimitError
        When the boxes would need more memory than the limits allow.

    Examples
    --------
    >>> from workbench.circuits.build import Builder
    >>> from workbench.data.variables import categorical
    >>> build = Builder((categorical("x", 2),))
    >>> no, yes = build.categorical(0, [1, 0]), build.categorical(0, [0, 1])
    >>> found = supports(build.circuit(build.sum([no, yes], [0.5, 0.5])))
    >>> found.meets(0, np.array([0, 1])).tolist(), found.exact.tolist()
    ([True, False], [True, True, True])
    """
    patterns = _patterns(circuit)
    full = [
        np.packbits(np.ones(int(groups.max()) + 1, np.uint8)) for _, groups in patterns.values()
    ]
    starts = np.cumsum([0, *(len(part) for part in full)]).astype(np.int64)
    size = circuit.n_nodes * int(starts[-1])
    require_within("bytes for the supports", size, LIMITS.result_bytes // 4)
    everything = np.concatenate([np.empty(0, np.uint8), *full])
    found = Supports(
        circuit=circuit,
        variables=np.array(list(patterns), dtype=np.int32),
        starts=starts[:-1],
        groups=tuple(groups for _, groups in patterns.values()),
        boxes=np.tile(everything, (circuit.n_nodes, 1)),
        exact=np.ones(circuit.n_nodes, dtype=np.bool_),
        alive=np.ones(circuit.n_nodes, dtype=np.bool_),
    )
    for (leaves, groups), start, part in zip(patterns.values(), starts, full, strict=False):
        bits = _leaf_bits(circuit, leaves, groups)
        found.boxes[leaves, start : start + len(part)] = bits
    _fill(found)
    return found


def nonempty(boxes: AnyArray, starts: IdArray) -> BoolArray:
    """(boxes, restricted) whether each box allows anything in each variable.

    Examples
    --------
    >>> nonempty(np.array([[1, 0]], np.uint8), np.array([0, 1])).tolist()
    [[True, False]]
    """
    if not len(starts):
        return np.ones((len(boxes), 0), dtype=np.bool_)
    some: BoolArray = np.bitwise_or.reduceat(boxes, starts, axis=1) != 0
    return some


Known = dict[tuple[int, int], bool | None]


def overlap(found: Supports, node: int, other: int, known: Known) -> bool | None:
    """Whether two supports have a row in common; None where this cannot be told.

    Boxes decide where they can. Otherwise a sum is compared child by child, and
    two products factor by factor when they split their variables alike, which
    decides every pair of nodes of a structured-decomposable circuit. `known`
    keeps the answers between calls; after 100,000 pairs no more are looked at.

    The recursion is that of the product of compatible circuits. Source: Vergari,
    Choi, Liu, Teso and Van den Broeck, "A Compositional Atlas of Tractable Circuit
    Operations" (NeurIPS 2021).
    """
    todo = [_key(node, other)]
    while todo:
        pair = todo[-1]
        parts, is_sum = ([], True) if pair in known else _parts(found, *pair)
        open_parts = [part for part in parts if part not in known]
        if open_parts and len(known) + len(todo) < MOST_PAIRS:
            todo.extend(open_parts)
            continue
        todo.pop()
        if pair not in known:
            known[pair] = _decide(found, pair, [known.get(part) for part in parts], is_sum=is_sum)
    return known[_key(node, other)]


def common_values(found: Supports, node: int, other: int, known: Known) -> dict[int, int]:
    """For each restricted variable a category that both supports have in one common row.

    `known` is what :func:`overlap` left when it found that they overlap.
    """
    values: dict[int, int] = {}
    todo = [_key(node, other)]
    while todo:
        pair = todo.pop()
        if found.exact[pair[0]] and found.exact[pair[1]]:
            values = found.common_categories(*pair) | values
        elif pair[0] == pair[1]:
            children = found.live_children(pair[0])
            is_sum = found.circuit.kinds[pair[0]] == Kind.SUM
            todo.extend((c, c) for c in (children[:1] if is_sum else children).tolist())
        else:
            parts, is_sum = _parts(found, *pair)
            todo.extend([part for part in parts if known[part]][:1] if is_sum else parts)
    return values


def _key(node: int, other: int) -> tuple[int, int]:
    return (node, other) if node < other else (other, node)


def _decided_by_boxes(found: Supports, node: int, other: int) -> bool | None:
    if not (found.alive[node] and found.alive[other]):
        return False
    if not found.meets(node, np.array([other]))[0]:
        return False
    return True if node == other or (found.exact[node] and found.exact[other]) else None


def _parts(found: Supports, node: int, other: int) -> tuple[list[tuple[int, int]], bool]:
    if _decided_by_boxes(found, node, other) is not None:
        return [], True
    for one, rest in ((other, node), (node, other)):
        if found.circuit.kinds[one] == Kind.SUM:
            return [_key(child, rest) for child in found.live_children(one).tolist()], True
    return _matched_factors(found.circuit, node, other), False


def _matched_factors(circuit: Circuit, node: int, other: int) -> list[tuple[int, int]]:
    if not circuit.kinds[node] == circuit.kinds[other] == Kind.PRODUCT:
        return []
    scopes = circuit.packed_scopes
    factors = {scopes[child].tobytes(): child for child in circuit.children_of(node).tolist()}
    others = {scopes[child].tobytes(): child for child in circuit.children_of(other).tolist()}
    if set(factors) != set(others):
        return []
    return [_key(factors[scope], others[scope]) for scope in factors]


def _decide(
    found: Supports, pair: tuple[int, int], parts: list[bool | None], *, is_sum: bool
) -> bool | None:
    by_boxes = _decided_by_boxes(found, *pair)
    if by_boxes is not None or not parts:
        return by_boxes
    if is_sum in parts:  # one overlapping child decides a sum, one disjoint factor a product
        return is_sum
    return None if None in parts else not is_sum


def _patterns(circuit: Circuit) -> dict[int, tuple[IdArray, IdArray]]:
    """For each restricted variable its categorical leaves and the group of each category."""
    restricted = {}
    is_categorical = circuit.leaf_families == CATEGORICAL.code
    impossible = np.append(0, np.cumsum(np.isneginf(circuit.leaf_parameters)))
    n_impossible = impossible[circuit.leaf_offsets[1:]] - impossible[circuit.leaf_offsets[:-1]]
    for variable in np.unique(circuit.leaf_variables[is_categorical & (n_impossible > 0)]).tolist():
        leaves = np.flatnonzero(is_categorical & (circuit.leaf_variables == variable))
        allowed = _allowed(circuit, leaves)
        _, groups = np.unique(allowed, axis=1, return_inverse=True)
        restricted[variable] = (leaves, groups.ravel().astype(np.int64))
    return restricted


def _allowed(circuit: Circuit, leaves: IdArray) -> BoolArray:
    first = circuit.leaf_offsets[leaves]
    n_categories = int(circuit.leaf_offsets[leaves[0] + 1] - first[0])
    tables = circuit.leaf_parameters[first[:, None] + np.arange(n_categories)]
    allowed: BoolArray = ~np.isneginf(tables)
    return allowed


def _leaf_bits(circuit: Circuit, leaves: IdArray, groups: IdArray) -> AnyArray:
    _, representative = np.unique(groups, return_index=True)
    return np.packbits(_allowed(circuit, leaves)[:, representative], axis=1)


def _fill(found: Supports) -> None:
    kinds, alive = found.circuit.kinds, found.alive
    leaves = np.flatnonzero(kinds == Kind.LEAF)
    alive[leaves] = nonempty(found.boxes[leaves], found.starts).all(axis=1)
    for node in np.flatnonzero(kinds != Kind.LEAF).tolist():
        fill = _fill_sum if kinds[node] == Kind.SUM else _fill_product
        fill(found, node, found.live_children(node))
    found.boxes[~alive] = 0


def _fill_product(found: Supports, node: int, live: IntArray) -> None:
    box = np.bitwise_and.reduce(found.boxes[live], axis=0, out=found.boxes[node])
    all_alive = len(live) == len(found.circuit.children_of(node))
    found.alive[node] = all_alive and bool(nonempty(box[None], found.starts).all())
    found.exact[node] = not found.alive[node] or bool(found.exact[live].all())


def _fill_sum(found: Supports, node: int, live: IntArray) -> None:
    found.alive[node] = len(live) > 0
    if not len(live):
        return
    inside = found.boxes[live]
    around = np.bitwise_or.reduce(inside, axis=0, out=found.boxes[node])
    differs = np.bitwise_or.reduce(inside ^ around, axis=0)
    n_differing = int(nonempty(differs[None], found.starts).sum())
    one_is_all = bool((found.exact[live] & (inside == around).all(axis=1)).any())
    found.exact[node] = one_is_all or (n_differing <= 1 and bool(found.exact[live].all()))
