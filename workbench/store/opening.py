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
from workbench.errors import FormatError, StorageError
from workbench.store.copies import sealed, unsealed
from workbench.store.disks import journal_for
from workbench.store.health import EMPTY, OLDER, connected, problem
from workbench.store.index import told
from workbench.store.migrate import migrate
from workbench.store.repair import catch_up, rebuild
from workbench.store.schema import (
    ABOUT,
    APPLICATION_ID,
    BLOBS,
    COPIES,
    FORMAT,
    INDEX,
    RESERVED,
    TABLES,
    VERSION,
)
from workbench.store.workspace import Workspace

LOCK: Final = ".lock"
LOCK_S: Final = 30.0
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
    wanted = journal or journal_for(folder)
    notes = _made_ready(folder, wanted)
    workspace = Workspace(folder, door=door, journal=_journal(folder, wanted), repairs=notes)
    try:
        if lost := catch_up(workspace):
            workspace.repairs += (f"the revisions {_listed(lost)} came back from their copies",)
    except BaseException:
        workspace.close()
        raise
    return workspace


def _listed(numbers: tuple[int, ...]) -> str:
    shown = ", ".join(map(str, numbers[:10]))
    return f"{shown} and {len(numbers) - 10} more" if len(numbers) > 10 else shown


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
    if not problem(folder):
        return ()
    with _alone(folder):
        found = problem(folder)
        if found == EMPTY:
            construct(folder, journal)
        elif found == OLDER:
            migrate(folder)
        elif found:
            rebuild(folder, lambda path: _create_index(path, _about(folder), journal), found)
            return (f"the index was made again from its copies: {found}",)
    return ()


def construct(folder: Path, journal: str) -> None:
    """Nothing; an empty workspace is in `folder`, or one that was half made is finished."""
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
    with told(path), connected(path, create=True) as connection:
        connection.reserve_bytes(reserve=RESERVED)
        connection.execute("PRAGMA synchronous=EXTRA; BEGIN IMMEDIATE")
        if connection.pragma("user_version") == 0:
            connection.execute(TABLES)
            rows = [*about.items(), ("position", 0)]
            connection.executemany("INSERT INTO facts VALUES (?, ?)", rows)
            connection.pragma("application_id", APPLICATION_ID)
            connection.pragma("user_version", VERSION)
        connection.execute("COMMIT")
        connection.pragma("journal_mode", journal)


def _journal(folder: Path, wanted: str) -> str:
    """The journal that is used from now on: the one in use as long as others are using it."""
    with told(folder), connected(folder / INDEX) as connection:
        current = str(connection.pragma("journal_mode"))
        if current == wanted:
            return current
        try:
            return str(connection.pragma("journal_mode", wanted))
        except apsw.BusyError:
            return current


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Nothing; only one program at a time makes, repairs or migrates."""
    lock = filelock.FileLock(folder / LOCK)
    with told(folder):
        try:
            lock.acquire(timeout=LOCK_S)
        except filelock.Timeout as error:
            raise StorageError(
                f"cannot open {folder}: another program has been preparing it for {LOCK_S:.0f} s",
                remedy="End the other program, or wait, and try again.",
            ) from error
    try:
        yield
    finally:
        lock.release()
