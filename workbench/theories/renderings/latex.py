"""Theories as LaTeX mathematics."""

from __future__ import annotations

from collections.abc import Sequence

from workbench.data.variables import Variable
from workbench.theories.nodes import Literal
from workbench.theories.renderings.conditions import Phrases, phrase, rendered, shown
from workbench.theories.theory import Theory

_ESCAPES = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "_": r"\_",
    "%": r"\%",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
}


def latex(theory: Theory) -> str:
    r"""The theory as LaTeX for display mathematics (needs amsmath), one rule per line.

    Raises
    ------
    LimitError
        When the text would be too long.

    Examples
    --------
    >>> from workbench.data.variables import categorical
    >>> colour = categorical("the_colour", ["red", "green", "blue"])
    >>> print(latex(Theory((colour,), Literal(0, frozenset({0})))))
    \text{the\_colour} = \text{red}
    """
    body = rendered(theory, _literal, _join, (r"\bot", r"\top"))
    return f"\\begin{{aligned}}\n& {body}\n\\end{{aligned}}" if "\n" in body else body


def escaped(text: str) -> str:
    r"""`text` as upright text in mathematics, special characters escaped.

    Examples
    --------
    >>> print(escaped("50% of $x_1$"))
    \text{50\% of \$x\_1\$}
    """
    inner = "".join(_ESCAPES.get(character, character) for character in shown(text))
    return rf"\text{{{inner}}}"


def _literal(literal: Literal, variable: Variable) -> str:
    return phrase(literal, variable, _PHRASES)


def _join(is_or: bool, parts: Sequence[str]) -> str:
    if is_or:
        return " \\\\\n\\lor{}& ".join(f"({p})" if r"\land" in p else p for p in parts)
    return r" \land ".join(_grouped(part) for part in parts)


def _grouped(part: str) -> str:
    one_line = part.replace(" \\\\\n\\lor{}& ", r" \lor ")
    return f"({one_line})" if r"\lor" in one_line else one_line


def _set(labels: Sequence[str]) -> str:
    return rf"\{{{', '.join(labels)}\}}"


_PHRASES = Phrases(
    equal="{} = {}".format,
    unequal=r"{} \neq {}".format,
    inside=lambda name, labels: rf"{name} \in {_set(labels)}",
    outside=lambda name, labels: rf"{name} \notin {_set(labels)}",
    known=r"{} \neq \varnothing".format,
    least=r"{} \geq {}".format,
    most=r"{} \leq {}".format,
    below="{} < {}".format,
    either=r" \lor ".join,
    both=r" \land ".join,
    never=r"\bot".format,
    escape=escaped,
)
