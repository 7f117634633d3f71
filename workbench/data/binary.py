"""Readers of array files: NumPy's .npy and .npz, and the gzipped idx files of MNIST.

Each header is believed only after its sizes have been compared with the limits
and with the bytes that are really there.
"""

from __future__ import annotations

import gzip
import math
import warnings
import zipfile
from pathlib import Path
from typing import IO, cast

import numpy as np

from workbench.core.arrays import AnyArray
from workbench.data.arrays import require_numeric
from workbench.data.dataset import SPLITS
from workbench.data.files import reading, require_file
from workbench.errors import DataError
from workbench.limits import LIMITS, require_within

_IDX_TYPES = {8: "u1", 9: "i1", 11: ">i2", 12: ">i4", 13: ">f4", 14: ">f8"}


def read_npy(path: Path) -> tuple[AnyArray, ...]:
    """The one array of a .npy file.

    Raises
    ------
    DataError
        When the file is malformed or holds objects; they are never unpickled.
    LimitError
        When its header announces more than the limits allow.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "a.npy"
    >>> np.save(path, np.eye(2))
    >>> read_npy(path)[0].shape
    (2, 2)
    """
    require_file(path)
    with reading(path), path.open("rb") as stream:
        return (_one_array(stream, path.name, path.stat().st_size),)


def read_npz(path: Path) -> tuple[AnyArray, ...]:
    """The arrays of a .npz file: one, or those named train, valid and test in this order.

    Raises
    ------
    DataError
        When the file is malformed, or its arrays have other names.
    LimitError
        When what it would unpack to exceeds the limits.
    """
    require_file(path)
    with reading(path), zipfile.ZipFile(path) as archive:
        members = {member.filename.removesuffix(".npy"): member for member in archive.infolist()}
        chosen = SPLITS if set(members) == set(SPLITS) else tuple(members)
        if len(chosen) not in {1, len(SPLITS)} or (len(chosen) > 1 and chosen != SPLITS):
            raise DataError(
                f"cannot tell what the arrays of {path.name} are",
                given=f"the names {sorted(members)[:20]}",
                expected="one array, or train, valid and test",
            )
        total = sum(member.file_size for member in members.values())
        require_within(f"bytes in {path.name}", total, LIMITS.result_bytes)
        arrays = []
        for name in chosen:
            with archive.open(members[name]) as stream:
                arrays.append(_one_array(stream, name, members[name].file_size))
        return tuple(arrays)


def read_idx(path: Path) -> tuple[AnyArray, ...]:
    """The one array of an idx file, gzipped or not.

    Source: LeCun, Cortes and Burges, "The MNIST database", the IDX file format.

    Raises
    ------
    DataError
        When the file is malformed.
    LimitError
        When its header announces more than the limits allow.
    """
    require_file(path)
    with reading(path), _unzipped(path) as stream:
        return (_idx_array(stream, path.name),)


def _unzipped(path: Path) -> IO[bytes]:
    with path.open("rb") as stream:
        zipped = stream.read(2) == b"\x1f\x8b"
    return cast("IO[bytes]", gzip.open(path)) if zipped else path.open("rb")


def _one_array(stream: IO[bytes], name: str, n_bytes: int) -> AnyArray:
    major, _ = np.lib.format.read_magic(stream)
    read_header = {1: np.lib.format.read_array_header_1_0, 2: np.lib.format.read_array_header_2_0}
    if major not in read_header:
        raise DataError(f"{name} is of an unknown .npy version", given=major, expected="1 or 2")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # NumPy warns of headers that Python 2 wrote
        shape, fortran, dtype = read_header[major](stream)
    require_numeric(name, np.empty(0, dtype=dtype))
    size = _require_size(name, shape, dtype.itemsize)
    if size > n_bytes:
        raise _cut_short(name, size, n_bytes)
    values = np.frombuffer(stream.read(size), dtype=dtype)
    return values.reshape(shape, order="F" if fortran else "C")


def _idx_array(stream: IO[bytes], name: str) -> AnyArray:
    start = stream.read(4)
    if len(start) < 4 or start[:2] != b"\0\0" or start[2] not in _IDX_TYPES:
        raise DataError(f"{name} is not an idx file", given=f"it starts with {start!r}")
    dtype, n_axes = np.dtype(_IDX_TYPES[start[2]]), start[3]
    shape = tuple(np.frombuffer(stream.read(4 * n_axes), dtype=">u4").tolist())
    if not 1 <= n_axes <= 3 or len(shape) != n_axes:
        raise DataError(f"{name} has a bad idx header", given=f"{n_axes} axes", expected="1 to 3")
    size = _require_size(name, shape, dtype.itemsize)
    values = stream.read(size + 1)
    if len(values) != size:
        raise _cut_short(name, size, len(values))
    return np.frombuffer(values, dtype=dtype).reshape(shape)


def _require_size(name: str, shape: tuple[int, ...], itemsize: int) -> int:
    if any(length < 0 for length in shape):
        raise DataError(f"{name} has a negative length in its header", given=shape)
    require_within(f"rows in {name}", shape[0] if shape else 1, LIMITS.n_rows)
    require_within(f"columns in {name}", math.prod(shape[1:]), LIMITS.n_columns)
    require_within(f"bytes in {name}", math.prod(shape) * 8, LIMITS.result_bytes)
    return math.prod(shape) * itemsize


def _cut_short(name: str, announced: int, there: int) -> DataError:
    return DataError(
        f"{name} does not hold what its header announces",
        given=f"{there:,} bytes of values",
        expected=f"{announced:,}",
    )
