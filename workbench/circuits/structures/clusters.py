"""k-means clusters of rows: a start for latent variables that needs no other library."""

from __future__ import annotations

import numpy as np

from workbench.core.arrays import FloatArray, IdArray

N_ROUNDS = 12
N_ROUNDS_TOGETHER = 5
BYTES_AT_ONCE = 32 * 2**20  # of the distances of groups that are clustered together


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


def k_means_together(points: FloatArray, n_clusters: int, random: np.random.Generator) -> IdArray:
    """(groups, points) cluster codes from 0 of the points (groups, points, axes) of each group.

    As :func:`k_means` in fewer rounds, for many groups at the cost of a few.

    Examples
    --------
    >>> points = np.array([[[0.0], [0.1], [9.0]], [[5.0], [0.0], [0.1]]])
    >>> codes = k_means_together(points, 2, np.random.default_rng(0))
    >>> (codes == codes[:, 1:2]).tolist()
    [[True, True, False], [False, True, True]]
    """
    at_once = max(1, BYTES_AT_ONCE // (points.itemsize * points.shape[1] * n_clusters))
    pieces = [points[first : first + at_once] for first in range(0, len(points), at_once)]
    found = [_together(piece, n_clusters, random) for piece in pieces]
    return np.concatenate(found) if found else np.empty(points.shape[:2], dtype=np.int64)


def _together(points: FloatArray, n_clusters: int, random: np.random.Generator) -> IdArray:
    centres = _seeds_together(points, n_clusters, random)
    codes = _nearest_together(points, centres)
    for _ in range(N_ROUNDS_TOGETHER):
        member = (codes[:, None, :] == np.arange(n_clusters)[:, None]).astype(points.dtype)
        sizes = member.sum(axis=2, keepdims=True)
        centres = np.where(sizes > 0, member @ points / np.maximum(sizes, 1.0), centres)
        codes = _nearest_together(points, centres)
    return codes


def _seeds_together(points: FloatArray, n_clusters: int, random: np.random.Generator) -> FloatArray:
    groups = np.arange(len(points))
    centres = points[groups, random.integers(points.shape[1], size=len(points))][:, None]
    distances = ((points - centres) ** 2).sum(axis=2)
    for _ in range(n_clusters - 1):
        reached = distances.cumsum(axis=1, dtype=np.float64)
        aimed = random.random((len(points), 1)) * reached[:, -1:]
        new = points[groups, (reached > aimed).argmax(axis=1)][:, None]
        distances = np.minimum(distances, ((points - new) ** 2).sum(axis=2))
        centres = np.concatenate([centres, new], axis=1)
    return centres


def _nearest_together(points: FloatArray, centres: FloatArray) -> IdArray:
    distances = (centres**2).sum(axis=2)[:, None] - 2.0 * points @ centres.swapaxes(1, 2)
    codes: IdArray = distances.argmin(axis=2)
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
