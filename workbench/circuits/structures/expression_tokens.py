"""The words of a written circuit, each with its place."""

from __future__ import annotations

import re
from dataclasses import dataclass

from workbench.errors import FormatError
from workbench.limits import LIMITS, require_within

SOURCE = "the expression"
_WORD = re.compile(
    r"""(?P<space>[^\S\n]+|\#[^\n]*)
    |(?P<number>(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)(?![\w.])
    |(?P<name>[^\W\d]\w*)
    |(?P<quoted>"[^"\n]*")
    |(?P<end>[\n;])
    |(?P<sign>[-+*=:,()\[\]])""",
    re.VERBOSE,
)
_SHOWN = 20  # characters of what is no number
_OPENS, _CLOSES = "([", ")]"
_GOES_ON = set("+*=,:")


@dataclass(frozen=True, slots=True)
class Token:
    """One word: its kind (number, name, quoted, sign, end), its text, and where it begins.

    Examples
    --------
    >>> str(Token("name", "rain", 2, 5))
    "'rain'"
    """

    kind: str
    text: str
    line: int
    column: int

    @property
    def place(self) -> str:
        """Where it begins, counted from 1."""
        return f"line {self.line}, column {self.column}"

    def __str__(self) -> str:
        return "the end of the line" if self.kind == "end" else repr(self.text)


def refusal(token: Token, reason: str, remedy: str = "") -> FormatError:
    """The error that names the place of `token`.

    Examples
    --------
    >>> print(refusal(Token("sign", ")", 1, 4), "nothing was opened"))
    cannot read the expression at line 1, column 4: nothing was opened
    """
    return FormatError(SOURCE, token.place, reason, remedy=remedy)


def tokens_of(text: str) -> list[Token]:
    r"""The words of `text`; lines that go on are joined, and an end closes the last.

    A line goes on inside brackets, after a sign that needs more, and where the next
    one begins with ``+`` or ``*``.

    Raises
    ------
    FormatError
        For a character that belongs to no word, and for brackets that do not match or
        are nested too deep.
    LimitError
        When the text is too long.

    Examples
    --------
    >>> [token.text for token in tokens_of("0.5 * a\n + b")]
    ['0.5', '*', 'a', '+', 'b', '']
    """
    require_within("characters in the expression", len(text), LIMITS.text_chars)
    found = _words(text)
    kept: list[Token] = []
    opened: list[Token] = []
    for place, token in enumerate(found):
        if token.kind == "sign":
            _follow(opened, token)
        if token.kind != "end" or not (opened or _is_joined(kept, found, place)):
            kept.append(token)
    if opened:
        raise refusal(opened[-1], f"{opened[-1]} is not closed")
    return kept or found[-1:]


def _words(text: str) -> list[Token]:
    found: list[Token] = []
    line, begin, place = 1, 0, 0
    while place < len(text):
        match = _WORD.match(text, place)
        here = Token("sign", text[place], line, place - begin + 1)
        if match is None:
            raise refusal(here, _unknown(text, place))
        kind = str(match.lastgroup)
        if kind != "space":
            found.append(Token(kind, match.group(), line, here.column))
        place = match.end()
        if match.group() == "\n":
            line, begin = line + 1, place
    return [*found, Token("end", "", line, place - begin + 1)]


def _unknown(text: str, place: int) -> str:
    if text[place] == '"':
        return "the quotation mark is not closed on its line"
    if text[place].isdigit() or text[place] == ".":
        written = re.split(r"[^\w.]", text[place : place + _SHOWN])[0]
        return f"{written!r} is not a number"
    return f"the character {text[place]!r} belongs to no word of the language"


def _follow(opened: list[Token], token: Token) -> None:
    if token.text in _OPENS:
        opened.append(token)
        if len(opened) > LIMITS.json_depth:
            raise refusal(token, f"it is nested deeper than {LIMITS.json_depth} levels")
    elif token.text in _CLOSES:
        if not opened or _OPENS.index(opened[-1].text) != _CLOSES.index(token.text):
            raise refusal(token, f"{token} closes nothing")
        opened.pop()


def _is_joined(kept: list[Token], found: list[Token], place: int) -> bool:
    """Whether the end at `place` ends nothing: the line is empty, or goes on."""
    if not kept or kept[-1].kind == "end":
        return True
    if found[place].text != "\n":
        return False
    later = next((token for token in found[place:] if token.kind != "end"), None)
    return kept[-1].text in _GOES_ON or (later is not None and later.text in {"+", "*"})
