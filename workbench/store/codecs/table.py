"""Tables: Parquet, with the exact type of each column beside it.

Numbers and truth values are columns of their own type, texts and objects that are texts
or None are text columns, other objects are JSON text, dates are counts, and what is left
(complex numbers, bytes, columns with inner shape) is bytes of fixed width.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.core.arrays import AnyArray, frozen
from workbench.core.strict_json import read_json, write_json
from workbench.core.tables import Table
from workbench.core.tensors import DTYPES
from workbench.errors import FormatError, ParameterError
from workbench.limits import LIMITS
from workbench.store.codecs.array import carrier_of
from workbench.store.codecs.base import VERSION, FileCodec, is_scalar, require_version
from workbench.store.codecs.parquet import about, read_parquet, write_parquet

if TYPE_CHECKING:
    import pyarrow as pa

_NUMBERS = frozenset(DTYPES.values())
_ODD = ("inf", "-inf", "nan")


def _write(table: Table) -> bytes:
    return write_columns(table.columns, {"kind": "table"})


def _read(payload: bytes, place: str) -> Table:
    return Table(read_columns(payload, place))


def write_columns(columns: Mapping[str, AnyArray], described: Mapping[str, Any]) -> bytes:
    """The Parquet payload of equally long `columns`; `described` says what they are."""
    import pyarrow as pa

    names = list(columns)
    if not all(type(name) is str for name in names):
        raise ParameterError("cannot store a table", given=names, expected="names that are texts")
    ways = [_way_of(array) for array in columns.values()]
    arrays = [_WAYS[way][0](a) for way, a in zip(ways, columns.values(), strict=True)]
    layouts = [
        [way, array.dtype.newbyteorder("<").str, list(array.shape[1:])]
        for way, array in zip(ways, columns.values(), strict=True)
    ]
    made = pa.Table.from_arrays(arrays, names=names)
    return write_parquet(made, {**described, "version": str(VERSION), "columns": layouts})


def read_columns(payload: bytes, place: str) -> dict[str, AnyArray]:
    """The columns that :func:`write_columns` wrote, read-only."""
    described = about(payload, place)
    require_version(described.get("version"), place)
    table = read_parquet(payload, place, LIMITS.n_rows)
    layouts = described["columns"]
    if len(layouts) != table.num_columns or len(set(table.column_names)) < table.num_columns:
        raise FormatError(place, "columns", "they are not those that the file describes")
    return {
        name: _column(column, layout, f"{place}, column {name[:80]!r}")
        for name, column, layout in zip(table.column_names, table.columns, layouts, strict=True)
    }


def _column(column: pa.ChunkedArray, layout: Any, place: str) -> AnyArray:
    way, dtype, inner = layout
    array = _WAYS[way][1](column.combine_chunks(), dtype, tuple(inner))
    if array.dtype.str != dtype or array.shape != (len(column), *inner):
        raise FormatError(place, "type", "it is not the one that the file describes")
    return frozen(array)


def _way_of(array: AnyArray) -> str:
    if array.ndim == 1:
        if array.dtype == object:
            return "texts" if all(type(c) in {str, type(None)} for c in array) else "objects"
        if array.dtype.newbyteorder("<").str in _NUMBERS:
            return "numbers"
        if array.dtype.kind in "UMm":
            return {"U": "fixed texts"}.get(array.dtype.kind, "counts")
    if array.dtype == object or _storable(array.dtype.newbyteorder("<").str) is None:
        raise ParameterError(
            "cannot store this column",
            given=f"type {array.dtype}, shape {array.shape}",
            expected="numbers, truth values, texts or dates",
        )
    return "bytes"


def _storable(dtype: Any) -> str | None:
    return dtype if dtype in _NUMBERS else carrier_of(dtype)


def _little(array: AnyArray) -> AnyArray:
    return array.astype(array.dtype.newbyteorder("<"), copy=False)


def _write_numbers(array: AnyArray) -> pa.Array:
    import pyarrow as pa

    return pa.array(_little(array))


def _read_numbers(column: pa.Array, dtype: Any, inner: tuple[int, ...]) -> AnyArray:
    if dtype not in _NUMBERS or column.null_count:
        raise TypeError("a column of numbers has gaps, or no known type")
    found: AnyArray = column.to_numpy(zero_copy_only=False)
    return found


def _write_counts(array: AnyArray) -> pa.Array:
    import pyarrow as pa

    return pa.array(_little(array).view(np.int64))


def _read_counts(column: pa.Array, dtype: Any, inner: tuple[int, ...]) -> AnyArray:
    if carrier_of(dtype) != "<i8":
        raise TypeError("its type is no date or duration")
    return _read_numbers(column, "<i8", inner).astype(np.int64, casting="no").view(dtype)


def _write_texts(array: AnyArray) -> pa.Array:
    import pyarrow as pa

    return pa.array(array.tolist(), type=pa.string())


def _read_texts(column: pa.Array, dtype: Any, inner: tuple[int, ...]) -> AnyArray:
    found = np.empty(len(column), dtype=object)
    found[:] = _strings(column)
    return found


def _read_fixed_texts(column: pa.Array, dtype: Any, inner: tuple[int, ...]) -> AnyArray:
    if carrier_of(dtype) != "<u4" or column.null_count:
        raise TypeError("a column of texts has gaps, or no known type")
    texts = _strings(column)
    width = np.dtype(dtype).itemsize // 4
    if width * len(texts) > LIMITS.blob_bytes or any(len(text) > width for text in texts):
        raise ValueError("a text is longer than its type allows")
    return np.array(texts, dtype=dtype)


def _write_objects(array: AnyArray) -> pa.Array:
    import pyarrow as pa

    return pa.array([write_json(_cell(value)) for value in array], type=pa.string())


def _read_objects(column: pa.Array, dtype: Any, inner: tuple[int, ...]) -> AnyArray:
    found = np.empty(len(column), dtype=object)
    for place, text in enumerate(_strings(column)):
        found[place] = _value(read_json(text.encode(), "column", f"row {place}"))
    return found


def _write_bytes(array: AnyArray) -> pa.Array:
    import pyarrow as pa

    width = array.dtype.itemsize * math.prod(array.shape[1:])
    content = np.ascontiguousarray(_little(array)).tobytes()
    rows = [content[start : start + width] for start in range(0, width * len(array), width or 1)]
    return pa.array(rows or [b""] * len(array), type=pa.binary())


def _read_bytes(column: pa.Array, dtype: Any, inner: tuple[int, ...]) -> AnyArray:
    if _storable(dtype) is None:
        raise TypeError("its type is unknown")
    width = np.dtype(dtype).itemsize * math.prod(inner)
    rows = column.to_pylist()
    if any(type(row) is not bytes or len(row) != width for row in rows):
        raise ValueError("a row is not as long as its type")
    return np.frombuffer(b"".join(rows), dtype).reshape(len(rows), *inner)


def _strings(column: pa.Array) -> list[Any]:
    import pyarrow as pa

    if not pa.types.is_string(column.type):
        raise TypeError("a column of texts has another type")
    return column.to_pylist()  # type: ignore[no-any-return]


def _cell(value: Any) -> Any:
    if isinstance(value, np.generic):
        value = value.item()
    if is_scalar(value):
        return value
    if type(value) is float:
        return [str(value)]
    raise ParameterError(
        "cannot store a cell", given=type(value).__name__, expected="a number, a text or None"
    )


def _value(cell: Any) -> Any:
    if isinstance(cell, list):
        return float(_ODD[_ODD.index(cell[0])])
    if not is_scalar(cell):
        raise TypeError("a cell is neither a number nor a text")
    return cell


_Writer = Callable[[AnyArray], Any]
_Reader = Callable[[Any, Any, tuple[int, ...]], AnyArray]
_WAYS: Mapping[str, tuple[_Writer, _Reader]] = {
    "numbers": (_write_numbers, _read_numbers),
    "counts": (_write_counts, _read_counts),
    "texts": (_write_texts, _read_texts),
    "fixed texts": (_write_texts, _read_fixed_texts),
    "objects": (_write_objects, _read_objects),
    "bytes": (_write_bytes, _read_bytes),
}
TABLE = FileCodec("table", _write, _read)
