"""Opening a workspace: one that is there, one half made, one damaged, or a new one."""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import apsw
import filelock

from workbench.core import files
from workbench.errors import FormatError, NewerVersionError, StorageError
from workbench.store.copies import sealed, unsealed
from workbench.store.disks import journal_for
from workbench.store.index import DamagedIndexError, connect, told
from workbench.store.migrate import migrate
from workbench.store.repair import catch_up, rebuild
from workbench.store.schema import (
    ABOUT,
    APPLICATION_ID,
    BLOBS,
    COPIES,
    FORMAT,
    INDEX,
    TABLES,
    VERSION,
)
from workbench.store.workspace import Workspace

LOCK: Final = ".lock"
LOCK_S: Final = 30.0
_RESERVED_AT: Final = 20  # where the header of the index says how many bytes a sum takes
_RESERVED: Final = 8
_OURS: Final = frozenset({ABOUT, INDEX, BLOBS, COPIES, LOCK})


def open_workspace(
    path: str | os.PathLike[str],
    *,
    create: bool = True,
    door: str = "python",
    journal: str | None = None,
) -> Workspace:
    """The workspace in the folder `path`, which is made where there is none.

    An older version is brought up to date, one that was half made when its program
    ended is finished, and a damaged index is made again from its copies.

    Parameters
    ----------
    create
        Whether to make a workspace where there is none.
    door
        What its revisions say of who saved them.
    journal
        "wal" or "delete" instead of what suits the file system.

    Raises
    ------
    NewerVersionError
        When a newer workbench wrote it.
    FormatError
        When there is none, or the folder is something else.
    StorageError
        When it cannot be read or written.

    Examples
    --------
    >>> import tempfile
    >>> with open_workspace(Path(tempfile.mkdtemp()) / "study.wb") as study:
    ...     study.items()
    ()
    """
    folder = Path(path).absolute()
    with told(folder):
        if create and _is_unused(folder):
            files.make_folder(folder)
        _require_workspace(folder, create=create)
    notes = _made_ready(folder, journal or journal_for(folder))
    workspace = Workspace(folder, door=door, journal=_journal(folder), repairs=notes)
    try:
        catch_up(workspace)
    except BaseException:
        workspace.close()
        raise
    return workspace


def _is_unused(folder: Path) -> bool:
    return not folder.exists() or (folder.is_dir() and not any(folder.iterdir()))


def _require_workspace(folder: Path, *, create: bool) -> None:
    if not folder.is_dir():
        reason = "it is a file" if folder.exists() else "there is no such folder"
        raise FormatError(folder, "its folder", reason)
    names = {each.name for each in folder.iterdir()}
    if names & {ABOUT, INDEX, COPIES}:
        return
    others = {name for name in names - _OURS if not name.endswith(files.TEMPORARY)}
    if others or not create:
        raise FormatError(
            folder,
            "its folder",
            "this is not a workspace",
            remedy="Give the folder of a workspace, or one that is not there yet.",
        )


def _made_ready(folder: Path, journal: str) -> tuple[str, ...]:
    """What had to be repaired before the index could be used."""
    problem = _problem(folder)
    if not problem:
        return ()
    with _alone(folder):
        problem = _problem(folder)
        if problem == _EMPTY:
            _construct(folder, journal)
        elif problem == _OLDER:
            migrate(folder)
        elif problem:
            rebuild(folder, lambda path: _create_index(path, _about(folder), journal), problem)
            return (problem,)
    return ()


_EMPTY: Final = "it is not made yet"
_OLDER: Final = "it is of an older version"


def _problem(folder: Path) -> str:
    """Why the index in `folder` cannot be used as it is, "" when it can."""
    path = folder / INDEX
    with told(path):
        if not path.exists() or path.stat().st_size == 0:
            return _MISSING if any((folder / COPIES).glob("*.json")) else _EMPTY
    try:
        with told(path), _connected(path) as connection:
            return _state(folder, connection)
    except DamagedIndexError:
        return "its bytes are not those that were written"


_MISSING: Final = "it is missing"


def _state(folder: Path, connection: apsw.Connection) -> str:
    application, version = connection.pragma("application_id"), connection.pragma("user_version")
    if (
        application == 0
        and version == 0
        and not connection.execute("SELECT 1 FROM sqlite_schema").get
    ):
        return _MISSING if any((folder / COPIES).glob("*.json")) else _EMPTY
    checked = connection.pragma("integrity_check", 1)
    if checked != "ok":
        return f"it contradicts itself: {str(checked)[:200]}"
    if application != APPLICATION_ID:
        raise FormatError(folder, INDEX, "it is an index of something else")
    if _reserved(folder / INDEX) != _RESERVED:
        return "its pages have no sums"
    if version > VERSION:
        raise NewerVersionError(folder, FORMAT, version, VERSION)
    return _OLDER if version < VERSION else ""


def _reserved(path: Path) -> int:
    with path.open("rb") as stream:
        return stream.read(_RESERVED_AT + 1)[_RESERVED_AT]


def _construct(folder: Path, journal: str) -> None:
    with told(folder):
        files.make_folder(folder / BLOBS)
        files.make_folder(folder / COPIES)
        about = _about(folder)
        files.write_atomic(folder / ABOUT, sealed(about))
        _create_index(folder / INDEX, about, journal)
        files.sync_folder(folder)


def _about(folder: Path) -> dict[str, Any]:
    """What the workspace says of itself; where that is lost, new facts in its place."""
    path = folder / ABOUT
    try:
        return unsealed(path.read_bytes(), path)
    except (FileNotFoundError, FormatError):
        facts = {"format": FORMAT, "created": time.time(), "id": uuid.uuid4().hex}
        return {**facts, "name": folder.stem}


def _create_index(path: Path, about: dict[str, Any], journal: str) -> None:
    with told(path), _connected(path, create=True) as connection:
        connection.reserve_bytes(reserve=_RESERVED)
        connection.execute("PRAGMA synchronous=EXTRA; BEGIN IMMEDIATE")
        if connection.pragma("user_version") == 0:
            connection.execute(TABLES)
            rows = [*about.items(), ("position", 0)]
            connection.executemany("INSERT INTO facts VALUES (?, ?)", rows)
            connection.pragma("application_id", APPLICATION_ID)
            connection.pragma("user_version", VERSION)
        connection.execute("COMMIT")
        connection.pragma("journal_mode", journal)


def _journal(folder: Path) -> str:
    with told(folder), _connected(folder / INDEX) as connection:
        return str(connection.pragma("journal_mode"))


@contextmanager
def _connected(path: Path, *, create: bool = False) -> Iterator[apsw.Connection]:
    connection = connect(path, create=create)
    try:
        yield connection
    finally:
        connection.close()


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Nothing; only one program at a time makes, repairs or migrates."""
    try:
        with told(folder), filelock.FileLock(folder / LOCK, timeout=LOCK_S):
            yield
    except filelock.Timeout as error:
        raise StorageError(
            f"cannot open {folder}: another program has been preparing it for {LOCK_S:.0f} s",
            remedy="End the other program, or wait, and try again.",
        ) from error
