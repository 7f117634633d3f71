"""Sum-product networks as text, .spn, as Juice reads and writes them.

Grammar, nodes numbered from 0 in the order of the file, the root last::

    (2 3 ...)                      the number of categories of each variable
    v variable value               indicator; both count from 0
    * {child}+                     product
    + {child log-weight}+          sum
    EOF

Juice itself only knows variables with two categories. Numbers and structure
come back bit by bit where leaves are indicators. Other categorical leaves
become sums over indicators, and tables of other families likewise; leaves of
continuous variables have no place and are refused. Not kept: names and
categories of variables, which become x1, x2, ... and 0, 1, ..., and stable
ids. The format has no comments to keep them in.

Source: ProbabilisticCircuits.jl, src/io/spn_io.jl,
https://github.com/Tractables/ProbabilisticCircuits.jl; a dialect of the
circuits of the Libra toolkit.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from workbench.circuits.circuit import Circuit, Kind
from workbench.circuits.formats.expressible import leaf_masses, renumbering
from workbench.circuits.formats.lines import Lines, Nodes, number_text, shown
from workbench.circuits.leaves import CATEGORICAL, indicated
from workbench.data.variables import Variable, categorical
from workbench.errors import FormatError
from workbench.limits import LIMITS, require_within

SUFFIX = ".spn"


def write(circuit: Circuit) -> bytes:
    """The bytes of an .spn file.

    Raises
    ------
    StructureError
        When a leaf has no place in the format.

    Examples
    --------
    >>> from workbench.circuits.build import Builder
    >>> build = Builder((categorical("x", 2),))
    >>> write(build.circuit(build.categorical(0, [0, 1]))).decode().splitlines()
    ['(2)', 'v 0 1', 'EOF']
    """
    return _Writer(circuit).file()


def losses(circuit: Circuit) -> tuple[str, ...]:
    """What an .spn file of `circuit` does not keep."""
    again = read(write(circuit), Path(f"memory{SUFFIX}"))
    found = renumbering(circuit)
    if again.variables != circuit.variables:
        found.append("names and categories of variables")
    if again.n_nodes != circuit.n_nodes:
        found.append("leaves that are no indicators: they become sums over indicators")
    return tuple(found)


def read(payload: bytes, path: Path) -> Circuit:
    """The circuit in the bytes of an .spn file.

    Raises
    ------
    FormatError
        Naming the line that is malformed.
    LimitError
        When there are more nodes, edges or leaf parameters than the limits allow.
    """
    return _Reader(Lines(payload, path)).circuit()


class _Writer:
    def __init__(self, circuit: Circuit) -> None:
        self.circuit = circuit
        self.text: list[str] = []
        self.numbers: list[int] = []  # of each node

    def file(self) -> bytes:
        circuit = self.circuit
        for node in range(circuit.n_nodes):
            writer = _WRITERS[Kind(int(circuit.kinds[node]))]
            self.numbers.append(writer(self, node))
        sizes = " ".join(str(variable.n_categories or 2) for variable in circuit.variables)
        return "\n".join([f"({sizes})", *self.text, "EOF", ""]).encode()

    def leaf(self, node: int) -> int:
        masses = leaf_masses(self.circuit, node, SUFFIX)
        variable = int(self.circuit.leaf_variables[node])
        code = int(indicated(masses[None])[0])
        if code >= 0:
            return self._add(f"v {variable} {code}")
        numbers = [self._add(f"v {variable} {code}") for code in range(len(masses))]
        return self._sum(numbers, masses.tolist())

    def product(self, node: int) -> int:
        return self._add("* " + " ".join(map(str, self._children(node))))

    def sum(self, node: int) -> int:
        edges = slice(self.circuit.offsets[node], self.circuit.offsets[node + 1])
        return self._sum(self._children(node), self.circuit.log_weights[edges].tolist())

    def _sum(self, children: list[int], weights: list[float]) -> int:
        pairs = zip(children, map(number_text, weights), strict=True)
        return self._add("+ " + " ".join(f"{child} {weight}" for child, weight in pairs))

    def _children(self, node: int) -> list[int]:
        return [self.numbers[child] for child in self.circuit.children_of(node).tolist()]

    def _add(self, line: str) -> int:
        self.text.append(line)
        return len(self.text) - 1


_WRITERS: dict[Kind, Callable[[_Writer, int], int]] = {
    Kind.LEAF: _Writer.leaf,
    Kind.SUM: _Writer.sum,
    Kind.PRODUCT: _Writer.product,
}


class _Reader:
    def __init__(self, lines: Lines) -> None:
        self.lines, self.nodes = lines, Nodes(lines)
        self.sizes: list[int] = []
        self.leaves: list[int] = []
        self.codes: list[int] = []

    def circuit(self) -> Circuit:
        is_ended = False
        for tokens in self.lines:
            if is_ended:
                self.lines.refuse("something follows EOF")
            if not self.sizes:
                self._domains(b" ".join(tokens))
            elif tokens == [b"EOF"]:
                is_ended = True
            else:
                self.nodes.define(len(self.nodes), self._node(tokens))
        if not is_ended:
            raise FormatError(self.lines.path, "end", "EOF is missing")
        codes, sizes = np.array(self.codes, np.int64), np.array(self.sizes, np.int64)
        variables = np.array(self.nodes.variables, dtype=np.int64)[self.leaves]
        self.nodes.fill_indicators(self.leaves, codes, sizes[variables])
        return self.nodes.circuit(self._variables())

    def _domains(self, line: bytes) -> None:
        if line[:1] != b"(" or line[-1:] != b")":
            self.lines.refuse("the file does not begin with numbers of categories in brackets")
        tokens = line[1:-1].split()
        require_within(f"variables in {self.lines.path.name}", len(tokens), LIMITS.n_columns)
        below = LIMITS.n_categories + 1
        self.sizes = [self.lines.whole(token, "the categories", below) for token in tokens]
        if 0 in self.sizes or not self.sizes:
            self.lines.refuse("a variable has no categories, or there is no variable")
        require_within(f"categories in {self.lines.path.name}", sum(self.sizes), 2**20)

    def _variables(self) -> tuple[Variable, ...]:
        return tuple(categorical(f"x{k + 1}", size) for k, size in enumerate(self.sizes))

    def _node(self, tokens: list[bytes]) -> int:
        reader, shortest = _READERS.get(tokens[0], (None, 0))
        if reader is None:
            self.lines.refuse(f"{shown(tokens[0])} is no kind of node")
        if len(tokens) < shortest:
            self.lines.refuse(f"it has {len(tokens)} tokens instead of {shortest} or more")
        return reader(self, tokens)

    def indicator(self, tokens: list[bytes]) -> int:
        variable = self.lines.whole(tokens[1], "the variable", len(self.sizes))
        self.codes.append(self.lines.whole(tokens[2], "the value", self.sizes[variable]))
        self.leaves.append(self.nodes.leaf(variable, CATEGORICAL, ()))
        return self.leaves[-1]

    def product(self, tokens: list[bytes]) -> int:
        return self.nodes.product([self.nodes.child(token) for token in tokens[1:]])

    def sum(self, tokens: list[bytes]) -> int:
        if len(tokens) % 2 == 0:
            self.lines.refuse("a child has no weight")
        children = [self.nodes.child(token) for token in tokens[1::2]]
        return self.nodes.sum(children, [self.lines.log_number(token) for token in tokens[2::2]])


_Reads = Callable[[_Reader, list[bytes]], int]
_READERS: dict[bytes, tuple[_Reads, int]] = {
    b"v": (_Reader.indicator, 3),
    b"*": (_Reader.product, 2),
    b"+": (_Reader.sum, 3),
}
