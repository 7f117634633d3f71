"""Questions to the index, as statements and what they answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from workbench.errors import ParameterError
from workbench.store.index import Bindings, Row
from workbench.store.revision import COLUMNS, SELECTED, Revision, revision_of

Rows = Callable[[str, Bindings], list[Row]]

# A blob and all that it refers to.
_REACHED: Final = """
WITH RECURSIVE reached(hash) AS (
    VALUES (?) UNION SELECT parts.part FROM parts JOIN reached ON parts.hash = reached.hash
)
"""
_LATEST: Final = "number IN (SELECT max(number) FROM revisions GROUP BY name) AND NOT removed"


@dataclass(frozen=True, slots=True)
class Made:
    """One blob in the history of a value.

    Parameters
    ----------
    hash, kind
        Which blob it is.
    revision
        The first that saved it and knows its sources, else the first that saved it;
        None for a blob that never had a name.
    sources
        What it was made from: pairs of a role and the hash of a blob.

    Examples
    --------
    >>> Made("ab" * 32, "circuit", None, (("data", "cd" * 32),)).sources[0][0]
    'data'
    """

    hash: str
    kind: str
    revision: Revision | None
    sources: tuple[tuple[str, str], ...]


def revisions(rows: Rows, condition: str, bindings: Bindings = ()) -> tuple[Revision, ...]:
    """The revisions that meet a condition, newest first."""
    statement = f"SELECT {SELECTED} FROM revisions WHERE {condition} ORDER BY number DESC"  # noqa: S608  # our own conditions
    return tuple(
        revision_of(dict(zip(COLUMNS, row, strict=True)), _sources(rows, row[0]))
        for row in rows(statement, bindings)
    )


def latest(rows: Rows, name: str) -> Revision | None:
    """The newest revision of a name, also one that says it was removed."""
    condition = "number = (SELECT max(number) FROM revisions WHERE name = ?)"
    return next(iter(revisions(rows, condition, (name,))), None)


def items(rows: Rows, kind: str | None) -> tuple[Revision, ...]:
    """The latest revision of each name, newest first."""
    if kind is None:
        return revisions(rows, _LATEST)
    return revisions(rows, f"{_LATEST} AND kind = ?", (kind,))


def history(rows: Rows, name: str) -> tuple[Revision, ...]:
    """The revisions of a name, then those of the name it had before."""
    found = revisions(rows, "name = ? AND NOT removed", (name,))
    while found and (origin := found[-1].origin) is not None:
        before = revisions(rows, "number = ?", (origin,))
        if not before:
            break
        found += revisions(
            rows, "name = ? AND number <= ? AND NOT removed", (before[0].name, origin)
        )
    return found


def provenance(rows: Rows, start: str) -> tuple[Made, ...]:
    """What made a blob, then what made its sources, and so on; each blob once."""
    found: dict[str, Made] = {}
    waiting = [start]
    while waiting:
        current = waiting.pop(0)
        if current not in found:
            found[current] = _made(rows, current)
            waiting += [source for _, source in found[current].sources]
    return tuple(found.values())


def kind(rows: Rows, found: str) -> str:
    """The kind of a blob, or :class:`ParameterError` when there is none."""
    kinds = rows("SELECT kind FROM blobs WHERE hash = ?", (found,))
    if not kinds:
        raise ParameterError("there is no such blob in this workspace", given=found[:80])
    return str(kinds[0][0])


def _made(rows: Rows, found: str) -> Made:
    of_kind = kind(rows, found)
    known = revisions(rows, "hash = ? AND NOT removed", (found,))[::-1]
    told = [each for each in known if each.sources]
    first = next(iter(told or known), None)
    return Made(found, of_kind, first, first.sources if first else ())


def position(rows: Rows) -> int:
    """How many changes the workspace has seen."""
    return int(rows("SELECT value FROM facts WHERE key = 'position'", ())[0][0])


def total_bytes(rows: Rows, found: str) -> int:
    """The bytes of a blob and of all that it refers to."""
    statement = f"{_REACHED} SELECT total(n_bytes) FROM blobs JOIN reached USING (hash)"  # noqa: S608  # fixed text
    return int(rows(statement, (found,))[0][0])


def knows(rows: Rows, hashes: Iterable[str]) -> bool:
    """Whether the index has all of these blobs."""
    statement = "SELECT count(*) FROM blobs WHERE hash = ?"
    return all(rows(statement, (found,))[0][0] for found in hashes)


def blobs_of(rows: Rows, found: str) -> list[list[Any]]:
    """A blob and all that it refers to: hash, kind, bytes and hashes of parts, by hash."""
    statement = (
        f"{_REACHED} SELECT hash, kind, n_bytes FROM blobs JOIN reached USING (hash) ORDER BY hash"  # noqa: S608  # fixed text
    )
    return [[*row, parts_of(rows, row[0])] for row in rows(statement, (found,))]


def parts_of(rows: Rows, found: str) -> list[str]:
    """What a blob refers to, by hash."""
    return [
        part for (part,) in rows("SELECT part FROM parts WHERE hash = ? ORDER BY part", (found,))
    ]


def facts_of(rows: Rows, numbers: Iterable[int]) -> Iterable[Mapping[str, Any]]:
    """All that is known of these revisions, as their copies say it."""
    for number in numbers:
        statement = f"SELECT {SELECTED} FROM revisions WHERE number = ?"  # noqa: S608  # our own names
        for row in rows(statement, (number,)):
            facts = dict(zip(COLUMNS, row, strict=True))
            facts["sources"] = [list(pair) for pair in _sources(rows, number)]
            yield {**facts, "blobs": blobs_of(rows, facts["hash"])}


def _sources(rows: Rows, number: int) -> tuple[tuple[str, str], ...]:
    statement = "SELECT role, hash FROM sources WHERE number = ? ORDER BY role"
    return tuple((role, found) for role, found in rows(statement, (number,)))
