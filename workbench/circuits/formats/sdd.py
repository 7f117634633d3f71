"""Sentential decision diagrams, .sdd, with their .vtree beside them.

Grammar, children before parents, the root last::

    c comment
    sdd count
    F id                                 false
    T id                                 true
    L id vtree literal
    D id vtree count {prime sub}+        decision: one prime holds, and then its sub

The formula becomes a circuit with the value 1 for its models and 0 for other
rows, which counts models where values are missing:
:mod:`workbench.circuits.formats.boolean`. An element whose sub is false stays
as an edge of weight zero. With a .vtree beside the file, nodes are checked
against it, the circuit is structured along it and has all its variables;
without one, variables are those in our comments, or up to the largest literal.

Writing needs a smooth, structured-decomposable, deterministic circuit that is
uniform over its models and whose products have two children; below a sum, the
first factors must exclude each other and leave nothing out, counting dead
edges. Comments of ours keep variables' names. Not kept: stable ids, the
constant factor, the order of nodes and how formulas were widened.

Source: Darwiche, "SDD: a new canonical representation of propositional
knowledge bases" (IJCAI 2011); the SDD library, http://reasoning.cs.ucla.edu/sdd.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from pathlib import Path

import numpy as np

from workbench.circuits.circuit import Circuit, Kind
from workbench.circuits.formats.boolean import FALSE, TRUE, Formula
from workbench.circuits.formats.expressible import refusal, renumbering
from workbench.circuits.formats.lines import Lines, shown, variable_comments
from workbench.circuits.formats.logic import Script, require_formula
from workbench.circuits.formats.vtree import Vtree, companion_vtree, vtree_of
from workbench.circuits.supports import Known, overlap, supports
from workbench.errors import FormatError
from workbench.limits import LIMITS

SUFFIX = ".sdd"
_Element = tuple[int, int]


def write(circuit: Circuit) -> bytes:
    """The bytes of an .sdd file; :func:`vtree.write_vtree` writes the tree that it refers to.

    Raises
    ------
    StructureError
        When the circuit is no SDD: with the node that is the reason.

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
    """What an .sdd file of `circuit` does not keep."""
    found = renumbering(circuit)
    lines = Lines(write(circuit), Path(f"memory{SUFFIX}"))
    if _Reader(lines, vtree_of(circuit, SUFFIX)).circuit() != circuit:
        found.append("the constant factor, the order of nodes and how formulas were widened")
    return tuple(found)


def read(payload: bytes, path: Path) -> Circuit:
    """The circuit in the bytes of an .sdd file; a .vtree beside it is checked against it.

    Raises
    ------
    FormatError
        Naming the line that is malformed or does not fit the vtree.
    LimitError
        When there are more nodes or edges than the limits allow.
    """
    return _Reader(Lines(payload, path), companion_vtree(path)).circuit()


class _Reader:
    def __init__(self, lines: Lines, tree: Vtree | None) -> None:
        self.lines, self.tree, self.formula = lines, tree, Formula(lines, tree)
        self.n_variables = 0

    def circuit(self) -> Circuit:
        expected, n_terms, term = -1, 0, FALSE
        for tokens in self.lines:
            if expected >= 0:
                term = self._term(tokens)
                self.formula.define(self.lines.whole(tokens[1], "the id"), term)
                n_terms += 1
            elif tokens[0] == b"sdd" and len(tokens) == 2:
                expected = self.lines.whole(tokens[1], "the count", LIMITS.n_nodes + 1)
            else:
                self.lines.refuse("the file does not begin with 'sdd' and a count")
        if n_terms != expected or not n_terms:
            reason = f"{expected:,} nodes are announced, {n_terms:,} follow"
            raise FormatError(self.lines.path, "end", reason)
        n_variables = max(self.n_variables, len(self.lines.described))
        return self.formula.circuit(term, n_variables)

    def _term(self, tokens: list[bytes]) -> int:
        reader, shortest = _READERS.get(tokens[0], (None, 0))
        if reader is None:
            self.lines.refuse(f"{shown(tokens[0])} is no kind of node")
        if len(tokens) < shortest:
            self.lines.refuse(f"it has {len(tokens)} tokens instead of {shortest} or more")
        return reader(self, tokens)

    def literal(self, tokens: list[bytes]) -> int:
        literal = self.lines.literal(tokens[3])
        place = self._vtree(tokens)
        if self.tree and self.tree.variables[place] != abs(literal) - 1:
            self.lines.refuse(f"vtree node {shown(tokens[2])} is not variable {abs(literal)}")
        self.n_variables = max(self.n_variables, abs(literal))
        return self.formula.literal(literal)

    def decision(self, tokens: list[bytes]) -> int:
        self.lines.counted(tokens[4:], tokens[3], 2, "elements")
        place = self._vtree(tokens)
        terms = [self.formula.find(self.lines.whole(token, "the node")) for token in tokens[4:]]
        elements = list(zip(terms[::2], terms[1::2], strict=True))
        sides = self.formula.sides(elements, place)
        if 0 in sides and self.tree is None:  # all primes or all subs are constants
            return self.formula.disjunction([self.formula.conjunction(pair) for pair in elements])
        return self.formula.decision(elements, *sides)

    def _vtree(self, tokens: list[bytes]) -> int:
        number = self.lines.whole(tokens[2], "the vtree id")
        place = self.tree.position(number) if self.tree else number
        if place is None:
            self.lines.refuse(f"the vtree has no node {number}")
        return place


_Reads = Callable[[_Reader, list[bytes]], int]
_READERS: dict[bytes, tuple[_Reads, int]] = {
    b"F": (lambda _reader, _tokens: FALSE, 2),
    b"T": (lambda _reader, _tokens: TRUE, 2),
    b"L": (_Reader.literal, 4),
    b"D": (_Reader.decision, 6),
}


class _Writer:
    """Terms are numbers of lines; :data:`TRUE` and FALSE get their line when first used."""

    def __init__(self, circuit: Circuit) -> None:
        self.circuit = circuit
        self.is_true, self.literals = require_formula(circuit, SUFFIX)
        tree = vtree_of(circuit, SUFFIX)
        self.spans = dict(zip(tree.spans, tree.ids, strict=True))
        self.place = {v: s[0] for v, s in zip(tree.variables, tree.spans, strict=True) if v >= 0}
        self.supports, self.known = supports(circuit), Known()
        self.counts: list[int] = []  # models of each node, exactly
        self.terms: list[int] = []
        self.script = Script()

    def file(self) -> bytes:
        circuit = self.circuit
        for node in range(circuit.n_nodes):
            write_node = _NODE_WRITERS[Kind(int(circuit.kinds[node]))]
            term, count = write_node(self, node)
            self.terms.append(TRUE if self.is_true[node] else term)
            self.counts.append(count)
        root = self.terms[circuit.root]
        lines = self.script.below(self._number(root))
        text = [*variable_comments(circuit.variables), f"sdd {len(lines)}"]
        for number, (head, mentioned) in enumerate(lines):
            text.append(" ".join([head.format(number), *map(str, mentioned)]))
        return "\n".join([*text, ""]).encode()

    def leaf(self, node: int) -> tuple[int, int]:
        literal = int(self.literals[node])
        if literal == 0:
            return TRUE, 2
        return self.script.add(f"L {{}} {self._vtree_id(node)} {literal}"), 1

    def product(self, node: int) -> tuple[int, int]:
        prime, sub = self._split(node)
        count = self.counts[prime] * self.counts[sub]
        parts = [part for part in (prime, sub) if not self.is_true[part]]
        if len(parts) < 2:
            return (self.terms[parts[0]] if parts else TRUE), count
        parents = np.flatnonzero(self.circuit.children == node)
        if len(parents) and self.circuit.is_sum_edge[parents].all():
            return FALSE, count  # it is written as an element of the sums above it
        literal = int(self.literals[prime])
        if literal == 0:
            reason = "it has no sum above it and its first factor is no literal"
            raise refusal(self.circuit, SUFFIX, node, reason)
        other = self.script.add(f"L {{}} {self._vtree_id(prime)} {-literal}")
        elements = [(self.terms[prime], self.terms[sub]), (other, FALSE)]
        return self._decision(node, elements), count

    def sum(self, node: int) -> tuple[int, int]:
        circuit = self.circuit
        children = circuit.children_of(node).tolist()
        edges = slice(circuit.offsets[node], circuit.offsets[node + 1])
        is_live = (circuit.log_weights[edges] > -np.inf).tolist()
        count = sum(self.counts[c] for c, live in zip(children, is_live, strict=True) if live)
        if len(children) == 1 or self.is_true[node]:
            return self._alone(node, children[0]), count
        for child in children:
            if circuit.kinds[child] != Kind.PRODUCT:
                reason = f"its child {int(circuit.ids[child])} is no product of two"
                raise refusal(circuit, SUFFIX, node, reason)
        pairs = [self._split(child) for child in children]
        self._require_partition(node, [prime for prime, _ in pairs])
        elements = [
            (self.terms[prime], self.terms[sub] if live else FALSE)
            for (prime, sub), live in zip(pairs, is_live, strict=True)
        ]
        return self._decision(node, elements), count

    def _alone(self, node: int, child: int) -> int:
        """The term of a sum with one child, which the child's own line writes."""
        if self.is_true[node]:
            return TRUE
        if self.terms[child] == FALSE:
            reason = "it has one child, whose first factor does not cover all its values"
            raise refusal(self.circuit, SUFFIX, node, reason)
        return self.terms[child]

    def _require_partition(self, node: int, primes: list[int]) -> None:
        circuit = self.circuit
        n_variables = len(circuit.scope_of(primes[0]))
        for first, second in combinations(sorted(set(primes)), 2):
            if overlap(self.supports, first, second, self.known) is not False:
                ids = int(circuit.ids[first]), int(circuit.ids[second])
                reason = f"its first factors {ids[0]} and {ids[1]} may both hold"
                raise refusal(circuit, SUFFIX, node, reason)
        covered = sum(self.counts[prime] for prime in set(primes))
        if len(set(primes)) < len(primes) or covered != 2**n_variables:
            reason = f"its first factors cover {covered:,} of {2**n_variables:,} assignments once"
            raise refusal(circuit, SUFFIX, node, reason)

    def _split(self, product: int) -> tuple[int, int]:
        first, second = self.circuit.children_of(product).tolist()
        if self._leftmost(first) > self._leftmost(second):
            first, second = second, first
        return first, second

    def _leftmost(self, node: int) -> int:
        return min(self.place[variable] for variable in self.circuit.scope_of(node))

    def _vtree_id(self, node: int) -> int:
        places = [self.place[variable] for variable in self.circuit.scope_of(node)]
        return self.spans[min(places), max(places)]

    def _decision(self, node: int, elements: list[_Element]) -> int:
        numbers = [self._number(term) for element in elements for term in element]
        return self.script.add(f"D {{}} {self._vtree_id(node)} {len(elements)}", numbers)

    def _number(self, term: int) -> int:
        letter = {TRUE: "T {}", FALSE: "F {}"}.get(term)
        return self.script.add(letter) if letter else term


_NODE_WRITERS: dict[Kind, Callable[[_Writer, int], tuple[int, int]]] = {
    Kind.LEAF: _Writer.leaf,
    Kind.SUM: _Writer.sum,
    Kind.PRODUCT: _Writer.product,
}
