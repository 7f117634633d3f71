"""What scopes tell: smoothness, decomposability, structure, and which nodes have equal ones.

Source: Vergari, Choi, Liu, Teso and Van den Broeck, "A Compositional Atlas of
Tractable Circuit Operations" (NeurIPS 2021).
"""

from __future__ import annotations

import numpy as np

from workbench.circuits.circuit import Circuit, Kind
from workbench.circuits.witness import Property, Witness, fails, ids_of
from workbench.core.arrays import AnyArray, IdArray, IntArray

_CHUNK = 1 << 18  # edges compared at once


def scope_sizes(circuit: Circuit) -> IntArray:
    """(n_nodes,) how many variables are below each node.

    Examples
    --------
    >>> from workbench.circuits.build import Builder
    >>> from workbench.data.variables import categorical
    >>> build = Builder((categorical("x", 2), categorical("y", 2)))
    >>> leaves = [build.categorical(v, [0.5, 0.5]) for v in (0, 1)]
    >>> scope_sizes(build.circuit(build.product(leaves))).tolist()
    [1, 1, 2]
    """
    sizes: IntArray = np.bitwise_count(circuit.packed_scopes).sum(axis=1, dtype=np.int32)
    return sizes


def distinct_scopes(circuit: Circuit) -> tuple[IdArray, IdArray]:
    """A node of each different scope, smallest scope first, and the number of each node's scope.

    Examples
    --------
    >>> from workbench.circuits.build import Builder
    >>> from workbench.data.variables import categorical
    >>> build = Builder((categorical("x", 2),))
    >>> leaves = [build.categorical(0, p) for p in ([0.5, 0.5], [0.1, 0.9])]
    >>> first, scope_of = distinct_scopes(build.circuit(build.sum(leaves, [0.5, 0.5])))
    >>> first.tolist(), scope_of.tolist()
    ([0], [0, 0, 0])
    """
    first, number = distinct_rows(circuit.packed_scopes)
    order = np.argsort(scope_sizes(circuit)[first], kind="stable")
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    return first[order], place[number]


def distinct_rows(rows: AnyArray) -> tuple[IdArray, IdArray]:
    """The first of each kind of equal rows of bytes ``(rows, bytes)``, and the kind of every row.

    Examples
    --------
    >>> first, kind = distinct_rows(np.array([[1, 0], [2, 3], [1, 0]], np.uint8))
    >>> (first.tolist(), kind.tolist()) in [([0, 1], [0, 1, 0]), ([1, 0], [1, 0, 1])]
    True
    """
    width = -(-rows.shape[1] // 8)
    words = np.zeros((len(rows), 8 * width), dtype=np.uint8)
    words[:, : rows.shape[1]] = rows
    factors = np.random.default_rng(0).integers(1 << 63, size=width, dtype=np.uint64) * 2 + 1
    keys = (words.view(np.uint64) * factors).sum(axis=1, dtype=np.uint64)
    _, first, kind = np.unique(keys, return_index=True, return_inverse=True)
    if not np.array_equal(words[first[kind]], words):  # two different rows share a key
        _, first, kind = np.unique(words, axis=0, return_index=True, return_inverse=True)
    return first.astype(np.int64), kind.ravel().astype(np.int64)


def smooth(circuit: Circuit) -> Property:
    """Whether the children of every sum have equal scopes.

    Examples
    --------
    >>> from workbench.circuits.build import Builder
    >>> from workbench.data.variables import categorical
    >>> build = Builder((categorical("x", 2), categorical("y", 2)))
    >>> leaves = [build.categorical(v, [0.5, 0.5]) for v in (0, 1)]
    >>> str(smooth(build.circuit(build.sum(leaves, [0.5, 0.5]))).witness)
    'sum 2: child 0 lacks y, which another child has'
    """
    edges = np.flatnonzero(circuit.is_sum_edge)
    scopes = circuit.packed_scopes
    for start in range(0, len(edges), _CHUNK):
        part = edges[start : start + _CHUNK]
        parents, children = circuit.edge_parents[part], circuit.children[part]
        differs = (scopes[parents] != scopes[children]).any(axis=1)
        if differs.any():
            first = int(np.argmax(differs))
            return fails("smooth", _not_smooth(circuit, int(parents[first]), int(children[first])))
    return Property("smooth", holds=True)


def _not_smooth(circuit: Circuit, node: int, child: int) -> Witness:
    lacking = sorted(set(circuit.scope_of(node)) - set(circuit.scope_of(child)))
    name, child_name = ids_of(circuit, node, child)
    variable = circuit.variables[lacking[0]].name
    sentence = f"sum {name}: child {child_name} lacks {variable}, which another child has"
    return Witness((name, child_name), sentence)


def decomposable(circuit: Circuit) -> Property:
    """Whether the children of every product have disjoint scopes.

    Examples
    --------
    >>> from workbench.circuits.build import Builder
    >>> from workbench.data.variables import categorical
    >>> build = Builder((categorical("x", 2),))
    >>> leaves = [build.categorical(0, [0.5, 0.5]) for _ in range(2)]
    >>> str(decomposable(build.circuit(build.product(leaves))).witness)
    'product 2: children 0 and 1 share x'
    """
    sizes = scope_sizes(circuit)
    edges = np.flatnonzero(~circuit.is_sum_edge)
    below = np.bincount(
        circuit.edge_parents[edges],
        weights=sizes[circuit.children[edges]],
        minlength=circuit.n_nodes,
    )
    shares = (circuit.kinds == Kind.PRODUCT) & (below > sizes)
    if not shares.any():
        return Property("decomposable", holds=True)
    return fails("decomposable", _not_decomposable(circuit, int(np.argmax(shares))))


def _not_decomposable(circuit: Circuit, node: int) -> Witness:
    children = circuit.children_of(node)
    below = np.unpackbits(circuit.packed_scopes[children], axis=1)
    variable = int(np.argmax(below.sum(axis=0) > 1))
    first, second = children[np.flatnonzero(below[:, variable])[:2]].tolist()
    ids = ids_of(circuit, node, first, second)
    shared = circuit.variables[variable].name
    return Witness(ids, f"product {ids[0]}: children {ids[1]} and {ids[2]} share {shared}")


def structured(circuit: Circuit) -> Property:
    """Whether all products split variables along one tree of variables.

    Products with more than two factors are read as nested ones.

    Examples
    --------
    >>> from workbench.circuits.build import Builder
    >>> from workbench.data.variables import categorical
    >>> build = Builder([categorical(name, 2) for name in "xyz"])
    >>> leaves = [build.categorical(v, [0.5, 0.5]) for v in range(3)]
    >>> bool(structured(build.circuit(build.product(leaves))))
    True
    """
    for needed, decided in ((decomposable(circuit), True), (smooth(circuit), False)):
        if not needed:
            return fails("structured", needed.witness, decided=decided)
    first = distinct_scopes(circuit)[0][::-1]
    scopes = circuit.packed_scopes[first]
    owner = np.full(len(circuit.variables), -1, dtype=np.int64)
    for index, scope in enumerate(scopes):
        inside = np.flatnonzero(np.unpackbits(scope, count=len(owner)))
        owners = owner[inside]
        if (owners != owners[0]).any():
            return fails(
                "structured", _crossing(circuit, int(first[index]), int(first[owners.max()]))
            )
        owner[inside] = index
    return Property("structured", holds=True)


def _crossing(circuit: Circuit, node: int, other: int) -> Witness:
    mine, theirs = set(circuit.scope_of(node)), set(circuit.scope_of(other))
    ids = ids_of(circuit, node, other)
    names = [
        circuit.variables[min(part)].name for part in (mine & theirs, mine - theirs, theirs - mine)
    ]
    return Witness(
        ids,
        f"nodes {ids[0]} and {ids[1]} have crossing scopes: both have {names[0]}, "
        f"only {ids[0]} has {names[1]}, only {ids[1]} has {names[2]}",
    )
