"""Our own format, .wbc: one lossless safetensors file.

Layout, all integers little-endian::

    8 bytes          length of the header
    header           JSON, padded with spaces so that the data begins at a multiple of 8:
        "__metadata__"
            "sha256"     of the whole file, with these 64 digits written as zeros
            "structure"  JSON text: format, version, next_id, variables
        one entry per array: "dtype", "shape", "data_offsets"
    data             the arrays one after the other, without holes:
                     float64 and int64 ones first, then int32, then bytes

Equal circuits give equal bytes. The arrays are those of
:class:`workbench.circuits.Circuit`, in its words. Any program that reads
safetensors can read them.

Source: the safetensors format, https://huggingface.co/docs/safetensors.
"""

from __future__ import annotations

import hashlib
import math
from pathlib import Path
from typing import Any

import numpy as np

from workbench.circuits.circuit import Circuit
from workbench.circuits.formats.describe import (
    FORMAT,
    VERSION,
    checked_circuit,
    require_version,
    variables_from_json,
    variables_to_json,
)
from workbench.core.arrays import AnyArray
from workbench.core.strict_json import read_json, write_json
from workbench.errors import FormatError
from workbench.limits import LIMITS, require_within

_ARRAYS = {
    "log_weights": ("F64", "<f8"),
    "leaf_parameters": ("F64", "<f8"),
    "ids": ("I64", "<i8"),
    "offsets": ("I32", "<i4"),
    "children": ("I32", "<i4"),
    "leaf_variables": ("I32", "<i4"),
    "leaf_offsets": ("I32", "<i4"),
    "kinds": ("U8", "|u1"),
    "leaf_families": ("I8", "|i1"),
}
_START = b'{"__metadata__":{"sha256":"'
_DIGEST = slice(8 + len(_START), 8 + len(_START) + 64)


def write(circuit: Circuit) -> bytes:
    """The bytes of a .wbc file.

    Examples
    --------
    >>> from workbench.circuits.build import Builder
    >>> from workbench.data.variables import categorical
    >>> build = Builder((categorical("x", 2),))
    >>> circuit = build.circuit(build.categorical(0, [0.25, 0.75]))
    >>> read(write(circuit), Path("a.wbc")) == circuit
    True
    """
    structure = {
        "format": FORMAT,
        "version": VERSION,
        "next_id": circuit.next_id,
        "variables": variables_to_json(circuit.variables),
    }
    arrays = {
        name: getattr(circuit, name).astype(dtype, copy=False)
        for name, (_, dtype) in _ARRAYS.items()
    }
    metadata = {"sha256": "0" * 64, "structure": write_json(structure)}
    header = write_json({"__metadata__": metadata, **_entries(arrays)}).encode()
    header += b" " * (-len(header) % 8)
    data = b"".join(array.tobytes() for array in arrays.values())
    return sealed(len(header).to_bytes(8, "little") + header + data)


def read(payload: bytes, path: Path) -> Circuit:
    """The circuit in the bytes of a .wbc file.

    Raises
    ------
    FormatError
        When a single bit differs from what was written, when the version is
        newer, or when the arrays are not a circuit.
    """
    header_size = int.from_bytes(payload[:8], "little")
    if len(payload) < 8 + header_size or payload[8 : 8 + len(_START)] != _START:
        raise FormatError(path, "header", "it is cut short, or not a circuit of the workbench")
    require_within(f"bytes in the header of {path.name}", header_size, LIMITS.header_bytes)
    if sealed(payload) != payload:
        raise FormatError(path, "sha256", "the content differs from what was written")
    header = read_json(payload[8 : 8 + header_size], path, "header")
    metadata = header.pop("__metadata__")
    if set(metadata) != {"sha256", "structure"} or not isinstance(metadata["structure"], str):
        raise FormatError(path, "header", "it lacks the structure")
    structure = read_json(metadata["structure"].encode(), path, "structure")
    require_version(structure, path)
    arrays = _read_arrays(payload[8 + header_size :], header, path)
    variables = variables_from_json(structure.get("variables"), path)
    return checked_circuit(variables, arrays, structure.get("next_id"), path)


def sealed(payload: bytes) -> bytes:
    """`payload` with the sha256 of its content in the place for it.

    Examples
    --------
    >>> sealed(bytes(200)) == sealed(sealed(bytes(200)))
    True
    """
    blank = payload[: _DIGEST.start] + b"0" * 64 + payload[_DIGEST.stop :]
    digest = hashlib.sha256(blank).hexdigest().encode()
    return payload[: _DIGEST.start] + digest + payload[_DIGEST.stop :]


def _entries(arrays: dict[str, AnyArray]) -> dict[str, Any]:
    entries, start = {}, 0
    for name, array in arrays.items():
        offsets = [start, start + array.nbytes]
        dtype = _ARRAYS[name][0]
        entries[name] = {"dtype": dtype, "shape": list(array.shape), "data_offsets": offsets}
        start += array.nbytes
    return entries


def _read_arrays(data: bytes, entries: dict[str, Any], path: Path) -> dict[str, AnyArray]:
    if list(entries) != list(_ARRAYS):
        raise FormatError(path, "header", f"the arrays are not {list(_ARRAYS)} in this order")
    arrays, start = {}, 0
    for name, entry in entries.items():
        shape, end = _extent(name, entry, start, path)
        if end > len(data):
            raise FormatError(path, f"array {name!r}", "the file ends before it does")
        arrays[name] = np.frombuffer(data[start:end], dtype=_ARRAYS[name][1]).reshape(shape)
        start = end
    if start != len(data):
        raise FormatError(path, "end", f"{len(data) - start} bytes follow the last array")
    return arrays


def _extent(name: str, entry: Any, start: int, path: Path) -> tuple[tuple[int, ...], int]:
    code, dtype = _ARRAYS[name]
    place = f"array {name!r}"
    if not isinstance(entry, dict) or set(entry) != {"dtype", "shape", "data_offsets"}:
        raise FormatError(path, place, "its entry is malformed")
    if entry["dtype"] != code:
        raise FormatError(path, place, f"its type is {entry['dtype']!r} instead of {code!r}")
    shape = entry["shape"]
    if not isinstance(shape, list) or len(shape) != 1 or type(shape[0]) is not int or shape[0] < 0:
        raise FormatError(path, place, f"its shape {shape!r} is not one length")
    end = start + math.prod(shape) * np.dtype(dtype).itemsize
    if entry["data_offsets"] != [start, end]:
        raise FormatError(path, place, "its offsets do not follow from its shape")
    return (shape[0],), end
