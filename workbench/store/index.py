"""The index of a workspace: one SQLite file, one connection per thread, short transactions.

Each page of the file ends with a checksum, so that a page that changed on the disk is
an error and never an answer.
"""

from __future__ import annotations

import errno
import threading
import weakref
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final, TypeAlias

import apsw
import apsw.sqlite_extra

from workbench.errors import MissingDependency, ParameterError, StorageError
from workbench.store.disks import WRITE_AHEAD

Row: TypeAlias = tuple[Any, ...]
Bindings: TypeAlias = Sequence[Any] | Mapping[str, Any]

BUSY_MS: Final = 10_000
CHECKED: Final = "cksmvfs"  # the layer of SQLite that adds and checks the sums
DAMAGED: Final = (apsw.CorruptError, apsw.NotADBError)
_EXTENSION: Final = "cksumvfs"
_BAD_SUM: Final = apsw.SQLITE_IOERR_DATA
_SAFE: Final = {  # synchronous, by journal: for what must survive a power cut, and for the rest
    (True, True): "FULL",
    (True, False): "NORMAL",
    (False, True): "EXTRA",
    (False, False): "FULL",
}
_loading = threading.Lock()


class DamagedIndexError(StorageError):
    """The index was changed by something else than SQLite, or by a failing disk."""


class Index:
    """The rows of one index file, for all threads of this process.

    Parameters
    ----------
    path
        The file, which must be there.
    journal
        "wal" or "delete".
    """

    def __init__(self, path: Path, journal: str) -> None:
        self.path = path
        self.journal = journal
        self._local = threading.local()
        self._all: weakref.WeakSet[apsw.Connection] = weakref.WeakSet()
        self._is_closed = False

    def rows(self, sql: str, bindings: Bindings = ()) -> list[Row]:
        """What a reading statement answers; inside a transaction it sees what that wrote."""
        with told(self.path):
            return list(self._connection().execute(sql, bindings))

    @property
    def is_writing(self) -> bool:
        """Whether this thread is inside a transaction."""
        return getattr(self._local, "depth", 0) > 0

    @contextmanager
    def transaction(self, *, durable: bool = True) -> Iterator[apsw.Cursor]:
        """A cursor whose changes happen together when the block ends well, or not at all.

        Within another transaction of this thread it joins that one.

        Raises
        ------
        StorageError
            When the disk is full, fails or cannot be written, or another program
            kept the index for longer than ten seconds.
        """
        if self.is_writing:
            yield self._local.connection.cursor()
            return
        with told(self.path):
            connection = self._connection()
            self._set_durable(connection, durable=durable)
            connection.execute("BEGIN IMMEDIATE")
        self._local.depth = 1
        try:
            with told(self.path):
                yield connection.cursor()
                connection.execute("COMMIT")
        except BaseException:
            self._roll_back(connection)
            raise
        finally:
            self._local.depth = 0

    def close(self) -> None:
        """Nothing; all connections of this process are closed, also those of other threads."""
        self._is_closed = True
        for connection in list(self._all):
            with suppress(apsw.Error):
                connection.close()

    def _connection(self) -> apsw.Connection:
        if self._is_closed:
            raise ParameterError(
                f"the workspace {self.path.parent} is closed", remedy="Open it again."
            )
        current: apsw.Connection | None = getattr(self._local, "connection", None)
        if current is not None and (self.is_writing or self._local.file == self._file()):
            return current
        self._local.file = self._file()  # a repaired index is another file under the same name
        fresh = connect(self.path)
        self._local.connection = fresh
        self._all.add(fresh)
        return fresh

    def _file(self) -> tuple[int, int]:
        with told(self.path):
            status = self.path.stat()
        return status.st_dev, status.st_ino

    def _set_durable(self, connection: apsw.Connection, *, durable: bool) -> None:
        level = _SAFE[self.journal == WRITE_AHEAD, durable]
        if getattr(self._local, "level", None) != (id(connection), level):
            connection.execute(f"PRAGMA synchronous={level}")
            self._local.level = (id(connection), level)

    def _roll_back(self, connection: apsw.Connection) -> None:
        try:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
        except apsw.Error:  # a new connection cleans up what this one cannot
            self._local.connection = None
            with suppress(apsw.Error):
                connection.close()


def connect(path: Path, *, create: bool = False) -> apsw.Connection:
    """A connection to the index at `path`, whose pages are checked whenever they are read.

    Raises
    ------
    MissingDependency
        When the installed apsw was built without its extensions.

    Examples
    --------
    >>> import tempfile
    >>> connection = connect(Path(tempfile.mkdtemp()) / "a.sqlite", create=True)
    >>> connection.execute("SELECT 1 + 1").get
    2
    >>> connection.close()
    """
    _load_checks()
    flags = apsw.SQLITE_OPEN_READWRITE | (apsw.SQLITE_OPEN_CREATE if create else 0)
    connection = apsw.Connection(str(path), flags=flags, vfs=CHECKED)
    connection.set_busy_timeout(BUSY_MS)
    return connection


@contextmanager
def told(path: Path, *, n_bytes: int | None = None) -> Iterator[None]:
    """Nothing; what SQLite and the system refuse is told as :class:`StorageError` with `path`.

    Where `n_bytes` are to be written, a full disk is told with them.
    """
    try:
        yield
    except apsw.Error as error:
        raise _as_storage_error(path, error) from error
    except OSError as error:
        raise StorageError(
            f"cannot use {error.filename or path}: {error.strerror or error}",
            expected=None if n_bytes is None else f"room for {n_bytes:,} bytes",
            remedy=_REMEDY_OF_SYSTEM.get(error.errno or 0, _REMEDY),
        ) from error


_REMEDY: Final = "Check the disk; what was saved before is still there."
_MAKE_ROOM: Final = "Make room on this disk and save again; what was saved before is still there."
_ALLOW: Final = "Make the folder and its files writable for you, or copy it to where they are."
_REMEDY_OF_SYSTEM: Final = {
    **dict.fromkeys((errno.ENOSPC, errno.EDQUOT, errno.EFBIG), _MAKE_ROOM),
    **dict.fromkeys((errno.EACCES, errno.EROFS, errno.EPERM), _ALLOW),
}
_TOLD: Final = (
    ((apsw.FullError,), "the disk is full", _MAKE_ROOM),
    (
        (apsw.ReadOnlyError, apsw.CantOpenError, apsw.PermissionsError),
        "it cannot be written",
        _ALLOW,
    ),
    (
        (apsw.BusyError, apsw.LockedError),
        f"another program kept it for more than {BUSY_MS // 1000} s",
        "End the other program, or wait, and try again.",
    ),
)


def _as_storage_error(path: Path, error: apsw.Error) -> StorageError:
    if is_damage(error):
        return DamagedIndexError(
            f"cannot read {path}: it is damaged",
            remedy="Close the workspace everywhere and open it again; it is then repaired.",
        )
    for kinds, reason, remedy in _TOLD:
        if isinstance(error, kinds):
            return StorageError(f"cannot use {path}: {reason}", remedy=remedy)
    return StorageError(f"cannot use {path}: {error}", remedy=_REMEDY)


def is_damage(error: apsw.Error) -> bool:
    """Whether `error` says that the bytes on the disk are not those that were written.

    Examples
    --------
    >>> is_damage(apsw.CorruptError()), is_damage(apsw.FullError())
    (True, False)
    """
    extended = getattr(error, "extendedresult", 0)
    return isinstance(error, DAMAGED) or extended == _BAD_SUM


def _load_checks() -> None:
    with _loading:
        if CHECKED in apsw.vfs_names():
            return
        holder = apsw.Connection(":memory:")
        try:
            apsw.sqlite_extra.load(holder, _EXTENSION)
        except (apsw.sqlite_extra.NotAvailable, LookupError) as error:
            raise MissingDependency(
                "apsw with its extensions", install="--force-reinstall apsw"
            ) from error
        finally:
            holder.close()
