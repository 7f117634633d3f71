"""What may be the name of something in a workspace."""

from __future__ import annotations

from typing import Final

from workbench.errors import ParameterError

LONGEST: Final = 200


def require_name(name: object) -> None:
    """Nothing, or :class:`ParameterError` where `name` cannot name something.

    Examples
    --------
    >>> require_name("pruned circuit")
    """
    if not (isinstance(name, str) and name.strip() and name.isprintable() and len(name) <= LONGEST):
        raise ParameterError(
            "this cannot be a name",
            given=repr(name)[:80],
            expected=f"1 to {LONGEST} printable characters, not only spaces",
        )
