"""Parts: products of nodes with disjoint scopes, and pairs of them split into independent pairs."""

from __future__ import annotations

from collections.abc import Sequence

from workbench.circuits.circuit import Circuit, Kind

Part = tuple[int, ...]  # nodes with disjoint scopes; stands for their product
Pair = tuple[Part, Part]
Scopes = Sequence[int]  # of each node, the bits of its variables


def scopes_of(circuit: Circuit) -> Scopes:
    """(n_nodes,) the variables of each node as the bits of a whole number."""
    return [int.from_bytes(bits.tobytes()) for bits in circuit.packed_scopes]


def factors_of(circuit: Circuit, part: Part) -> Part:
    """The part with products replaced by their factors, ascending."""
    found, todo = [], list(part)
    while todo:
        node = todo.pop()
        if circuit.kinds[node] == Kind.PRODUCT:
            todo.extend(circuit.children_of(node).tolist())
        else:
            found.append(node)
    return tuple(sorted(found))


def independent_pairs(pair: Pair, scopes: tuple[Scopes, Scopes]) -> list[Pair]:
    """The nodes of a pair, ascending, in groups that share no variable; `scopes` by side."""
    groups: list[tuple[int, Part, Part]] = []
    for side, part in enumerate(pair):
        for node in part:
            scope = scopes[side][node]
            first: Part = (node,) if side == 0 else ()
            second: Part = () if side == 0 else (node,)
            apart: list[tuple[int, Part, Part]] = []
            for group in groups:
                if group[0] & scope:
                    scope, first, second = scope | group[0], first + group[1], second + group[2]
                else:
                    apart.append(group)
            groups = [*apart, (scope, first, second)]
    return [(tuple(sorted(first)), tuple(sorted(second))) for _, first, second in groups]
