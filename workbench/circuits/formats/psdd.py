"""Probabilistic sentential decision diagrams, .psdd, with their .vtree beside them.

Grammar, children before parents, the root last::

    c comment
    psdd count
    L id vtree literal                               indicator of a binary variable
    T id vtree variable log-chance                   a binary variable
    D id vtree count {prime sub log-weight}+         decision: a sum of products of two

A decision becomes a sum over products; T becomes a leaf whose other
log-probability is computed from the one in the file. The count in the header
is not trusted: programs disagree on what it counts. Variables count from 1;
comments of ours keep their names, without them they are x1, x2, ...

Writing needs a smooth, structured-decomposable, deterministic circuit of
binary categorical leaves whose products have two children and whose sums have
products as children. Not kept: stable ids and the order of nodes; a product
with several parents is written once for each; a product without a sum above
it gets one with the weight 1. What was read comes back bit by bit.

Source: Kisa, Van den Broeck, Choi and Darwiche, "Probabilistic sentential
decision diagrams" (KR 2014); file syntax as in the comments of files of
libpsdd and ProbabilisticCircuits.jl.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

from workbench.circuits.circuit import Circuit, Kind
from workbench.circuits.formats.expressible import leaf_masses, refusal, renumbering, require
from workbench.circuits.formats.lines import (
    Lines,
    Nodes,
    binary_variables,
    number_text,
    shown,
    variable_comments,
)
from workbench.circuits.formats.vtree import Vtree, companion_vtree, vtree_of
from workbench.circuits.leaves import CATEGORICAL, indicated
from workbench.circuits.properties import check
from workbench.limits import LIMITS

SUFFIX = ".psdd"
ROUNDING = 1e-9  # of a mass that the format leaves out


def write(circuit: Circuit) -> bytes:
    """The bytes of a .psdd file; :func:`vtree.write_vtree` writes the tree that it refers to.

    Raises
    ------
    StructureError
        When the circuit is no PSDD: with the node that is the reason.

    Examples
    --------
    >>> from workbench.circuits.build import Builder
    >>> from workbench.data.variables import categorical
    >>> build = Builder((categorical("x", 2),))
    >>> print(write(build.circuit(build.categorical(0, [0, 1]))).decode().splitlines()[-1])
    L 0 0 1
    """
    return _Writer(circuit).file()


def losses(circuit: Circuit) -> tuple[str, ...]:
    """What a .psdd file of `circuit` does not keep."""
    again = read(write(circuit), Path(f"memory{SUFFIX}"))
    found = renumbering(circuit)
    if again != circuit:
        found.append("the order of nodes, products with several parents or without a sum above")
    return tuple(found)


def read(payload: bytes, path: Path) -> Circuit:
    """The circuit in the bytes of a .psdd file; a .vtree beside it is checked against it.

    Raises
    ------
    FormatError
        Naming the line that is malformed or does not fit the vtree.
    LimitError
        When there are more nodes or edges than the limits allow.
    """
    return _Reader(Lines(payload, path), companion_vtree(path)).circuit()


class _Writer:
    def __init__(self, circuit: Circuit) -> None:
        self.circuit = circuit
        require((check(circuit).deterministic,), SUFFIX)
        tree = vtree_of(circuit, SUFFIX)
        spans = dict(zip(tree.spans, tree.ids, strict=True))
        place = {v: s[0] for v, s in zip(tree.variables, tree.spans, strict=True) if v >= 0}
        self.spans, self.place = spans, place
        self.numbers: dict[int, int] = {}  # node -> its number in the file
        self.text: list[str] = []

    def file(self) -> bytes:
        circuit = self.circuit
        for node in range(circuit.n_nodes):
            if circuit.kinds[node] == Kind.LEAF:
                self._leaf(node)
            elif circuit.kinds[node] == Kind.SUM:
                self._decision(node)
        self._number(circuit.root)
        head = [*variable_comments(circuit.variables), f"psdd {len(self.text)}"]
        return "\n".join([*head, *self.text, ""]).encode()

    def _add(self, node: int, letter: str, rest: str) -> int:
        number = self.numbers[node] = len(self.text)
        self.text.append(f"{letter} {number} {self._vtree_id(node)} {rest}")
        return number

    def _vtree_id(self, node: int) -> int:
        places = [self.place[variable] for variable in self.circuit.scope_of(node)]
        return self.spans[min(places), max(places)]

    def _leaf(self, node: int) -> None:
        masses = leaf_masses(self.circuit, node, SUFFIX)
        variable = int(self.circuit.leaf_variables[node]) + 1
        if len(masses) != 2:
            name = self.circuit.variables[variable - 1].name
            raise refusal(self.circuit, SUFFIX, node, f"{name!r} is not binary")
        code = int(indicated(masses[None])[0])
        if code >= 0:
            self._add(node, "L", str(variable if code else -variable))
            return
        if abs(_rest(float(masses[1])) - float(masses[0])) > ROUNDING:
            raise refusal(self.circuit, SUFFIX, node, "its probabilities do not add to one")
        self._add(node, "T", f"{variable} {number_text(float(masses[1]))}")

    def _decision(self, node: int) -> None:
        circuit = self.circuit
        children = circuit.children_of(node).tolist()
        weights = circuit.log_weights[circuit.offsets[node] : circuit.offsets[node + 1]].tolist()
        for child in children:
            if circuit.kinds[child] != Kind.PRODUCT:
                reason = f"its child {int(circuit.ids[child])} is no product of two"
                raise refusal(circuit, SUFFIX, node, reason)
        elements = [
            f"{self._element(child)} {number_text(weight)}"
            for child, weight in zip(children, weights, strict=True)
        ]
        self._add(node, "D", f"{len(elements)} " + " ".join(elements))

    def _element(self, product: int) -> str:
        first, second = self.circuit.children_of(product).tolist()
        if self._leftmost(first) > self._leftmost(second):
            first, second = second, first
        return f"{self._number(first)} {self._number(second)}"

    def _leftmost(self, node: int) -> int:
        return min(self.place[variable] for variable in self.circuit.scope_of(node))

    def _number(self, node: int) -> int:
        """The number of a node; products without a decision above them get one, bottom-up."""
        todo = [node]
        while todo:
            top = todo[-1]
            below = self.circuit.children_of(top).tolist() if top not in self.numbers else []
            missing = [child for child in below if child not in self.numbers]
            if missing:
                todo.extend(missing)
                continue
            todo.pop()
            if top not in self.numbers:
                self._add(top, "D", f"1 {self._element(top)} 0.0")
        return self.numbers[node]


class _Reader:
    def __init__(self, lines: Lines, tree: Vtree | None) -> None:
        self.lines, self.nodes, self.tree = lines, Nodes(lines), tree
        self.n_variables = max(tree.variables) + 1 if tree else 0
        self.place: list[int] = []  # of each node in the vtree

    def circuit(self) -> Circuit:
        has_header = False
        for tokens in self.lines:
            if has_header:
                self._node(tokens)
            elif tokens[0] == b"psdd" and len(tokens) <= 2:
                has_header = True
                self.lines.whole([*tokens, b"0"][1], "the count", LIMITS.n_nodes + 1)
            else:
                self.lines.refuse("the file does not begin with 'psdd'")
        return self.nodes.circuit(binary_variables(self.lines, self.n_variables))

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
        table = [-math.inf, 0.0] if literal > 0 else [0.0, -math.inf]
        return self._leaf(tokens, abs(literal) - 1, table)

    def true(self, tokens: list[bytes]) -> int:
        variable = self.lines.literal(tokens[3]) - 1
        log_chance = self.lines.log_number(tokens[4])
        if variable < 0 or log_chance > 0.0:
            self.lines.refuse("its variable is negated or its chance is above 1")
        return self._leaf(tokens, variable, [_rest(log_chance), log_chance])

    def decision(self, tokens: list[bytes]) -> int:
        self.lines.counted(tokens[4:], tokens[3], 3, "elements")
        place = self._vtree(tokens)
        products = []
        for prime, sub in zip(tokens[4::3], tokens[5::3], strict=True):
            pair = [self.nodes.child(prime), self.nodes.child(sub)]
            self._require_split(place, pair)
            products.append(self._placed(self.nodes.product(pair), place))
        weights = [self.lines.log_number(token) for token in tokens[6::3]]
        return self._placed(self.nodes.sum(products, weights), place)

    def _leaf(self, tokens: list[bytes], variable: int, table: list[float]) -> int:
        place = self._vtree(tokens)
        if self.tree and self.tree.variables[place] != variable:
            self.lines.refuse(f"vtree node {shown(tokens[2])} is not variable {variable + 1}")
        self.n_variables = max(self.n_variables, variable + 1)
        return self._placed(self.nodes.leaf(variable, CATEGORICAL, table), place)

    def _vtree(self, tokens: list[bytes]) -> int:
        number = self.lines.whole(tokens[2], "the vtree id")
        place = self.tree.position(number) if self.tree else number
        if place is None:
            self.lines.refuse(f"the vtree has no node {number}")
        return place

    def _placed(self, node: int, place: int) -> int:
        self.place.append(place)
        return node

    def _require_split(self, place: int, pair: list[int]) -> None:
        if self.tree is None:
            return
        for part, child in zip(self.tree.parts[place], pair, strict=True):
            low, high = self.tree.spans[part] if part >= 0 else (0, -1)
            first, last = self.tree.spans[self.place[child]]
            if not low <= first <= last <= high:
                self.lines.refuse("a prime or sub lies outside its part of the vtree")


_Reads = Callable[[_Reader, list[bytes]], int]
_READERS: dict[bytes, tuple[_Reads, int]] = {
    b"L": (_Reader.literal, 4),
    b"T": (_Reader.true, 5),
    b"D": (_Reader.decision, 7),
}


def _rest(log_chance: float) -> float:
    """The log-probability of the other outcome."""
    if log_chance == 0.0:
        return -math.inf
    if log_chance > -0.6931:
        return math.log(-math.expm1(log_chance))
    return math.log1p(-math.exp(log_chance))
