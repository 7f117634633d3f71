"""Quantile bins: a continuous column becomes a few ordered categories that keep their edges."""

from __future__ import annotations

import itertools

import numpy as np

from workbench.core.arrays import FloatArray
from workbench.data.variables import Variable


def quantile_edges(values: FloatArray, n_bins: int) -> tuple[float, ...]:
    """The inner edges of `n_bins` bins of equal count, ascending; fewer where values repeat.

    Examples
    --------
    >>> quantile_edges(np.array([1.0, 2.0, 3.0, 4.0]), 2)
    (2.5,)
    """
    known = values[~np.isnan(values)]
    if not len(known):
        return ()
    edges = np.unique(np.quantile(known, np.arange(1, n_bins) / n_bins))
    return tuple(edges[edges > known.min()].tolist())


def binned(name: str, edges: tuple[float, ...]) -> Variable:
    """The categorical variable of the bins between `edges`, named by their bounds.

    Examples
    --------
    >>> binned("height", (1.5, 1.8)).categories
    ('below 1.5', '1.5 to 1.8', '1.8 and above')
    """
    if not edges:
        return Variable(name, "categorical", ("any",))
    shown = [f"{edge:.6g}" for edge in edges]
    if len(set(shown)) < len(shown):
        shown = [repr(edge) for edge in edges]
    middle = [f"{low} to {high}" for low, high in itertools.pairwise(shown)]
    labels = (f"below {shown[0]}", *middle, f"{shown[-1]} and above")
    return Variable(name, "categorical", labels, edges)


def bin_codes(values: FloatArray, edges: tuple[float, ...]) -> FloatArray:
    """The bin of every value, (rows,); NaN stays NaN.

    Examples
    --------
    >>> bin_codes(np.array([1.0, 1.5, np.nan]), (1.5,)).tolist()
    [0.0, 1.0, nan]
    """
    codes = np.searchsorted(np.array(edges), values, side="right").astype(np.float64)
    codes[np.isnan(values)] = np.nan
    return codes
