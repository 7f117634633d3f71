"""What a column looks like to a start: features for clustering, and one observation like it."""

from __future__ import annotations

import numpy as np

from workbench.circuits.leaves import Family
from workbench.circuits.structures.chow_liu import indicator
from workbench.core.arrays import FloatArray
from workbench.data.variables import Variable


def like_the_column(
    seen: FloatArray,
    statistics: FloatArray,
    family: Family,
    variable: Variable,
    n_rows: float | None = None,
) -> FloatArray:
    """(n_statistics,) statistics of one pseudo-observation that resembles the column, smoothed.

    Parameters
    ----------
    seen
        The known cells of the column.
    statistics
        (any, n_statistics) parts of the sum of their statistics, see :class:`Family`.
    n_rows
        How many rows are summed; as many as there are parts when omitted.

    Examples
    --------
    >>> from workbench.circuits.leaves import CATEGORICAL
    >>> colour, seen = Variable("colour", "categorical", ("red", "blue")), np.zeros(3)
    >>> like_the_column(seen, CATEGORICAL.statistics(seen, colour), CATEGORICAL, colour).tolist()
    [0.875, 0.125]
    """
    mean, deviation = (float(seen.mean()), float(seen.std())) if len(seen) else (0.0, 1.0)
    prior = family.prior(variable, mean, max(deviation, 1e-6))
    total = len(statistics) if n_rows is None else n_rows
    marginal: FloatArray = (statistics.sum(axis=0) + prior) / (total + 1.0)
    return marginal


def features(column: FloatArray, variable: Variable) -> FloatArray:
    """(rows, features) of a column for clustering; a missing cell sits at the mean.

    Ordered categories are near when their codes are, others only when equal.

    Examples
    --------
    >>> features(np.array([1.0, np.nan, 3.0]), Variable("height", "continuous")).tolist()
    [[-1.0], [0.0], [1.0]]
    """
    if variable.kind == "continuous":
        return _standard(column)
    codes = indicator(column, variable)
    codes -= codes.mean(axis=0)
    if not _is_ordered(variable):
        return codes
    place = column / max(1.0, (variable.n_categories - 1) / 2.0)
    return np.concatenate([0.5 * codes, _standard(place, scale=1.0)], axis=1)


def _standard(column: FloatArray, scale: float | None = None) -> FloatArray:
    """(rows, 1) of a column about its mean, in units of `scale` or of its deviation."""
    seen = ~np.isnan(column)
    known = column[seen] if seen.any() else np.zeros(1)
    unit = scale or max(float(known.std()), 1e-12)
    filled: FloatArray = np.where(seen, (column - known.mean()) / unit, 0.0)[:, None]
    return filled


def _is_ordered(variable: Variable) -> bool:
    """Whether codes say how far apart categories are: bins, or three and more ascending numbers."""
    if variable.edges:
        return True
    try:
        numbers = [float(label) for label in variable.categories]
    except ValueError:
        return False
    return len(numbers) > 2 and numbers == sorted(numbers)
