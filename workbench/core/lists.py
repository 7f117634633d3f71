"""Lists as people type them: names, and whole numbers with ranges."""

from __future__ import annotations

import re

from workbench.errors import ParameterError
from workbench.limits import LIMITS, require_within

RANGE = re.compile(r"(\d{1,12})\.\.(\d{1,12})")


def whole_numbers(text: str, what: str) -> list[int]:
    """The whole numbers in a list such as "1,4,8..10"; each range includes its ends.

    Raises
    ------
    ParameterError
        When it is no such list, or an empty one.
    LimitError
        When it is too long.

    Examples
    --------
    >>> whole_numbers("1, 4, 8..10", "seeds")
    [1, 4, 8, 9, 10]
    """
    found: list[int] = []
    for part in names(text):
        span = RANGE.fullmatch(part if ".." in part else f"{part}..{part}")
        if span is None or int(span[1]) > int(span[2]):
            raise _unreadable(text, what)
        require_within(f"values of {what}", int(span[2]) - int(span[1]) + 1, LIMITS.n_cells)
        found += range(int(span[1]), int(span[2]) + 1)
    if not found:
        raise _unreadable(text, what)
    return list(dict.fromkeys(found))


def names(text: str) -> list[str]:
    """The parts of a list with commas, without the spaces around them.

    Examples
    --------
    >>> names("beam, best_of_n")
    ['beam', 'best_of_n']
    """
    return [part.strip() for part in text.split(",") if part.strip()]


def _unreadable(text: str, what: str) -> ParameterError:
    return ParameterError(
        f"cannot read {what}", given=repr(text[:80]), expected="such as 1,2,4 or 0..9"
    )
