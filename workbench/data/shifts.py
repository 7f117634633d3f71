"""Images that a circuit has not learned: rotated, or with noise."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from workbench.core.arrays import FloatArray
from workbench.core.seeds import stream
from workbench.data.dataset import Dataset, check_rows
from workbench.errors import DataError, ParameterError


def rotated(data: Dataset, rows: ArrayLike, degrees: float) -> FloatArray:
    """(rows, variables) the images `rows` turned anticlockwise about their middle.

    Grey levels are interpolated linearly and rounded; what comes in from outside is 0.

    Raises
    ------
    DataError
        When `data` has no images, or rows do not fit or have missing pixels.
    ParameterError
        When the angle is not finite.

    Examples
    --------
    >>> from workbench.data import load
    >>> digits = load("digits")
    >>> turned = rotated(digits, digits.test[:2], 90)
    >>> bool((turned[0].reshape(8, 8) == np.rot90(digits.test[0].reshape(8, 8))).all())
    True
    """
    from scipy.ndimage import rotate

    shape, known = _images(data, rows)
    if not np.isfinite(degrees):
        raise ParameterError("cannot turn images", given=f"{degrees} degrees", expected="a number")
    images = known.reshape(len(known), *shape)
    turned = rotate(images, degrees, axes=(1, 2), reshape=False, order=1)
    return _levels(data, turned.reshape(known.shape))


def noisy(data: Dataset, rows: ArrayLike, spread: float, seed: int = 0) -> FloatArray:
    """(rows, variables) the images `rows` with Gaussian noise of `spread` grey levels, rounded.

    Raises
    ------
    DataError
        When `data` has no images, or rows do not fit or have missing pixels.
    ParameterError
        When the spread is negative or not finite.

    Examples
    --------
    >>> from workbench.data import load
    >>> digits = load("digits")
    >>> bool((noisy(digits, digits.test, 0.0) == digits.test).all())
    True
    """
    _, known = _images(data, rows)
    if not 0.0 <= spread < np.inf:
        raise ParameterError("cannot add noise", given=f"spread={spread}", expected="0 or more")
    return _levels(data, known + stream(seed, "noise").normal(0.0, spread, known.shape))


def _images(data: Dataset, rows: ArrayLike) -> tuple[tuple[int, int], FloatArray]:
    known = np.asarray(rows, dtype=np.float64)
    check_rows(known, data.variables)
    if data.shape is None or np.isnan(known).any():
        raise DataError(
            "cannot change these images",
            given=f"{data.name}, {int(np.isnan(known).sum())} missing values",
            expected="images without missing pixels",
        )
    return data.shape, known


def _levels(data: Dataset, values: FloatArray) -> FloatArray:
    highest = [variable.n_categories - 1 for variable in data.variables]
    # half levels go up whatever their last bit is
    return np.clip(np.floor(values + 0.5 + 1e-9), 0.0, highest)
