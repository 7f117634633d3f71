"""Area under the receiver operating characteristic: how well a score tells two groups apart."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import rankdata

from workbench.core.arrays import FloatArray
from workbench.uncertainty.estimate import Estimate, samples_of


def auroc(within: ArrayLike, outside: ArrayLike) -> Estimate:
    """The probability that a score of `outside` is above one of `within`; ties count half.

    1/2 when the score tells nothing, 1 when all scores of `outside` are greater. The
    standard error is that of both groups drawn anew; it is 0 when no scores overlap,
    which only says that the samples were too few to find any that do.

    Source: DeLong, DeLong and Clarke-Pearson (1988), "Comparing the areas under two or
    more correlated receiver operating characteristic curves", equations 3 to 5.

    Raises
    ------
    ParameterError
        When a group has fewer than two scores, or one is not finite.

    Examples
    --------
    >>> print(auroc([0.1, 0.2, 0.3], [0.25, 0.4, 0.5]))
    0.89 ± 0.16
    """
    low, high = samples_of(within, least=2), samples_of(outside, least=2)
    below, above = _placements(low, high)
    variance = below.var(ddof=1) / len(low) + above.var(ddof=1) / len(high)
    return Estimate(float(above.mean()), float(np.sqrt(variance)))


def _placements(low: FloatArray, high: FloatArray) -> tuple[FloatArray, FloatArray]:
    """For each score the share of the other group on the right side of it, ties counting half."""
    together = rankdata(np.concatenate([low, high]))
    above = (together[len(low) :] - rankdata(high)) / len(low)
    below = 1.0 - (together[: len(low)] - rankdata(low)) / len(high)
    return below, above
