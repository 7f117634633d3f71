"""Call: the name of a task and its arguments, small ones as they are, large ones by hash."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Final

from workbench.errors import FormatError

MAX_INLINE_CHARS: Final = 256
MAX_CALL_CHARS: Final = 200_000
_HASH = re.compile(r"[0-9a-f]{64}")
_REF = "ref"

Scalar = None | bool | int | float | str


@dataclass(frozen=True, slots=True)
class Ref:
    """A value that lies in the workspace under `hash`.

    Examples
    --------
    >>> Call("learning.fit", {"circuit": Ref("ab12"), "epochs": 3}).arguments["circuit"].hash
    'ab12'
    """

    hash: str


Argument = Scalar | Ref


@dataclass(frozen=True)
class Call:
    """What to do: `task` names a registered function, `arguments` are its keywords.

    It is plain data: it can name a task, never bring one.

    Examples
    --------
    >>> call = Call("learning.fit", {"circuit": Ref("0" * 64), "epochs": 5})
    >>> call.arguments["epochs"], list(call.refs)
    (5, ['circuit'])
    >>> call_from(call.text) == call
    True
    """

    task: str
    arguments: Mapping[str, Argument]

    def __post_init__(self) -> None:
        object.__setattr__(self, "arguments", MappingProxyType(dict(self.arguments)))

    @property
    def refs(self) -> Mapping[str, str]:
        """The hashes of the large arguments, by name."""
        return {name: at.hash for name, at in self.arguments.items() if isinstance(at, Ref)}

    @property
    def scalars(self) -> Mapping[str, Scalar]:
        """The small arguments, by name."""
        return {name: at for name, at in self.arguments.items() if not isinstance(at, Ref)}

    @property
    def text(self) -> str:
        """The call as JSON."""
        arguments = {name: written(at) for name, at in self.arguments.items()}
        return json.dumps({"task": self.task, "arguments": arguments}, allow_nan=False)

    def with_argument(self, name: str, value: Argument) -> Call:
        """The call with another value for one argument."""
        return replace(self, arguments={**self.arguments, name: value})


def argument(value: Any, put: Callable[[Any], str]) -> Argument:
    """`value` itself when it is small and plain, else where `put` has kept it.

    Examples
    --------
    >>> argument(3, put=lambda value: "0" * 64), argument([1, 2], put=lambda value: "0" * 64)
    (3, Ref(hash='0000000000000000000000000000000000000000000000000000000000000000'))
    """
    return value if _is_small(value) else Ref(put(value))


def call_from(text: str, place: object = "a call") -> Call:
    """The call that `text` describes.

    Raises
    ------
    FormatError
        When `text` is not what :attr:`Call.text` writes.
    """
    try:
        raw: Any = json.loads(text) if len(text) <= MAX_CALL_CHARS else None
        arguments = {name: read(value) for name, value in raw["arguments"].items()}
        return Call(_word(raw["task"]), arguments)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise FormatError(place, "its call", "it names no task with arguments") from error


def written(at: Argument) -> Any:
    """An argument as plain JSON."""
    return {_REF: at.hash} if isinstance(at, Ref) else at


def read(value: Any) -> Argument:
    """The argument that plain JSON describes; ValueError when it describes none."""
    if isinstance(value, dict) and set(value) == {_REF} and _HASH.fullmatch(str(value[_REF])):
        return Ref(value[_REF])
    if not _is_small(value):
        raise ValueError
    plain: Scalar = value
    return plain


def _word(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _is_small(value: Any) -> bool:
    if isinstance(value, str):
        return type(value) is str and len(value) <= MAX_INLINE_CHARS
    if isinstance(value, float):
        return type(value) is float and math.isfinite(value)
    return value is None or type(value) in {bool, int}
