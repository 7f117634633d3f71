"""k-means clusters of rows: a start for latent variables that needs no other library."""

from __future__ import annotations

import numpy as np

from workbench.core.arrays import FloatArray, IdArray

N_ROUNDS = 12


def k_means(points: FloatArray, n_clusters: int, random: np.random.Generator) -> IdArray:
    """(points,) cluster codes from 0, by k-means++ seeding and Lloyd's rounds.

    Source: Arthur and Vassilvitskii 2007, "k-means++: the advantages of careful seeding".

    Examples
    --------
    >>> points = np.array([[0.0], [0.1], [9.0], [9.1]])
    >>> codes = k_means(points, 2, np.random.default_rng(0))
    >>> codes[0] == codes[1] != codes[2] == codes[3]
    np.True_
    """
    centres = _seeds(points, n_clusters, random)
    codes = _nearest(points, centres)
    for _ in range(N_ROUNDS):
        centres = _centres(points, codes, centres)
        moved = _nearest(points, centres)
        if np.array_equal(moved, codes):
            break
        codes = moved
    return codes


def _seeds(points: FloatArray, n_clusters: int, random: np.random.Generator) -> FloatArray:
    chosen = [int(random.integers(len(points)))]
    distances = _squared_distances(points, points[chosen])[:, 0]
    for _ in range(n_clusters - 1):
        total = distances.sum()
        share = distances / total if total > 0 else None
        chosen.append(int(random.choice(len(points), p=share)))
        distances = np.minimum(distances, _squared_distances(points, points[chosen[-1:]])[:, 0])
    return points[chosen]


def _nearest(points: FloatArray, centres: FloatArray) -> IdArray:
    codes: IdArray = _squared_distances(points, centres).argmin(axis=1)
    return codes


def _squared_distances(points: FloatArray, centres: FloatArray) -> FloatArray:
    squares = (points**2).sum(axis=1)[:, None] + (centres**2).sum(axis=1)
    distances: FloatArray = np.maximum(squares - 2.0 * points @ centres.T, 0.0)
    return distances


def _centres(points: FloatArray, codes: IdArray, before: FloatArray) -> FloatArray:
    member = np.zeros((len(before), len(points)), dtype=points.dtype)
    member[codes, np.arange(len(points))] = 1.0
    sizes = member.sum(axis=1, keepdims=True)
    means: FloatArray = np.where(sizes > 0, member @ points / np.maximum(sizes, 1.0), before)
    return means
