"""Trees of variables, .vtree: along them structured circuits split their variables.

Grammar, children before parents, the root last::

    c comment
    vtree count-of-nodes
    L id variable
    I id left right

Ids are positions in order: those of the left part come before a node, those of
the right part after it.

Source: the SDD library, http://reasoning.cs.ucla.edu/sdd.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from workbench.circuits.circuit import Circuit, Kind
from workbench.circuits.formats.expressible import refusal, require
from workbench.circuits.formats.lines import Lines, shown
from workbench.circuits.properties import check
from workbench.errors import FormatError
from workbench.limits import LIMITS, require_within


@dataclass(frozen=True)
class Vtree:
    """A binary tree of variables in the order of its file, children first.

    Parameters
    ----------
    ids
        The id of each node.
    variables
        The column of each leaf; -1 for inner nodes.
    parts
        The positions of the left and the right part; (-1, -1) for leaves.
    spans
        First and last place of each node's variables among the leaves from left to right.
    """

    ids: tuple[int, ...]
    variables: tuple[int, ...]
    parts: tuple[tuple[int, int], ...]
    spans: tuple[tuple[int, int], ...]

    def position(self, number: int) -> int | None:
        """Where the node with the id `number` is; None where there is none."""
        return self._positions.get(number)

    @cached_property
    def _positions(self) -> dict[int, int]:
        return {number: position for position, number in enumerate(self.ids)}


def read_vtree(payload: bytes, path: Path) -> Vtree:
    r"""The vtree in the bytes of a .vtree file.

    Raises
    ------
    FormatError
        When it is not one tree over different variables, naming the line.

    Examples
    --------
    >>> read_vtree(b"vtree 3\nL 0 1\nL 2 2\nI 1 0 2\n", Path("a.vtree")).variables
    (0, 1, -1)
    """
    lines = Lines(payload, path)
    reading = _Reading(lines)
    expected = -1
    for tokens in lines:
        if expected >= 0:
            reading.node(tokens)
        elif tokens[0] == b"vtree" and len(tokens) == 2:
            expected = lines.whole(tokens[1], "the count", 2 * LIMITS.n_columns)
        else:
            lines.refuse("the file does not begin with 'vtree' and a count")
    if not reading.ids or len(reading.ids) != expected or len(reading.orphans) != 1:
        reason = f"{expected} nodes of one tree are announced, {len(reading.ids)} nodes follow"
        raise FormatError(path, "end", reason)
    return reading.vtree()


class _Reading:
    def __init__(self, lines: Lines) -> None:
        self.lines = lines
        self.ids: dict[int, int] = {}
        self.variables: list[int] = []
        self.parts: list[tuple[int, int]] = []
        self.orphans: set[int] = set()
        self.seen: set[int] = set()

    def node(self, tokens: list[bytes]) -> None:
        lines = self.lines
        if tokens[0] == b"L" and len(tokens) == 3:
            variable, parts = lines.literal(tokens[2]) - 1, (-1, -1)
            if variable < 0 or variable in self.seen:
                lines.refuse("its variable is negated or has a leaf already")
            self.seen.add(variable)
        elif tokens[0] == b"I" and len(tokens) == 4:
            variable, parts = -1, (self._part(tokens[2]), self._part(tokens[3]))
        else:
            lines.refuse(f"{shown(b' '.join(tokens))} is no node of a vtree")
        number = lines.whole(tokens[1], "the id")
        if number in self.ids:
            lines.refuse(f"node {number} is defined twice")
        self.ids[number] = len(self.variables)
        self.orphans.add(len(self.variables))
        self.variables.append(variable)
        self.parts.append(parts)

    def vtree(self) -> Vtree:
        ids, variables, parts = tuple(self.ids), tuple(self.variables), tuple(self.parts)
        return Vtree(ids, variables, parts, _spans(parts))

    def _part(self, token: bytes) -> int:
        number = self.lines.whole(token, "the part")
        position = self.ids.get(number, -1)
        if position not in self.orphans:
            self.lines.refuse(f"part {number} is no node before it, or has a parent already")
        self.orphans.remove(position)
        return position


def _spans(parts: tuple[tuple[int, int], ...]) -> tuple[tuple[int, int], ...]:
    sizes: list[int] = []
    for left, right in parts:
        sizes.append(1 if left < 0 else sizes[left] + sizes[right])
    first = [0] * len(parts)
    for node in range(len(parts) - 1, -1, -1):
        left, right = parts[node]
        if left >= 0:
            first[left], first[right] = first[node], first[node] + sizes[left]
    return tuple((start, start + size - 1) for start, size in zip(first, sizes, strict=True))


def vtree_of(circuit: Circuit, suffix: str = ".vtree") -> Vtree:
    """The vtree along which a structured-decomposable circuit splits its variables.

    A part is on the left when the first product that splits it has it first.

    Raises
    ------
    StructureError
        When the circuit is not smooth and structured-decomposable, or a
        product has more than two children: with the witness.

    Examples
    --------
    >>> from workbench.circuits.build import Builder
    >>> from workbench.data.variables import categorical
    >>> build = Builder((categorical("x", 2), categorical("y", 2)))
    >>> leaves = [build.categorical(k, [0.5, 0.5]) for k in (1, 0)]
    >>> vtree_of(build.circuit(build.product(leaves))).variables
    (1, 0, -1)
    """
    found = check(circuit)
    require((found.smooth, found.decomposable, found.structured), suffix)
    splits: dict[bytes, tuple[int, ...]] = {}
    for node in np.flatnonzero(circuit.kinds == Kind.PRODUCT).tolist():
        children = tuple(circuit.children_of(node).tolist())
        if len(children) != 2:
            raise refusal(circuit, suffix, node, f"it has {len(children)} children instead of two")
        splits.setdefault(circuit.packed_scopes[node].tobytes(), children)
    return _grown(circuit, splits)


def _grown(circuit: Circuit, splits: dict[bytes, tuple[int, ...]]) -> Vtree:
    """The tree of the splits, in the order of a file: both parts before their parent."""
    order = list(_preorder(circuit, splits))[::-1]
    position = {scope: place for place, (scope, _) in enumerate(order)}
    parts, variables = [], []
    for _, node in order:
        children = splits.get(circuit.packed_scopes[node].tobytes())
        scopes = [circuit.packed_scopes[child].tobytes() for child in children or ()]
        parts.append((position[scopes[0]], position[scopes[1]]) if scopes else (-1, -1))
        variables.append(-1 if scopes else circuit.scope_of(node)[0])
    return Vtree(_in_order(tuple(parts)), tuple(variables), tuple(parts), _spans(tuple(parts)))


def _preorder(
    circuit: Circuit, splits: dict[bytes, tuple[int, ...]]
) -> Iterator[tuple[bytes, int]]:
    stack = [circuit.root]
    while stack:
        node = stack.pop()
        scope = circuit.packed_scopes[node].tobytes()
        yield scope, node
        stack.extend(splits.get(scope, ()))


def _in_order(parts: tuple[tuple[int, int], ...]) -> tuple[int, ...]:
    """Ids: a leaf at place k of the leaves has 2k, an inner node stands between its parts."""
    spans = _spans(parts)
    return tuple(
        2 * spans[node][0] if left < 0 else 2 * spans[left][1] + 1
        for node, (left, _) in enumerate(parts)
    )


def write_vtree(circuit: Circuit) -> bytes:
    """The bytes of a .vtree file of a structured-decomposable circuit.

    Raises
    ------
    StructureError
        As :func:`vtree_of`.

    Examples
    --------
    >>> from workbench.circuits.build import Builder
    >>> from workbench.data.variables import categorical
    >>> build = Builder((categorical("x", 2), categorical("y", 2)))
    >>> leaves = [build.categorical(k, [0.5, 0.5]) for k in (0, 1)]
    >>> write_vtree(build.circuit(build.product(leaves))).decode().split()
    ['vtree', '3', 'L', '0', '1', 'L', '2', '2', 'I', '1', '0', '2']
    """
    tree = vtree_of(circuit)
    text = [f"vtree {len(tree.ids)}"]
    for number, variable, (left, right) in zip(tree.ids, tree.variables, tree.parts, strict=True):
        leaf = f"L {number} {variable + 1}"
        text.append(leaf if left < 0 else f"I {number} {tree.ids[left]} {tree.ids[right]}")
    return "\n".join([*text, ""]).encode()


def companion_vtree(path: Path) -> Vtree | None:
    """The vtree in the file beside `path` with the suffix .vtree; None when there is none.

    Raises
    ------
    FormatError
        When that file is malformed.
    LimitError
        When it is too large.

    Examples
    --------
    >>> companion_vtree(Path("absent.psdd"))
    """
    beside = path.with_suffix(".vtree")
    if not beside.is_file():
        return None
    require_within(f"bytes in {beside.name}", beside.stat().st_size, LIMITS.file_bytes)
    return read_vtree(beside.read_bytes(), beside)
