"""Payloads named by their sha256: written once, never changed, checked whenever they are read."""

from __future__ import annotations

import hashlib
import os
import re
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from workbench.core import files
from workbench.errors import FormatError, ParameterError
from workbench.limits import LIMITS, require_within
from workbench.store.index import told

_HASH: Final = re.compile(r"[0-9a-f]{64}")
REFRESHED_S: Final = 60.0  # a blob that is used again looks at least this new


def is_hash(text: object) -> bool:
    """Whether `text` is a sha256 as blobs are named.

    Examples
    --------
    >>> is_hash("ab" * 32), is_hash("../ab")
    (True, False)
    """
    return isinstance(text, str) and _HASH.fullmatch(text) is not None


def hash_of(payload: bytes) -> str:
    """The name of `payload`: its sha256 in hexadecimal digits.

    Examples
    --------
    >>> hash_of(b"")[:8]
    'e3b0c442'
    """
    return hashlib.sha256(payload).hexdigest()


class Blobs:
    """The payloads in one folder.

    Examples
    --------
    >>> import tempfile
    >>> blobs = Blobs(Path(tempfile.mkdtemp()))
    >>> blobs.read(blobs.write(b"payload"))
    b'payload'
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, found: str) -> Path:
        """Where the payload called `found` is."""
        if not is_hash(found):
            raise ParameterError(
                "there is no such blob", given=repr(found)[:80], expected="64 hexadecimal digits"
            )
        return self.folder / found[:2] / found

    def has(self, found: str) -> bool:
        """Whether a payload of this name is there."""
        return files.exists(self.path(found))

    def write(self, payload: bytes) -> str:
        """The name of `payload`, after it is durably there; one that was damaged is whole again."""
        name = hash_of(payload)
        with told(self.path(name), n_bytes=len(payload)):
            if self._holds(name, payload):
                self._refresh(name)
            else:
                files.write_atomic(self.path(name), payload)
        return name

    def read(self, found: str) -> bytes:
        """The payload called `found`.

        Raises
        ------
        FormatError
            When it is missing, or is not what was written.
        """
        path = self.path(found)
        try:
            size = path.stat().st_size
            require_within(f"bytes in {path.name[:12]}", size, LIMITS.blob_bytes)
            with told(path):
                payload = path.read_bytes()
        except FileNotFoundError:
            raise FormatError(path, "its place", "it is missing", remedy=_REMEDY) from None
        if hash_of(payload) != found:
            raise FormatError(path, "its content", "it is not what was saved", remedy=_REMEDY)
        return payload

    def names(self) -> Iterator[tuple[str, Path]]:
        """What is in the folder: the name that a file claims, and its path; "" for other files."""
        for shelf in sorted(self.folder.iterdir()) if self.folder.is_dir() else ():
            for path in sorted(shelf.iterdir()) if shelf.is_dir() else ():
                claims = is_hash(path.name) and path.name[:2] == shelf.name
                yield (path.name if claims else ""), path

    def _holds(self, name: str, payload: bytes) -> bool:
        try:
            return self.path(name).read_bytes() == payload
        except FileNotFoundError:
            return False

    def _refresh(self, name: str) -> None:
        path = self.path(name)
        if time.time() - path.stat().st_mtime < REFRESHED_S:
            files.sync_folder(path.parent)  # another program may have put it there just now
            return
        with suppress(OSError):  # it only keeps a clean-up from taking what is used again
            os.utime(path)


_REMEDY: Final = "Take it from an export of this workspace; everything else in it can be used."
