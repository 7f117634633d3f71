"""Formats of one node per line: tokens with their line number, and nodes by their number."""

from __future__ import annotations

import io
import math
from array import array
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NoReturn

import numpy as np

from workbench.circuits.circuit import Circuit, Kind
from workbench.circuits.formats.describe import (
    checked_circuit,
    variables_from_json,
    variables_to_json,
)
from workbench.circuits.leaves import Family
from workbench.core import dag
from workbench.core.arrays import AnyArray
from workbench.core.strict_json import read_json, write_json
from workbench.data.variables import Variable, categorical
from workbench.errors import FormatError
from workbench.limits import LIMITS, require_within

MOST_LINE_BYTES = 8 * 2**20
MOST_PARAMETERS = 2**25
_VARIABLE = b"c circuit-workbench variable "


class Lines:
    r"""The lines of a file as lists of tokens; comments begin with "c" and are passed over.

    Our own comments, which describe the variables, are kept in `described`.

    Examples
    --------
    >>> list(Lines(b"c hello\nL 0 1\n", Path("a.jpc")))
    [[b'L', b'0', b'1']]
    """

    def __init__(self, payload: bytes, path: Path) -> None:
        self._payload = payload
        self.path = path
        self.number = 0
        self.described: list[bytes] = []

    def __iter__(self) -> Iterator[list[bytes]]:
        stream = io.BytesIO(self._payload)
        while line := stream.readline(MOST_LINE_BYTES + 1):
            self.number += 1
            if len(line) > MOST_LINE_BYTES:
                self.refuse(f"it is longer than {MOST_LINE_BYTES:,} bytes")
            if line.startswith(b"c"):
                self._comment(line)
            elif tokens := line.split():
                yield tokens

    def refuse(self, reason: str) -> NoReturn:
        """Never; the file is refused at the present line."""
        raise FormatError(self.path, f"line {self.number}", reason)

    def whole(self, token: bytes, what: str, below: int = LIMITS.n_nodes) -> int:
        """The whole number from 0 that `token` writes."""
        if not token.isdigit() or len(token) > 12 or int(token) >= below:
            self.refuse(f"{what} {shown(token)} is not a whole number from 0 and below {below:,}")
        return int(token)

    def literal(self, token: bytes) -> int:
        """A literal: the number of a variable from 1, negative when it is negated."""
        number = self.whole(token.removeprefix(b"-"), "the literal", LIMITS.n_columns + 1)
        if number == 0:
            self.refuse("0 is no literal")
        return -number if token.startswith(b"-") else number

    def log_number(self, token: bytes) -> float:
        """A finite number or minus infinity."""
        try:
            value = math.nan if b"_" in token else float(token)
        except ValueError:
            value = math.nan
        if not value < math.inf:
            self.refuse(f"{shown(token)} is not a number below infinity")
        return value

    def counted(self, tokens: Sequence[bytes], count: bytes, each: int, what: str) -> None:
        """Nothing, or a refusal when `tokens` are not `count` times `each`."""
        expected = self.whole(count, f"the number of {what}", LIMITS.n_edges + 1)
        if len(tokens) != each * expected:
            self.refuse(f"{expected:,} {what} are announced, {len(tokens)} tokens follow")

    def _comment(self, line: bytes) -> None:
        if line.startswith(_VARIABLE):
            require_within(f"variables in {self.path.name}", len(self.described), LIMITS.n_columns)
            self.described.append(line.removeprefix(_VARIABLE))


class Nodes:
    """Nodes in the order of a file, in flat arrays, each known by a number of the file.

    Examples
    --------
    >>> from workbench.circuits.leaves import CATEGORICAL
    >>> nodes = Nodes(Lines(b"", Path("a.jpc")))
    >>> nodes.define(7, nodes.leaf(0, CATEGORICAL, [-0.7, -0.7]))
    >>> nodes.find(7)
    0
    """

    def __init__(self, lines: Lines) -> None:
        self.lines = lines
        self.kinds, self.families = array("B"), array("b")
        self.children, self.offsets = array("i"), array("i", [0])
        self.variables = array("i")
        self.tables, self.table_offsets = array("d"), array("i", [0])
        self.log_weights = array("d")
        self._places = array("i")

    def __len__(self) -> int:
        return len(self.kinds)

    def leaf(self, variable: int, family: Family, table: Sequence[float]) -> int:
        """The position of a new leaf."""
        self.tables.extend(table)
        return self._add(Kind.LEAF, (), (), variable, family.code)

    def sum(self, children: Sequence[int], log_weights: Sequence[float]) -> int:
        """The position of a new sum."""
        return self._add(Kind.SUM, children, log_weights)

    def product(self, children: Sequence[int]) -> int:
        """The position of a new product."""
        return self._add(Kind.PRODUCT, children, [0.0] * len(children))

    def define(self, number: int, position: int) -> None:
        """Nothing; the node at `position` is known as `number` from now on."""
        if number >= len(self._places):
            self._places.extend(array("i", [-1]) * (number + 1 - len(self._places)))
        if self._places[number] >= 0:
            self.lines.refuse(f"node {number} is defined twice")
        self._places[number] = position

    def find(self, number: int) -> int:
        """The position of the node known as `number`."""
        if number >= len(self._places) or self._places[number] < 0:
            self.lines.refuse(f"node {number} is used before it is defined")
        return self._places[number]

    def child(self, token: bytes) -> int:
        """The position of the node whose number `token` writes."""
        return self.find(self.lines.whole(token, "the node"))

    def fill_indicators(self, leaves: Sequence[int], codes: AnyArray, sizes: AnyArray) -> None:
        """Nothing; the empty tables of `leaves` become indicators of `codes`, of these `sizes`."""
        before = np.array(self.table_offsets, dtype=np.int32)
        widths = np.diff(before).astype(np.int64)
        widths[leaves] = sizes
        after = np.append(0, np.cumsum(widths))
        name = self.lines.path.name
        require_within(f"leaf parameters in {name}", int(after[-1]), MOST_PARAMETERS)
        tables = np.full(int(after[-1]), -np.inf)
        owner = dag.edge_parents(before)
        tables[after[owner] + np.arange(len(owner)) - before[owner]] = self.tables
        tables[after[:-1][leaves] + codes] = 0.0
        self.tables, self.table_offsets = array("d", tables), array("i", after)

    def circuit(self, variables: tuple[Variable, ...], root: int | None = None) -> Circuit:
        """The circuit of the nodes below `root`, by default the last node; others are dropped."""
        path = self.lines.path
        if not len(self):
            raise FormatError(path, "end", "it has no node")
        arrays = _kept(self._arrays(), len(self) - 1 if root is None else root)
        return checked_circuit(variables, arrays, len(arrays["kinds"]), path)

    def _add(
        self,
        kind: Kind,
        children: Sequence[int],
        log_weights: Sequence[float],
        variable: int = -1,
        family: int = -1,
    ) -> int:
        name = self.lines.path.name
        require_within(f"nodes in {name}", len(self) + 1, LIMITS.n_nodes)
        require_within(f"edges in {name}", len(self.children) + len(children), LIMITS.n_edges)
        self.kinds.append(kind)
        self.children.extend(children)
        self.log_weights.extend(log_weights)
        self.offsets.append(len(self.children))
        self.variables.append(variable)
        self.families.append(family)
        self.table_offsets.append(len(self.tables))
        return len(self) - 1

    def _arrays(self) -> dict[str, AnyArray]:
        return {
            "kinds": np.array(self.kinds, dtype=np.uint8),
            "offsets": np.array(self.offsets, dtype=np.int32),
            "children": np.array(self.children, dtype=np.int32),
            "log_weights": np.array(self.log_weights, dtype=np.float64),
            "leaf_variables": np.array(self.variables, dtype=np.int32),
            "leaf_families": np.array(self.families, dtype=np.int8),
            "leaf_offsets": np.array(self.table_offsets, dtype=np.int32),
            "leaf_parameters": np.array(self.tables, dtype=np.float64),
        }


def _kept(arrays: dict[str, AnyArray], root: int) -> dict[str, AnyArray]:
    """The arrays of the nodes that can be reached from `root`."""
    offsets, table_offsets = arrays["offsets"], arrays["leaf_offsets"]
    keep = dag.reachable(offsets, arrays["children"], root)
    keep_edge = keep[dag.edge_parents(offsets)]
    place = np.cumsum(keep, dtype=np.int32) - 1
    return {
        "kinds": arrays["kinds"][keep],
        "offsets": np.append(0, np.cumsum(np.diff(offsets)[keep])).astype(np.int32),
        "children": place[arrays["children"][keep_edge]].astype(np.int32),
        "log_weights": arrays["log_weights"][keep_edge],
        "leaf_variables": arrays["leaf_variables"][keep],
        "leaf_families": arrays["leaf_families"][keep],
        "leaf_offsets": np.append(0, np.cumsum(np.diff(table_offsets)[keep])).astype(np.int32),
        "leaf_parameters": arrays["leaf_parameters"][keep[dag.edge_parents(table_offsets)]],
        "ids": np.arange(int(keep.sum()), dtype=np.int64),
    }


def variable_comments(variables: Sequence[Variable]) -> Iterator[str]:
    """Comment lines that keep names, categories and kinds where a format has no place for them.

    Examples
    --------
    >>> from workbench.data.variables import continuous
    >>> list(variable_comments([continuous("height")]))
    ['c circuit-workbench variable {"name":"height","kind":"continuous"}']
    """
    for entry in variables_to_json(tuple(variables)):
        yield _VARIABLE.decode() + write_json(entry)


def described_variables(lines: Lines, n_used: int) -> tuple[Variable, ...] | None:
    """The variables in the comments of a file; None when there are none.

    Raises
    ------
    FormatError
        When a comment is malformed or fewer than `n_used` variables are described.
    """
    if not lines.described:
        return None
    entries = [read_json(line, lines.path, "comment") for line in lines.described]
    variables = variables_from_json(entries, lines.path)
    if len(variables) < n_used:
        reason = f"{len(variables)} variables are described, {n_used} are used"
        raise FormatError(lines.path, "comments", reason)
    return variables


def binary_variables(lines: Lines, n_variables: int) -> tuple[Variable, ...]:
    """`n_variables` binary variables: as the comments describe them, or x1, x2, ...

    Raises
    ------
    FormatError
        When a described variable is not binary.

    Examples
    --------
    >>> [variable.name for variable in binary_variables(Lines(b"", Path("a.psdd")), 2)]
    ['x1', 'x2']
    """
    described = described_variables(lines, n_variables)
    if described is None:
        return tuple(categorical(f"x{number + 1}", 2) for number in range(n_variables))
    for variable in described:
        if variable.n_categories != 2:
            raise FormatError(lines.path, "comments", f"{variable.name!r} is not binary")
    return described


def shown(token: bytes) -> str:
    """`token` as it may stand in a message: short and printable.

    Examples
    --------
    >>> shown(b"1e999")
    "'1e999'"
    """
    return repr(token[:24].decode("ascii", "backslashreplace"))


def number_text(value: float, zero: str = "-Inf") -> str:
    """The shortest text that reads back as the same number; `zero` for minus infinity.

    Examples
    --------
    >>> number_text(0.1), number_text(-math.inf)
    ('0.1', '-Inf')
    """
    return zero if value == -math.inf else repr(float(value))
