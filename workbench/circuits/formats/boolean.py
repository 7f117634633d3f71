"""Boolean formulas as circuits that count: what .nnf and .sdd share when they are read.

A literal is an indicator, a conjunction a product, a disjunction a sum. Where
the children of a disjunction mention different variables, a child is widened
by fair leaves, one for each variable it lacks, and its edge weighs a factor of
two for each. So a row has the value 1 when it satisfies the formula and 0
otherwise, and a row of missing values has the number of models.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from workbench.circuits.circuit import Circuit
from workbench.circuits.formats.lines import Lines, Nodes, binary_variables
from workbench.circuits.formats.vtree import Vtree
from workbench.circuits.leaves import CATEGORICAL
from workbench.errors import FormatError
from workbench.limits import LIMITS, require_within

FALSE, TRUE = -2, -1
LOG_TWO = math.log(2.0)
_INTEGER_BYTES = 28  # of a Python integer, beside its digits


class Formula:
    """Builds the circuit of a formula bottom-up; terms are positions, :data:`TRUE` or FALSE.

    Examples
    --------
    >>> from pathlib import Path
    >>> formula = Formula(Lines(b"", Path("a.nnf")))
    >>> either = formula.disjunction([formula.literal(1), formula.literal(-1)])
    >>> formula.circuit(either, 1).n_nodes
    3
    """

    def __init__(self, lines: Lines, tree: Vtree | None = None) -> None:
        self.lines, self.nodes, self.tree = lines, Nodes(lines), tree
        self.scopes: list[int] = []  # of each node, as bits
        self._scope_bytes = 0
        self._known: dict[object, int] = {}  # literals, fair leaves and widened terms
        self._paths = _Paths(tree) if tree else None

    def define(self, number: int, term: int) -> None:
        """Nothing; `term` is known as `number` from now on."""
        self.nodes.define(number, term - FALSE)

    def find(self, number: int) -> int:
        """The term known as `number`."""
        return self.nodes.find(number) + FALSE

    def literal(self, literal: int) -> int:
        """The term of a literal."""
        if literal not in self._known:
            table = [-math.inf, 0.0] if literal > 0 else [0.0, -math.inf]
            self._known[literal] = self._leaf(abs(literal) - 1, table)
        return self._known[literal]

    def conjunction(self, terms: Sequence[int]) -> int:
        """The term that all of `terms` hold; no two may share a variable."""
        if FALSE in terms:
            return FALSE
        parts = [term for term in terms if term != TRUE]
        scope = 0
        for part in parts:
            shared = scope & self.scopes[part]
            if shared:
                name = f"variable {shared.bit_length()}"
                self.lines.refuse(f"two of its parts share {name}: it is not decomposable")
            scope |= self.scopes[part]
        return self._product(parts) if parts else TRUE

    def disjunction(self, terms: Sequence[int]) -> int:
        """The term that one of `terms` holds, which exclude each other."""
        alive = [term for term in terms if term != FALSE]
        if TRUE in alive and len(alive) > 1:
            self.lines.refuse("one of its parts is always true: it is not deterministic")
        if len(alive) < 2:
            return alive[0] if alive else FALSE
        scope = 0
        for term in alive:
            scope |= self.scopes[term]
        return self._sum(
            [self.widened(t, scope) for t in alive], [self._lack(t, scope) for t in alive]
        )

    def decision(self, elements: Sequence[tuple[int, int]], left: int, right: int) -> int:
        """The term of an SDD node of (prime, sub) pairs over the variables `left` and `right`.

        Elements whose sub is false stay as edges of weight zero.
        """
        pairs = [pair for pair in elements if pair[0] != FALSE]
        if all(sub == FALSE for _, sub in pairs):
            return FALSE
        products, weights = [], []
        for prime, sub in pairs:
            if self._scope(prime) & ~left or self._scope(sub) & ~right:
                self.lines.refuse("a prime or sub lies outside its part of the vtree")
            kept = TRUE if sub == FALSE else sub
            products.append(self._product([self.widened(prime, left), self.widened(kept, right)]))
            weight = self._lack(prime, left) + self._lack(kept, right)
            weights.append(-math.inf if sub == FALSE else weight)
        return self._sum(products, weights)

    def sides(self, elements: Sequence[tuple[int, int]], place: int) -> tuple[int, int]:
        """The variables, as bits, of primes and of subs of a node at `place` of the vtree."""
        if self._paths:
            left, right = self._paths.parts[place]
            if left < 0:
                self.lines.refuse("its vtree node is a leaf")
            return self._paths.bits[left], self._paths.bits[right]
        bits = [0, 0]
        for element in elements:
            bits = [side | self._scope(term) for side, term in zip(bits, element, strict=True)]
        if bits[0] & bits[1]:
            self.lines.refuse("its primes and subs share variables")
        return bits[0], bits[1]

    def widened(self, term: int, scope: int) -> int:
        """`term` times fair leaves of the variables that it lacks in `scope`, as a node."""
        if self._scope(term) == scope:
            return term
        key = (term, scope)
        if key not in self._known:
            self._known[key] = self._widen(term, scope)
        return self._known[key]

    def circuit(self, root: int, n_variables: int) -> Circuit:
        """The circuit of the term `root`, over `n_variables` or the variables of the vtree."""
        lines = self.lines
        if root == FALSE:
            raise FormatError(lines.path, "end", "the formula is false: it has no model")
        scope = self._paths.bits[-1] if self._paths else (1 << n_variables) - 1
        if not scope:
            raise FormatError(lines.path, "end", "the formula has no variable")
        node, lack = self.widened(root, scope), self._lack(root, scope)
        if lack:
            node = self.nodes.sum([node], [lack])
        return self.nodes.circuit(binary_variables(lines, scope.bit_length()), node)

    def _scope(self, term: int) -> int:
        return self.scopes[term] if term >= 0 else 0

    def _lack(self, term: int, scope: int) -> float:
        return LOG_TWO * (scope & ~self._scope(term)).bit_count()

    def _leaf(self, variable: int, table: list[float]) -> int:
        return self._with_scope(self.nodes.leaf(variable, CATEGORICAL, table), 1 << variable)

    def _product(self, parts: Sequence[int]) -> int:
        if len(parts) == 1:
            return parts[0]
        scope = 0
        for part in parts:
            scope |= self.scopes[part]
        return self._with_scope(self.nodes.product(parts), scope)

    def _sum(self, children: list[int], weights: list[float]) -> int:
        return self._with_scope(self.nodes.sum(children, weights), self.scopes[children[0]])

    def _with_scope(self, node: int, scope: int) -> int:
        self._scope_bytes += _INTEGER_BYTES + scope.bit_length() // 8
        name = self.lines.path.name
        require_within(
            f"bytes for the scopes of {name}", self._scope_bytes, LIMITS.result_bytes // 16
        )
        self.scopes.append(scope)
        return node

    def _fair(self, variable: int) -> int:
        key = ("fair", variable)
        if key not in self._known:
            self._known[key] = self._leaf(variable, [-LOG_TWO, -LOG_TWO])
        return self._known[key]

    def _widen(self, term: int, scope: int) -> int:
        if self._paths:
            return self._widen_along(self._paths, term, scope)
        lacking, parts = scope & ~self._scope(term), [] if term == TRUE else [term]
        while lacking:
            lowest = lacking & -lacking
            parts.append(self._fair(lowest.bit_length() - 1))
            lacking ^= lowest
        return self._product(parts)

    def _widen_along(self, paths: _Paths, term: int, scope: int) -> int:
        """As `_widen`, one product for each step up the vtree, so that splits fit it."""
        if term == TRUE:
            return self._fair_below(paths, paths.places[scope])
        place, node = paths.places[self.scopes[term]], term
        while paths.bits[place] != scope:
            parent = paths.parents[place]
            left, right = paths.parts[parent]
            other = self._fair_below(paths, right if place == left else left)
            node = self._product([node, other] if place == left else [other, node])
            place = parent
        return node

    def _fair_below(self, paths: _Paths, place: int) -> int:
        todo = [place]
        while todo:
            top = todo[-1]
            parts = [part for part in paths.parts[top] if part >= 0]
            missing = [part for part in parts if ("below", part) not in self._known]
            if missing and ("below", top) not in self._known:
                todo.extend(missing)
                continue
            todo.pop()
            if ("below", top) not in self._known:
                made = [self._known["below", part] for part in parts]
                node = self._product(made) if made else self._fair(paths.bits[top].bit_length() - 1)
                self._known["below", top] = node
        return self._known["below", place]


class _Paths:
    """A vtree with the parent of each node and its variables as bits."""

    def __init__(self, tree: Vtree) -> None:
        size = len(tree.ids) * (_INTEGER_BYTES + max(tree.variables) // 8)
        require_within("bytes for the scopes of the vtree", size, LIMITS.result_bytes // 16)
        self.parts = tree.parts
        self.bits: list[int] = []
        self.parents = [-1] * len(tree.ids)
        for place, (variable, (left, right)) in enumerate(
            zip(tree.variables, tree.parts, strict=True)
        ):
            self.bits.append(1 << variable if left < 0 else self.bits[left] | self.bits[right])
            if left >= 0:
                self.parents[left] = self.parents[right] = place
        self.places = {bits: place for place, bits in enumerate(self.bits)}
