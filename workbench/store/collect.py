"""Giving back the room of what nothing refers to any more."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from workbench.core import files
from workbench.errors import FormatError
from workbench.store import queries

if TYPE_CHECKING:
    from workbench.store.workspace import Workspace

GRACE_S: Final = 3600.0
AUTOSAVES_S: Final = 24 * 3600.0
_HASHES: Final = re.compile(rb"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")
_TELLING: Final = ("json", "note")  # values that may name blobs in their text: views on screen


def collect(workspace: Workspace, *, grace_s: float = GRACE_S) -> int:
    """The bytes given back: blobs that nothing refers to, old autosaves, rests of broken writes.

    What was written or used within `grace_s` seconds stays: it may be on its way into
    a revision or a job.
    """
    oldest = time.time() - grace_s
    _drop_autosaves(workspace, time.time() - max(grace_s, AUTOSAVES_S))
    with workspace.transaction() as cursor:
        live = live_blobs(workspace)
        rows = workspace.rows("SELECT hash FROM blobs WHERE created < ?", (oldest,))
        dead = [
            found for (found,) in rows if found not in live and _is_old(workspace, found, oldest)
        ]
        cursor.executemany("DELETE FROM blobs WHERE hash = ?", [(found,) for found in dead])
        cursor.executemany("DELETE FROM parts WHERE hash = ?", [(found,) for found in dead])
    return _remove_unknown(workspace, oldest) + sum(map(_removed, _rests(workspace, oldest)))


def live_blobs(workspace: Workspace) -> set[str]:
    """The blobs that revisions, their provenance, jobs and saved views refer to."""
    rows = workspace.rows
    live = {found for (found,) in rows("SELECT hash FROM revisions UNION SELECT hash FROM sources")}
    live |= job_hashes(workspace)
    waiting = list(live)
    while waiting:
        found = waiting.pop()
        named = {*queries.parts_of(rows, found), *_named_by(workspace, found)} - live
        live |= named
        waiting += named
    return live


def job_hashes(workspace: Workspace) -> set[str]:
    """The blobs that jobs were handed and left."""
    listed = workspace.rows("SELECT call, result, checkpoint, details FROM jobs")
    return _named_in(text.encode() for texts in listed for text in texts if text)


def _named_in(texts: Iterable[bytes]) -> set[str]:
    return {found.decode() for text in texts for found in _HASHES.findall(text)}


def _named_by(workspace: Workspace, found: str) -> set[str]:
    kinds = workspace.rows("SELECT kind FROM blobs WHERE hash = ?", (found,))
    if not kinds or kinds[0][0] not in _TELLING:
        return set()
    with suppress(FormatError):
        return _named_in([workspace.bytes_of(found)])
    return set()


def _drop_autosaves(workspace: Workspace, oldest: float) -> None:
    """Their copies go first: a copy without its row would bring the row back."""
    condition = """
        SELECT number FROM revisions WHERE autosave AND created < ?
        AND number NOT IN (SELECT max(number) FROM revisions GROUP BY name)
    """
    numbers = workspace.rows(condition, (oldest,))
    if not numbers:
        return
    for (number,) in numbers:
        files.remove(workspace.copies.path(number))
    with workspace.transaction() as cursor:
        cursor.executemany("DELETE FROM revisions WHERE number = ?", numbers)
        cursor.executemany("DELETE FROM sources WHERE number = ?", numbers)


def _remove_unknown(workspace: Workspace, oldest: float) -> int:
    """The lock on the index keeps others from needing a blob without a row meanwhile."""
    with workspace.transaction():
        known = {found for (found,) in workspace.rows("SELECT hash FROM blobs")}
        unknown = [
            (name, path) for name, path in workspace.blobs.names() if name and name not in known
        ]
        return sum(_removed(path) for name, path in unknown if _is_old(workspace, name, oldest))


def _rests(workspace: Workspace, oldest: float) -> Iterator[Path]:
    """Temporary files of programs that ended while they wrote."""
    for path in workspace.path.rglob(f".*{files.TEMPORARY}"):
        with suppress(FileNotFoundError):
            if path.stat().st_mtime < oldest:
                yield path


def _is_old(workspace: Workspace, found: str, oldest: float) -> bool:
    try:
        return workspace.blobs.path(found).stat().st_mtime < oldest
    except FileNotFoundError:
        return True


def _removed(path: Path) -> int:
    with suppress(FileNotFoundError):
        size = path.stat().st_size
        files.remove(path)
        return size
    return 0
