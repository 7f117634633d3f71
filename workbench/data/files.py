"""What every reader of a data file does first: find it, weigh it, and name it in errors."""

from __future__ import annotations

import struct
import tokenize
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from workbench.errors import DataError, WorkbenchError
from workbench.limits import LIMITS, require_within

# What NumPy, pyarrow, gzip, zip and csv raise on bytes that they cannot read.
_UNREADABLE = (
    ArithmeticError,
    AttributeError,
    EOFError,
    LookupError,
    MemoryError,
    NotImplementedError,
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
    struct.error,
    tokenize.TokenError,
    zipfile.BadZipFile,
    zlib.error,
)


def require_file(path: Path) -> None:
    """Nothing, or an error when `path` is no file, is empty or is too large.

    Raises
    ------
    DataError
        When there is nothing to read.
    LimitError
        When the file exceeds the limit on bytes.

    Examples
    --------
    >>> require_file(Path("no such file"))
    Traceback (most recent call last):
    workbench.errors.DataError: there is no file 'no such file'
    """
    if not path.is_file():
        raise DataError(f"there is no file {str(path)!r}")
    size = path.stat().st_size
    require_within(f"bytes in {path.name}", size, LIMITS.file_bytes)
    if not size:
        raise DataError(f"{path.name} is empty")


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """A block in which whatever a parser raises about the bytes of `path` becomes DataError.

    Examples
    --------
    >>> with reading(Path("a.npy")):
    ...     raise ValueError("bad magic")
    Traceback (most recent call last):
    workbench.errors.DataError: cannot read a.npy: bad magic
    """
    try:
        yield
    except WorkbenchError:
        raise
    except _UNREADABLE as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise DataError(f"cannot read {path.name}: {reason}") from error
