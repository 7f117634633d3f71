"""Run logs as Parquet: a row for each event, a typed column for each field of each type.

A field of an event is null in the rows of other types, which takes next to no room. The
text of a node stands in its own row and is called by its hash when it is read; `seq` is
the number of the row. Edits that are still to be made follow the events. Files are read as
untrusted data, with the checks of run logs in JSON Lines.
"""

from __future__ import annotations

import types
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, get_type_hints

import numpy as np

from workbench.core.arrays import AnyArray
from workbench.core.parquet import (
    GROUP_ROWS,
    cells_of,
    read_about,
    read_groups,
    read_schema,
    write_parquet,
)
from workbench.errors import FormatError, NewerVersionError, ParameterError
from workbench.limits import LIMITS
from workbench.reasoning.events import (
    EVENT_TYPES,
    SCHEMA,
    Event,
    EventLog,
    RunStart,
    UserEdit,
    text_ref,
)
from workbench.reasoning.field_columns import Field, list_type, way_of
from workbench.reasoning.restored import restored
from workbench.reasoning.run import OPEN, Run

if TYPE_CHECKING:
    import pyarrow as pa

KIND = "run"
VERSION = 1
_EDIT = "pending.edit"
_TYPE = "type"
_TEXT = "node.text"
_CLASSES: Mapping[str, type[Any]] = types.MappingProxyType({**EVENT_TYPES, _EDIT: UserEdit})


def write_run(run: Run) -> bytes:
    """The Parquet payload of a run, the same bytes at every call.

    Raises
    ------
    ParameterError
        When an event holds something that its type does not declare.

    Examples
    --------
    >>> from workbench.reasoning import problems, search
    >>> run = search(problems.countdown([2, 3, 4], 24), "beam")
    >>> read_run(write_run(run), "a run").events.hash == run.events.hash
    True
    """
    _require_texts(run.events)
    about = {"kind": KIND, "version": VERSION, "status": run.status}
    return write_parquet(_tables(run), _schema(), about, _repeating())


def read_run(payload: bytes, source: object) -> Run:
    """The run in a Parquet payload.

    Raises
    ------
    FormatError
        Names the place and the reason when it is not such a log.
    LimitError
        When it is too large.
    """
    log, edits, status = _read(payload, source)
    return restored(source, log, edits, status)


def read_log(payload: bytes, source: object) -> EventLog:
    """The checked event log in a Parquet payload, whatever task and models it names.

    Raises
    ------
    FormatError, LimitError
        As :func:`read_run`.
    """
    return _read(payload, source)[0]


def _read(payload: bytes, source: object) -> tuple[EventLog, tuple[UserEdit, ...], str]:
    about = read_about(payload, source)
    _require_ours(about, source)
    if not read_schema(payload, source).equals(_schema()):
        raise FormatError(source, "columns", "they are not those of a run log")
    events: list[Event] = []
    edits: list[UserEdit] = []
    refs: dict[str, str] = {}
    strings = [each.column for each in _fields() if each.is_text]
    for group in read_groups(payload, source, LIMITS.n_events, [_TYPE, *strings]):
        try:
            _Group(group, refs).append_to(events, edits)
        except (TypeError, ValueError) as error:
            raise FormatError(source, f"rows from {len(events)}", str(error)) from None
    if not events or not isinstance(events[0], RunStart):
        raise FormatError(source, "row 0", "no run.start event", remedy="Is it a run log?")
    texts = types.MappingProxyType({ref: text for text, ref in refs.items()})
    status = about["status"] if about.get("status") in OPEN else OPEN[0]
    return EventLog(tuple(events), texts), tuple(edits), status


def _require_ours(about: Mapping[str, Any], source: object) -> None:
    version = about.get("version")
    if about["kind"] != KIND or type(version) is not int:
        raise FormatError(source, "metadata", "it is no run log")
    if version > VERSION:
        raise NewerVersionError(source, "run log", version, VERSION)


def _require_texts(log: EventLog) -> None:
    wrong = [ref for ref, text in log.texts.items() if text_ref(text) != ref]
    misplaced = next((at for at, event in enumerate(log) if event.seq != at), None)
    if wrong or misplaced is not None:
        raise ParameterError(
            "cannot write this run log",
            given=f"the text {wrong[0]!r}" if wrong else f"another seq in event {misplaced}",
            expected="texts called by their hash, and events numbered from 0",
        )


@cache
def _fields() -> tuple[Field, ...]:
    return tuple(
        Field(kind, name, place, *way_of(hint))
        for kind, cls in _CLASSES.items()
        for place, (name, hint) in enumerate(get_type_hints(cls).items())
        if name != "seq" or kind == _EDIT
    )


@cache
def _schema() -> pa.Schema:
    import pyarrow as pa

    def data_type(arrow: str) -> pa.DataType:
        inner = arrow.removeprefix("list of ")
        return pa.type_for_alias(arrow) if inner == arrow else list_type(inner)

    listed = [(each.column, data_type(each.way.arrow)) for each in _fields()]
    return pa.schema([(_TYPE, pa.string()), *listed])


def _repeating() -> list[str]:
    """The columns whose values repeat, so that a dictionary makes them smaller."""
    return [_TYPE, *(each.column for each in _fields() if each.way.arrow in {"string", "bool"})]


def _tables(run: Run) -> Iterator[pa.Table]:
    events, edits = run.events.events, run.plan.edits
    for start in range(0, len(events), GROUP_ROWS):
        group = events[start : start + GROUP_ROWS]
        kinds = np.array([_NUMBERS[type(event)] for event in group])
        yield _table(group, kinds, run.events.texts)
    if edits:
        yield _table(edits, np.full(len(edits), _NAMES.index(_EDIT)), {})


def _table(rows: Sequence[Event], kinds: AnyArray, texts: Mapping[str, str]) -> pa.Table:
    import pyarrow as pa

    columns = [pa.array([_NAMES[number] for number in kinds.tolist()])]
    for number, kind in enumerate(_NAMES):
        members = [rows[at] for at in np.flatnonzero(kinds == number).tolist()]
        columns += _columns(kind, members, kinds == number, texts)
    return pa.Table.from_arrays(columns, schema=_schema())


def _columns(
    kind: str, members: Sequence[Event], is_member: AnyArray, texts: Mapping[str, str]
) -> Iterator[pa.Array]:
    import pyarrow as pa

    places = pa.array(np.cumsum(is_member) - 1, mask=~is_member)
    for field in _fields():
        if field.kind == kind:
            values = [event[field.place] for event in members]
            yield _dense(field, values, texts).take(places)


def _dense(field: Field, values: Sequence[Any], texts: Mapping[str, str]) -> pa.Array:
    given = [texts[ref] for ref in values] if field.column == _TEXT else values
    try:
        return field.written(given)
    except (TypeError, ValueError, OverflowError) as error:
        raise ParameterError(
            "cannot write this run log", given=f"{field.column}: {error}"
        ) from None


class _Group:
    """A group of rows that is read; `refs` are the names of all texts so far."""

    def __init__(self, table: pa.Table, refs: dict[str, str]) -> None:
        self._table = table
        self._refs = refs

    def append_to(self, events: list[Event], edits: list[UserEdit]) -> None:
        """Nothing; adds the events and edits of these rows."""
        kinds = np.array(cells_of(self._column(_TYPE)), dtype=object)
        unknown = set(kinds) - set(_NAMES)
        if unknown:
            raise ValueError(f"unknown type of event {str(unknown.pop())[:80]!r}")
        found: list[Any] = [None] * len(kinds)
        for kind in _NAMES:
            places = np.flatnonzero(kinds == kind)
            first = None if kind == _EDIT else len(events)
            for at, event in zip(places.tolist(), self._events(kind, places, first), strict=True):
                found[at] = event
        is_edit = kinds == _EDIT
        n_events = len(kinds) - int(is_edit.sum())
        if is_edit[:n_events].any() or (edits and n_events):
            raise ValueError("an event follows an edit that is still to be made")
        events += found[:n_events]
        edits += found[n_events:]

    def _events(self, kind: str, places: AnyArray, first: int | None) -> Iterable[Any]:
        columns = [self._values(field, places) for field in _fields() if field.kind == kind]
        if first is not None:
            columns.append((places + first).tolist())
        if kind == "run.start" and any(schema != SCHEMA for schema in columns[-2]):
            raise ValueError(f"schema {columns[-2][0][:80]!r}, expected {SCHEMA!r}")
        return map(_CLASSES[kind]._make, zip(*columns, strict=True))

    def _values(self, field: Field, places: AnyArray) -> list[Any]:
        column = self._column(field.column)
        own = column.take(places)
        if column.null_count - own.null_count != len(column) - len(places):
            raise ValueError(f"{field.column} stands in a row of another type")
        if own.null_count and not field.is_optional:
            raise ValueError(f"{field.column} is missing")
        values = field.way.read(own)
        return self._kept(values) if field.column == _TEXT else values

    def _kept(self, texts: Sequence[str]) -> list[str]:
        for text in texts:
            if text not in self._refs:
                self._refs[text] = text_ref(text)
        return [self._refs[text] for text in texts]

    def _column(self, name: str) -> pa.Array:
        return self._table.column(name).combine_chunks()


_NAMES = tuple(_CLASSES)
_NUMBERS = {cls: number for number, cls in enumerate(EVENT_TYPES.values())}
