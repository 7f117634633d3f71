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
from pathlib import Path

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
from workbench.core.tensors import read_tensors, write_tensors
from workbench.errors import FormatError
from workbench.limits import LIMITS, require_within

_ARRAYS = {
    "log_weights": "<f8",
    "leaf_parameters": "<f8",
    "ids": "<i8",
    "offsets": "<i4",
    "children": "<i4",
    "leaf_variables": "<i4",
    "leaf_offsets": "<i4",
    "kinds": "|u1",
    "leaf_families": "|i1",
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
        name: getattr(circuit, name).astype(dtype, copy=False) for name, dtype in _ARRAYS.items()
    }
    texts = {"sha256": "0" * 64, "structure": write_json(structure)}
    return sealed(write_tensors(texts, arrays))


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
    texts, arrays = read_tensors(payload, path)
    if set(texts) != {"sha256", "structure"}:
        raise FormatError(path, "header", "it lacks the structure")
    structure = read_json(texts["structure"].encode(), path, "structure")
    require_version(structure, path)
    _require_arrays(arrays, path)
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


def _require_arrays(arrays: dict[str, AnyArray], path: Path) -> None:
    if list(arrays) != list(_ARRAYS):
        raise FormatError(path, "header", f"the arrays are not {list(_ARRAYS)} in this order")
    for name, array in arrays.items():
        if array.dtype.str != _ARRAYS[name]:
            reason = f"its type is {array.dtype.str!r} instead of {_ARRAYS[name]!r}"
            raise FormatError(path, f"array {name!r}", reason)
        if array.ndim != 1:
            raise FormatError(path, f"array {name!r}", f"its shape {array.shape} is not one length")
