"""A workspace as one zip and back: the same bytes for the same content, read member by member.

An archive has no index: it has the copies of the facts, from which an index is made.
So no database of another person is ever opened.
"""

from __future__ import annotations

import os
import re
import shutil
import struct
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Final

from workbench.core import files
from workbench.errors import FormatError, StorageError
from workbench.limits import LIMITS, require_within
from workbench.store import queries
from workbench.store.blobs import Blobs
from workbench.store.collect import live_blobs
from workbench.store.copies import Copies, Facts, are_blobs, revision_facts, sealed, unsealed
from workbench.store.damage import ABOUT_FACTS, about_of
from workbench.store.index import told
from workbench.store.jobs_kept import are_jobs, jobs_of, keep_jobs
from workbench.store.opening import construct, open_workspace
from workbench.store.repair import restore_blobs
from workbench.store.schema import ABOUT, BLOBS, COPIES, FORMAT
from workbench.store.workspace import Workspace

BLOB_FACTS: Final = "blobs.json"
JOBS: Final = "jobs.json"
_MEMBER: Final = re.compile(
    rf"{re.escape(ABOUT)}|{re.escape(BLOB_FACTS)}|{re.escape(JOBS)}"
    rf"|{COPIES}/[0-9]{{9,18}}\.json|{BLOBS}/([0-9a-f]{{2}})/\1[0-9a-f]{{62}}"
)
_WHEN: Final = (1980, 1, 1, 0, 0, 0)
_MODE: Final = 0o644 << 16
_END: Final = struct.Struct("<4s4H2LH")
_END64: Final = struct.Struct("<4sQ2H2L4Q")
_LOCATOR_BYTES: Final = 20


def pack(workspace: Workspace, path: str | os.PathLike[str]) -> Path:
    """`path`, where the workspace is as one zip: its revisions, their blobs, its jobs.

    The same content gives the same bytes. Jobs that wait or run are in it as cancelled.

    Raises
    ------
    FormatError
        When a blob is damaged.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> with open_workspace(folder / "study.wb") as study:
    ...     _ = study.save("text", "note")
    ...     packed = pack(study, folder / "study.zip")
    >>> with unpack(packed, folder / "copy.wb") as again:
    ...     again.load("note")
    'text'
    """
    target = Path(path)
    with (
        told(target),
        files.writing(target) as stream,
        zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive,
    ):
        for name, payload in _members(workspace):
            details = zipfile.ZipInfo(name, _WHEN)
            details.external_attr = _MODE
            archive.writestr(details, payload)
    return target


def unpack(
    path: str | os.PathLike[str], folder: str | os.PathLike[str], *, door: str = "python"
) -> Workspace:
    """The workspace that is made in the new `folder` from an archive.

    Raises
    ------
    FormatError
        When the archive is not one that :func:`pack` wrote, in any way.
    LimitError
        When it is larger than the limits allow.
    StorageError
        When `folder` is there already, or the disk has no room for it.

    Examples
    --------
    >>> import tempfile
    >>> place = Path(tempfile.mkdtemp())
    >>> with open_workspace(place / "study.wb") as study:
    ...     packed = pack(study, place / "study.zip")
    >>> with unpack(packed, place / "copy.wb") as copy:
    ...     copy.name, copy.items()
    ('copy', ())
    """
    source, target = Path(path), Path(folder).absolute()
    with told(target):
        if target.exists():
            raise StorageError(
                f"cannot unpack into {target}: there is something already",
                remedy="Choose another name.",
            )
        files.make_folder(target.parent)
        made = target.with_name(f".{target.name}{files.TEMPORARY}")
        shutil.rmtree(made, ignore_errors=True)
        try:
            with _opened(source) as archive:
                _require_room(target, sum(each.file_size for each in archive.infolist()))
                _unpack_into(archive, source, made)
            files.move(made, target)
            files.sync_folder(target.parent)
        finally:
            shutil.rmtree(made, ignore_errors=True)
    return open_workspace(target, create=False, door=door)


# ---- writing ---------------------------------------------------------------------------


def _members(workspace: Workspace) -> Iterator[tuple[str, bytes]]:
    rows = workspace.rows
    numbers = [number for (number,) in rows("SELECT number FROM revisions ORDER BY number")]
    described = _described(workspace, live_blobs(workspace))
    yield ABOUT, sealed(about_of(rows))
    yield BLOB_FACTS, sealed({"blobs": described})
    yield JOBS, sealed(jobs_of(rows))
    for facts in queries.facts_of(rows, numbers):
        yield f"{COPIES}/{workspace.copies.path(facts['number']).name}", sealed(facts)
    for found, *_ in described:
        yield f"{BLOBS}/{found[:2]}/{found}", workspace.bytes_of(found)


def _described(workspace: Workspace, roots: Iterable[str]) -> list[list[Any]]:
    reached = {row[0]: row for root in roots for row in queries.blobs_of(workspace.rows, root)}
    return [reached[found] for found in sorted(reached)]


# ---- reading ---------------------------------------------------------------------------


@contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with path.open("rb") as stream:
            _require_end(stream, path)
            with zipfile.ZipFile(stream) as archive:
                _require_members(archive, path)
                yield archive
    except FileNotFoundError:
        raise FormatError(path, "its place", "there is no such file") from None
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError) as error:
        raise FormatError(path, "its structure", f"it is not a whole zip: {error}") from error


def _require_end(stream: IO[bytes], path: Path) -> None:
    """The last bytes say how many members there are; they are checked before any is listed."""
    size = stream.seek(0, os.SEEK_END)
    require_within("bytes in an archive", size, LIMITS.archive_bytes)
    stream.seek(max(0, size - _END.size - _LOCATOR_BYTES - _END64.size))
    tail = stream.read()
    if len(tail) < _END.size or not tail[-_END.size :].startswith(b"PK\5\6"):
        raise FormatError(path, "its end", "it is not a zip without comment")
    *_, count, listed, _offset, _comment = _END.unpack(tail[-_END.size :])
    if tail[-_END.size - _LOCATOR_BYTES :].startswith(b"PK\6\7"):
        far = tail[: _END64.size]
        if len(tail) < _END.size + _LOCATOR_BYTES + _END64.size or not far.startswith(b"PK\6\6"):
            raise FormatError(path, "its end", "its long end is missing")
        *_, count, listed, _offset = _END64.unpack(far)
    require_within("members in an archive", count, LIMITS.archive_members)
    require_within("bytes in the list of members", listed, LIMITS.header_bytes)
    stream.seek(0)


def _require_members(archive: zipfile.ZipFile, path: Path) -> None:
    seen: set[str] = set()
    for each in archive.infolist():
        _require_member(each, path)
        if each.filename in seen:
            raise FormatError(path, each.filename, "this name is there twice")
        seen.add(each.filename)
    if missing := {ABOUT, BLOB_FACTS, JOBS} - seen:
        raise FormatError(path, min(missing), "it is missing")
    if sum(each.compress_size for each in archive.infolist()) > path.stat().st_size:
        raise FormatError(path, "its members", "they overlap")


def _require_member(each: zipfile.ZipInfo, path: Path) -> None:
    # The name as it is written: zipfile cuts names at NUL and turns separators.
    if not _MEMBER.fullmatch(each.orig_filename) or each.orig_filename != each.filename:
        raise FormatError(path, repr(each.orig_filename)[:120], "a workspace has no such member")
    if each.compress_type != zipfile.ZIP_STORED or each.compress_size != each.file_size:
        raise FormatError(path, each.filename, "it is compressed", remedy=_REMEDY)
    if each.flag_bits & 0x1:
        raise FormatError(path, each.filename, "it is encrypted", remedy=_REMEDY)
    require_within(f"bytes in {each.filename[:80]}", each.file_size, LIMITS.blob_bytes)


_REMEDY: Final = "Use an archive as it was exported."


def _require_room(target: Path, needed: int) -> None:
    free = shutil.disk_usage(target.parent).free
    if free < needed:
        raise StorageError(
            f"cannot unpack into {target}: the disk has too little room",
            given=f"{free:,} bytes free",
            expected=f"{needed:,} bytes",
            remedy="Make room on this disk.",
        )


def _unpack_into(archive: zipfile.ZipFile, path: Path, folder: Path) -> None:
    about = unsealed(archive.read(ABOUT), path)
    if set(about) != set(ABOUT_FACTS) or about["format"] != FORMAT:
        raise FormatError(path, ABOUT, "it is not the archive of a workspace")
    described: Any = unsealed(archive.read(BLOB_FACTS), path).get("blobs")
    jobs = are_jobs(unsealed(archive.read(JOBS), path), path)
    if not are_blobs(described):
        raise FormatError(path, BLOB_FACTS, "it does not describe blobs")
    known = {row[0]: row for row in described}
    for each in archive.infolist():
        _write_member(each, archive, path, folder, known)
    _require_all(folder, known, path)
    files.write_atomic(folder / ABOUT, sealed(about))
    construct(folder, "delete")
    with (
        open_workspace(folder, create=False, journal="delete") as workspace,
        workspace.transaction() as cursor,
    ):
        restore_blobs(cursor, described, about["created"])
        keep_jobs(cursor, jobs)


def _write_member(
    each: zipfile.ZipInfo, archive: zipfile.ZipFile, path: Path, folder: Path, known: Facts
) -> None:
    shelf, _, rest = each.filename.partition("/")
    if shelf == COPIES:
        number = int(Path(rest).stem)
        facts = revision_facts(unsealed(archive.read(each), path), path, number)
        copies = Copies(folder / COPIES)
        if copies.path(number).name != rest or not {row[0] for row in facts["blobs"]} <= set(known):
            raise FormatError(path, each.filename, "it refers to what is not in the archive")
        copies.write(facts)
    elif shelf == BLOBS:
        found = Path(rest).name
        payload = archive.read(each)
        if found not in known or known[found][2] != len(payload):
            raise FormatError(path, each.filename, "no revision or job needs it")
        if Blobs(folder / BLOBS).write(payload) != found:
            raise FormatError(path, each.filename, "its content is not what its name says")


def _require_all(folder: Path, known: Facts, path: Path) -> None:
    parts = {part for row in known.values() for part in row[3]}
    present = {name for name, _ in Blobs(folder / BLOBS).names()}
    if missing := (set(known) | parts) - present:
        raise FormatError(path, f"{BLOBS}/{min(missing)}", "it is missing")
