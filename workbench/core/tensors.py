"""Named arrays in one safetensors payload: written the same every time, read strictly.

Layout, all integers little-endian::

    8 bytes          length of the header
    header           JSON, padded with spaces so that the data begins at a multiple of 8:
        "__metadata__"    texts by name
        one entry per array: "dtype", "shape", "data_offsets"
    data             the arrays one after the other, without holes

Equal arrays and texts in the same order give equal bytes. Any program that reads
safetensors can read them.

Source: the safetensors format, https://huggingface.co/docs/safetensors.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from workbench.core.arrays import AnyArray, frozen
from workbench.core.strict_json import read_json, write_json
from workbench.errors import FormatError
from workbench.limits import LIMITS, require_within

METADATA = "__metadata__"
DTYPES: Mapping[str, str] = MappingProxyType(
    {
        "BOOL": "|b1",
        "U8": "|u1",
        "I8": "|i1",
        "U16": "<u2",
        "I16": "<i2",
        "F16": "<f2",
        "U32": "<u4",
        "I32": "<i4",
        "F32": "<f4",
        "U64": "<u8",
        "I64": "<i8",
        "F64": "<f8",
    }
)
_CODES = {dtype: code for code, dtype in DTYPES.items()}
_ENTRY = {"dtype", "shape", "data_offsets"}


class Tensors(NamedTuple):
    """What a payload holds: texts, and read-only arrays that share its memory."""

    texts: dict[str, str]
    arrays: dict[str, AnyArray]


def write_tensors(texts: Mapping[str, str], arrays: Mapping[str, AnyArray]) -> bytes:
    """The payload that holds `texts` and `arrays`, in their order.

    Arrays lie aligned in memory when those of wider numbers come first.

    Raises
    ------
    KeyError
        When the type of an array is not in :data:`DTYPES`.

    Examples
    --------
    >>> payload = write_tensors({"kind": "toy"}, {"x": np.arange(3)})
    >>> read_tensors(payload, "toy").arrays["x"].tolist()
    [0, 1, 2]
    """
    flat = {name: _little(array) for name, array in arrays.items()}
    header = write_json({METADATA: dict(texts), **_entries(flat)}).encode()
    header += b" " * (-len(header) % 8)
    size = len(header).to_bytes(8, "little")
    return b"".join([size, header, *(array.reshape(-1).data for array in flat.values())])


def read_tensors(payload: bytes, path: object) -> Tensors:
    """The texts and arrays in `payload`.

    Raises
    ------
    FormatError
        When it is cut short, longer than its header says, or malformed; names the place.
    LimitError
        When the header is too large.

    Examples
    --------
    >>> read_tensors(b"", "toy")
    Traceback (most recent call last):
    workbench.errors.FormatError: cannot read toy at header: it is cut short
    """
    base, texts, entries = _header(payload, path)
    start, arrays = base, {}
    for name, entry in entries.items():
        arrays[name] = _array(payload, name, entry, base, start, path)
        start += arrays[name].nbytes
    if start != len(payload):
        raise FormatError(path, "end", f"{len(payload) - start} bytes follow the last array")
    return Tensors(texts, arrays)


def read_texts(payload: bytes, path: object) -> dict[str, str]:
    """The texts in `payload` alone.

    Raises
    ------
    FormatError, LimitError
        As :func:`read_tensors`.

    Examples
    --------
    >>> read_texts(write_tensors({"kind": "toy"}, {}), "toy")
    {'kind': 'toy'}
    """
    return _header(payload, path)[1]


def _header(payload: bytes, path: object) -> tuple[int, dict[str, str], dict[str, Any]]:
    size = int.from_bytes(payload[:8], "little")
    if len(payload) < 8 + max(size, 2):
        raise FormatError(path, "header", "it is cut short")
    require_within(f"bytes in the header of {path}", size, LIMITS.header_bytes)
    header = read_json(payload[8 : 8 + size], path, "header")
    texts = header.pop(METADATA, None) if isinstance(header, dict) else None
    if not isinstance(texts, dict) or not all(isinstance(text, str) for text in texts.values()):
        raise FormatError(path, "header", "it is no object with texts about itself")
    return 8 + size, texts, header


def _little(array: AnyArray) -> AnyArray:
    flat = np.ascontiguousarray(array).reshape(array.shape)
    return flat.astype(flat.dtype.newbyteorder("<"), copy=False)


def _entries(arrays: Mapping[str, AnyArray]) -> dict[str, Any]:
    entries, start = {}, 0
    for name, array in arrays.items():
        offsets = [start, start + array.nbytes]
        code = _CODES[array.dtype.str]
        entries[name] = {"dtype": code, "shape": list(array.shape), "data_offsets": offsets}
        start += array.nbytes
    return entries


def _array(payload: bytes, name: str, entry: Any, base: int, start: int, path: object) -> AnyArray:
    place = f"array {name!r}"
    if not isinstance(entry, dict) or set(entry) != _ENTRY:
        raise FormatError(path, place, "its entry is malformed")
    dtype, shape = _type(entry["dtype"], path, place), entry["shape"]
    if not isinstance(shape, list) or any(type(n) is not int or n < 0 for n in shape):
        raise FormatError(path, place, f"its shape {str(shape)[:80]} is no list of lengths")
    count = math.prod(shape)
    end = start + count * dtype.itemsize
    if entry["data_offsets"] != [start - base, end - base]:
        raise FormatError(path, place, "its offsets do not follow from its shape")
    if end > len(payload):
        raise FormatError(path, place, "the file ends before it does")
    if dtype.kind == "b" and count:
        _require_truths(np.frombuffer(payload, np.uint8, count, start), path, place)
    try:
        return frozen(np.frombuffer(payload, dtype, count, start)).reshape(shape)
    except (ValueError, OverflowError) as error:
        raise FormatError(path, place, f"no array has its shape: {error}") from None


def _type(code: object, path: object, place: str) -> np.dtype[Any]:
    if not isinstance(code, str) or code not in DTYPES:
        raise FormatError(path, place, f"its type {str(code)[:80]!r} is none of {list(DTYPES)}")
    return np.dtype(DTYPES[code])


def _require_truths(codes: AnyArray, path: object, place: str) -> None:
    if codes.max() > 1:
        raise FormatError(path, place, "a truth value is neither 0 nor 1")
