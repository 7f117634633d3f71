"""Theories as SQL, built as a syntax tree with quoted names, never from strings.

Conditions are positive (``IN``, ranges, ``IS NOT NULL``) and joined by AND and OR
only, so a NULL can never satisfy one: WHERE and :meth:`Theory.mask` agree on NULLs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Literal as OneOf

import sqlglot
from sqlglot import exp

from workbench.data.variables import Variable
from workbench.errors import LimitError, ParameterError
from workbench.theories.nodes import Constant, Literal, Node, Or, fold
from workbench.theories.renderings.conditions import Range, ranges, require_writable
from workbench.theories.rows import label_number
from workbench.theories.theory import Theory

# How a column is stored: text, whole or decimal numbers, 64-bit and 32-bit floats,
# truth values, or something that is compared as text.
Storage = OneOf["text", "number", "real", "single", "boolean", "other"]
_FLOATS = ("real", "single")
_NAN_FREE = ("sqlite", "mysql")


def sql(
    theory: Theory,
    dialect: str = "duckdb",
    table: str = "data",
    storage: Mapping[str, Storage] | None = None,
) -> str:
    r"""A query in `dialect` that selects the rows of `table` that satisfy the theory.

    Parameters
    ----------
    storage
        How the columns are stored, by name. By default a column whose labels all are
        numbers, or that was binned, holds numbers, and any other text.

    Raises
    ------
    ParameterError
        When the dialect is unknown.
    LimitError
        When the query would be too long.

    Examples
    --------
    >>> from workbench.data.variables import categorical
    >>> theory = Theory((categorical("the colour", ["red", "it's"]),), Literal(0, frozenset({1})))
    >>> sql(theory)
    'SELECT * FROM "data" WHERE "the colour" = \'it\'\'s\''
    """
    where = condition(theory, _without_nan(dialect, storage or {}))
    query = exp.select("*").from_(table_name(table)).where(where)
    return written(query, dialect)


def count_query(theory: Theory, dialect: str, table: str, storage: Mapping[str, Storage]) -> str:
    """A query in `dialect` that counts the rows of `table` that satisfy the theory."""
    count = exp.select(exp.Count(this=exp.Star())).from_(table_name(table))
    return written(count.where(condition(theory, _without_nan(dialect, storage))), dialect)


def condition(theory: Theory, storage: Mapping[str, Storage]) -> exp.Expr:
    """The theory as an SQL condition."""
    require_writable(theory)

    def visit(node: Node, parts: Sequence[exp.Expr]) -> exp.Expr:
        if isinstance(node, Constant):
            return exp.true() if node.value else exp.false()
        if isinstance(node, Literal):
            variable = theory.variables[node.variable]
            stored = storage.get(variable.name, default_storage(variable))
            return _literal(variable, node.allowed, stored)
        if not parts:
            return exp.false() if isinstance(node, Or) else exp.true()
        return exp.or_(*parts) if isinstance(node, Or) else exp.and_(*parts)

    return fold(theory.shortest, visit)


def default_storage(variable: Variable) -> Storage:
    """How the column of `variable` is stored, judged by its labels.

    Examples
    --------
    >>> from workbench.data.variables import categorical
    >>> default_storage(categorical("pixel", 17)), default_storage(categorical("x", ["a", "01"]))
    ('number', 'text')
    """
    is_number = all(label_number(label) is not None for label in variable.categories)
    return "number" if variable.edges or is_number else "text"


def table_name(name: str) -> exp.Table:
    """`name` as a quoted table name."""
    return exp.Table(this=exp.to_identifier(name, quoted=True))


def written(query: exp.Expr, dialect: str) -> str:
    """The text of a query.

    Raises
    ------
    ParameterError
        When the dialect is unknown.
    LimitError
        When the query nests too deeply.
    """
    if dialect not in sqlglot.Dialect.classes:
        known = sorted(name for name in sqlglot.Dialect.classes if name)
        raise ParameterError("unknown SQL dialect", given=repr(dialect), expected=f"one of {known}")
    try:
        return query.sql(dialect=dialect)
    except RecursionError:
        raise LimitError(
            "the theory nests too deeply for SQL", remedy="Use a theory in the form of rules."
        ) from None


def _without_nan(dialect: str, storage: Mapping[str, Storage]) -> dict[str, Storage]:
    """Floats as plain numbers where the database stores no NaN."""
    if dialect not in _NAN_FREE:
        return dict(storage)
    return {name: "number" if kept in _FLOATS else kept for name, kept in storage.items()}


def _literal(variable: Variable, allowed: frozenset[int], stored: Storage) -> exp.Expr:
    column: exp.Expr = exp.column(exp.to_identifier(variable.name, quoted=True))
    if variable.edges and stored in {"number", *_FLOATS}:
        return _binned(column, variable, allowed, stored)
    if stored in {"single", "other"}:
        column = exp.cast(column, "DOUBLE" if stored == "single" else "TEXT")
    constant = _CONSTANTS[stored]
    labels = (variable.categories[code] for code in sorted(allowed))
    found = [value for value in map(constant, labels) if value is not None]
    if not found:
        return exp.false()
    if len(found) == 1:
        return exp.EQ(this=column, expression=found[0])
    return exp.In(this=column, expressions=found)


def _binned(
    column: exp.Expr, variable: Variable, allowed: frozenset[int], stored: Storage
) -> exp.Expr:
    values = exp.cast(column, "DOUBLE") if stored == "single" else column
    # A floating-point NaN is larger than every number and not NULL.
    may_be_nan = stored in _FLOATS
    parts = [_range(values, bound, may_be_nan=may_be_nan) for bound in ranges(variable, allowed)]
    return exp.or_(*parts) if parts else exp.false()


def _range(column: exp.Expr, bound: Range, *, may_be_nan: bool) -> exp.Expr:
    low, high = bound
    parts: list[exp.Expr] = []
    if low is not None:
        parts.append(exp.GTE(this=column.copy(), expression=_number(low)))
    if high is not None:
        parts.append(exp.LT(this=column.copy(), expression=_number(high)))
    if not parts:
        parts.append(exp.Is(this=column.copy(), expression=exp.null()).not_())
    if may_be_nan and high is None:
        parts.append(exp.IsNan(this=column.copy()).not_())
    return exp.and_(*parts)


def _number(value: float) -> exp.Expr:
    """A constant that every database reads as exactly this double."""
    if value == int(value) and abs(value) < 2**53:
        return exp.Literal.number(int(value))
    digits = repr(value)
    is_exact = "e" in digits or len(digits.lstrip("-0.").replace(".", "")) <= 15
    return exp.Literal.number(digits if is_exact else f"{digits}e0")


def _label_as_number(label: str) -> exp.Expr | None:
    value = label_number(label)
    return None if value is None else _number(value)


def _label_as_flag(label: str) -> exp.Expr | None:
    values = {"true": exp.true, "1": exp.true, "false": exp.false, "0": exp.false}
    make = values.get(label.lower())
    return None if make is None else make()


_CONSTANTS: Mapping[Storage, Callable[[str], exp.Expr | None]] = {
    "text": exp.Literal.string,
    "other": exp.Literal.string,
    "number": _label_as_number,
    "real": _label_as_number,
    "single": _label_as_number,
    "boolean": _label_as_flag,
}
