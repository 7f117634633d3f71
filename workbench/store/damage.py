"""What in a workspace is not what was saved, and mending what can be made again."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from workbench.core import files
from workbench.errors import FormatError
from workbench.store import health, queries
from workbench.store.blobs import Blobs
from workbench.store.copies import Copies, Facts, sealed, unsealed
from workbench.store.index import DamagedIndexError
from workbench.store.queries import Rows
from workbench.store.schema import ABOUT, BLOBS, COPIES, FORMAT, INDEX

ABOUT_FACTS: Final = ("format", "created", "id", "name")


@dataclass(frozen=True, slots=True)
class Damage:
    """Something that is not what was saved.

    Parameters
    ----------
    hash
        Of the blob, "" where it is none.
    kind
        "blob", "copy", "about" or "index".
    names
        The items whose values, now or earlier, need it.
    reason
        What is wrong with it.

    Examples
    --------
    >>> Damage("ab" * 32, "blob", ("circuit",), "it is missing").names
    ('circuit',)
    """

    hash: str
    kind: str
    names: tuple[str, ...]
    reason: str


def all_damage(folder: Path, rows: Rows, repairs: Iterable[str]) -> tuple[Damage, ...]:
    """Everything that is not what was saved; each file of the workspace is read for it."""
    found = [Damage("", "index", (), reason) for reason in repairs]
    found += _damage_of_index(folder)
    with suppress(DamagedIndexError):  # told already; what it says of the rest cannot be read
        found += _damage_of_about(folder / ABOUT, rows)
        found += (each for _, each in _damage_of_copies(Copies(folder / COPIES), rows) if each)
        found += _damage_of_blobs(Blobs(folder / BLOBS), rows)
    return tuple(found)


def mend(folder: Path, rows: Rows) -> None:
    """Nothing; facts and copies that are damaged, missing or old are written again."""
    files.write_atomic(folder / ABOUT, sealed(about_of(rows)))
    copies = Copies(folder / COPIES)
    numbers = [number for number, _ in _damage_of_copies(copies, rows)]
    for facts in queries.facts_of(rows, numbers):
        copies.write(facts)


def about_of(rows: Rows) -> Facts:
    """What the workspace says of itself, as the index has it."""
    facts: Facts = dict(rows("SELECT key, value FROM facts", ()))
    return {name: facts.get(name, FORMAT) for name in ABOUT_FACTS}


def _damage_of_index(folder: Path) -> Iterator[Damage]:
    path = folder / INDEX
    if pages := health.changed_pages(path):
        yield Damage("", "index", (), f"{health.CHANGED}, in page {pages[0]}")
    elif reason := health.problem(folder):
        yield Damage("", "index", (), reason)


def _damage_of_about(path: Path, rows: Rows) -> Iterator[Damage]:
    try:
        if unsealed(path.read_bytes(), path) != about_of(rows):
            yield Damage("", "about", (), "it does not say what the index says")
    except FileNotFoundError:
        yield Damage("", "about", (), "it is missing")
    except FormatError as error:
        yield Damage("", "about", (), error.reason)


def _damage_of_copies(copies: Copies, rows: Rows) -> Iterator[tuple[int, Damage | None]]:
    """Numbers of copies to write again; an old or missing copy is no damage, the index has it."""
    for number in [number for (number,) in rows("SELECT number FROM revisions", ())]:
        (facts,) = queries.facts_of(rows, [number])
        try:
            if copies.read(number) != facts:
                yield number, None
        except FileNotFoundError:
            yield number, None
        except FormatError as error:
            yield number, Damage(facts["hash"], "copy", (facts["name"],), error.reason)


def _damage_of_blobs(blobs: Blobs, rows: Rows) -> Iterator[Damage]:
    present = {name: path for name, path in blobs.names() if name}
    known = {found for (found,) in rows("SELECT hash FROM blobs", ())}
    for name in sorted(known - set(present)):
        yield Damage(name, "blob", _names(rows, name), "it is missing")
    for name, path in present.items():
        if reason := _reason(path, name):
            yield Damage(name, "blob", _names(rows, name), reason)


def _reason(path: Path, name: str) -> str:
    try:
        with path.open("rb") as stream:
            found = hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        return f"it cannot be read: {error.strerror}"
    return "" if found == name else "it is not what was saved"


def _names(rows: Rows, found: str) -> tuple[str, ...]:
    statement = """
        WITH RECURSIVE needing(hash) AS (
            VALUES (?) UNION SELECT parts.hash FROM parts JOIN needing ON parts.part = needing.hash
        )
        SELECT DISTINCT name FROM revisions JOIN needing USING (hash) ORDER BY name
    """
    return tuple(name for (name,) in rows(statement, (found,)))
