"""Theory: a logical description of a concept, as an AND/OR tree and as multi-valued rules."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from workbench.core.arrays import BoolArray, FloatArray, content_hash
from workbench.data.variables import Variable
from workbench.errors import LimitError, ParameterError
from workbench.limits import LIMITS
from workbench.theories.cubes import Cube, CubeSpace, flatten, space_of
from workbench.theories.nodes import (
    And,
    Literal,
    Node,
    Or,
    count_literals,
    post_order,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from workbench.theories.renderings.sql import Storage


@dataclass(frozen=True, slots=True)
class Rule:
    """A conjunction of literals, at most one per variable, and the circuit units it came from.

    Examples
    --------
    >>> Rule((Literal(0, frozenset({1})),)).units
    ()
    """

    literals: tuple[Literal, ...]
    units: tuple[int, ...] = ()


@dataclass(frozen=True, eq=False)
class Theory:
    """A formula over `variables`: true for the rows that it claims to belong to the concept.

    The tree is the primary form. A missing value satisfies no literal.

    Parameters
    ----------
    tree
        AND/OR tree; subtrees may be shared.
    source
        How the theory was made, in words.

    Raises
    ------
    ParameterError
        When a literal names a variable or a code that does not exist.

    Examples
    --------
    >>> from workbench.data.variables import categorical
    >>> import numpy as np
    >>> colour = categorical("colour", ["red", "green", "blue"])
    >>> theory = Theory((colour,), Literal(0, frozenset({0, 2})))
    >>> print(theory)
    colour != green
    >>> theory.n_rules, theory.n_literals, theory.mask(np.array([[0.0], [1.0]])).tolist()
    (1, 1, [True, False])
    """

    variables: tuple[Variable, ...]
    tree: Node
    source: str = ""

    def __post_init__(self) -> None:
        for node in post_order(self.tree):
            if isinstance(node, Literal):
                _check_literal(node, self.variables)

    @cached_property
    def space(self) -> CubeSpace:
        """The cube space of the variables."""
        return space_of(self.variables)

    @cached_property
    def rules(self) -> tuple[Rule, ...]:
        """The theory as a disjunction of rules, equal to the tree for every row.

        Raises
        ------
        LimitError
            When there would be more than ``LIMITS.n_rules``; the tree still works.
        """
        return rules_of(flatten(self.tree, self.space), self.space)

    @cached_property
    def is_flat(self) -> bool:
        """Whether the theory can be written as a list of rules within the limits."""
        try:
            return len(self.rules) >= 0
        except LimitError:
            return False

    @cached_property
    def shortest(self) -> Node:
        """The rules as a tree, or the tree itself where that has fewer literals."""
        if not self.is_flat or self.n_tree_literals < self.n_literals:
            return self.tree
        return rules_tree(self.rules)

    @property
    def n_rules(self) -> int:
        """How many rules.

        Raises
        ------
        LimitError
            When the theory cannot be written as rules within the limits.
        """
        return len(self.rules)

    @cached_property
    def n_literals(self) -> int:
        """How many literals the rules have, or the tree where rules would be too many."""
        if not self.is_flat:
            return self.n_tree_literals
        return sum(len(rule.literals) for rule in self.rules)

    @cached_property
    def n_tree_literals(self) -> int:
        """How many literals the tree has, every shared subtree written out."""
        return count_literals(self.tree)

    @cached_property
    def used(self) -> tuple[int, ...]:
        """The column numbers of the variables that the tree mentions, ascending."""
        literals = (node for node in post_order(self.tree) if isinstance(node, Literal))
        return tuple(sorted({literal.variable for literal in literals}))

    @property
    def n_variables(self) -> int:
        """How many distinct variables the theory mentions."""
        return len(self.used)

    @cached_property
    def bits(self) -> float:
        """Description length of the rules in bits: which variables, and which of their values.

        Each rule costs ``log2 C(n, k)`` for the choice of its k of n variables, and
        each literal ``log2 C(D, |S|)`` for the choice of its values.

        Raises
        ------
        LimitError
            When the theory cannot be written as rules within the limits.
        """
        return sum(self._rule_bits(rule) for rule in self.rules)

    @cached_property
    def hash(self) -> str:
        """The sha256 of variables and tree; units and source are not part of it."""
        return content_hash([repr(self.variables), self.tree.key.hex()])

    def mask(self, rows: FloatArray | pd.DataFrame) -> BoolArray:
        """(rows,) which rows satisfy the theory.

        Parameters
        ----------
        rows
            Encoded rows ``(rows, variables)``, or a DataFrame with the original values
            in columns named as the variables.
        """
        from workbench.theories.rows import encoded, mask_of_codes

        return mask_of_codes(self, encoded(self.variables, rows, self.used))

    def sql(
        self,
        dialect: str = "duckdb",
        table: str = "data",
        storage: Mapping[str, Storage] | None = None,
    ) -> str:
        """A query in `dialect` that selects the satisfying rows of `table`."""
        from workbench.theories.renderings.sql import sql

        return sql(self, dialect=dialect, table=table, storage=storage)

    def latex(self) -> str:
        """The theory as LaTeX mathematics, names escaped."""
        from workbench.theories.renderings.latex import latex

        return latex(self)

    def sentences(self) -> str:
        """The theory as English sentences."""
        from workbench.theories.renderings.sentences import sentences

        return sentences(self)

    def json(self) -> str:
        """The theory as JSON, without loss; read it with :func:`workbench.theories.from_json`."""
        from workbench.theories.renderings.json import to_json

        return to_json(self)

    def __str__(self) -> str:
        from workbench.theories.renderings.text import text

        return text(self)

    def __repr__(self) -> str:
        size = f"{self.n_rules} rules, " if self.is_flat else "tree form, "
        return f"Theory({size}{self.n_literals} literals, {self.n_variables} variables)"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Theory) and self.hash == other.hash

    def __hash__(self) -> int:
        return int(self.hash[:15], 16)

    def _rule_bits(self, rule: Rule) -> float:
        choice = math.log2(math.comb(len(self.variables), len(rule.literals)))
        sizes = (self.variables[literal.variable].n_categories for literal in rule.literals)
        return choice + sum(
            math.log2(math.comb(size, len(literal.allowed)))
            for size, literal in zip(sizes, rule.literals, strict=True)
        )


def rules_tree(rules: Iterable[Rule]) -> Node:
    """The tree that is a disjunction of `rules`.

    Examples
    --------
    >>> rules_tree([Rule((Literal(0, frozenset({1})),))])
    Or(1 children, units=())
    """
    return Or(tuple(And(rule.literals, rule.units) for rule in rules))


def rules_of(cubes: Iterable[Cube], space: CubeSpace) -> tuple[Rule, ...]:
    """One rule per cube.

    Examples
    --------
    >>> rules_of([Cube(CubeSpace((2,)).restricted(0, [1]))], CubeSpace((2,)))[0].literals
    (Literal(variable=0, allowed=frozenset({1}), units=()),)
    """
    return tuple(_rule(cube, space) for cube in cubes)


def theory_of(variables: Iterable[Variable], rules: Iterable[Rule], source: str = "") -> Theory:
    """The theory that is the disjunction of `rules`.

    Raises
    ------
    LimitError
        When there are more than ``LIMITS.n_rules``.

    Examples
    --------
    >>> from workbench.data.variables import categorical
    >>> theory_of([categorical("x", 2)], [Rule((Literal(0, frozenset({1})),))])
    Theory(1 rules, 1 literals, 1 variables)
    """
    listed = tuple(rules)
    if len(listed) > LIMITS.n_rules:
        raise LimitError(
            "too many rules", given=f"{len(listed):,}", expected=f"at most {LIMITS.n_rules:,}"
        )
    return Theory(tuple(variables), rules_tree(listed), source)


def _rule(cube: Cube, space: CubeSpace) -> Rule:
    units: dict[int, list[int]] = {}
    for variable, unit in sorted(cube.leaf_units):
        units.setdefault(variable, []).append(unit)
    literals = tuple(
        Literal(variable, allowed, tuple(units.get(variable, ())))
        for variable, allowed in space.literals(cube.bits)
    )
    return Rule(literals, tuple(sorted(cube.units)))


def _check_literal(literal: Literal, variables: tuple[Variable, ...]) -> None:
    if not 0 <= literal.variable < len(variables):
        raise ParameterError(
            "a literal names no variable",
            given=f"column {literal.variable}",
            expected=f"a column from 0 to {len(variables) - 1}",
        )
    variable = variables[literal.variable]
    unknown = [code for code in literal.allowed if not 0 <= code < variable.n_categories]
    if unknown:
        raise ParameterError(
            f"a literal on {variable.name!r} allows codes that do not exist",
            given=sorted(unknown),
            expected=f"codes from 0 to {variable.n_categories - 1}",
            remedy="Bin continuous variables (bins=) before a theory is made.",
        )
