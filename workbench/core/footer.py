"""The footer of a Parquet file, read by ourselves before any library sees it.

Libraries take memory by what a footer declares, and some end the whole process where it
contradicts itself. So it is parsed here first (Thrift's compact protocol) and refused
unless every group has every column, and every column lies inside the file.

Source: the Parquet format, https://parquet.apache.org/docs/file-format/metadata/, and
https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

from workbench.errors import FormatError
from workbench.limits import LIMITS, require_within

MAGIC = b"PAR1"
_MOST_LEVELS = 16
_ABSENT_IN_COLUMNS = (1, 8, 9)  # columns in other files, and encrypted ones
Struct: TypeAlias = dict[int, Any]


class Group(NamedTuple):
    """What a group of rows declares: its rows, and the bytes that its values take in memory."""

    n_rows: int
    n_bytes: int


class Footer(NamedTuple):
    """What a file declares: its columns and its groups of rows."""

    n_columns: int
    groups: tuple[Group, ...]


def read_footer(payload: bytes, place: object) -> Footer:
    """What the footer of a Parquet payload declares.

    Raises
    ------
    FormatError
        When it is malformed or contradicts itself.
    LimitError
        When it is too large.

    Examples
    --------
    >>> read_footer(b"PAR1", "toy")
    Traceback (most recent call last):
    workbench.errors.FormatError: cannot read toy at footer: it is not a complete Parquet file
    """
    size = int.from_bytes(payload[-8:-4], "little")
    whole = payload[:4] == payload[-4:] == MAGIC and 12 + size <= len(payload)
    if not whole:
        raise FormatError(place, "footer", "it is not a complete Parquet file")
    require_within(f"bytes in the footer of {place}", size, LIMITS.header_bytes)
    try:
        return _footer(_read_struct(_Cursor(payload[len(payload) - 8 - size : -8])), len(payload))
    except (AttributeError, LookupError, TypeError, ValueError, struct.error) as error:
        raise FormatError(place, "footer", f"it is malformed: {str(error)[:200]}") from None


def _footer(facts: Struct, n_bytes: int) -> Footer:
    leaves = [element for element in facts[2][1:] if not element.get(5)]
    groups = tuple(_group(group, len(leaves), n_bytes) for group in facts[4])
    if sum(group.n_rows for group in groups) != facts[3]:
        raise ValueError("its rows are not those of its groups")
    return Footer(len(leaves), groups)


def _group(group: Struct, n_columns: int, n_bytes: int) -> Group:
    columns, n_rows = group[1], group[3]
    if len(columns) != n_columns or n_rows < 0:
        raise ValueError("a group of rows lacks a column")
    return Group(n_rows, sum(_column(column, n_rows, n_bytes) for column in columns))


def _column(column: Struct, n_rows: int, n_bytes: int) -> int:
    facts: Struct = column[3]
    if any(number in column for number in _ABSENT_IN_COLUMNS):
        raise ValueError("a column is in another file, or encrypted")
    n_values, n_raw, n_stored = int(facts[5]), int(facts[6]), int(facts[7])
    start = int(min(facts[9], facts.get(11, facts[9])))
    if min(n_values, n_raw, n_stored, start) < 0 or start + n_stored > n_bytes:
        raise ValueError("a column does not lie in the file")
    if n_values < n_rows:
        raise ValueError("a column has fewer values than rows")
    return max(n_raw, 8 * n_values)


class _Cursor:
    """A place in bytes of Thrift's compact protocol."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0
        self.level = 0

    def byte(self) -> int:
        self._at += 1
        return self._data[self._at - 1]

    def bytes_of(self, size: int) -> bytes:
        self.require(size)
        self._at += size
        return self._data[self._at - size : self._at]

    def require(self, size: int) -> None:
        if size > len(self._data) - self._at:
            raise ValueError("it is cut short")

    def unsigned(self) -> int:
        value = 0
        for shift in range(0, 70, 7):
            byte = self.byte()
            value |= (byte & 127) << shift
            if byte < 128:
                return value
        raise ValueError("a number is too long")


def _read_struct(cursor: _Cursor) -> Struct:
    cursor.level += 1
    if cursor.level > _MOST_LEVELS:
        raise ValueError("it is nested too deep")
    found: Struct = {}
    number = 0
    while head := cursor.byte():
        number = number + (head >> 4) if head >> 4 else _read_whole(cursor)
        if number in found:
            raise ValueError("a field is repeated")
        found[number] = _READERS[head & 15](cursor)
    cursor.level -= 1
    return found


def _read_whole(cursor: _Cursor) -> int:
    value = cursor.unsigned()
    return (value >> 1) ^ -(value & 1)


def _read_list(cursor: _Cursor) -> list[Any]:
    head = cursor.byte()
    size = head >> 4 if head >> 4 < 15 else cursor.unsigned()
    cursor.require(size)  # every entry takes a byte or more
    read = _READERS[max(head & 15, 3)]  # truth values in a list take a byte
    return [read(cursor) for _ in range(size)]


_READERS: dict[int, Callable[[_Cursor], Any]] = {  # a map, 11, is nowhere in a footer
    1: lambda _: True,
    2: lambda _: False,
    3: _Cursor.byte,
    4: _read_whole,
    5: _read_whole,
    6: _read_whole,
    7: lambda cursor: struct.unpack("<d", cursor.bytes_of(8))[0],
    8: lambda cursor: cursor.bytes_of(cursor.unsigned()),
    9: _read_list,
    10: _read_list,
    12: _read_struct,
}
