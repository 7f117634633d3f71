"""Theories as English sentences."""

from __future__ import annotations

from collections.abc import Sequence

from workbench.data.variables import Variable
from workbench.theories.nodes import Literal
from workbench.theories.renderings.conditions import Phrases, phrase, rendered, shown
from workbench.theories.theory import Theory

_CONSTANTS = ("never", "always")


def sentences(theory: Theory, concept: str = "the concept") -> str:
    """The theory as an English sentence about when a row belongs to `concept`.

    Raises
    ------
    LimitError
        When the text would be too long.

    Examples
    --------
    >>> from workbench.data.variables import categorical
    >>> colour = categorical("colour", ["red", "green", "blue", "black"])
    >>> print(sentences(Theory((colour,), Literal(0, frozenset({0, 2}))), "fruit"))
    A row belongs to fruit if colour is red or blue.
    """
    body = rendered(theory, _literal, _join, _CONSTANTS)
    if body in _CONSTANTS:
        return f"A row {body} belongs to {concept}."
    return f"A row belongs to {concept} if {body}."


def _literal(literal: Literal, variable: Variable) -> str:
    return phrase(literal, variable, _PHRASES)


def _join(is_or: bool, parts: Sequence[str]) -> str:
    return ";\nor if ".join(parts) if is_or else ", and ".join(_grouped(part) for part in parts)


def _grouped(part: str) -> str:
    return f"either ({part.replace(';', ',').replace(chr(10), ' ')})" if ";\n" in part else part


def _choice(labels: Sequence[str]) -> str:
    return f"{', '.join(labels[:-1])} or {labels[-1]}"


_PHRASES = Phrases(
    equal="{} is {}".format,
    unequal="{} is not {}".format,
    inside=lambda name, labels: f"{name} is {_choice(labels)}",
    outside=lambda name, labels: f"{name} is neither {', '.join(labels[:-1])} nor {labels[-1]}",
    known="{} is known".format,
    least="{} is at least {}".format,
    most="{} is at most {}".format,
    below="{} is below {}".format,
    either=" or ".join,
    both=" and ".join,
    never="never".format,
    escape=shown,
)
