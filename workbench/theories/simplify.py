"""Simplification of AND/OR trees: flattening, constants, same-variable merging, absorption."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from workbench.data.variables import Variable
from workbench.theories.cubes import ABSORPTION_CAP
from workbench.theories.nodes import (
    FALSE,
    TRUE,
    And,
    Constant,
    Literal,
    Node,
    Or,
    children_of,
    fold,
    merged_units,
)
from workbench.theories.theory import Theory


def simplify(theory: Theory, *, known_is_true: bool = False) -> Theory:
    """An equivalent theory with a smaller tree.

    Parameters
    ----------
    known_is_true
        Whether a literal that allows every category becomes TRUE. The result is then
        equivalent on rows without missing values only.

    Examples
    --------
    >>> from workbench.data.variables import categorical
    >>> x0, x1 = (Literal(0, frozenset({code})) for code in (0, 1))
    >>> simplify(Theory((categorical("x", 3),), Or((x0, And((x1, TRUE)))))).tree == Literal(
    ...     0, frozenset({0, 1}))
    True
    """
    tree = simplified(theory.tree, theory.variables, known_is_true=known_is_true)
    return replace(theory, tree=tree)


def simplified(root: Node, variables: Sequence[Variable], *, known_is_true: bool = False) -> Node:
    """The tree of :func:`simplify` for a bare tree.

    Examples
    --------
    >>> simplified(And((TRUE, Or((FALSE, TRUE)))), ())
    Constant(value=True, units=())
    """

    def literal(node: Literal) -> Node:
        if not node.allowed:
            return FALSE
        is_full = len(node.allowed) == variables[node.variable].n_categories
        return Constant(value=True, units=node.units) if known_is_true and is_full else node

    def visit(node: Node, parts: Sequence[Node]) -> Node:
        if isinstance(node, Literal):
            return literal(node)
        if isinstance(node, Constant):
            return node
        return _joined(type(node), parts, node.units, literal)

    return fold(root, visit)


def _joined(
    kind: type[And | Or],
    parts: Sequence[Node],
    units: tuple[int, ...],
    literal: Callable[[Literal], Node],
) -> Node:
    neutral, decisive = (TRUE, FALSE) if kind is And else (FALSE, TRUE)
    children = _merge_literals(kind, _spread(kind, parts), literal)
    if any(child == decisive for child in children):
        return decisive
    kept = _absorb(kind, _without_repeats([c for c in children if c != neutral]))
    if not kept:
        return neutral
    return kept[0] if len(kept) == 1 else kind(tuple(kept), units)


def _spread(kind: type[And | Or], parts: Sequence[Node]) -> list[Node]:
    spread: list[Node] = []
    for part in parts:
        spread.extend(children_of(part) if isinstance(part, kind) else (part,))
    return spread


def _merge_literals(
    kind: type[And | Or], children: Sequence[Node], literal: Callable[[Literal], Node]
) -> list[Node]:
    merged: dict[object, Node] = {}
    for place, child in enumerate(children):
        name: object = ("variable", child.variable) if isinstance(child, Literal) else place
        known = merged.get(name)
        is_pair = isinstance(known, Literal) and isinstance(child, Literal)
        merged[name] = _combined(kind, known, child) if is_pair else child
    return [literal(node) if isinstance(node, Literal) else node for node in merged.values()]


def _combined(kind: type[And | Or], a: Node | None, b: Node) -> Literal:
    if not isinstance(a, Literal) or not isinstance(b, Literal):
        raise TypeError  # callers pass literals only
    allowed = a.allowed & b.allowed if kind is And else a.allowed | b.allowed
    return Literal(a.variable, allowed, merged_units([a, b]))


def _without_repeats(children: Sequence[Node]) -> list[Node]:
    distinct: dict[bytes, Node] = {}
    for child in children:
        known = distinct.get(child.key)
        distinct[child.key] = child if known is None else _with_units(known, child)
    return list(distinct.values())


def _with_units(node: Node, other: Node) -> Node:
    units = merged_units([node, other])
    if isinstance(node, And | Or):
        return type(node)(node.children, units)
    return replace(node, units=units)


def _absorb(kind: type[And | Or], children: list[Node]) -> list[Node]:
    """In an OR drop what implies a sibling; in an AND drop what a sibling implies."""
    if len(children) > ABSORPTION_CAP:
        return children
    keys = {child.key for child in children}
    literals = {child.variable: child for child in children if isinstance(child, Literal)}
    return [child for child in children if not _is_absorbed(kind, child, keys, literals)]


def _is_absorbed(
    kind: type[And | Or], child: Node, keys: set[bytes], literals: dict[int, Literal]
) -> bool:
    if isinstance(child, Literal | Constant):
        return False
    return any(
        part.key in keys or (isinstance(part, Literal) and _decides(kind, part, literals))
        for part in child.children
    )


def _decides(kind: type[And | Or], part: Literal, literals: dict[int, Literal]) -> bool:
    sibling = literals.get(part.variable)
    if sibling is None:
        return False
    small, large = (part, sibling) if kind is Or else (sibling, part)
    return small.allowed <= large.allowed
