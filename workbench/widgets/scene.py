"""A figure as bytes for the front end: a small header and typed columns, never JSON numbers.

`buffers` starts with the revision (16 ASCII characters), which the header
repeats, so that a view never pairs the header of one figure with the columns of
another. Each column starts at a multiple of 8 bytes. Numbers are float32,
float64, int32 or uint8; words are int32 codes into a list of distinct texts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from workbench.core.arrays import AnyArray, content_hash
from workbench.core.tables import Table
from workbench.limits import LIMITS, require_within
from workbench.views.spec import Encoding, FigureSpec

VERSION = 1
REVISION_BYTES = 16
ALIGNMENT = 8
_NO_NODES = Table({"id": np.empty(0, dtype=np.int64)})
_SINGLE = frozenset({"x", "y", "size", "weight"})  # places need no more than float32


@dataclass(frozen=True, eq=False)
class Scene:
    """What the front end receives of one figure."""

    header: dict[str, Any]
    buffers: bytes


def encode(figure: FigureSpec) -> Scene:
    """The scene of a node-link figure or of one with posteriors.

    Raises
    ------
    LimitError
        When there are more nodes than can be drawn.

    Examples
    --------
    >>> nodes = Table({"id": np.arange(2), "label": ["a", "b"]})
    >>> scene = encode(FigureSpec("tree", {"nodes": nodes}))
    >>> scene.header["tables"]["nodes"]["n_rows"], len(scene.buffers) % ALIGNMENT
    (2, 0)
    """
    nodes = figure.tables.get("nodes", _NO_NODES)
    require_within("nodes to draw", nodes.n_rows, LIMITS.drawn_nodes)
    revision = figure.hash[:REVISION_BYTES]
    writer = _Writer(revision)
    tables = {name: writer.table(table) for name, table in figure.tables.items()}
    places = [nodes[name] for name in ("x", "y") if name in nodes]
    header = {
        "version": VERSION,
        "revision": revision,
        "kind": figure.kind,
        "layout": content_hash(places)[:REVISION_BYTES],
        "tables": tables,
        "encodings": {e.channel: _described(e) for e in figure.encodings},
        "caption": figure.caption,
    }
    return Scene(header, writer.finished())


def _described(encoding: Encoding) -> dict[str, str]:
    names = ("table", "column", "label", "scale", "unit")
    return {name: getattr(encoding, name) for name in names}


class _Writer:
    """Lays columns one after the other and remembers where each one lies."""

    def __init__(self, revision: str) -> None:
        self.parts: list[bytes] = [revision.encode("ascii")]
        self.length = REVISION_BYTES

    def table(self, table: Table) -> dict[str, Any]:
        columns = {name: self.column(name, table[name]) for name in table}
        return {"n_rows": table.n_rows, "columns": columns}

    def column(self, name: str, values: AnyArray) -> dict[str, Any]:
        return _ENCODERS[values.dtype.kind](self, name, values)

    def array(self, values: AnyArray) -> dict[str, Any]:
        little = np.ascontiguousarray(values, dtype=values.dtype.newbyteorder("<"))
        return {"type": values.dtype.name, "at": self.append(little.tobytes()), "n": len(values)}

    def append(self, payload: bytes) -> int:
        start = self.length
        padding = -len(payload) % ALIGNMENT
        self.parts += [payload, bytes(padding)]
        self.length += len(payload) + padding
        return start

    def finished(self) -> bytes:
        return b"".join(self.parts)


def _floats(writer: _Writer, name: str, values: AnyArray) -> dict[str, Any]:
    return writer.array(values.astype(np.float32 if name in _SINGLE else np.float64))


def _integers(writer: _Writer, name: str, values: AnyArray) -> dict[str, Any]:
    fits = values.dtype.itemsize <= 4 and values.dtype != np.uint32
    return writer.array(values.astype(np.int32 if fits else np.float64))


def _flags(writer: _Writer, name: str, values: AnyArray) -> dict[str, Any]:
    return writer.array(values.astype(np.uint8))


def _words(writer: _Writer, name: str, values: AnyArray) -> dict[str, Any]:
    code_of: dict[str, int] = {}
    codes = [code_of.setdefault(str(text), len(code_of)) for text in values.tolist()]
    encoded = [text.encode("utf-8", errors="replace") for text in code_of]
    ends = np.cumsum([0, *map(len, encoded)], dtype=np.int32)
    return {
        **writer.array(np.array(codes, dtype=np.int32)),
        "texts": {"ends": writer.array(ends), "utf8": writer.array(_bytes(encoded))},
    }


def _bytes(parts: list[bytes]) -> AnyArray:
    return np.frombuffer(b"".join(parts), dtype=np.uint8)


_ENCODERS: dict[str, Callable[[_Writer, str, AnyArray], dict[str, Any]]] = {
    "f": _floats,
    "i": _integers,
    "u": _integers,
    "b": _flags,
    "O": _words,
    "U": _words,
}
