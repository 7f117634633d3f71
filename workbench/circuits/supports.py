"""Supports: which rows a node gives positive probability, as boxes and pairs of nodes.

A *box* allows for each variable a set of values, independently of the others.
The support of a leaf is a box, an intersection of boxes (a product) is one, and
for a sum the smallest box around its children is kept, with a mark whether it is
the support itself (exact) or only contains it. Variables that no leaf restricts,
such as Gaussian ones, take part in no decision and are left out of the boxes.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from workbench.circuits.circuit import Circuit, Kind
from workbench.circuits.leaves import CATEGORICAL, FAMILIES, GAUSSIAN, POISSON, UNIFORM
from workbench.core import dag
from workbench.core.arrays import AnyArray, BoolArray, FloatArray, IdArray, IntArray
from workbench.limits import LIMITS, require_within

MOST_PAIRS = 100_000
_BYTES_AT_ONCE = 1 << 25
_TABLES_OR_EVERYWHERE = [CATEGORICAL.code, GAUSSIAN.code, POISSON.code]


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
        For each of them the group of every category, or of every interval between
        the ends of uniform leaves: those that all leaves treat alike share one bit.
    boxes
        (n_nodes, bytes) allowed groups as bits; all zero where the support is empty.
    exact
        (n_nodes,) whether the box is the support.
    alive
        (n_nodes,) whether the node gives any row positive probability.
    separated
        (n_nodes,) the sums whose children allow different values of one variable.
    """

    circuit: Circuit
    variables: IntArray
    starts: IdArray
    groups: tuple[IdArray, ...]
    boxes: AnyArray
    exact: BoolArray
    alive: BoolArray
    separated: BoolArray

    def meets(self, node: int, others: IntArray) -> BoolArray:
        """(others,) whether the box of `node` has a row in common with each other box."""
        common = self.boxes[others] & self.boxes[node]
        return np.asarray(nonempty(common, self.starts).all(axis=1))

    def live_children(self, node: int) -> IntArray:
        """The children that add to the support of `node`: none with weight zero."""
        edges = slice(self.circuit.offsets[node], self.circuit.offsets[node + 1])
        children = self.circuit.children[edges]
        live: IntArray = children[self.alive[children] & self.is_heavy[edges]]
        return live

    @cached_property
    def is_restricted(self) -> AnyArray:
        """(scope bytes,) the restricted variables, as bits of a packed scope."""
        inside = np.zeros(len(self.circuit.variables), dtype=np.bool_)
        inside[self.variables] = True
        return np.packbits(inside)

    @cached_property
    def is_heavy(self) -> BoolArray:
        """(n_edges,) whether the edge has positive weight."""
        return np.asarray(self.circuit.log_weights > -np.inf)

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


def supports(circuit: Circuit, of: IdArray | None = None) -> Supports:
    """The boxes of all nodes of `circuit`, for the variables in the columns `of` alone if given.

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
    restricted = _restricted(circuit)
    inside = restricted if of is None else [v for v in restricted if v in of]
    found = _everything(circuit, {v: _pattern(circuit, v) for v in inside})
    for variable, start in zip(inside, found.starts.tolist(), strict=True):
        leaves, groups = _pattern(circuit, variable)
        bits = _leaf_bits(circuit, leaves, groups)
        found.boxes[leaves, start : start + bits.shape[1]] = bits
        found.alive[leaves] = bits.any(axis=1)
    for variable in set(restricted) - set(inside):
        leaves = np.flatnonzero(circuit.leaf_variables == variable)
        found.alive[leaves] = _allowed(circuit, leaves).any(axis=1)
    found.boxes[~found.alive] = 0
    (_fill if circuit.n_nodes < dag.COMPILED_FROM else _fill_compiled)(found)
    return found


def _everything(circuit: Circuit, patterns: dict[int, tuple[IdArray, IdArray]]) -> Supports:
    """Boxes that allow every value of the variables in `patterns`."""
    full = [
        np.packbits(np.ones(int(groups.max()) + 1, np.uint8)) for _, groups in patterns.values()
    ]
    starts = np.cumsum([0, *(len(part) for part in full)]).astype(np.int64)
    size = circuit.n_nodes * int(starts[-1])
    require_within("bytes for the supports", size, LIMITS.result_bytes // 4)
    everything = np.concatenate([np.empty(0, np.uint8), *full])
    return Supports(
        circuit=circuit,
        variables=np.array(list(patterns), dtype=np.int32),
        starts=starts[:-1],
        groups=tuple(groups for _, groups in patterns.values()),
        boxes=np.tile(everything, (circuit.n_nodes, 1)),
        exact=np.ones(circuit.n_nodes, dtype=np.bool_),
        alive=np.ones(circuit.n_nodes, dtype=np.bool_),
        separated=np.zeros(circuit.n_nodes, dtype=np.bool_),
    )


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


def value_text(circuit: Circuit, variable: int, code: int) -> str:
    """A value of a variable in words: of category `code`, or from interval `code` between ends.

    Examples
    --------
    >>> from workbench.circuits.build import Builder
    >>> from workbench.data.variables import categorical
    >>> build = Builder((categorical("x", ["no", "yes"]),))
    >>> value_text(build.circuit(build.categorical(0, [1, 0])), 0, 1)
    'x=yes'
    """
    known = circuit.variables[variable]
    if known.kind == "categorical":
        return f"{known.name}={known.categories[code]}"
    ends = _ends(circuit, variable)
    return f"{known.name}={ends[code - 1]:g}" if code else f"{known.name}<{ends[0]:g}"


def overlap(found: Supports, node: int, other: int, known: Known) -> bool | None:
    """Whether two supports have a row in common; None where this cannot be told.

    Boxes decide where they can. Otherwise a sum is compared child by child, and
    two products factor by factor when they split the restricted variables alike, which
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
    factors, others = (_restricted_factors(found, n) for n in (node, other))
    for alone, rest in ((factors, other), (others, node)):
        if len(alone) == 1:
            return [_key(next(iter(alone.values())), rest)], True
    if set(factors) != set(others):
        return [], False
    return [_key(factors[scope], others[scope]) for scope in factors], False


def _restricted_factors(found: Supports, node: int) -> dict[bytes, int]:
    """The factors of a product that have restricted variables, by these."""
    children = found.circuit.children_of(node)
    scopes = found.circuit.packed_scopes[children] & found.is_restricted
    return {
        scope.tobytes(): child
        for scope, child in zip(scopes, children.tolist(), strict=True)
        if scope.any()
    }


def _decide(
    found: Supports, pair: tuple[int, int], parts: list[bool | None], *, is_sum: bool
) -> bool | None:
    by_boxes = _decided_by_boxes(found, *pair)
    if by_boxes is not None or not parts:
        return by_boxes
    if is_sum in parts:  # one overlapping child decides a sum, one disjoint factor a product
        return is_sum
    return None if None in parts else not is_sum


def _pattern(circuit: Circuit, variable: int) -> tuple[IdArray, IdArray]:
    """The leaves of a variable and the group of each of its categories or intervals."""
    leaves = np.flatnonzero(circuit.leaf_variables == variable)
    _, groups = np.unique(_allowed(circuit, leaves), axis=1, return_inverse=True)
    return leaves, groups.ravel().astype(np.int64)


def _restricted(circuit: Circuit) -> list[int]:
    """Variables of which some leaf may give a value no probability."""
    families = circuit.leaf_families
    impossible = np.append(0, np.cumsum(np.isneginf(circuit.leaf_parameters)))
    n_impossible = impossible[circuit.leaf_offsets[1:]] - impossible[circuit.leaf_offsets[:-1]]
    others = (families >= 0) & ~np.isin(families, _TABLES_OR_EVERYWHERE)
    restricts = others | ((families == CATEGORICAL.code) & (n_impossible > 0))
    found: list[int] = np.unique(circuit.leaf_variables[restricts]).tolist()
    return found


def _allowed(circuit: Circuit, leaves: IdArray) -> BoolArray:
    """(leaves, values) which categories, or intervals between ends, each leaf allows."""
    variable = int(circuit.leaf_variables[leaves[0]])
    if circuit.variables[variable].kind == "continuous":
        return _allowed_intervals(circuit, leaves, variable)
    allowed = np.ones((len(leaves), circuit.variables[variable].n_categories), dtype=np.bool_)
    for code in np.unique(circuit.leaf_families[leaves]).tolist():
        chosen = circuit.leaf_families[leaves] == code
        masses = FAMILIES[code].log_masses
        if masses is not None:
            allowed[chosen] = ~np.isneginf(masses(_parameters(circuit, leaves[chosen])))
    return allowed


def _allowed_intervals(circuit: Circuit, leaves: IdArray, variable: int) -> BoolArray:
    ends = _ends(circuit, variable)
    size = len(leaves) * (len(ends) + 1)
    require_within("bytes for the supports", size, LIMITS.result_bytes // 16)
    allowed = np.ones((len(leaves), len(ends) + 1), dtype=np.bool_)
    is_uniform = circuit.leaf_families[leaves] == UNIFORM.code
    low, high = np.searchsorted(ends, _parameters(circuit, leaves[is_uniform]).T)[..., None]
    interval = np.arange(len(ends) + 1)
    allowed[is_uniform] = (interval > low) & (interval <= high)
    return allowed


def _ends(circuit: Circuit, variable: int) -> FloatArray:
    """Where some uniform leaf of `variable` begins or ends; they cut the line into intervals."""
    is_uniform = circuit.leaf_families == UNIFORM.code
    leaves = np.flatnonzero(is_uniform & (circuit.leaf_variables == variable))
    return np.unique(_parameters(circuit, leaves))


def _parameters(circuit: Circuit, leaves: IdArray) -> FloatArray:
    first = circuit.leaf_offsets[leaves]
    width = int(circuit.leaf_offsets[leaves[0] + 1] - first[0])
    table: FloatArray = circuit.leaf_parameters[first[:, None] + np.arange(width)]
    return table


def _leaf_bits(circuit: Circuit, leaves: IdArray, groups: IdArray) -> AnyArray:
    _, representative = np.unique(groups, return_index=True)
    return np.packbits(_allowed(circuit, leaves)[:, representative], axis=1)


def _fill_compiled(found: Supports) -> None:
    from workbench.circuits.support_kernels import fill_boxes

    circuit, n_variables = found.circuit, len(found.starts)
    ends = np.append(found.starts, found.boxes.shape[1])
    owners = np.repeat(np.arange(n_variables), np.diff(ends))
    fill_boxes(
        circuit.kinds, circuit.offsets, circuit.children, found.is_heavy, owners, n_variables,
        found.boxes, found.exact, found.alive, found.separated,
    )  # fmt: skip


def _fill(found: Supports) -> None:
    circuit = found.circuit
    leaves = np.flatnonzero(circuit.kinds == Kind.LEAF)
    fills = {int(Kind.PRODUCT): _fill_products, int(Kind.SUM): _fill_sums}
    group = circuit.levels.astype(np.int64) * len(Kind) + circuit.kinds
    order = np.argsort(group, kind="stable")[len(leaves) :]
    size = np.cumsum(np.diff(circuit.offsets)[order]) * found.boxes.shape[1] // _BYTES_AT_ONCE
    is_new = np.diff(group[order], prepend=0) + np.diff(size, prepend=0) > 0
    for nodes in np.split(order, np.flatnonzero(is_new)):
        if len(nodes):
            fills[int(circuit.kinds[nodes[0]])](found, nodes, *_edges_of(circuit, nodes))
            found.boxes[nodes[~found.alive[nodes]]] = 0


def _edges_of(circuit: Circuit, nodes: IdArray) -> tuple[IdArray, IdArray]:
    """The edges of `nodes`, and where those of each node begin among them."""
    counts = np.diff(circuit.offsets)[nodes].astype(np.int64)
    starts = np.cumsum(counts) - counts
    within = np.arange(counts.sum()) - np.repeat(starts, counts)
    return np.repeat(circuit.offsets[nodes].astype(np.int64), counts) + within, starts


def _fill_products(found: Supports, nodes: IdArray, edges: IdArray, starts: IdArray) -> None:
    children = found.circuit.children[edges]
    boxes = np.bitwise_and.reduceat(found.boxes[children], starts, axis=0)
    alive = np.logical_and.reduceat(found.alive[children], starts)
    found.boxes[nodes] = boxes
    found.alive[nodes] = alive & nonempty(boxes, found.starts).all(axis=1)
    all_exact = np.logical_and.reduceat(found.exact[children], starts)
    found.exact[nodes] = all_exact | ~found.alive[nodes]


def _fill_sums(found: Supports, nodes: IdArray, edges: IdArray, starts: IdArray) -> None:
    children = found.circuit.children[edges]
    live = found.alive[children] & (found.circuit.log_weights[edges] > -np.inf)
    inside = found.boxes[children] * live[:, None]
    around = np.bitwise_or.reduceat(inside, starts, axis=0)
    found.boxes[nodes] = around
    found.alive[nodes] = np.logical_or.reduceat(live, starts)
    counts = np.diff(starts, append=len(edges))
    differs = (inside ^ np.repeat(around, counts, axis=0)) * live[:, None]
    is_all = live & found.exact[children] & ~differs.any(axis=1)
    n_differing = nonempty(np.bitwise_or.reduceat(differs, starts, axis=0), found.starts).sum(1)
    all_exact = np.logical_and.reduceat(found.exact[children] | ~live, starts)
    found.exact[nodes] = np.logical_or.reduceat(is_all, starts) | (all_exact & (n_differing <= 1))
    is_lonely = np.add.reduceat(live.astype(np.int64), starts) <= 1
    allowed = np.add.reduceat(_counts(inside, found.starts), starts, axis=0)
    is_apart = allowed == _counts(around, found.starts)
    found.separated[nodes] = is_lonely | is_apart.any(axis=1)


def _counts(boxes: AnyArray, starts: IdArray) -> AnyArray:
    """(boxes, restricted) how many groups of each variable are allowed."""
    if not len(starts):
        return np.zeros((len(boxes), 0), dtype=np.int64)
    counts: AnyArray = np.add.reduceat(np.bitwise_count(boxes).astype(np.int64), starts, axis=1)
    return counts
