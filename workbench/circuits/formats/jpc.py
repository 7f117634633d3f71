"""Juice's text format of probabilistic circuits, .jpc.

Grammar, one node per line, children before parents, the root last::

    c comment
    jpc count-of-nodes
    L id vtree literal                      indicator of a binary variable
    I id vtree variable value               indicator of a category
    C id vtree variable {log-probability}+  categorical
    B id vtree variable trials log-chance   binomial
    G id vtree variable mean deviation      Gaussian
    P id vtree count {child}+               product
    S id vtree count {child log-weight}+    sum

Variables count from 1, categories from 0, and vtree is 0 in files of ours.
Comments of ours keep the variables' names and categories; without them a
variable is called x1, x2, ... and has as many categories as its leaves use,
at least two. Not kept: stable ids. Discretised logistic leaves become tables.
The logarithm of a Gaussian's deviation may change in its last digits, as the
file holds the deviation itself. All other numbers come back bit by bit.
Poisson and uniform leaves have no place in the format and are refused.

Source: ProbabilisticCircuits.jl, src/io/jpc_io.jl,
https://github.com/Tractables/ProbabilisticCircuits.jl.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np

from workbench.circuits.circuit import Circuit, Kind
from workbench.circuits.formats.expressible import leaf_masses, refusal, renumbering, tabulated
from workbench.circuits.formats.lines import (
    Lines,
    Nodes,
    described_variables,
    number_text,
    shown,
    variable_comments,
)
from workbench.circuits.leaves import (
    BINOMIAL,
    CATEGORICAL,
    GAUSSIAN,
    indicated,
)
from workbench.core.arrays import FloatArray
from workbench.data.variables import Variable, categorical, continuous
from workbench.errors import FormatError
from workbench.limits import LIMITS

SUFFIX = ".jpc"


def write(circuit: Circuit) -> bytes:
    """The bytes of a .jpc file.

    Raises
    ------
    StructureError
        When a leaf has no place in the format.

    Examples
    --------
    >>> from workbench.circuits.build import Builder
    >>> build = Builder((categorical("x", 2),))
    >>> circuit = build.circuit(build.categorical(0, [0.25, 0.75]))
    >>> read(write(circuit), Path("a.jpc")) == circuit
    True
    """
    head = [*variable_comments(circuit.variables), f"jpc {circuit.n_nodes}"]
    nodes = (_WRITERS[Kind(kind)](circuit, node) for node, kind in enumerate(circuit.kinds))
    return "\n".join([*head, *nodes, ""]).encode()


def losses(circuit: Circuit) -> tuple[str, ...]:
    """What a .jpc file of `circuit` does not keep."""
    gaussian = np.flatnonzero(circuit.leaf_families == GAUSSIAN.code)
    log_deviations = circuit.leaf_parameters[circuit.leaf_offsets[gaussian] + 1]
    rounded = any(math.log(_deviation(value)) != value for value in log_deviations.tolist())
    found = ["Gaussian deviations: the last digits of their logarithms change"] if rounded else []
    return tuple(renumbering(circuit) + tabulated(circuit, keep=(BINOMIAL.code,)) + found)


def read(payload: bytes, path: Path) -> Circuit:
    """The circuit in the bytes of a .jpc file.

    Raises
    ------
    FormatError
        Naming the line that is malformed.
    LimitError
        When there are more nodes or edges than the limits allow.
    """
    return _Reader(Lines(payload, path)).circuit()


def _write_inner(circuit: Circuit, node: int) -> str:
    children = circuit.children_of(node).tolist()
    if circuit.kinds[node] == Kind.PRODUCT:
        return f"P {node} 0 {len(children)} " + " ".join(map(str, children))
    weights = circuit.log_weights[circuit.offsets[node] : circuit.offsets[node + 1]].tolist()
    pairs = (f"{child} {number_text(w)}" for child, w in zip(children, weights, strict=True))
    return f"S {node} 0 {len(children)} " + " ".join(pairs)


def _write_leaf(circuit: Circuit, node: int) -> str:
    variable, family = int(circuit.leaf_variables[node]), int(circuit.leaf_families[node])
    place, table = f"{node} 0 {variable + 1}", circuit.table_of(node)
    if family == GAUSSIAN.code:
        deviation = _deviation(float(table[1]))
        if not 0.0 < deviation < math.inf:
            raise refusal(circuit, SUFFIX, node, "its deviation has no floating-point number")
        return f"G {place} {number_text(table[0])} {number_text(deviation)}"
    if family == BINOMIAL.code:
        return f"B {place} {int(table[0])} {number_text(table[1])}"
    return _write_table(node, variable, leaf_masses(circuit, node, SUFFIX))


def _write_table(node: int, variable: int, masses: FloatArray) -> str:
    code = int(indicated(masses[None])[0])
    if code >= 0 and len(masses) == 2:
        return f"L {node} 0 {variable + 1 if code else -variable - 1}"
    if code >= 0:
        return f"I {node} 0 {variable + 1} {code}"
    return f"C {node} 0 {variable + 1} " + " ".join(map(number_text, masses.tolist()))


def _deviation(log_deviation: float) -> float:
    """The deviation whose logarithm is closest."""
    try:
        first = math.exp(log_deviation)
    except OverflowError:
        return math.inf
    near = [first, math.nextafter(first, 0.0), math.nextafter(first, math.inf)]
    return min((v for v in near if v > 0.0), key=lambda v: abs(math.log(v) - log_deviation))


_WRITERS: dict[Kind, Callable[[Circuit, int], str]] = {
    Kind.LEAF: _write_leaf,
    Kind.SUM: _write_inner,
    Kind.PRODUCT: _write_inner,
}


class _Reader:
    """Reads line by line; the tables of indicators wait until all categories are known."""

    def __init__(self, lines: Lines) -> None:
        self.lines, self.nodes = lines, Nodes(lines)
        self.sizes: dict[int, int] = {}
        self.fixed: set[int] = set()  # variables whose number of categories a leaf states
        self.pending: list[tuple[int, int]] = []  # leaf and its code

    def circuit(self) -> Circuit:
        expected = -1
        for tokens in self.lines:
            if expected >= 0:
                self._node(tokens)
            elif tokens[0] == b"jpc" and len(tokens) == 2:
                expected = self.lines.whole(tokens[1], "the count", LIMITS.n_nodes + 1)
            else:
                self.lines.refuse("the file does not begin with 'jpc' and a count")
        if len(self.nodes) != max(expected, 0):
            reason = f"{expected:,} nodes are announced, {len(self.nodes):,} follow"
            raise FormatError(self.lines.path, "end", reason)
        variables = self._variables()
        self._fill(variables)
        return self.nodes.circuit(variables)

    def _node(self, tokens: list[bytes]) -> None:
        reader, shortest = _READERS.get(tokens[0], (None, 0))
        if reader is None:
            self.lines.refuse(f"{shown(tokens[0])} is no kind of node")
        if len(tokens) < shortest:
            self.lines.refuse(f"it has {len(tokens)} tokens instead of {shortest} or more")
        number = self.lines.whole(tokens[1], "the id")
        self.nodes.define(number, reader(self, tokens))

    def literal(self, tokens: list[bytes]) -> int:
        literal = self.lines.literal(tokens[3])
        return self._indicator(abs(literal) - 1, int(literal > 0))

    def indicator(self, tokens: list[bytes]) -> int:
        code = self.lines.whole(tokens[4], "the value", LIMITS.n_categories)
        return self._indicator(self._variable(tokens), code)

    def categorical(self, tokens: list[bytes]) -> int:
        variable = self._variable(tokens)
        self._state_size(variable, len(tokens) - 4)
        table = [self.lines.log_number(token) for token in tokens[4:]]
        return self.nodes.leaf(variable, CATEGORICAL, table)

    def binomial(self, tokens: list[bytes]) -> int:
        variable = self._variable(tokens)
        trials = self.lines.whole(tokens[4], "the number of trials", LIMITS.n_categories)
        self._state_size(variable, trials + 1)
        log_chance = self.lines.log_number(tokens[5])
        return self.nodes.leaf(variable, BINOMIAL, [float(trials), log_chance])

    def gaussian(self, tokens: list[bytes]) -> int:
        variable = self._variable(tokens)
        self._state_size(variable, 0)
        mean, deviation = (self.lines.log_number(token) for token in tokens[4:6])
        if not deviation > 0.0:
            self.lines.refuse(f"the deviation {shown(tokens[5])} is not positive")
        return self.nodes.leaf(variable, GAUSSIAN, [mean, math.log(deviation)])

    def product(self, tokens: list[bytes]) -> int:
        self.lines.counted(tokens[4:], tokens[3], 1, "children")
        return self.nodes.product([self.nodes.child(token) for token in tokens[4:]])

    def sum(self, tokens: list[bytes]) -> int:
        self.lines.counted(tokens[4:], tokens[3], 2, "children")
        children = [self.nodes.child(token) for token in tokens[4::2]]
        return self.nodes.sum(children, [self.lines.log_number(token) for token in tokens[5::2]])

    def _variable(self, tokens: list[bytes]) -> int:
        return self.lines.literal(tokens[3].removeprefix(b"-")) - 1

    def _indicator(self, variable: int, code: int) -> int:
        if self.sizes.get(variable) == 0 or (
            variable in self.fixed and code >= self.sizes[variable]
        ):
            self.lines.refuse(f"variable {variable + 1} has no value {code}")
        self.sizes[variable] = max(self.sizes.get(variable, 2), code + 1)
        node = self.nodes.leaf(variable, CATEGORICAL, ())
        self.pending.append((node, code))
        return node

    def _state_size(self, variable: int, size: int) -> None:
        known = self.sizes.get(variable, size)
        if known > size or (variable in self.fixed and known != size):
            self.lines.refuse(f"variable {variable + 1} has {known} categories elsewhere")
        if size > LIMITS.n_categories:
            self.lines.refuse(f"it has more than {LIMITS.n_categories:,} categories")
        self.sizes[variable] = size
        self.fixed.add(variable)

    def _variables(self) -> tuple[Variable, ...]:
        n_used = max(self.sizes, default=-1) + 1
        described = described_variables(self.lines, n_used)
        if described is not None:
            return described
        sizes = [self.sizes.get(variable, 2) for variable in range(n_used)]
        names = [f"x{number + 1}" for number in range(n_used)]
        return tuple(
            categorical(name, size) if size else continuous(name)
            for name, size in zip(names, sizes, strict=True)
        )

    def _fill(self, variables: tuple[Variable, ...]) -> None:
        leaves = [leaf for leaf, _ in self.pending]
        codes = np.array([code for _, code in self.pending], dtype=np.int64)
        all_sizes = np.array([variable.n_categories for variable in variables], dtype=np.int64)
        sizes = all_sizes[np.array(self.nodes.variables, dtype=np.int64)[leaves]]
        if (codes >= sizes).any():
            reason = f"there is no category {int(codes[codes >= sizes][0])}"
            raise FormatError(self.lines.path, "comments", reason)
        self.nodes.fill_indicators(leaves, codes, sizes)


_Reads = Callable[[_Reader, list[bytes]], int]
_READERS: dict[bytes, tuple[_Reads, int]] = {
    b"L": (_Reader.literal, 4),
    b"I": (_Reader.indicator, 5),
    b"C": (_Reader.categorical, 5),
    b"B": (_Reader.binomial, 6),
    b"G": (_Reader.gaussian, 6),
    b"P": (_Reader.product, 5),
    b"S": (_Reader.sum, 6),
}
