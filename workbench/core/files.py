"""The one place that writes files: complete or not at all.

Every step goes through a small layer, :class:`Files`, which a test replaces to let
any one of them fail, or to cut the power between two of them.
"""

from __future__ import annotations

import io
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Final, cast

READABLE: Final = 0o644
TEMPORARY: Final = ".part"
_CREATE: Final = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)


class Files:
    """The steps of the operating system that writing takes.

    Examples
    --------
    >>> Files().exists("no such file")
    False
    """

    def exists(self, path: str) -> bool:
        """Whether something is at `path`."""
        return os.path.lexists(path)

    def create(self, path: str) -> int:
        """The descriptor of a new empty file at `path`, where nothing may be yet."""
        return os.open(path, _CREATE, READABLE)

    def write(self, descriptor: int, payload: bytes | memoryview) -> int:
        """How many bytes of `payload` were taken, perhaps not all."""
        return os.write(descriptor, payload)

    def sync(self, descriptor: int) -> None:
        """Nothing, after what was written is on the disk."""
        os.fsync(descriptor)

    def close(self, descriptor: int) -> None:
        """Nothing; the descriptor is given back."""
        os.close(descriptor)

    def replace(self, source: str, target: str) -> None:
        """Nothing; what was at `source` is at `target`, instead of what was there."""
        os.replace(source, target)  # noqa: PTH105  # the layer is the system's own steps

    def unlink(self, path: str) -> None:
        """Nothing; `path` names no file any more."""
        os.unlink(path)  # noqa: PTH108  # the layer is the system's own steps

    def make_folder(self, path: str) -> None:
        """Nothing, after a new folder is at `path`; FileExistsError where one was."""
        os.mkdir(path)  # noqa: PTH102  # the layer is the system's own steps

    def sync_folder(self, path: str) -> None:
        """Nothing, after the names in a folder are on the disk."""
        if os.name == "nt":  # Windows cannot open a directory for syncing
            return
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


_layer = Files()


@contextmanager
def replaced_by(layer: Files) -> Iterator[None]:
    """Nothing; within the block every step goes through `layer`.

    Examples
    --------
    >>> with replaced_by(Files()):
    ...     exists("no such file")
    False
    """
    global _layer  # noqa: PLW0603  # one process has one file system
    before, _layer = _layer, layer
    try:
        yield
    finally:
        _layer = before


def exists(path: str | os.PathLike[str]) -> bool:
    """Whether something is at `path`.

    Examples
    --------
    >>> exists("/")
    True
    """
    return _layer.exists(os.fspath(path))


def write_atomic(path: str | os.PathLike[str], payload: bytes, *, is_durable: bool = True) -> Path:
    """`path`, after `payload` is durably there: temporary file, fsync, rename, directory fsync.

    A crash at any moment leaves the old file or the new one, never a part. With
    `is_durable` off it may still be the old one after a later power cut.

    Examples
    --------
    >>> import tempfile as t
    >>> write_atomic(Path(t.mkdtemp()) / "a.bin", b"x").read_bytes()
    b'x'
    """
    with writing(path, is_durable=is_durable) as stream:
        stream.write(payload)
    return Path(path)


@contextmanager
def writing(path: str | os.PathLike[str], *, is_durable: bool = True) -> Iterator[BinaryIO]:
    """A stream for what is to be at `path` once the block ends well, and not before.

    Examples
    --------
    >>> import tempfile as t
    >>> target = Path(t.mkdtemp()) / "a.bin"
    >>> with writing(target) as stream:
    ...     _ = stream.write(b"x")
    >>> target.read_bytes()
    b'x'
    """
    target = Path(path)
    make_folder(target.parent)
    temporary = f"{target.parent / f'.{target.name}.{secrets.token_hex(6)}'}{TEMPORARY}"
    descriptor = _layer.create(temporary)
    try:
        try:
            yield cast("BinaryIO", _Stream(descriptor))
            _layer.sync(descriptor)
        finally:
            _layer.close(descriptor)
        _layer.replace(temporary, os.fspath(target))
    except BaseException:
        with suppress(OSError):
            _layer.unlink(temporary)
        raise
    if is_durable:
        _layer.sync_folder(os.fspath(target.parent))


def make_folder(path: str | os.PathLike[str]) -> Path:
    """`path`, after it is durably a folder, and those above it too.

    Examples
    --------
    >>> import tempfile as t
    >>> make_folder(Path(t.mkdtemp()) / "a" / "b").is_dir()
    True
    """
    folder = Path(path)
    missing = [each for each in (folder, *folder.parents) if not each.is_dir()]
    for each in reversed(missing):
        with suppress(FileExistsError):
            _layer.make_folder(os.fspath(each))
        _layer.sync_folder(os.fspath(each.parent))
    return folder


def remove(path: str | os.PathLike[str]) -> None:
    """Nothing; `path` names no file any more, if it did.

    Examples
    --------
    >>> remove("no such file")
    """
    with suppress(FileNotFoundError):
        _layer.unlink(os.fspath(path))


def move(source: str | os.PathLike[str], target: str | os.PathLike[str]) -> Path:
    """`target`, where what was at `source` is now; made durable by :func:`sync_folder`.

    Examples
    --------
    >>> import tempfile as t
    >>> folder = Path(t.mkdtemp())
    >>> move(write_atomic(folder / "a", b"x"), folder / "b").read_bytes()
    b'x'
    """
    _layer.replace(os.fspath(source), os.fspath(target))
    return Path(target)


def sync_folder(path: str | os.PathLike[str]) -> None:
    """Nothing, after the names in a folder are on the disk.

    Examples
    --------
    >>> import tempfile as t
    >>> sync_folder(t.mkdtemp())
    """
    _layer.sync_folder(os.fspath(path))


class _Stream(io.RawIOBase):
    """Writes all of what it is given through the layer."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        return os.lseek(self._descriptor, offset, whence)

    def write(self, payload: bytes, /) -> int:  # type: ignore[override]  # bytes are all we write
        rest = memoryview(payload)
        while rest:
            rest = rest[_layer.write(self._descriptor, rest) :]
        return len(payload)
