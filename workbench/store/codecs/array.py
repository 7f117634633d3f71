"""Arrays of numbers, truth values, texts, bytes, dates and plain objects, in every shape."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from workbench.core.arrays import AnyArray, frozen
from workbench.core.memory import require_memory
from workbench.core.tensors import DTYPES
from workbench.errors import FormatError, ParameterError
from workbench.store.codecs.base import Codec, Packing, Term, Unpacking

_NUMBERS = frozenset(DTYPES.values())
_UNITS = frozenset(("Y", "M", "W", "D", "h", "m", "s", "ms", "us", "ns", "ps", "fs", "as"))
_CARRIERS = {"U": "<u4", "S": "|u1", "M": "<i8", "m": "<i8"}
_COMPLEX = {"<c8": "<f4", "<c16": "<f8"}


def write_array(array: AnyArray, packing: Packing) -> Term:
    """The body of an array: a number where safetensors has its type, else type, shape and number.

    Texts are carried by their code points, dates by their counts, complex numbers by pairs.
    """
    if array.dtype == object:
        return ["|O", list(array.shape), [packing.term(entry) for entry in array.ravel().tolist()]]
    dtype = array.dtype.newbyteorder("<").str
    if dtype in _NUMBERS:
        return packing.array(array)
    carrier = carrier_of(dtype)
    if carrier is None:
        raise ParameterError(
            "cannot store this array",
            given=f"an array of type {array.dtype}",
            expected="numbers, truth values, texts, dates or plain objects",
        )
    flat = np.ascontiguousarray(array.astype(dtype, copy=False)).reshape(-1)
    raw = np.frombuffer(flat.tobytes(), carrier)
    return [dtype, list(array.shape), packing.array(raw)]


def read_array(body: Any, unpacking: Unpacking) -> AnyArray:
    """The read-only array that :func:`write_array` described."""
    if type(body) is int:
        return unpacking.array(body)
    dtype, given, content = body
    shape = _shape(given)
    if dtype == "|O":
        return _objects([unpacking.value(term) for term in content], shape)
    carrier = carrier_of(dtype)
    if carrier is None:
        raise FormatError(unpacking.place, "array", f"its type {str(dtype)[:80]!r} is unknown")
    raw = unpacking.array(content)
    if raw.dtype.str != carrier or raw.nbytes != math.prod(shape) * np.dtype(dtype).itemsize:
        raise FormatError(unpacking.place, "array", "its type and shape do not fit its content")
    if np.dtype(dtype).kind == "U" and raw.max(initial=0) > 0x10FFFF:
        raise FormatError(unpacking.place, "array", "a code point is none")
    return frozen(np.frombuffer(raw.tobytes(), dtype)).reshape(shape)


def carrier_of(dtype: object) -> str | None:
    """The type of numbers that carries arrays of a `dtype`; None when it is none of ours.

    Examples
    --------
    >>> carrier_of("<U5"), carrier_of("<M8[ns]"), carrier_of("<c16"), carrier_of("|V8")
    ('<u4', '<i8', '<f8', None)
    """
    if not isinstance(dtype, str):
        return None
    if dtype in _COMPLEX:
        return _COMPLEX[dtype]
    kind, rest = dtype[1:2], dtype[2:]
    if kind in "Mm" and dtype[:1] == "<" and (rest == "8" or _is_unit(rest)):
        return _CARRIERS[kind]
    is_width = rest.isascii() and rest.isdigit() and len(rest) <= 9 and rest == str(int(rest))
    if dtype[:2] in {"<U", "|S"} and is_width and int(rest):
        return _CARRIERS[kind]
    return None


def _is_unit(rest: str) -> bool:
    return rest[:2] == "8[" and rest[-1:] == "]" and rest[2:-1].lstrip("0123456789") in _UNITS


def _shape(given: Any) -> tuple[int, ...]:
    if not isinstance(given, list) or any(type(n) is not int or n < 0 for n in given):
        raise TypeError("a shape is not a list of lengths")
    return tuple(given)


def _objects(entries: list[Any], shape: tuple[int, ...]) -> AnyArray:
    require_memory("read an array", 8 * len(entries), "Free some memory.")
    array = np.empty(len(entries), dtype=object)
    for place, entry in enumerate(entries):
        array[place] = entry
    return frozen(array).reshape(shape)


ARRAY = Codec("array", write_array, read_array)
