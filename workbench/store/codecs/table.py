"""Tables: Parquet, with the exact type of each column beside it.

Numbers and truth values are columns of their own type, texts and objects that are texts
or None are text columns, other objects are JSON text, dates are counts, and what is left
(complex numbers, bytes, columns with inner shape) is bytes of one length.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.core.arrays import AnyArray, frozen
from workbench.core.memory import require_memory
from workbench.core.parquet import (
    GROUP_ROWS,
    cells_of,
    read_about,
    read_groups,
    read_schema,
    write_parquet,
)
from workbench.core.strict_json import read_json, write_json
from workbench.core.tables import Table
from workbench.core.tensors import DTYPES
from workbench.errors import FormatError, ParameterError
from workbench.limits import LIMITS
from workbench.store.codecs.array import carrier_of
from workbench.store.codecs.base import VERSION, FileCodec, is_scalar, require_version

if TYPE_CHECKING:
    import pyarrow as pa

_NUMBERS = frozenset(DTYPES.values())
_ODD = ("inf", "-inf", "nan")
_OBJECT = "|O"


@dataclass(frozen=True, slots=True)
class Layout:
    """How one column is stored: the way, the type of the array and the shape of each row."""

    way: str
    dtype: str
    inner: tuple[int, ...]

    @property
    def width(self) -> int:
        """The bytes of each row of the array."""
        return np.dtype(self.dtype).itemsize * math.prod(self.inner)


@dataclass(frozen=True, slots=True)
class _Way:
    """`carrier`: the type of the stored column for a type of array; None where it has none."""

    write: Callable[[AnyArray], Any]
    read: Callable[[Any, Layout], AnyArray]
    carrier: Callable[[str], str | None]


def _write(table: Table) -> bytes:
    return write_columns(table.columns, {"kind": "table"})


def _read(payload: bytes, place: str) -> Table:
    return Table(read_columns(payload, place))


def write_columns(columns: Mapping[str, AnyArray], described: Mapping[str, Any]) -> bytes:
    """The Parquet payload of equally long `columns`; `described` says what they are."""
    import pyarrow as pa

    if not all(type(name) is str for name in columns):
        raise ParameterError(
            "cannot store a table", given=list(columns), expected="names that are texts"
        )
    layouts = [_layout(array) for array in columns.values()]
    arrays = [
        _WAYS[layout.way].write(a) for layout, a in zip(layouts, columns.values(), strict=True)
    ]
    made = pa.Table.from_arrays(arrays, names=list(columns))
    groups = (made.slice(start, GROUP_ROWS) for start in range(0, made.num_rows, GROUP_ROWS))
    listed = [[layout.way, layout.dtype, list(layout.inner)] for layout in layouts]
    about = {**described, "version": str(VERSION), "columns": listed}
    return write_parquet(groups, made.schema, about)


def read_columns(payload: bytes, place: str) -> dict[str, AnyArray]:
    """The columns that :func:`write_columns` wrote, read-only."""
    described = read_about(payload, place)
    require_version(described.get("version"), place)
    layouts = [_read_layout(*each) for each in described["columns"]]
    schema = read_schema(payload, place)
    carriers = [_WAYS[layout.way].carrier(layout.dtype) for layout in layouts]
    if [str(each) for each in schema.types] != carriers or len(set(schema.names)) < len(carriers):
        raise FormatError(place, "columns", "they are not those that the file describes")
    texts = [n for n, c in zip(schema.names, carriers, strict=True) if c in {"string", "binary"}]
    pieces: list[list[AnyArray]] = [[] for _ in layouts]
    for group in read_groups(payload, place, LIMITS.n_rows, texts):
        for piece, column, layout in zip(pieces, group.columns, layouts, strict=True):
            piece.extend(_WAYS[layout.way].read(chunk, layout) for chunk in column.chunks)
    joined = (_joined(piece, layout) for piece, layout in zip(pieces, layouts, strict=True))
    return dict(zip(schema.names, joined, strict=True))


def _joined(pieces: list[AnyArray], layout: Layout) -> AnyArray:
    if not pieces:
        return frozen(np.empty((0, *layout.inner), layout.dtype))
    return frozen(pieces[0] if len(pieces) == 1 else np.concatenate(pieces))


def _layout(array: AnyArray) -> Layout:
    dtype = array.dtype.newbyteorder("<").str
    inner = array.shape[1:]
    way = next((w for w in _ORDER if (not inner or w == "bytes") and _WAYS[w].carrier(dtype)), None)
    if way is None:
        raise ParameterError(
            "cannot store this column",
            given=f"type {array.dtype}, shape {array.shape}",
            expected="numbers, truth values, texts or dates",
        )
    if way == "texts" and not all(type(cell) in {str, type(None)} for cell in array):
        way = "objects"
    return Layout(way, dtype, inner)


def _read_layout(way: Any, dtype: Any, inner: Any) -> Layout:
    if not isinstance(dtype, str) or _WAYS[way].carrier(dtype) is None:
        raise ValueError(f"no column is of type {str(dtype)[:80]!r}")
    if any(type(length) is not int or length < 0 for length in inner) or (inner and way != "bytes"):
        raise ValueError("the inner shape of a column is none")
    return Layout(way, dtype, tuple(inner))


def _carrier_of_numbers(dtype: str) -> str | None:
    names = {"|b1": "bool", "<f2": "halffloat", "<f4": "float", "<f8": "double"}
    return names.get(dtype, np.dtype(dtype).name) if dtype in _NUMBERS else None


def _write_numbers(array: AnyArray) -> pa.Array:
    import pyarrow as pa

    return pa.array(_little(array))


def _read_numbers(chunk: pa.Array, layout: Layout) -> AnyArray:
    if chunk.null_count:
        raise ValueError("a column of numbers has gaps")
    found: AnyArray = chunk.to_numpy(zero_copy_only=False)
    return found


def _write_counts(array: AnyArray) -> pa.Array:
    import pyarrow as pa

    return pa.array(_little(array).view(np.int64))


def _read_counts(chunk: pa.Array, layout: Layout) -> AnyArray:
    return _read_numbers(chunk, layout).view(layout.dtype)


def _write_texts(array: AnyArray) -> pa.Array:
    return _repeating(array.tolist(), "string")


def _read_texts(chunk: pa.Array, layout: Layout) -> AnyArray:
    return _objects(cells_of(chunk))


def _read_fixed_texts(chunk: pa.Array, layout: Layout) -> AnyArray:
    texts, n_chars = cells_of(chunk), layout.width // 4
    if any(text is None or len(text) > n_chars for text in texts):
        raise ValueError("a text is missing, or longer than its type allows")
    require_memory("read a column of texts", layout.width * len(texts), "Free some memory.")
    return np.array(texts, dtype=layout.dtype)


def _write_objects(array: AnyArray) -> pa.Array:
    return _repeating([write_json(_cell(value)) for value in array], "string")


def _read_objects(chunk: pa.Array, layout: Layout) -> AnyArray:
    known: dict[str, Any] = {}
    for text in cells_of(chunk):
        if text not in known:
            known[text] = _value(read_json(text.encode(), "column", "cell"))
    return _objects([known[text] for text in cells_of(chunk)])


def _write_bytes(array: AnyArray) -> pa.Array:
    width = array.dtype.itemsize * math.prod(array.shape[1:])
    content = np.ascontiguousarray(_little(array)).tobytes()
    rows = [content[width * row : width * (row + 1)] for row in range(len(array))]
    return _repeating(rows, "binary")


def _read_bytes(chunk: pa.Array, layout: Layout) -> AnyArray:
    rows = cells_of(chunk)
    if any(row is None or len(row) != layout.width for row in rows):
        raise ValueError("a row is not as long as its type")
    require_memory("read a column", 2 * layout.width * len(rows), "Free some memory.")
    content = np.frombuffer(b"".join(rows), np.uint8)
    if layout.dtype == "|b1" and content.max(initial=0) > 1:
        raise ValueError("a truth value is neither 0 nor 1")
    return content.view(layout.dtype).reshape(len(rows), *layout.inner)


def _repeating(cells: list[Any], arrow: str) -> pa.Array:
    """A column in which equal cells are kept once, as Parquet would do later."""
    import pyarrow as pa

    places: dict[Any, int] = {}
    codes = [None if cell is None else places.setdefault(cell, len(places)) for cell in cells]
    values = pa.array(places, type=pa.type_for_alias(arrow))
    return pa.DictionaryArray.from_arrays(pa.array(codes, type=pa.int32()), values)


def _objects(cells: list[Any]) -> AnyArray:
    found = np.empty(len(cells), dtype=object)
    found[:] = cells
    return found


def _cell(value: Any) -> Any:
    plain = value.item() if isinstance(value, np.generic) else value
    if is_scalar(plain):
        return plain
    if type(plain) is float:
        return [str(plain)]
    raise ParameterError(
        "cannot store a cell", given=type(value).__name__, expected="a number, a text or None"
    )


def _value(cell: Any) -> Any:
    if isinstance(cell, list):
        return float(_ODD[_ODD.index(cell[0])])
    if not is_scalar(cell):
        raise ValueError("a cell is neither a number nor a text")
    return cell


def _little(array: AnyArray) -> AnyArray:
    return array.astype(array.dtype.newbyteorder("<"), copy=False)


_WAYS: Mapping[str, _Way] = {
    "numbers": _Way(_write_numbers, _read_numbers, _carrier_of_numbers),
    "counts": _Way(
        _write_counts, _read_counts, lambda dtype: "int64" if carrier_of(dtype) == "<i8" else None
    ),
    "fixed texts": _Way(
        _write_texts, _read_fixed_texts, lambda t: "string" if carrier_of(t) == "<u4" else None
    ),
    "texts": _Way(_write_texts, _read_texts, lambda t: "string" if t == _OBJECT else None),
    "objects": _Way(_write_objects, _read_objects, lambda t: "string" if t == _OBJECT else None),
    "bytes": _Way(
        _write_bytes, _read_bytes, lambda t: "binary" if t in _NUMBERS or carrier_of(t) else None
    ),
}
_ORDER = ("numbers", "counts", "fixed texts", "texts", "bytes")
TABLE = FileCodec("table", _write, _read)
