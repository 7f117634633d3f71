"""Read-only arrays and their content hash."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int32]
IdArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]
AnyArray = NDArray[Any]


def frozen(values: ArrayLike, dtype: DTypeLike | None = None) -> AnyArray:
    """A read-only, C-contiguous array of `values`; copied only when it has to be.

    Examples
    --------
    >>> frozen([1, 2]).flags.writeable
    False
    """
    array = np.ascontiguousarray(values, dtype=dtype)
    if array.flags.writeable:
        array = array.copy() if array is values or array.base is not None else array
        array.flags.writeable = False
    return array


def content_hash(parts: Iterable[AnyArray | str]) -> str:
    """The sha256, in hexadecimal, of arrays (type, shape and bytes) and strings in order.

    Examples
    --------
    >>> content_hash([np.arange(3)]) == content_hash([np.arange(3)])
    True
    """
    digest = hashlib.sha256()
    for part in parts:
        if isinstance(part, str):
            encoded = part.encode()
            digest.update(f"str:{len(encoded)}:".encode())
            digest.update(encoded)
        else:
            digest.update(f"{part.dtype.str}:{part.shape}:".encode())
            digest.update(np.ascontiguousarray(part).tobytes())
    return digest.hexdigest()
