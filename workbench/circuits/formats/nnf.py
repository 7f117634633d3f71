"""Negation normal form of compilers, .nnf, as c2d and as d4 write it.

Dialect of c2d, nodes numbered from 0 in the order of the file, the root last::

    nnf count-of-nodes count-of-edges count-of-variables
    L literal
    A count {child}*            conjunction; "A 0" is true
    O variable count {child}*   disjunction; "O 0 0" is false

Dialect of d4, where edges imply literals and the root has no edge into it::

    o number 0                  disjunction, likewise a (and), t (true), f (false)
    from to {literal}* 0        an edge

The formula must be decomposable, which is checked, and deterministic, as both
compilers promise. It becomes a circuit with the value 1 for its models and 0
for other rows, which counts models where values are missing:
:mod:`workbench.circuits.formats.boolean`. Files of d4 do not say how many
variables there are: those up to the largest literal are taken.

Files are saved in the dialect of c2d; :func:`write_d4` gives that of d4. Both
need a smooth, decomposable, deterministic circuit that is uniform over its
models. Not kept: names and categories of variables, stable ids, the constant
factor, and how formulas were widened to be smooth.

Sources: the manual of c2d, http://reasoning.cs.ucla.edu/c2d; the manual of d4,
https://github.com/crillab/d4.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from workbench.circuits.circuit import Circuit, Kind
from workbench.circuits.formats.boolean import FALSE, TRUE, Formula
from workbench.circuits.formats.expressible import renumbering
from workbench.circuits.formats.lines import Lines, shown
from workbench.circuits.formats.logic import Script, live_children, require_formula
from workbench.errors import FormatError
from workbench.limits import LIMITS, require_within

SUFFIX = ".nnf"


def write(circuit: Circuit) -> bytes:
    """The bytes of an .nnf file in the dialect of c2d.

    Raises
    ------
    StructureError
        When the circuit is no Boolean formula: with the node that is the reason.

    Examples
    --------
    >>> from workbench.circuits.build import Builder
    >>> from workbench.data.variables import categorical
    >>> build = Builder((categorical("x", 2),))
    >>> write(build.circuit(build.categorical(0, [0, 1]))).decode().splitlines()
    ['nnf 1 0 1', 'L 1']
    """
    lines = _Writer(circuit).lines()
    n_edges = sum(len(mentioned) for _, mentioned in lines)
    text = [f"nnf {len(lines)} {n_edges} {len(circuit.variables)}"]
    for head, mentioned in lines:
        counted = f"{head} {len(mentioned)} " + " ".join(map(str, mentioned))
        text.append(head if head[0] == "L" else counted.rstrip())
    return "\n".join([*text, ""]).encode()


def write_d4(circuit: Circuit) -> bytes:
    """The bytes of an .nnf file in the dialect of d4, whose root is node 1.

    Raises
    ------
    StructureError
        When the circuit is no Boolean formula: with the node that is the reason.

    Examples
    --------
    >>> from workbench.circuits.build import Builder
    >>> from workbench.data.variables import categorical
    >>> build = Builder((categorical("x", 2),))
    >>> write_d4(build.circuit(build.categorical(0, [0, 1]))).decode().splitlines()
    ['a 1 0', 't 2 0', '1 2 1 0']
    """
    lines = _Writer(circuit).lines()
    last = len(lines) - 1
    if lines[last] == ("A", ()):
        return b"t 1 0\n"
    inner = [n for n, (head, _) in enumerate(lines) if head[0] != "L" or n == last]
    place = {number: count + 1 for count, number in enumerate(reversed(inner))}
    letters = [f"{'o' if lines[n][0][0] == 'O' else 'a'} {place[n]} 0" for n in place]
    true, edges, n_literals = len(inner) + 1, [], 0
    for number, source in place.items():
        head, mentioned = lines[number]
        for target in mentioned if head[0] != "L" else [number]:
            literal = lines[target][0].removeprefix("L ")
            is_literal = lines[target][0][0] == "L"
            n_literals += is_literal
            end = f"{true} {literal}" if is_literal else str(place[target])
            edges.append(f"{source} {end} 0")
    truths = [f"t {true} 0"] if n_literals else []
    return "\n".join([*letters, *truths, *edges, ""]).encode()


def losses(circuit: Circuit) -> tuple[str, ...]:
    """What an .nnf file of `circuit` does not keep."""
    again = read(write(circuit), Path(f"memory{SUFFIX}"))
    found = renumbering(circuit)
    if again.variables != circuit.variables:
        found.append("names and categories of variables")
    if again != circuit:
        found.append("the constant factor, the order of nodes and how formulas were widened")
    return tuple(found)


def read(payload: bytes, path: Path) -> Circuit:
    """The circuit in the bytes of an .nnf file of either dialect.

    Raises
    ------
    FormatError
        Naming the line that is malformed.
    LimitError
        When there are more nodes or edges than the limits allow.
    """
    is_c2d = next((t[0] == b"nnf" for t in Lines(payload, path)), False)
    return (_ReaderOfC2d if is_c2d else _ReaderOfD4)(Lines(payload, path)).circuit()


class _Writer:
    def __init__(self, circuit: Circuit) -> None:
        self.circuit = circuit
        self.is_true, self.literals = require_formula(circuit, SUFFIX)
        self.script = Script()
        self.numbers: dict[int, int] = {}  # of nodes that are not true
        self.implied: dict[int, frozenset[int]] = {}  # literals that a line needs

    def lines(self) -> list[tuple[str, tuple[int, ...]]]:
        """The head of each line and the lines it mentions, the root last."""
        circuit = self.circuit
        for node in range(circuit.n_nodes):
            if not self.is_true[node]:
                self.numbers[node] = self._node(node)
        is_true = self.is_true[circuit.root]
        root = self.script.add("A") if is_true else self.numbers[circuit.root]
        return self.script.below(root)

    def _node(self, node: int) -> int:
        circuit = self.circuit
        if circuit.kinds[node] == Kind.LEAF:
            literal = int(self.literals[node])
            number = self.script.add(f"L {literal}")
            self.implied[number] = frozenset([literal])
            return number
        is_product = circuit.kinds[node] == Kind.PRODUCT
        children = circuit.children_of(node) if is_product else live_children(circuit, node)
        places = children.tolist()
        numbers = [self.numbers[child] for child in places if not self.is_true[child]]
        if len(numbers) == 1:
            return numbers[0]
        if not is_product:
            return self.script.add(f"O {self._decided(numbers)}", numbers)
        number = self.script.add("A", numbers)
        self.implied[number] = frozenset(self.literals[places].tolist()) - {0}
        return number

    def _decided(self, numbers: list[int]) -> int:
        """The variable on which two children disagree; 0 when there is none to be seen."""
        if len(numbers) != 2:
            return 0
        first, second = (self.implied.get(number, frozenset()) for number in numbers)
        return min((abs(literal) for literal in first if -literal in second), default=0)


class _ReaderOfC2d:
    def __init__(self, lines: Lines) -> None:
        self.lines, self.formula = lines, Formula(lines)
        self.n_terms, self.n_variables = 0, 0

    def circuit(self) -> Circuit:
        expected = -1
        term = FALSE
        for tokens in self.lines:
            if expected < 0:
                expected = self._header(tokens)
            else:
                term = self._term(tokens)
                self.formula.define(self.n_terms, term)
                self.n_terms += 1
        if self.n_terms != expected or not self.n_terms:
            reason = f"{expected:,} nodes are announced, {self.n_terms:,} follow"
            raise FormatError(self.lines.path, "end", reason)
        return self.formula.circuit(term, self.n_variables)

    def _header(self, tokens: list[bytes]) -> int:
        if len(tokens) != 4:
            self.lines.refuse("'nnf' is not followed by three numbers")
        self.lines.whole(tokens[2], "the count of edges", LIMITS.n_edges + 1)
        self.n_variables = self.lines.whole(
            tokens[3], "the count of variables", LIMITS.n_columns + 1
        )
        return self.lines.whole(tokens[1], "the count of nodes", LIMITS.n_nodes + 1)

    def _term(self, tokens: list[bytes]) -> int:
        reader, shortest = _READERS.get(tokens[0], (None, 0))
        if reader is None:
            self.lines.refuse(f"{shown(tokens[0])} is no kind of node")
        if len(tokens) < shortest:
            self.lines.refuse(f"it has {len(tokens)} tokens instead of {shortest} or more")
        return reader(self, tokens)

    def literal(self, tokens: list[bytes]) -> int:
        literal = self.lines.literal(tokens[1])
        if abs(literal) > self.n_variables:
            self.lines.refuse(f"there are only {self.n_variables} variables")
        return self.formula.literal(literal)

    def conjunction(self, tokens: list[bytes]) -> int:
        self.lines.counted(tokens[2:], tokens[1], 1, "children")
        return self.formula.conjunction(self._children(tokens[2:]))

    def disjunction(self, tokens: list[bytes]) -> int:
        self.lines.whole(tokens[1], "the variable", LIMITS.n_columns + 1)
        self.lines.counted(tokens[3:], tokens[2], 1, "children")
        return self.formula.disjunction(self._children(tokens[3:]))

    def _children(self, tokens: list[bytes]) -> list[int]:
        return [self.formula.find(self.lines.whole(token, "the child")) for token in tokens]


_Reads = Callable[[_ReaderOfC2d, list[bytes]], int]
_READERS: dict[bytes, tuple[_Reads, int]] = {
    b"L": (_ReaderOfC2d.literal, 2),
    b"A": (_ReaderOfC2d.conjunction, 2),
    b"O": (_ReaderOfC2d.disjunction, 3),
}


class _ReaderOfD4:
    """Collects nodes and edges, then builds them children first."""

    def __init__(self, lines: Lines) -> None:
        self.lines, self.formula = lines, Formula(lines)
        self.letters: dict[int, bytes] = {}
        self.edges: dict[int, list[tuple[int, int, tuple[int, ...]]]] = {}  # line, child, literals
        self.n_edges = 0
        self.n_variables = 0

    def circuit(self) -> Circuit:
        for tokens in self.lines:
            if tokens[-1] != b"0" or len(tokens) < 3:
                self.lines.refuse("it is no node or edge that ends with 0")
            (self._node if tokens[0] in _LETTERS else self._edge)(tokens)
        targets = {child for edges in self.edges.values() for _, child, _ in edges}
        roots = [number for number in self.letters if number not in targets]
        if len(roots) != 1 or not set(self.edges) <= set(self.letters):
            reason = f"{len(roots)} nodes without an edge into them instead of one"
            raise FormatError(self.lines.path, "end", reason)
        self._build(roots[0])
        return self.formula.circuit(self.formula.find(roots[0]), self.n_variables)

    def _node(self, tokens: list[bytes]) -> None:
        number = self.lines.whole(tokens[1], "the node")
        if len(tokens) != 3 or number in self.letters:
            self.lines.refuse(f"node {shown(tokens[1])} is malformed or defined twice")
        require_within("nodes", len(self.letters) + 1, LIMITS.n_nodes)
        self.letters[number] = tokens[0]

    def _edge(self, tokens: list[bytes]) -> None:
        source, target = (self.lines.whole(token, "the node") for token in tokens[:2])
        if source not in self.letters or target not in self.letters:
            self.lines.refuse("it starts or ends at a node that is not defined before it")
        literals = tuple(self.lines.literal(token) for token in tokens[2:-1])
        self.n_variables = max([self.n_variables, *map(abs, literals)])
        self.edges.setdefault(source, []).append((self.lines.number, target, literals))

    def _build(self, root: int) -> None:
        open_nodes: set[int] = set()
        done: set[int] = set()
        todo = [root]
        while todo:
            node = todo[-1]
            missing = [child for _, child, _ in self.edges.get(node, ()) if child not in done]
            if node in done or not missing:
                todo.pop()
                if node not in done:
                    self._finish(node)
                    done.add(node)
                continue
            if node in open_nodes:
                raise FormatError(self.lines.path, f"node {node}", "edges make a cycle")
            open_nodes.add(node)
            todo.extend(missing)

    def _finish(self, node: int) -> None:
        terms = []
        for line, child, literals in self.edges.get(node, ()):
            self.lines.number = line
            implied = [self.formula.literal(literal) for literal in literals]
            terms.append(self.formula.conjunction([*implied, self.formula.find(child)]))
        self.formula.define(node, _LETTERS[self.letters[node]](self.formula, terms))


_LETTERS: dict[bytes, Callable[[Formula, list[int]], int]] = {
    b"o": Formula.disjunction,
    b"a": Formula.conjunction,
    b"t": lambda _formula, _terms: TRUE,
    b"f": lambda _formula, _terms: FALSE,
}
