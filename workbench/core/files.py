"""The one place that writes files: complete or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

READABLE = 0o644


def write_atomic(path: str | os.PathLike[str], payload: bytes) -> Path:
    """`path`, after `payload` is durably there: temporary file, fsync, rename, directory fsync.

    A crash at any moment leaves the old file or the new one, never a part.

    Examples
    --------
    >>> import tempfile as t
    >>> write_atomic(Path(t.mkdtemp()) / "a.bin", b"x").read_bytes()
    b'x'
    """
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(payload)
            stream.flush()
            Path(name).chmod(READABLE)  # mkstemp makes files that only their owner can read
            os.fsync(stream.fileno())
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    _sync_directory(target.parent)
    return target


def _sync_directory(folder: Path) -> None:
    if os.name == "nt":  # Windows cannot open a directory for syncing
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
