"""Giving back blobs that are known to be no longer needed, without looking at all others."""

from __future__ import annotations

import time
from collections.abc import Iterable
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from workbench.core import files
from workbench.store import queries

if TYPE_CHECKING:
    from workbench.store.workspace import Workspace

GRACE_S: Final = 180.0
_NAMED: Final = """
SELECT EXISTS (SELECT 1 FROM parts WHERE part = :hash)
    OR EXISTS (SELECT 1 FROM revisions WHERE hash = :hash)
    OR EXISTS (SELECT 1 FROM sources WHERE hash = :hash)
    OR EXISTS (SELECT 1 FROM jobs WHERE checkpoint = :hash OR result = :hash
               OR instr(call, :hash) OR instr(coalesce(details, ''), :hash))
"""


def release(
    workspace: Workspace, blobs: Iterable[str], *, grace_s: float = GRACE_S
) -> tuple[str, ...]:
    """Those of `blobs`, and of what they refer to, that are gone now.

    What anything else refers to stays, and so does what was written or used within
    `grace_s` seconds: it may be on its way into a revision or a job.
    """
    oldest = time.time() - grace_s
    gone: dict[str, None] = {}
    waiting = list(blobs)
    with workspace.transaction() as cursor:  # durable: a power cut must not bring back the rows
        while waiting:
            found = waiting.pop()
            is_free = found not in gone and _is_old(workspace, found, oldest)
            if not is_free or _is_named(workspace, found):
                continue
            waiting += queries.parts_of(workspace.rows, found)
            cursor.execute("DELETE FROM blobs WHERE hash = ?", (found,))
            cursor.execute("DELETE FROM parts WHERE hash = ?", (found,))
            gone[found] = None
    with workspace.transaction(durable=False):  # the rows are gone for good, the files follow
        for found in gone:
            if not queries.knows(workspace.rows, [found]):
                files.remove(workspace.blobs.path(found))
    return tuple(gone)


def _is_named(workspace: Workspace, found: str) -> bool:
    return bool(workspace.rows(_NAMED, {"hash": found})[0][0])


def _is_old(workspace: Workspace, found: str, oldest: float) -> bool:
    with suppress(FileNotFoundError):
        return workspace.blobs.path(found).stat().st_mtime < oldest
    return False
