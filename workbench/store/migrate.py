"""Bringing the index of an older version up to date, step by step."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

import apsw

from workbench.store.index import connect, told
from workbench.store.schema import INDEX, VERSION

Step = Callable[[apsw.Connection], None]


def _to_2(connection: apsw.Connection) -> None:
    """What needs a blob is found without reading every row."""
    connection.execute("CREATE INDEX parts_by_part ON parts (part)")
    connection.execute("CREATE INDEX sources_by_hash ON sources (hash)")


# From a version to the next one. What a step does is never changed once it was released.
STEPS: Final[Mapping[int, Step]] = MappingProxyType({1: _to_2})


def migrate(folder: Path) -> int:
    """The version that the index in `folder` had, after it is of the present one.

    All steps are one transaction: a crash leaves the old version or the new one.
    """
    path = folder / INDEX
    connection = connect(path)
    try:
        with told(path):
            connection.execute("PRAGMA synchronous=EXTRA; BEGIN IMMEDIATE")
            before = int(connection.pragma("user_version"))
            for version in range(before, VERSION):
                STEPS[version](connection)
            connection.pragma("user_version", VERSION)
            connection.execute("COMMIT")
    finally:
        connection.close()
    return before
