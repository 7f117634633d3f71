"""Making the index again from what is left: its own readable rows, and its copies."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

import apsw

from workbench.core import files
from workbench.errors import FormatError
from workbench.store.copies import Copies, Facts
from workbench.store.index import Row, connect
from workbench.store.revision import COLUMNS
from workbench.store.schema import COPIES, INDEX, NAMES

if TYPE_CHECKING:
    from workbench.store.workspace import Workspace

SET_ASIDE: Final = "index.damaged"
_UNSEEN_CHANGES: Final = 1_000_000  # the position before the damage may be lost; it only grows
_COMPANIONS: Final = ("-wal", "-shm", "-journal")


def catch_up(workspace: Workspace) -> tuple[int, ...]:
    """The numbers of revisions that the index had lost and has again.

    Also copies what has no copy yet. Copies are listed first: they are written after
    their rows, so that one without a row is a row that was lost.
    """
    copied = set(workspace.copies.numbers())
    known = {number for (number,) in workspace.rows("SELECT number FROM revisions")}
    workspace.copy(sorted(known - copied))
    lost = list(_readable(workspace.copies, sorted(copied - known)))
    if lost:
        with workspace.transaction() as cursor:
            for facts in lost:
                restore(cursor, facts)
    return tuple(facts["number"] for facts in lost)


def rebuild(folder: Path, create: Callable[[Path], None], reason: str) -> None:
    """Nothing, after a new index is in the place of one that cannot be used.

    A copy of the damaged one is set aside under another name.
    """
    path, fresh = folder / INDEX, folder / f".{INDEX}.new{files.TEMPORARY}"
    _remove_with_companions(fresh)
    create(fresh)
    connection = connect(fresh)
    try:
        connection.execute("PRAGMA synchronous=EXTRA; BEGIN IMMEDIATE")
        _salvage(path, connection)
        for facts in _readable(Copies(folder / COPIES)):
            restore(connection.cursor(), facts)
        connection.execute(
            "UPDATE facts SET value = value + ? WHERE key = 'position'", (_UNSEEN_CHANGES,)
        )
        row = ("repaired", f"{time.time():.0f} {reason}")
        connection.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", row)
        connection.execute("COMMIT")
        connection.pragma("wal_checkpoint", "TRUNCATE")
    finally:
        connection.close()
    _exchange(path, fresh)


def restore(cursor: apsw.Cursor, facts: Facts) -> None:
    """Nothing; the rows that a copy describes are in the index, if they were not."""
    marks = ", ".join(f":{name}" for name in COLUMNS)
    statement = f"INSERT OR IGNORE INTO revisions ({', '.join(COLUMNS)}) VALUES ({marks})"  # noqa: S608  # our own names
    cursor.execute(statement, {name: facts[name] for name in COLUMNS})
    pairs = [(facts["number"], role, found) for role, found in facts["sources"]]
    cursor.executemany("INSERT OR IGNORE INTO sources VALUES (?, ?, ?)", pairs)
    restore_blobs(cursor, facts["blobs"], facts["created"])
    cursor.execute(
        "UPDATE facts SET value = max(value, ?) WHERE key = 'position'", (facts["position"],)
    )


def restore_blobs(cursor: apsw.Cursor, blobs: Iterable[Row], created: float) -> None:
    """Nothing; rows of blobs and of what they refer to are in the index, if they were not."""
    for found, kind, size, parts in blobs:
        row = (found, kind, size, created)
        cursor.execute("INSERT OR IGNORE INTO blobs VALUES (?, ?, ?, ?)", row)
        pairs = [(found, part) for part in parts]
        cursor.executemany("INSERT OR IGNORE INTO parts VALUES (?, ?)", pairs)


def _readable(copies: Copies, numbers: Iterable[int] | None = None) -> Iterable[Facts]:
    for number in sorted(copies.numbers()) if numbers is None else numbers:
        with suppress(FormatError, FileNotFoundError):
            yield copies.read(number)


def _salvage(path: Path, target: apsw.Connection) -> None:
    """Copy the rows that can still be read, from both ends of each table."""
    if not path.exists():
        return
    with suppress(apsw.Error):
        source = connect(path)
        try:
            for table in NAMES:
                for order in ("ASC", "DESC"):
                    with suppress(apsw.Error):
                        _salvage_rows(source, target, table, order)
        finally:
            source.close()


def _salvage_rows(source: apsw.Connection, target: apsw.Connection, table: str, order: str) -> None:
    columns = [name for _, name, *_ in target.execute(f"PRAGMA table_info({table})")]
    listed, marks = ", ".join(columns), ", ".join("?" * len(columns))
    reading = f"SELECT {listed} FROM {table} ORDER BY rowid {order}"  # noqa: S608  # our own names
    writing = f"INSERT OR REPLACE INTO {table} ({listed}) VALUES ({marks})"  # noqa: S608  # our own names
    for row in source.execute(reading):
        target.execute(writing, row)


def _exchange(path: Path, fresh: Path) -> None:
    """At every moment one of the two is there, and no log of the old one beside the new one."""
    with suppress(OSError):  # for those who want to look; without room for it there is none
        aside = path.with_name(f"{SET_ASIDE}-{time.time_ns()}")
        files.write_atomic(aside, path.read_bytes(), is_durable=False)
    for suffix in _COMPANIONS:
        files.remove(f"{path}{suffix}")
    files.move(fresh, path)
    files.sync_folder(path.parent)


def _remove_with_companions(path: Path) -> None:
    for suffix in ("", *_COMPANIONS):
        files.remove(f"{os.fspath(path)}{suffix}")
