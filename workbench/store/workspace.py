"""A workspace: named values with their history, written by any number of doors at once."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import apsw

from workbench.errors import ParameterError
from workbench.store import codecs, queries
from workbench.store.blobs import Blobs, is_hash
from workbench.store.codecs import Blob
from workbench.store.collect import collect
from workbench.store.copies import Copies
from workbench.store.damage import Damage, all_damage, mend
from workbench.store.index import Bindings, Index, Row, told
from workbench.store.names import require_name
from workbench.store.queries import Made
from workbench.store.revision import Revision
from workbench.store.schema import BLOBS, COPIES, INDEX
from workbench.store.writing import append_revision, enter_blobs, write_blobs


class Workspace:
    """A handle on a workspace folder, for all threads of this process.

    Made by :func:`workbench.store.open`; a context manager that closes it.

    Parameters
    ----------
    path
        The folder.
    door
        What the revisions that are saved through this handle say of who saved them.
    journal
        "wal" or "delete".
    repairs
        What had to be repaired when it was opened.

    Examples
    --------
    >>> import tempfile, workbench.store as store
    >>> with store.open(Path(tempfile.mkdtemp()) / "study.wb") as study:
    ...     saved = study.save("a first thought", "note")
    ...     study.load("note"), saved.number, study.name
    ('a first thought', 1, 'study')
    """

    def __init__(
        self, path: Path, *, door: str, journal: str, repairs: tuple[str, ...] = ()
    ) -> None:
        self.path = path
        self.repairs = repairs
        self.door = door
        self.blobs = Blobs(path / BLOBS)
        self.copies = Copies(path / COPIES)
        self._index = Index(path / INDEX, journal)
        self._local = threading.local()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Workspace({str(self.path)!r})"

    @property
    def name(self) -> str:
        """The name of the folder without its suffix."""
        return self.path.stem

    @property
    def journal(self) -> str:
        """How changes of the index are made safe: "wal" or "delete"."""
        return self._index.journal

    # ---- values ------------------------------------------------------------------------

    def save(
        self,
        value: object,
        name: str,
        *,
        sources: Mapping[str, object] | None = None,
        recipe: str = "",
        seed: int | None = None,
        note: str = "",
        autosave: bool = False,
    ) -> Revision:
        """The revision that holds `value` under `name`, after it is durably there.

        A value equal to the latest of that name adds nothing; that revision is returned.

        Parameters
        ----------
        sources
            What it was made from, by role: values, revisions or hashes of blobs.
        recipe, seed, note
            How it was made, with which random numbers, and what there is to say about it.
        autosave
            Whether nobody asked for it: a power cut may then take the last of these.

        Raises
        ------
        StorageError
            When the disk is full, fails or cannot be written; nothing has changed then.
        """
        require_name(name)
        made = codecs.encode(value)
        roles = {role: self._hash_of(each) for role, each in (sources or {}).items()}
        write_blobs(self.blobs, made.blobs)
        if known := self._unchanged(name, made.root, autosave=autosave):
            return known
        with self.transaction(durable=not autosave) as cursor:
            enter_blobs(cursor, self.blobs, made.blobs)
            if known := self._unchanged(name, made.root, autosave=autosave):
                return known
            facts: dict[str, Any] = {"name": name, "hash": made.root}
            facts |= {"kind": made.blobs[made.root].kind}
            facts |= {"recipe": recipe, "seed": seed, "note": note, "autosave": int(autosave)}
            number = self._append(cursor, facts, roles)
        return self.revision(number)

    def save_hash(
        self,
        found: str,
        name: str,
        *,
        sources: Mapping[str, str],
        recipe: str = "",
        seed: int | None = None,
    ) -> Revision:
        """The revision that holds the blob `found`, which was kept before, under `name`.

        As :meth:`save`, for a value that another process encoded.

        Raises
        ------
        ParameterError
            When there is no such blob.
        """
        require_name(name)
        with self.transaction() as cursor:
            if known := self._unchanged(name, found, autosave=False):
                return known
            facts: dict[str, Any] = {"name": name, "hash": found, "recipe": recipe, "seed": seed}
            facts |= {"kind": queries.kind(self.rows, found)}
            number = self._append(cursor, facts, sources)
        return self.revision(number)

    def load(self, which: str | Revision, *, number: int | None = None) -> Any:
        """The value of a revision, or of the latest of a name, or of the `number` of a name."""
        if isinstance(which, Revision):
            return self.get(which.hash)
        if number is None:
            return self.get(self.latest(which).hash)
        found = [each for each in self.history(which) if each.number == number]
        if not found:
            raise ParameterError(
                f"there is no such revision of {which!r}",
                given=number,
                expected=f"one of {[each.number for each in self.history(which)][:20]}",
            )
        return self.get(found[0].hash)

    def put(self, value: object, *, durable: bool = True) -> str:
        """The hash of the blob that holds `value`, under no name: what jobs are handed.

        A blob that nothing refers to is given back by :meth:`collect` after a while.
        """
        made = codecs.encode(value)
        self.keep(made.blobs, durable=durable)
        return made.root

    def keep(self, blobs: Mapping[str, Blob], *, durable: bool = True) -> None:
        """Nothing, after blobs that were encoded elsewhere are here; each is hashed again.

        Raises
        ------
        ParameterError
            When a blob is not called by its hash.
        """
        write_blobs(self.blobs, blobs)
        if not self.is_writing and queries.knows(self.rows, blobs):
            return
        with self.transaction(durable=durable) as cursor:
            enter_blobs(cursor, self.blobs, blobs)

    def get(self, found: str) -> Any:
        """The value of the blob called `found`."""
        return codecs.decode(found, self.bytes_of)

    def bytes_of(self, found: str) -> bytes:
        """The payload of the blob called `found`, checked against its sha256.

        Raises
        ------
        FormatError
            When it is missing or damaged.
        """
        return self.blobs.read(found)

    # ---- history -----------------------------------------------------------------------

    def revision(self, number: int) -> Revision:
        """The revision with this number."""
        found = queries.revisions(self.rows, "number = ?", (number,))
        if not found:
            raise ParameterError("there is no such revision", given=number)
        return found[0]

    def latest(self, name: str) -> Revision:
        """The newest revision of `name`.

        Raises
        ------
        ParameterError
            When there is none, or it was removed.
        """
        found = queries.latest(self.rows, name)
        if found is None or found.is_removed:
            raise ParameterError(
                f"nothing in {self.name} has this name",
                given=repr(name),
                expected=f"one of {[each.name for each in self.items()][:20]}",
            )
        return found

    def has(self, name: str) -> bool:
        """Whether there is something of this name."""
        found = queries.latest(self.rows, name)
        return found is not None and not found.is_removed

    def history(self, name: str) -> tuple[Revision, ...]:
        """All revisions of `name`, newest first, also those under earlier names."""
        return queries.history(self.rows, name)

    def items(self, kind: str | None = None) -> tuple[Revision, ...]:
        """The latest revision of each name, newest first; only of one `kind` where given."""
        return queries.items(self.rows, kind)

    def find(self, found: str) -> tuple[Revision, ...]:
        """The revisions whose value is the blob `found`, newest first."""
        return queries.revisions(self.rows, "hash = ? AND NOT removed", (found,))

    def changes(self, since: int) -> tuple[Revision, ...]:
        """The revisions that were saved after the workspace was at position `since`, in order.

        Those that say that a name was removed are among them.
        """
        return queries.revisions(self.rows, "position > ?", (since,))[::-1]

    def provenance(self, which: str) -> tuple[Made, ...]:
        """What the value of a name or hash was made from, and what that was, to the roots."""
        start = which if is_hash(which) else self.latest(which).hash
        return queries.provenance(self.rows, start)

    def remove(self, name: str) -> Revision:
        """The revision that says that there is no `name` any more; its history stays."""
        with self.transaction() as cursor:
            number = self._tombstone(cursor, self.latest(name))
        return self.revision(number)

    def rename(self, name: str, new: str) -> Revision:
        """The latest value of `name` as `new`; its history goes with it.

        Raises
        ------
        ParameterError
            When there is no `name`, or something else is called `new`.
        """
        require_name(new)
        with self.transaction() as cursor:
            old = self.latest(name)
            if self.has(new):
                raise ParameterError(f"there is a {new!r} already", remedy="Choose another name.")
            facts = {
                each: getattr(old, each) for each in ("hash", "kind", "recipe", "seed", "note")
            }
            facts |= {"name": new, "autosave": 0, "origin": old.number}
            number = self._append(cursor, facts, dict(old.sources))
            self._tombstone(cursor, old)
        return self.revision(number)

    # ---- the index ---------------------------------------------------------------------

    @property
    def position(self) -> int:
        """Grows with every change that any door makes."""
        return queries.position(self.rows)

    @property
    def is_writing(self) -> bool:
        """Whether this thread is inside a transaction."""
        return self._index.is_writing

    def rows(self, sql: str, bindings: Bindings = ()) -> list[Row]:
        """What a reading statement on the index answers; see `workbench/store/schema.py`."""
        return self._index.rows(sql, bindings)

    @contextmanager
    def transaction(self, *, durable: bool = True) -> Iterator[apsw.Cursor]:
        """A cursor on the index whose changes happen together, or not at all.

        Saves within the block belong to it. The position has grown by one when it begins.

        Parameters
        ----------
        durable
            Whether the change must survive a power cut once the block has ended.
        """
        is_outermost = not self._index.is_writing
        with self._index.transaction(durable=durable) as cursor:
            if is_outermost:
                self._local.appended = []
                cursor.execute("UPDATE facts SET value = value + 1 WHERE key = 'position'")
            yield cursor
        if is_outermost:
            self.copy(self._local.appended)

    def copy(self, numbers: list[int]) -> None:
        """Nothing; the facts of these revisions are copied, as far as the disk allows.

        What is missing is copied when the workspace is opened: the index has it.
        """
        for facts in queries.facts_of(self.rows, numbers):
            with suppress(OSError):
                self.copies.write(facts)

    # ---- care --------------------------------------------------------------------------

    def damage(self) -> tuple[Damage, ...]:
        """What is not what was saved; every file is read for it. Everything else can be used."""
        return all_damage(self.path, self.rows, self.repairs)

    def repair(self) -> tuple[Damage, ...]:
        """What is still damaged after facts and copies were written again from the index."""
        with told(self.path):
            mend(self.path, self.rows)
        self.repairs = ()
        return self.damage()

    def collect(self) -> int:
        """The bytes given back by removing what nothing has referred to for an hour."""
        with told(self.path):
            return collect(self)

    def close(self) -> None:
        """Nothing; the files are let go of. Everything was saved before."""
        self._index.close()

    # ---- parts of a save ---------------------------------------------------------------

    def _hash_of(self, source: object) -> str:
        if isinstance(source, Revision):
            return source.hash
        if is_hash(source):
            return str(source)
        return self.put(source)

    def _unchanged(self, name: str, found: str, *, autosave: bool) -> Revision | None:
        latest = queries.latest(self.rows, name)
        if latest is None or latest.is_removed or latest.hash != found:
            return None
        return latest if autosave or not latest.is_autosave else None

    def _tombstone(self, cursor: apsw.Cursor, old: Revision) -> int:
        facts = {"name": old.name, "hash": old.hash, "kind": old.kind, "removed": 1}
        return self._append(cursor, facts, {})

    def _append(
        self, cursor: apsw.Cursor, given: Mapping[str, Any], roles: Mapping[str, str]
    ) -> int:
        number = append_revision(cursor, self.rows, {"door": self.door, **given}, roles)
        self._local.appended.append(number)
        return number
