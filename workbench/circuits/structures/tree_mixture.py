"""Mixtures of trees: one latent, and a Chow-Liu tree of its own for each of its states."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import logsumexp

from workbench.circuits.build import Builder
from workbench.circuits.circuit import Circuit
from workbench.circuits.memory import Size, require_buildable
from workbench.circuits.structures.chow_liu import indicators_of
from workbench.circuits.structures.chow_liu_circuit import require_smoothing
from workbench.circuits.structures.clusters import k_means
from workbench.circuits.structures.columns import features
from workbench.circuits.structures.hclt_memory import require_tree
from workbench.circuits.structures.rows import training_rows
from workbench.circuits.structures.tree_distribution import (
    REMEDY,
    Indicators,
    TreeDistribution,
    fitted_tree,
)
from workbench.core.arrays import FloatArray
from workbench.core.memory import require_memory
from workbench.core.seeds import stream
from workbench.core.threads import one_blas_thread
from workbench.data.dataset import Dataset
from workbench.data.variables import Variable
from workbench.errors import ParameterError

MOST_ROWS = 20_000  # more rows do not change trees
SMALLEST_GAIN = 1e-4  # nats per row; a round that gains less is the last


def tree_mixture(
    data: Dataset | ArrayLike,
    latents: int = 4,
    rounds: int = 10,
    smoothing: float = 1.0,
    seed: int = 0,
    variables: Sequence[Variable] | None = None,
) -> Circuit:
    """A mixture of `latents` Chow-Liu trees of `data`, trees and tables learned by EM.

    Rows are first shared among the trees by k-means clusters. Each round learns
    every tree from all rows, a row counting by the posterior probability that the
    tree made it. The trees share the leaves that tell a variable's state.

    Parameters
    ----------
    data
        A Dataset (its training rows are used) or rows ``(rows, variable)``; 20,000
        rows, evenly chosen, are enough for it.
    latents
        How many trees.
    rounds
        Most rounds of EM; it ends before when a round gains less than 1e-4 nats per row.
    smoothing, variables
        See :func:`workbench.circuits.structures.chow_liu`.

    Raises
    ------
    ParameterError
        When `latents` or `rounds` is below 1, or `smoothing` negative.
    DataError
        When the rows are empty or do not fit the variables.
    LimitError
        When it would be larger than the limits or the memory allow.

    Source: Meila and Jordan 2000, "Learning with mixtures of trees", figure 4
    (algorithm MixTree).

    Examples
    --------
    >>> rows = np.array([[0, 0, 1], [1, 1, 0], [0, 0, 0], [1, 1, 1]], dtype=float)
    >>> tree_mixture(rows, latents=2)
    Circuit(3 variables; 10 leaf, 3 sum, 4 product; 18 edges)
    """
    require_smoothing(smoothing)
    for name, value in (("latents", latents), ("rounds", rounds)):
        if value < 1:
            raise ParameterError("cannot mix trees", given=f"{name}={value}", expected="1 or more")
    rows, known = training_rows(data, variables)
    rows = np.asfortranarray(rows[:: max(1, len(rows) // MOST_ROWS)])  # read by columns
    require_tree(len(rows), known)
    with one_blas_thread():
        shares = _first_shares(rows, known, latents, seed)
        trees, weights = _learned(rows, known, shares, rounds, smoothing)
    return _circuit(known, trees, weights)


def _first_shares(
    rows: FloatArray, variables: tuple[Variable, ...], n_trees: int, seed: int
) -> FloatArray:
    """(rows, trees) a one for the cluster of each row."""
    width = sum(variable.n_categories + 1 for variable in variables)
    require_memory(f"share {len(rows):,} rows among trees", 24 * len(rows) * width, REMEDY)
    seen = [features(column, v) for column, v in zip(rows.T, variables, strict=True)]
    codes = k_means(np.concatenate(seen, axis=1), n_trees, stream(seed, "tree_mixture"))
    return np.eye(n_trees)[codes]


def _learned(
    rows: FloatArray,
    variables: tuple[Variable, ...],
    shares: FloatArray,
    rounds: int,
    smoothing: float,
) -> tuple[list[TreeDistribution], FloatArray]:
    """The trees, and (trees,) how likely each is."""
    before, indicators = -np.inf, indicators_of(rows, variables)
    for _ in range(rounds):
        weights = (shares.sum(axis=0) + 1.0) / (len(rows) + shares.shape[1])
        trees = [fitted_tree(rows, variables, smoothing, share, indicators) for share in shares.T]
        joint = np.log(weights) + np.stack([t.log_likelihood(rows) for t in trees], axis=1)
        level = logsumexp(joint, axis=1, keepdims=True)
        shares = np.exp(joint - np.where(level > -np.inf, level, 0.0))
        now = float(level.mean())
        if not now > before + SMALLEST_GAIN:
            break
        before = now
    return trees, weights


def _circuit(
    variables: tuple[Variable, ...], trees: list[TreeDistribution], weights: FloatArray
) -> Circuit:
    sizes = [tree.size() for tree in trees]
    total = Size(
        1 + sum(size.n_nodes for size in sizes),
        len(sizes) + sum(size.n_edges for size in sizes),
        sum(size.n_parameters for size in sizes),
    )
    require_buildable(total, remedy="Take fewer trees, or put columns into fewer bins.")
    build, shared = Builder(variables), Indicators()
    roots = [tree.add_to(build, shared) for tree in trees]
    return build.circuit(build.sum(roots, weights))
