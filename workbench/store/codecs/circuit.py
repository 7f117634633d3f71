"""Circuits: the bytes of a .wbc file."""

from __future__ import annotations

from pathlib import Path

from workbench.circuits.circuit import Circuit
from workbench.circuits.formats import wbc
from workbench.circuits.formats.describe import require_writable
from workbench.core.memory import require_memory
from workbench.store.codecs.base import FileCodec

_READING_BYTES = 5  # of memory per byte of a payload, at the peak


def _write(circuit: Circuit) -> bytes:
    require_writable(circuit)
    return wbc.write(circuit)


def _read(payload: bytes, place: str) -> Circuit:
    require_memory(f"read {place}", _READING_BYTES * len(payload), "Free some memory.")
    return wbc.read(payload, Path(place))


CIRCUIT = FileCodec("circuit", _write, _read)
