"""AND/OR trees: literals, conjunctions, disjunctions and the two constants.

Subtrees may be shared objects, so that a tree read off a circuit stays as small as
the circuit. Everything that walks a tree is a :func:`fold`, which visits each
object once and never recurses.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeVar

T = TypeVar("T")


def _digest(*parts: bytes) -> bytes:
    return hashlib.sha256(b"\x1f".join(parts)).digest()


@dataclass(frozen=True)
class Literal:
    """The condition that a variable has one of the `allowed` category codes.

    A missing value satisfies no literal, not even one that allows every code.

    Parameters
    ----------
    variable
        Column number of the variable.
    units
        Stable ids of the circuit nodes that the literal came from; not compared.

    Examples
    --------
    >>> Literal(0, frozenset({1})) == Literal(0, frozenset({1}), units=(7,))
    True
    """

    variable: int
    allowed: frozenset[int]
    units: tuple[int, ...] = field(default=(), compare=False)

    @cached_property
    def key(self) -> bytes:
        """A digest of the condition, equal for equal literals."""
        codes = ",".join(str(code) for code in sorted(self.allowed))
        return _digest(b"literal", str(self.variable).encode(), codes.encode())


@dataclass(frozen=True)
class Constant:
    """The formula that is always, or never, satisfied: :data:`TRUE` and :data:`FALSE`.

    Examples
    --------
    >>> Constant(True) == TRUE
    True
    """

    value: bool
    units: tuple[int, ...] = field(default=(), compare=False)

    @cached_property
    def key(self) -> bytes:
        """A digest of the constant."""
        return _digest(b"true" if self.value else b"false")


@dataclass(frozen=True, eq=False, repr=False)
class _Branch:
    children: tuple[Node, ...]
    units: tuple[int, ...] = ()
    key: bytes = field(init=False)

    def __post_init__(self) -> None:
        name = type(self).__name__.encode()
        object.__setattr__(self, "key", _digest(name, *(child.key for child in self.children)))

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self.key == getattr(other, "key", None)

    def __hash__(self) -> int:
        return hash(self.key)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self.children)} children, units={self.units})"


class And(_Branch):
    """All `children` hold.

    Examples
    --------
    >>> And((Literal(0, frozenset({1})), Literal(1, frozenset({0}))))
    And(2 children, units=())
    """


class Or(_Branch):
    """At least one of the `children` holds.

    Examples
    --------
    >>> Or((TRUE, FALSE)) == Or((TRUE, FALSE), units=(3,))
    True
    """


Node = Literal | Constant | And | Or
TRUE = Constant(value=True)
FALSE = Constant(value=False)


def children_of(node: Node) -> tuple[Node, ...]:
    """The children of a conjunction or disjunction; none for a literal or a constant.

    Examples
    --------
    >>> children_of(TRUE)
    ()
    """
    return node.children if isinstance(node, _Branch) else ()


def post_order(root: Node) -> list[Node]:
    """Every subtree object of `root` once, children first.

    Examples
    --------
    >>> shared = Literal(0, frozenset({1}))
    >>> len(post_order(Or((shared, And((shared, TRUE))))))
    4
    """
    ordered: dict[int, Node] = {}
    stack: list[tuple[Node, bool]] = [(root, False)]
    while stack:
        node, is_ready = stack.pop()
        if id(node) in ordered:
            continue
        if is_ready:
            ordered[id(node)] = node
        else:
            stack.append((node, True))
            stack.extend((child, False) for child in reversed(children_of(node)))
    return list(ordered.values())


def fold(root: Node, visit: Callable[[Node, list[T]], T]) -> T:
    """The value of `root`, where `visit` makes the value of a node from those of its children.

    Examples
    --------
    >>> fold(Or((TRUE, FALSE)), lambda node, values: 1 + sum(values))
    3
    """
    values: dict[int, T] = {}
    for node in post_order(root):
        values[id(node)] = visit(node, [values[id(child)] for child in children_of(node)])
    return values[id(root)]


def count_literals(root: Node) -> int:
    """How many literals the tree has when every shared subtree is written out.

    Examples
    --------
    >>> count_literals(And((Literal(0, frozenset({1})), TRUE)))
    1
    """
    return fold(root, lambda node, counts: int(isinstance(node, Literal)) + sum(counts))


def depth(root: Node) -> int:
    """The height of the tree; 0 for a literal or a constant.

    Examples
    --------
    >>> depth(Or((TRUE, And((TRUE, FALSE)))))
    2
    """
    return fold(root, lambda _, depths: 1 + max(depths) if depths else 0)


def merged_units(nodes: Iterable[Node]) -> tuple[int, ...]:
    """The units of all `nodes`, ascending, without repeats.

    Examples
    --------
    >>> merged_units([Constant(True, (3, 1)), Constant(False, (1,))])
    (1, 3)
    """
    return tuple(sorted({unit for node in nodes for unit in node.units}))
