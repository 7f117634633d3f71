"""Histograms: a sum over uniform leaves side by side.

The mixture is exact and deterministic, its masses are the weights of the sum,
so expectation maximisation learns them in closed form, and its bins stay nodes
that can be looked at and edited.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from workbench.circuits.build import Builder
from workbench.circuits.leaves.uniform import UNIFORM
from workbench.errors import ParameterError


def add_histogram(build: Builder, variable: int, edges: ArrayLike, masses: ArrayLike) -> int:
    """The position of a new sum that is a histogram of `variable`.

    Parameters
    ----------
    edges
        (bins + 1,) ascending; a bin holds its lower edge, the last one both.
    masses
        (bins,) non-negative; they are scaled to add to one.

    Raises
    ------
    ParameterError
        When edges do not ascend or masses do not fit them.

    Examples
    --------
    >>> from workbench.data.variables import continuous
    >>> from workbench.circuits.reference import ReferenceEngine
    >>> build = Builder((continuous("x"),))
    >>> circuit = build.circuit(add_histogram(build, 0, [0, 1, 3], [1, 1]))
    >>> np.exp(ReferenceEngine(circuit).log_likelihood(np.array([[0.5], [3.0]]))).round(3).tolist()
    [0.5, 0.25]
    """
    ends, shares = np.array(edges, dtype=np.float64), np.array(masses, dtype=np.float64)
    ascends = ends.ndim == 1 and bool(np.isfinite(ends).all() and (np.diff(ends) > 0).all())
    fits = shares.shape == (len(ends) - 1,) and bool((shares >= 0).all() and shares.sum() > 0)
    if not (ascends and fits):
        raise ParameterError(
            "cannot add a histogram",
            given=f"edges {ends.tolist()} and masses {shares.tolist()}",
            expected="ascending edges and one non-negative mass per bin, not all zero",
        )
    ends[-1] = np.nextafter(ends[-1], np.inf)
    bins = build.leaves(variable, UNIFORM, np.stack([ends[:-1], ends[1:]], axis=1))
    return build.sum(bins.tolist(), shares / shares.sum())
