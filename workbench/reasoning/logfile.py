"""Files of run logs: JSON Lines, one event or text a line, or the columns of a .parquet file.

Both are read as untrusted data. JSON Lines are checked one by one: their size, and the
length and nesting of each before it is parsed, then that every event has the fields and
types of its kind, that `seq` counts up without a gap, that nothing is not-a-number, that
no key comes twice, and that texts have the hash they are called by.
"""

from __future__ import annotations

import io
import json
import os
import types
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO, Union, get_args, get_origin, get_type_hints

from workbench.core.files import write_atomic
from workbench.errors import FormatError
from workbench.limits import LIMITS
from workbench.reasoning.columns import read_log, read_run, write_run
from workbench.reasoning.events import (
    EVENT_TYPES,
    SCHEMA,
    Event,
    EventLog,
    Node,
    RunStart,
    UserEdit,
    text_ref,
    to_record,
)
from workbench.reasoning.restored import restored
from workbench.reasoning.run import Run

_INT64 = 2**63
_TEXT = {"type", "ref", "text"}
_EDIT = "pending.edit"


def save_run(run: Run, path: str | os.PathLike[str]) -> Path:
    """`path`, now holding the run's log: compact columns in a .parquet file, else JSON Lines.

    Examples
    --------
    >>> import tempfile
    >>> from workbench.reasoning import problems, search
    >>> run = search(problems.countdown([2, 3, 4], 24), "beam")
    >>> path = save_run(run, Path(tempfile.mkdtemp()) / "run.jsonl")
    >>> load_run(path).events.hash == run.events.hash
    True
    """
    return write_atomic(path, write_run(run) if _is_columns(path) else _lines_of_run(run))


def load_run(path: str | os.PathLike[str]) -> Run:
    """The run in the file `path`.

    Raises
    ------
    FormatError
        Names the line and the reason when the file is not such a log.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "run.jsonl"
    >>> path.write_text("{}")
    2
    >>> try:
    ...     load_run(path)
    ... except FormatError as error:
    ...     print(error.place, error.reason)
    line 1 unknown type of event None
    """
    source = Path(path)
    try:
        if _is_columns(path):
            return read_run(_payload(source), source)
        return restored(source, *_read_file(source))
    except OSError as error:
        raise FormatError(path, "the file", error.strerror or "unreadable") from None


def load_events(path: str | os.PathLike[str]) -> EventLog:
    """The checked event log in the file `path`, whatever task and models it names.

    Examples
    --------
    >>> import tempfile
    >>> from workbench.reasoning import problems, search
    >>> run = search(problems.countdown([2, 3, 4], 24), "beam")
    >>> path = save_run(run, Path(tempfile.mkdtemp()) / "run.jsonl")
    >>> load_events(path)
    EventLog(124 events, 13 texts)
    """
    source = Path(path)
    return read_log(_payload(source), source) if _is_columns(path) else _read_file(source)[0]


def read_events(lines: bytes, name: str = "the log") -> EventLog:
    """The checked event log in JSON Lines; `name` is what a complaint calls them.

    Raises
    ------
    FormatError
        Names the line and the reason when they are no such log.

    Examples
    --------
    >>> from workbench.reasoning import problems, search
    >>> log = search(problems.countdown([2, 3, 4], 24), "beam").events
    >>> read_events(lines_of(event_records(log, log.texts, set()))).hash == log.hash
    True
    """
    return _read(Path(name), io.BytesIO(lines), len(lines))[0]


def event_records(
    events: Iterable[Event], texts: Mapping[str, str], written: set[str]
) -> Iterator[dict[str, Any]]:
    """The records of `events`, each text before the node that says it first.

    Texts in `written` are left out; those that come are added to it.

    Examples
    --------
    >>> node = Node(5, (), 0, 0, "root", "a", None, 0, None, False, 0)
    >>> [record["type"] for record in event_records([node], {"a": "24"}, set())]
    ['text', 'node']
    """
    for event in events:
        if isinstance(event, Node) and event.text not in written:
            written.add(event.text)
            yield {"type": "text", "ref": event.text, "text": texts[event.text]}
        yield to_record(event)


def lines_of(records: Iterable[Mapping[str, Any]]) -> bytes:
    """JSON Lines in UTF-8, one for each record.

    Examples
    --------
    >>> lines_of([{"type": "select", "node": 5}]).strip()
    b'{"type":"select","node":5}'
    """
    return "".join(f"{_dumped(record)}\n" for record in records).encode()


def _dumped(record: Mapping[str, Any]) -> str:
    return json.dumps(record, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _is_columns(path: str | os.PathLike[str]) -> bool:
    return Path(path).suffix.lower() == ".parquet"


def _lines_of_run(run: Run) -> bytes:
    edits = ({**to_record(edit), "type": _EDIT} for edit in run.plan.edits)
    return lines_of(chain(event_records(run.events, run.events.texts, set()), edits))


def _payload(source: Path) -> bytes:
    _require_size(source, source.stat().st_size)
    return source.read_bytes()


def _require_size(source: Path, size: int) -> None:
    if size > LIMITS.file_bytes:
        raise FormatError(source, "the file", f"{size:,} bytes, more than {LIMITS.file_bytes:,}")


def _read_file(source: Path) -> tuple[EventLog, tuple[UserEdit, ...]]:
    with source.open("rb") as stream:
        return _read(source, stream, source.stat().st_size)


def _read(source: Path, stream: BinaryIO, size: int) -> tuple[EventLog, tuple[UserEdit, ...]]:
    events: list[Event] = []
    edits: list[UserEdit] = []
    texts: dict[str, str] = {}
    for line, record in _lines(source, stream, size):
        try:
            kind = record.pop("type", None)
            if kind == "text":
                _keep_text(record, texts)
            elif kind == _EDIT:
                edits.append(_event("user.edit", record))  # type: ignore[arg-type]
            else:
                events.append(_next_event(kind, record, len(events), texts))
        except ValueError as error:
            raise FormatError(source, f"line {line}", str(error)) from None
    if not events or not isinstance(events[0], RunStart):
        raise FormatError(source, "line 1", "no run.start event", remedy="Is it a run log?")
    return EventLog(tuple(events), types.MappingProxyType(texts)), tuple(edits)


def _lines(source: Path, stream: BinaryIO, size: int) -> Iterator[tuple[int, dict[str, Any]]]:
    _require_size(source, size)
    for number in range(1, 2 * LIMITS.n_events + 2):
        line = stream.readline(LIMITS.text_chars + 1)
        if not line:
            return
        try:
            yield number, _parsed(line)
        except (ValueError, RecursionError) as error:
            raise FormatError(source, f"line {number}", str(error)) from None
    raise FormatError(source, f"line {number}", f"more than {LIMITS.n_events:,} events")


def _parsed(line: bytes) -> dict[str, Any]:
    if len(line) > LIMITS.text_chars:
        raise ValueError(f"longer than {LIMITS.text_chars:,} bytes")
    if line.count(b"[") + line.count(b"{") > LIMITS.json_depth and _depth(line) > LIMITS.json_depth:
        raise ValueError(f"nested deeper than {LIMITS.json_depth}")
    record = json.loads(line, object_pairs_hook=_unique, parse_constant=_refuse_constant)
    if not isinstance(record, dict):
        raise ValueError("not a JSON object")  # noqa: TRY004  # reported as a bad file
    return record


def _depth(line: bytes) -> int:
    depth = deepest = 0
    for byte in line:
        depth += (byte in b"[{") - (byte in b"]}")
        deepest = max(deepest, depth)
    return deepest


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    record = dict(pairs)
    if len(record) < len(pairs):
        raise ValueError("a key comes twice")
    return record


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not a number")


def _keep_text(record: dict[str, Any], texts: dict[str, str]) -> None:
    text = record.get("text")
    if record.keys() | {"type"} != _TEXT or not isinstance(text, str):
        raise ValueError("a text needs exactly ref and text")
    if text_ref(text) != record["ref"]:
        raise ValueError(f"the text is not the one called {record['ref']!r}")
    texts[record["ref"]] = text


def _next_event(kind: object, record: dict[str, Any], seq: int, texts: Mapping[str, str]) -> Event:
    event = _event(kind, record)
    if event.seq != seq:
        raise ValueError(f"seq is {event.seq}, expected {seq}")
    if isinstance(event, RunStart) and event.schema != SCHEMA:
        raise ValueError(f"schema {event.schema!r}, expected {SCHEMA!r}")
    if isinstance(event, Node) and event.text not in texts:
        raise ValueError(f"no text is called {event.text!r}")
    return event


def _event(kind: object, record: dict[str, Any]) -> Event:
    if not isinstance(kind, str) or kind not in EVENT_TYPES:
        raise ValueError(f"unknown type of event {kind!r}")
    readers = _FIELD_READERS[kind]
    if record.keys() != readers.keys():
        odd = sorted(record.keys() ^ readers.keys())
        raise ValueError(f"{kind} has missing or unknown fields: {', '.join(odd)}")
    values = {name: readers[name](name, value) for name, value in record.items()}
    return EVENT_TYPES[kind](**values)


_Reader = Callable[[str, Any], Any]


def _read_plain(*kinds: type[Any]) -> _Reader:
    def reader(name: str, value: Any) -> Any:
        if type(value) not in kinds or (type(value) is int and not -_INT64 <= value < _INT64):
            raise ValueError(f"{name} is not of type {kinds[0].__name__}: {str(value)[:80]!r}")
        return value

    return reader


def _read_float(name: str, value: Any) -> float:
    number = float(_read_plain(float, int)(name, value))
    if number - number != 0.0:  # an overflowing literal such as 1e999
        raise ValueError(f"{name} is not finite")
    return number


def _read_tuple(item: _Reader) -> _Reader:
    def reader(name: str, value: Any) -> tuple[Any, ...]:
        return tuple(item(name, entry) for entry in _read_plain(list)(name, value))

    return reader


def _read_optional(inner: _Reader) -> _Reader:
    return lambda name, value: None if value is None else inner(name, value)


_PLAIN: Mapping[Any, _Reader] = {
    int: _read_plain(int),
    str: _read_plain(str),
    bool: _read_plain(bool),
    float: _read_float,
}


def _reader(annotation: Any) -> _Reader:
    if annotation in _PLAIN:
        return _PLAIN[annotation]
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is tuple:
        return _read_tuple(_reader(inner[0]))
    if origin in {Union, types.UnionType}:
        return _read_optional(_reader(inner[0]))
    return _read_plain(dict)


_FIELD_READERS: Mapping[str, Mapping[str, _Reader]] = {
    kind: {name: _reader(hint) for name, hint in get_type_hints(event).items()}
    for kind, event in EVENT_TYPES.items()
}
