"""Estimate: a number from samples, and how far it may be off."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from workbench.core.arrays import FloatArray
from workbench.core.units import MINUS, number
from workbench.errors import ParameterError


@dataclass(frozen=True)
class Estimate:
    """A number and its standard error, in the same unit; shown to two digits of the error.

    Examples
    --------
    >>> str(Estimate(0.8734, 0.0123))
    '0.873 ± 0.012'
    """

    value: float
    standard_error: float

    def __str__(self) -> str:
        if not self.standard_error > 0:
            return f"{number(self.value)} ± {number(self.standard_error)}"
        decimals = max(0, 1 - int(np.floor(np.log10(self.standard_error))))
        text = f"{self.value:.{decimals}f} ± {self.standard_error:.{decimals}f}"
        return text.replace("-", MINUS)


def deviation(samples: ArrayLike) -> Estimate:
    """The standard deviation of `samples` (n,), and the standard error of that.

    By the delta method: the variance of the sample variance is (m4 - m2^2) / n, with
    mk the central moments.

    Source: Cramér (1946), "Mathematical methods of statistics", section 28.1.

    Raises
    ------
    ParameterError
        When there are fewer than two samples, or one is not finite.

    Examples
    --------
    >>> deviation([1.0, 2.0, 3.0, 4.0]).value
    1.118033988749895
    """
    values = samples_of(samples, least=2)
    squares = (values - values.mean()) ** 2
    variance = float(squares.mean())
    if variance == 0.0:
        return Estimate(0.0, 0.0)
    error = float(squares.std()) / np.sqrt(len(values))
    return Estimate(float(np.sqrt(variance)), error / (2.0 * float(np.sqrt(variance))))


def samples_of(values: ArrayLike, least: int = 1) -> FloatArray:
    """`values` as (n,) finite numbers, at least `least` of them.

    Raises
    ------
    ParameterError
        When they are not.

    Examples
    --------
    >>> samples_of([1, 2]).tolist()
    [1.0, 2.0]
    """
    found = np.asarray(values, dtype=np.float64)
    if found.ndim != 1 or len(found) < least or not np.isfinite(found).all():
        raise ParameterError(
            "cannot measure these samples",
            given=f"an array of shape {found.shape}, {int((~np.isfinite(found)).sum())} not finite",
            expected=f"{least} or more finite numbers, shape (n,)",
        )
    return found
