"""What a literal says, before it is put into words: a set of labels or a set of ranges."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from workbench.core.units import number
from workbench.data.variables import Variable
from workbench.errors import LimitError
from workbench.limits import LIMITS
from workbench.theories.nodes import Constant, Literal, Node, Or, count_literals, fold
from workbench.theories.rows import is_numbered
from workbench.theories.theory import Theory

Range = tuple[float | None, float | None]


@dataclass(frozen=True, slots=True)
class Phrases:
    """How one language writes a condition on a variable, all arguments being escaped text.

    Examples
    --------
    >>> Phrases(
    ...     equal="{} = {}".format, unequal="{} != {}".format, inside="{} in {}".format,
    ...     outside="{} not in {}".format, known="{} is known".format, least="{} >= {}".format,
    ...     most="{} <= {}".format, below="{} < {}".format, either=" or ".join,
    ...     both=" and ".join, never="never".format, escape=str,
    ... ).equal("x", "1")
    'x = 1'
    """

    equal: Callable[[str, str], str]
    unequal: Callable[[str, str], str]
    inside: Callable[[str, Sequence[str]], str]
    outside: Callable[[str, Sequence[str]], str]
    known: Callable[[str], str]
    least: Callable[[str, str], str]
    most: Callable[[str, str], str]
    below: Callable[[str, str], str]
    either: Callable[[Sequence[str]], str]
    both: Callable[[Sequence[str]], str]
    never: Callable[[str], str]
    escape: Callable[[str], str]


def phrase(literal: Literal, variable: Variable, phrases: Phrases) -> str:
    """The condition of `literal` in a language."""
    name = phrases.escape(variable.name)
    if not literal.allowed:
        return phrases.never(name)
    if len(literal.allowed) == variable.n_categories:
        return phrases.known(name)
    if variable.edges:
        bounds = ranges(variable, literal.allowed)
        return phrases.either([_range_phrase(name, bound, phrases) for bound in bounds])
    if is_numbered(variable) and _is_long_run(literal.allowed):
        return _code_phrase(name, literal.allowed, variable.n_categories, phrases)
    return _label_phrase(name, literal.allowed, variable, phrases)


def ranges(variable: Variable, allowed: frozenset[int]) -> list[Range]:
    """The half-open ranges ``[low, high)`` that the allowed bins cover; None is unbounded.

    Examples
    --------
    >>> age = Variable("age", "categorical", ("a", "b", "c", "d"), (1.0, 2.0, 3.0))
    >>> ranges(age, frozenset({0, 2, 3}))
    [(None, 1.0), (2.0, None)]
    """
    bounds: list[float | None] = [None, *variable.edges, None]
    return [(bounds[first], bounds[last + 1]) for first, last in runs(allowed)]


def runs(codes: frozenset[int]) -> list[tuple[int, int]]:
    """The maximal runs (first, last) of consecutive codes.

    Examples
    --------
    >>> runs(frozenset({0, 1, 4}))
    [(0, 1), (4, 4)]
    """
    found: list[tuple[int, int]] = []
    for code in sorted(codes):
        if found and found[-1][1] == code - 1:
            found[-1] = (found[-1][0], code)
        else:
            found.append((code, code))
    return found


def shown(text: str) -> str:
    r"""`text` on one line: characters that do not print are written as escapes.

    Examples
    --------
    >>> shown("a\nb")
    'a\\nb'
    """
    return text if text.isprintable() else text.encode("unicode_escape").decode()


def rendered(
    theory: Theory,
    literal: Callable[[Literal, Variable], str],
    join: Callable[[bool, Sequence[str]], str],
    constants: tuple[str, str],
) -> str:
    """The tree of `theory` in a language; `join` gets whether it joins an OR, and the parts.

    Raises
    ------
    LimitError
        When the text would be too long.
    """
    require_writable(theory)

    def visit(node: Node, parts: Sequence[str]) -> str:
        if isinstance(node, Constant):
            return constants[int(node.value)]
        if isinstance(node, Literal):
            return literal(node, theory.variables[node.variable])
        if not parts:
            return constants[int(not isinstance(node, Or))]
        return parts[0] if len(parts) == 1 else join(isinstance(node, Or), parts)

    return fold(theory.shortest, visit)


def require_writable(theory: Theory) -> None:
    """Nothing, or :class:`LimitError` when the theory is too large to be written out."""
    n_literals = count_literals(theory.shortest)
    most = LIMITS.text_chars // 20
    if n_literals > most:
        raise LimitError(
            "the theory is too large to be written out",
            given=f"{float(n_literals):.3g} literals",
            expected=f"at most {most:,}",
            remedy="Raise the thresholds or contract it; its mask and its JSON still work.",
        )


def _is_long_run(allowed: frozenset[int]) -> bool:
    return len(allowed) > 1 and len(runs(allowed)) == 1


def _code_phrase(name: str, allowed: frozenset[int], size: int, phrases: Phrases) -> str:
    first, last = min(allowed), max(allowed)
    parts = [phrases.least(name, str(first))] if first > 0 else []
    parts += [phrases.most(name, str(last))] if last < size - 1 else []
    return phrases.both(parts)


def _range_phrase(name: str, bound: Range, phrases: Phrases) -> str:
    low, high = bound
    parts = [phrases.least(name, _edge(low))] if low is not None else []
    parts += [phrases.below(name, _edge(high))] if high is not None else []
    return phrases.both(parts)


def _edge(value: float) -> str:
    return number(value, 12).replace(",", "")


def _label_phrase(name: str, allowed: frozenset[int], variable: Variable, phrases: Phrases) -> str:
    absent = sorted(set(range(variable.n_categories)) - allowed)
    is_short = len(allowed) <= len(absent)
    codes = sorted(allowed) if is_short else absent
    labels = [phrases.escape(variable.categories[code]) for code in codes]
    one, many = (phrases.equal, phrases.inside) if is_short else (phrases.unequal, phrases.outside)
    return one(name, labels[0]) if len(labels) == 1 else many(name, labels)
