"""Plain values: JSON, notes, numbers that JSON cannot write, numpy's scalars and bytes."""

from __future__ import annotations

from typing import Any

import numpy as np

from workbench.core.arrays import AnyArray
from workbench.errors import LimitError
from workbench.limits import LIMITS
from workbench.store.codecs.array import read_array, write_array
from workbench.store.codecs.base import Codec, Packing, Term, Unpacking, is_scalar

_ODD_FLOATS = ("inf", "-inf", "nan")


def is_plain(value: object, depth: int = 0) -> bool:
    """Whether `value` is what JSON writes without loss: lists and dicts of plain values.

    Raises
    ------
    LimitError
        When it is nested deeper than ``LIMITS.json_depth``.

    Examples
    --------
    >>> is_plain({"a": [1, None]}), is_plain({"a": (1,)}), is_plain({1: 2})
    (True, False, False)
    """
    if depth > LIMITS.json_depth:
        raise LimitError(
            "cannot store this value", expected=f"at most {LIMITS.json_depth} levels of JSON"
        )
    if type(value) is dict:
        keys_are_texts = all(type(key) is str for key in value)
        return keys_are_texts and all(is_plain(entry, depth + 1) for entry in value.values())
    if type(value) is list:
        return all(is_plain(entry, depth + 1) for entry in value)
    return is_scalar(value)


def _write_json(value: Any, packing: Packing) -> Term:
    return value


def _read_json(body: Any, unpacking: Unpacking) -> Any:
    if not is_plain(body):  # a literal such as 1e999 is read as infinity
        raise ValueError("a number is too large")
    return body


def _read_note(body: Any, unpacking: Unpacking) -> str:
    if not isinstance(body, str):
        raise TypeError("a note is no text")
    return body


def _write_float(value: float, packing: Packing) -> str:
    return str(value)


def _read_float(body: Any, unpacking: Unpacking) -> float:
    return float(_ODD_FLOATS[_ODD_FLOATS.index(body)])


def _write_scalar(value: np.generic, packing: Packing) -> Term:
    return write_array(np.asarray(value), packing)


def _read_scalar(body: Any, unpacking: Unpacking) -> Any:
    array: AnyArray = read_array(body, unpacking)
    return array.reshape(())[()]


def _write_bytes(value: bytes, packing: Packing) -> Term:
    return packing.array(np.frombuffer(value, np.uint8))


def _read_bytes(body: Any, unpacking: Unpacking) -> bytes:
    return unpacking.array(body).astype(np.uint8, casting="no").tobytes()


def _write_complex(value: complex, packing: Packing) -> Term:
    return [packing.term(value.real), packing.term(value.imag)]


def _read_complex(body: Any, unpacking: Unpacking) -> complex:
    real, imaginary = (float(unpacking.value(term)) for term in body)
    return complex(real, imaginary)


JSON = Codec("json", _write_json, _read_json)
NOTE = Codec("note", _write_json, _read_note)
FLOAT = Codec("float", _write_float, _read_float)
SCALAR = Codec("number", _write_scalar, _read_scalar)
BYTES = Codec("bytes", _write_bytes, _read_bytes)
COMPLEX = Codec("complex", _write_complex, _read_complex)
