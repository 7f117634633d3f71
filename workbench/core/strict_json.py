"""JSON that is read strictly: no duplicate key, no NaN, no bottomless nesting."""

from __future__ import annotations

import json
import re
from typing import Any

import numpy as np

from workbench.errors import FormatError
from workbench.limits import LIMITS

_STRING = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_NOT_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))


def read_json(payload: bytes, path: object, place: str) -> Any:
    """The value that `payload` writes.

    Raises
    ------
    FormatError
        When it is no JSON, repeats a key, holds NaN or Infinity, or is nested
        deeper than the limit.

    Examples
    --------
    >>> read_json(b'{"a": [1, 2.5]}', "x.json", "header")
    {'a': [1, 2.5]}
    """
    if nesting(payload) > LIMITS.json_depth:
        reason = f"it is nested deeper than {LIMITS.json_depth} levels"
        raise FormatError(path, place, reason)
    try:
        return json.loads(
            payload.decode("utf-8"), object_pairs_hook=_distinct, parse_constant=_refuse
        )
    except json.JSONDecodeError as error:
        where = f"{place}, line {error.lineno}, column {error.colno}"
        raise FormatError(path, where, f"it is not JSON: {error.msg}") from error
    except (ValueError, RecursionError) as error:
        raise FormatError(path, place, f"it is not strict JSON: {error}") from error


def write_json(value: Any) -> str:
    """The shortest JSON of `value`, on one line, the same at every call.

    Examples
    --------
    >>> write_json({"a": [1, 0.1]})
    '{"a":[1,0.1]}'
    """
    return json.dumps(value, ensure_ascii=True, allow_nan=False, separators=(",", ":"))


def nesting(payload: bytes) -> int:
    """How deep the brackets outside strings are nested.

    Examples
    --------
    >>> nesting(b'{"[[[": [1]}')
    2
    """
    brackets = np.frombuffer(_STRING.sub(b"", payload).translate(None, _NOT_BRACKETS), np.uint8)
    steps = np.where(np.isin(brackets, [ord("["), ord("{")]), 1, -1)
    return int(np.cumsum(steps).max(initial=0))


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        repeated = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"the key {repeated!r} is repeated")
    return found


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is not a number here")
