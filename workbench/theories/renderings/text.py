"""Theories as plain text."""

from __future__ import annotations

from collections.abc import Sequence

from workbench.data.variables import Variable
from workbench.theories.nodes import Literal
from workbench.theories.renderings.conditions import Phrases, phrase, rendered, shown
from workbench.theories.theory import Theory


def text(theory: Theory) -> str:
    """The theory as plain text, one rule per line where it has rules.

    Raises
    ------
    LimitError
        When the text would be too long.

    Examples
    --------
    >>> from workbench.data.variables import categorical
    >>> from workbench.theories.nodes import And, Or
    >>> x, y = (Literal(v, frozenset({1})) for v in (0, 1))
    >>> print(text(Theory((categorical("x", 3), categorical("y", 3)), Or((x, And((x, y)))))))
    x = 1
    """
    return rendered(theory, literal_text, _join, ("never", "always"))


def literal_text(literal: Literal, variable: Variable) -> str:
    """The condition of one literal as plain text.

    Examples
    --------
    >>> from workbench.data.variables import categorical
    >>> literal_text(Literal(0, frozenset({3, 4, 5})), categorical("pixel", 17))
    'pixel >= 3 and pixel <= 5'
    """
    return phrase(literal, variable, _PHRASES)


def _join(is_or: bool, parts: Sequence[str]) -> str:
    if not is_or:
        return " and ".join(_grouped(part) for part in parts)
    return "\nor ".join(f"({part})" if " and " in part else part for part in parts)


def _grouped(part: str) -> str:
    return f"({' '.join(part.split(chr(10)))})" if " or " in part or "\n" in part else part


def _listed(sign: str) -> str:
    return "{} " + sign + " {{{}}}"


_PHRASES = Phrases(
    equal="{} = {}".format,
    unequal="{} != {}".format,
    inside=lambda name, labels: f"{name} in {{{', '.join(labels)}}}",
    outside=lambda name, labels: f"{name} not in {{{', '.join(labels)}}}",
    known="{} is known".format,
    least="{} >= {}".format,
    most="{} <= {}".format,
    below="{} < {}".format,
    either=" or ".join,
    both=" and ".join,
    never="never".format,
    escape=shown,
)
