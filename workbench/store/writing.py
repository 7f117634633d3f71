"""The rows that a save adds to the index, within a transaction."""

from __future__ import annotations

import time
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

import apsw

from workbench.core.versions import code_version
from workbench.errors import ParameterError
from workbench.store import queries
from workbench.store.blobs import Blobs
from workbench.store.codecs import Blob
from workbench.store.queries import Rows

_UNSAID: Final = MappingProxyType(
    {"seed": None, "recipe": "", "note": "", "autosave": 0, "removed": 0, "origin": None}
)


def write_blobs(store: Blobs, blobs: Mapping[str, Blob]) -> None:
    """Nothing, after the payloads are durably there, each under its hash."""
    for found, blob in blobs.items():
        if store.write(blob.payload) != found:
            raise ParameterError("cannot keep a blob under a name that is not its hash")


def enter_blobs(cursor: apsw.Cursor, store: Blobs, blobs: Mapping[str, Blob]) -> None:
    """Nothing; the index knows blobs whose payloads were written before."""
    now = time.time()
    for found, blob in blobs.items():
        if not store.has(found):  # taken by a clean-up between writing and now
            store.write(blob.payload)
        row = (found, blob.kind, len(blob.payload), now)
        cursor.execute("INSERT OR IGNORE INTO blobs VALUES (?, ?, ?, ?)", row)
        pairs = [(found, part) for part in blob.parts]
        cursor.executemany("INSERT OR IGNORE INTO parts VALUES (?, ?)", pairs)


def append_revision(
    cursor: apsw.Cursor, rows: Rows, given: Mapping[str, Any], roles: Mapping[str, str]
) -> int:
    """The number of a new revision with the facts `given`, made from what `roles` names."""
    facts = {
        **_UNSAID,
        "created": time.time(),
        "version": code_version(),
        "n_bytes": queries.total_bytes(rows, given["hash"]),
        "position": queries.position(rows),
        **given,
    }
    columns, marks = ", ".join(facts), ", ".join(f":{name}" for name in facts)
    cursor.execute(f"INSERT INTO revisions ({columns}) VALUES ({marks})", facts)  # noqa: S608  # our own names
    number = int(cursor.connection.last_insert_rowid())
    pairs = [(number, role, found) for role, found in sorted(roles.items())]
    cursor.executemany("INSERT INTO sources VALUES (?, ?, ?)", pairs)
    return number
