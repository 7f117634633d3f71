"""Sealed copies of the facts of an index, so that it can be made again.

Each is one small JSON file that carries its own sha256. A copy is written right after
its row was committed; one that is missing is written when the workspace is next opened.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from workbench.core import files
from workbench.core.strict_json import read_json, write_json
from workbench.errors import FormatError
from workbench.limits import LIMITS
from workbench.store.blobs import hash_of, is_hash
from workbench.store.revision import COLUMNS

Facts = dict[str, Any]

_SUFFIX: Final = ".json"
_TEXTS: Final = ("name", "kind", "hash", "door", "version", "recipe", "note")
_TIMES: Final = ("created",)
_MAYBE: Final = ("seed", "origin")


def sealed(facts: Mapping[str, Any]) -> bytes:
    """`facts` as JSON with their sha256, the same bytes for the same facts.

    Examples
    --------
    >>> unsealed(sealed({"a": 1}), "a.json")
    {'a': 1}
    """
    text = write_json(dict(facts))
    return f'{{"sha256":"{hash_of(text.encode())}","facts":{text}}}\n'.encode()


def unsealed(payload: bytes, path: object) -> Facts:
    """The facts of a sealed copy.

    Raises
    ------
    FormatError
        When a byte of it is not what was written.

    Examples
    --------
    >>> unsealed(sealed({}), "a.json")
    {}
    """
    if len(payload) > LIMITS.header_bytes:
        raise FormatError(path, "its size", "it is too large for a copy of facts")
    whole = read_json(payload, path, "its facts")
    facts = whole.get("facts") if isinstance(whole, dict) else None
    if not isinstance(facts, dict) or sealed(facts) != payload:
        raise FormatError(path, "its seal", "it is not what was saved")
    return facts


class Copies:
    """The copies of revisions in one folder, named by their numbers."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, number: int) -> Path:
        """Where the copy of the revision `number` is."""
        return self.folder / f"{number:09d}{_SUFFIX}"

    def write(self, facts: Mapping[str, Any]) -> None:
        """Nothing; the facts of one revision are copied, without waiting for the disk."""
        files.write_atomic(self.path(facts["number"]), sealed(facts), is_durable=False)

    def read(self, number: int) -> Facts:
        """The facts of the revision `number`, checked."""
        path = self.path(number)
        return revision_facts(unsealed(path.read_bytes(), path), path, number)

    def numbers(self) -> Iterator[int]:
        """The numbers of which there is a copy, damaged or not."""
        for path in self.folder.iterdir() if self.folder.is_dir() else ():
            if path.suffix == _SUFFIX and path.stem.isascii() and path.stem.isdigit():
                yield int(path.stem)


def revision_facts(facts: Facts, path: object, number: int) -> Facts:
    """`facts`, which describe the revision `number` with its sources and blobs.

    Raises
    ------
    FormatError
        When something is missing or of another type; nothing read here is trusted.
    """
    if set(facts) != {*COLUMNS, "sources", "blobs"} or facts["number"] != number:
        raise FormatError(path, "its facts", "they do not describe this revision")
    fits = all(_fits(name, facts[name]) for name in COLUMNS)
    if not (fits and _are_sources(facts["sources"]) and are_blobs(facts["blobs"])):
        raise FormatError(path, "its facts", "one of them is of another type")
    return facts


def are_blobs(rows: object) -> bool:
    """Whether `rows` are rows of hash, kind, size in bytes and hashes of parts.

    Examples
    --------
    >>> are_blobs([["ab" * 32, "note", 5, []]]), are_blobs([["x", "note", 5, []]])
    (True, False)
    """
    return isinstance(rows, list) and all(map(_is_blob, rows))


def _is_blob(row: object) -> bool:
    if not (isinstance(row, list) and len(row) == 4):
        return False
    found, kind, size, parts = row
    known = is_hash(found) and isinstance(kind, str) and _is_count(size)
    return known and isinstance(parts, list) and all(map(is_hash, parts))


def _are_sources(pairs: object) -> bool:
    return isinstance(pairs, list) and all(
        isinstance(pair, list) and len(pair) == 2 and isinstance(pair[0], str) and is_hash(pair[1])
        for pair in pairs
    )


def _fits(name: str, value: object) -> bool:
    if name == "hash":
        return is_hash(value)
    if name in _TEXTS:
        return isinstance(value, str) and len(value) <= LIMITS.text_chars
    if name in _TIMES:
        return type(value) in {int, float}
    return _is_count(value) or (name in _MAYBE and (value is None or type(value) is int))


def _is_count(value: object) -> bool:
    return type(value) is int and 0 <= value < 2**63
