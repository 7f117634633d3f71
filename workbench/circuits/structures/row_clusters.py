"""Clusters of rows by likelihood: a mixture of independent variables, by hard assignments."""

from __future__ import annotations

import numpy as np

from workbench.circuits.leaves.gaussian import LOG_ROOT_TWO_PI
from workbench.circuits.structures.cell_statistics import CellStatistics
from workbench.circuits.structures.clusters import k_means
from workbench.core.arrays import FloatArray, IdArray

N_ROUNDS = 20
SMOOTHING = 1.0  # observations that are like all rows, added to each cluster


def row_clusters(
    cells: CellStatistics,
    chosen: IdArray,
    values: FloatArray,
    n_clusters: int,
    random: np.random.Generator,
) -> IdArray:
    """(rows,) cluster codes from 0, without empty clusters: each row where it is most likely.

    Begins with k-means and goes on by hard expectation maximisation of a mixture in
    which the variables `chosen` are independent; a missing cell decides nothing.

    Parameters
    ----------
    values
        (rows, width) the statistics of the rows' cells, the blocks of `chosen` in order.

    Source: Gens and Domingos 2013, "Learning the structure of sum-product networks", section
    4: hard incremental EM over a naive Bayes mixture.

    Examples
    --------
    >>> from workbench.circuits.structures.cell_statistics import cell_statistics
    >>> from workbench.data.variables import categorical
    >>> x = np.array([[0, 0, 0], [1, 1, 1], [0, 0, 1], [1, 1, 1]], dtype=float)
    >>> cells = cell_statistics(x, tuple(categorical(name, 2) for name in "abc"))
    >>> codes = row_clusters(cells, np.arange(3), cells.values, 2, np.random.default_rng(0))
    >>> codes[0] == codes[2] != codes[1] == codes[3]
    np.True_
    """
    widths = np.diff(cells.begins)[chosen]
    whole = values.sum(axis=0)
    prior = SMOOTHING * _one_of(cells, chosen, whole)
    codes = k_means(values - whole / len(values), n_clusters, random)
    for _ in range(N_ROUNDS):
        member = np.eye(n_clusters)[codes]
        sums = member.T @ values + prior
        factors = _log_linear(cells, chosen, sums, widths)
        shares = member.mean(axis=0)
        with np.errstate(divide="ignore"):  # an empty cluster stays empty
            scores = values @ factors.T + np.log(shares)
        moved = scores.argmax(axis=1)
        if np.array_equal(moved, codes):
            break
        codes = moved
    return np.unique(codes, return_inverse=True)[1].astype(np.int64)


def _one_of(cells: CellStatistics, chosen: IdArray, whole: FloatArray) -> FloatArray:
    """(width,) statistics of one observation that is like all rows, smoothed."""
    one, begin = np.empty(len(whole)), 0
    for variable in chosen.tolist():
        known = cells.variables[variable]
        end = begin + int(cells.begins[variable + 1] - cells.begins[variable])
        sums = whole[begin:end] + cells.family(variable).prior(known, 0.0, 1.0)
        count = sums.sum() if known.kind == "categorical" else sums[0]
        one[begin:end] = sums / count
        begin = end
    return one


def _log_linear(
    cells: CellStatistics, chosen: IdArray, sums: FloatArray, widths: IdArray
) -> FloatArray:
    """(clusters, width) factors of a row's statistics that give its log-likelihood in nats."""
    factors, begin = np.empty_like(sums), 0
    for variable, width in zip(chosen.tolist(), widths.tolist(), strict=True):
        block = slice(begin, begin + width)
        tables = cells.family(variable).estimate(sums[:, block])
        is_table = cells.variables[variable].kind == "categorical"
        factors[:, block] = tables if is_table else _gaussian_factors(tables)
        begin += width
    return factors


def _gaussian_factors(tables: FloatArray) -> FloatArray:
    """(clusters, 3) factors of one, value and squared value."""
    mean, log_deviation = tables.T
    precision = np.exp(-2.0 * log_deviation)
    constant = -log_deviation - LOG_ROOT_TWO_PI - 0.5 * precision * mean**2
    factors: FloatArray = np.stack([constant, precision * mean, -0.5 * precision], axis=1)
    return factors
