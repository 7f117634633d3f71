"""How the fields of events are stored in Arrow: a way for each annotation."""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any, TypeAlias, Union, get_args, get_origin

import numpy as np

from workbench.core.parquet import cells_of
from workbench.core.strict_json import read_json, write_json

if TYPE_CHECKING:
    import pyarrow as pa

_Write: TypeAlias = Callable[[Sequence[Any]], Any]
_Read: TypeAlias = Callable[[Any], list[Any]]


@dataclass(frozen=True, slots=True)
class Way:
    """How values of one annotation are written, read and named in Arrow."""

    arrow: str
    write: _Write
    read: _Read


@dataclass(frozen=True, slots=True)
class Field:
    """One field of one type of event, and the column that holds it.

    Parameters
    ----------
    place
        Its place among the fields of the event.
    is_optional
        Whether its value may be None.
    """

    kind: str
    name: str
    place: int
    way: Way
    is_optional: bool

    @property
    def column(self) -> str:
        """The name of the column."""
        return f"{self.kind}.{self.name}"

    def written(self, values: Sequence[Any]) -> pa.Array:
        """The column of the `values` of all events of the kind."""
        if None in values and not self.is_optional:
            raise TypeError("nothing where a value is declared")
        return self.way.write(values)

    @property
    def is_text(self) -> bool:
        """Whether the column holds texts."""
        return self.way.arrow == "string"


def _scalars(arrow: str, *kinds: type[Any]) -> Way:
    return Way(arrow, lambda values: _scalar_array(values, arrow, kinds), _scalar_list)


def _scalar_array(values: Sequence[Any], arrow: str, kinds: tuple[type[Any], ...]) -> pa.Array:
    import pyarrow as pa
    from pyarrow import compute

    odd = set(map(type, values)) - {*kinds, type(None)}
    if odd:
        raise TypeError(f"a {odd.pop().__name__} where {kinds[0].__name__} is declared")
    array = pa.array(values, type=pa.type_for_alias(arrow))
    if arrow == "double" and not compute.all(compute.is_finite(array), min_count=0).as_py():
        raise ValueError("a number is not finite")
    return array


def _scalar_list(column: pa.Array) -> list[Any]:
    if column.null_count:
        return column.to_pylist()  # type: ignore[no-any-return]
    found: list[Any] = column.to_numpy(zero_copy_only=False).tolist()
    return found


def _float_list(column: pa.Array) -> list[Any]:
    found = _scalar_list(column)
    if any(value is not None and value - value != 0.0 for value in found):
        raise ValueError("a number is not finite")
    return found


def _lists(way: Way) -> Way:
    def write(values: Sequence[Any]) -> pa.Array:
        import pyarrow as pa

        if set(map(type, values)) - {tuple}:
            raise TypeError("no tuple where one is declared")
        offsets = np.zeros(len(values) + 1, np.int32)
        np.cumsum([len(value) for value in values], out=offsets[1:])
        return pa.ListArray.from_arrays(
            offsets, way.write(list(chain.from_iterable(values))), type=list_type(way.arrow)
        )

    def read(column: pa.ListArray) -> list[Any]:
        flat = column.flatten()
        if flat.null_count:
            raise ValueError("a list has a gap")
        values, lengths = way.read(flat), column.value_lengths().to_numpy()
        ends = np.cumsum(lengths).tolist()
        starts = [0, *ends[:-1]]
        return [tuple(values[start:end]) for start, end in zip(starts, ends, strict=False)]

    return Way(f"list of {way.arrow}", write, read)


def _record_array(values: Sequence[Any]) -> pa.Array:
    return _TEXTS.write([write_json(dict(value)) for value in values])


def _record_list(column: pa.DictionaryArray) -> list[Any]:
    found = [read_json(text.encode(), "run log", "record") for text in cells_of(column)]
    if not all(isinstance(record, dict) for record in found):
        raise ValueError("a record is no object")
    return found


_TEXTS = Way("string", _scalars("string", str).write, cells_of)
_FLOATS = Way("double", _scalars("double", float, np.float64).write, _float_list)
_PLAIN: Mapping[Any, Way] = {
    int: _scalars("int64", int),
    bool: _scalars("bool", bool),
    str: _TEXTS,
    float: _FLOATS,
}
_RECORDS = Way("string", _record_array, _record_list)


def way_of(annotation: Any) -> tuple[Way, bool]:
    """How an annotation is stored, and whether None is one of its values."""
    if annotation in _PLAIN:
        return _PLAIN[annotation], False
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is tuple:
        return _lists(_PLAIN[inner[0]]), False
    if origin in {Union, types.UnionType}:
        return _PLAIN[inner[0]], True
    return _RECORDS, False


def list_type(arrow: str) -> pa.DataType:
    """Lists of the type called `arrow`, as Parquet names them."""
    import pyarrow as pa

    return pa.list_(pa.field("element", pa.type_for_alias(arrow)))
