"""Whether the index of a workspace can be used: made, of this version, and undamaged."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import apsw

from workbench.errors import FormatError, NewerVersionError
from workbench.store.index import DamagedIndexError, connect, told
from workbench.store.schema import APPLICATION_ID, COPIES, FORMAT, INDEX, RESERVED, VERSION

EMPTY: Final = "it is not made yet"
MISSING: Final = "it is missing"
OLDER: Final = "it is of an older version"
CHANGED: Final = "its bytes are not those that were written"
_SIZE_AT: Final = 16  # where the header says how large a page is
_RESERVED_AT: Final = 20  # where it says how many bytes of a page the sum takes
_TRIES: Final = 2
_PAUSE_S: Final = 0.05


@contextmanager
def connected(path: Path, *, create: bool = False) -> Iterator[apsw.Connection]:
    """A connection to the index at `path` that is closed with the block."""
    connection = connect(path, create=create)
    try:
        yield connection
    finally:
        connection.close()


def problem(folder: Path) -> str:
    """Why the index in `folder` cannot be used as it is, "" when it can.

    Raises
    ------
    NewerVersionError
        When a newer workbench wrote it.
    FormatError
        When it belongs to another program.
    """
    path = folder / INDEX
    with told(path):
        if not path.exists() or path.stat().st_size == 0:
            return _nothing(folder)
    try:
        with told(path), connected(path) as connection:
            return _state(folder, connection)
    except DamagedIndexError:
        return CHANGED


def changed_pages(path: Path) -> list[int]:
    """The numbers of the pages of the index at `path` whose sum is not theirs, unused ones too.

    A page that another program writes just now is read again.
    """
    changed = _changed_pages(path)
    for _ in range(_TRIES):
        if not changed:
            break
        time.sleep(_PAUSE_S)
        changed = sorted(set(changed) & set(_changed_pages(path)))
    return changed


def _changed_pages(path: Path) -> list[int]:
    with told(path), path.open("rb") as stream, connected(Path(":memory:")) as checker:
        header = stream.read(_RESERVED_AT + 1)
        size = int.from_bytes(header[_SIZE_AT : _SIZE_AT + 2], "big")
        size = 65536 if size == 1 else size
        if header[_RESERVED_AT:] != bytes([RESERVED]) or size < 512 or size & (size - 1):
            return [1]
        stream.seek(0)
        pages = iter(lambda: stream.read(size), b"")
        fits = "SELECT verify_checksum(?)"
        return [n for n, page in enumerate(pages, 1) if not checker.execute(fits, (page,)).get]


def _nothing(folder: Path) -> str:
    return MISSING if any((folder / COPIES).glob("*.json")) else EMPTY


def _state(folder: Path, connection: apsw.Connection) -> str:
    application, version = connection.pragma("application_id"), connection.pragma("user_version")
    has_tables = bool(connection.execute("SELECT count(*) FROM sqlite_schema").get)
    if application == 0 and version == 0 and not has_tables:
        return _nothing(folder)
    if application == APPLICATION_ID and version > VERSION:  # whatever else it is, it is not ours
        raise NewerVersionError(folder, FORMAT, version, VERSION)
    checked = connection.pragma("integrity_check")
    if checked != "ok":
        return f"it contradicts itself: {str(checked)[:200]}"
    if _reserved(folder / INDEX) != RESERVED:
        return CHANGED
    if application != APPLICATION_ID:
        raise FormatError(folder, INDEX, "it is an index of something else")
    return OLDER if version < VERSION else ""


def _reserved(path: Path) -> int:
    with path.open("rb") as stream:
        return stream.read(_RESERVED_AT + 1)[_RESERVED_AT]
