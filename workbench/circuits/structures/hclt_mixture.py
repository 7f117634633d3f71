"""Mixtures of hidden Chow-Liu trees: over the best trees, of bootstrap samples, or of clusters."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import ArrayLike

from workbench.circuits.build import Builder
from workbench.circuits.circuit import Circuit
from workbench.circuits.memory import Size, require_buildable
from workbench.circuits.structures.chow_liu import Tree, chow_liu_tree, mutual_information
from workbench.circuits.structures.clusters import k_means
from workbench.circuits.structures.columns import features
from workbench.circuits.structures.hclt import MOST_ROWS, add_hclt
from workbench.circuits.structures.hclt_memory import (
    Latents,
    hclt_size,
    latent_states,
    require_tree,
)
from workbench.circuits.structures.rows import training_rows
from workbench.circuits.structures.spanning_trees import best_trees
from workbench.core.arrays import FloatArray
from workbench.core.seeds import stream
from workbench.core.threads import one_blas_thread
from workbench.data.dataset import Dataset
from workbench.data.variables import Variable
from workbench.errors import ParameterError

Variables = tuple[Variable, ...]
Part = tuple[Tree, FloatArray]  # a tree and the rows that its parameters start from


def hclt_mixture(
    data: Dataset | ArrayLike,
    latents: Latents = 16,
    trees: int = 4,
    by: str = "clusters",
    seed: int = 0,
    variables: Sequence[Variable] | None = None,
) -> Circuit:
    """A mixture of `trees` hidden Chow-Liu trees of `data`, each with latents of its own.

    Parameters
    ----------
    data
        A Dataset (its training rows are used) or rows ``(rows, variable)``.
    latents
        As in :func:`workbench.circuits.structures.hclt`.
    trees
        How many; fewer when the variables have fewer trees or the rows fewer clusters.
    by
        "clusters": trees of k-means clusters of the rows, each weighted by its share.
        "bootstrap": trees of rows drawn with replacement. "best": the trees of
        greatest total mutual information, which differ in few edges.
    variables
        What the columns of plain rows mean; guessed when omitted.

    Raises
    ------
    ParameterError
        When a number is below 1 or `by` is unknown.
    DataError
        When the rows are empty or do not fit the variables.
    LimitError
        When it would be larger than the limits or the memory allow.

    Source: mixtures of trees in Meila and Jordan 2000, "Learning with mixtures of
    trees"; the best trees in order in Gabow 1977; hidden trees in Liu and Van den
    Broeck 2021, "Tractable regularization of probabilistic circuits", section 4.

    Examples
    --------
    >>> rows = np.array([[0, 0, 1], [1, 1, 0], [0, 0, 0], [1, 1, 1]], dtype=float)
    >>> hclt_mixture(rows, latents=2, trees=2, by="best")
    Circuit(3 variables; 12 leaf, 3 sum, 4 product; 18 edges)
    """
    if trees < 1:
        raise ParameterError("cannot mix trees", given=f"trees={trees}", expected="1 or more")
    if by not in TREES:
        raise ParameterError(
            "unknown way to choose trees", given=repr(by), expected=f"one of {sorted(TREES)}"
        )
    rows, known = training_rows(data, variables)
    states = latent_states(latents, len(known))
    require_tree(len(rows), known)
    with one_blas_thread():
        parts, weights = TREES[by](rows, known, trees, seed)
        _require_mixture(known, states, [tree for tree, _ in parts])
        build = Builder(known)
        roots = [
            add_hclt(build, _start(own), tree, states, seed, "hclt_mixture", place)
            for place, (tree, own) in enumerate(parts)
        ]
    return build.circuit(build.sum(roots, weights))


def _start(rows: FloatArray) -> FloatArray:
    return rows[:: max(1, len(rows) // MOST_ROWS)]


def _require_mixture(variables: Variables, states: tuple[int, ...], trees: list[Tree]) -> None:
    sizes = [hclt_size(variables, states, tree) for tree in trees]
    total = Size(
        1 + sum(size.n_nodes for size in sizes),
        len(sizes) + sum(size.n_edges for size in sizes),
        sum(size.n_parameters for size in sizes),
    )
    require_buildable(total, remedy="Take fewer trees or latents.")


def _best(
    rows: FloatArray, variables: Variables, n_trees: int, seed: int
) -> tuple[list[Part], FloatArray]:
    found = best_trees(mutual_information(rows, variables), n_trees)
    return [(tree, rows) for tree in found], np.full(len(found), 1.0 / len(found))


def _bootstrap(
    rows: FloatArray, variables: Variables, n_trees: int, seed: int
) -> tuple[list[Part], FloatArray]:
    random = stream(seed, "bootstrap")
    samples = [rows[random.integers(len(rows), size=len(rows))] for _ in range(n_trees)]
    parts = [(chow_liu_tree(sample, variables), sample) for sample in samples]
    return parts, np.full(n_trees, 1.0 / n_trees)


def _clusters(
    rows: FloatArray, variables: Variables, n_trees: int, seed: int
) -> tuple[list[Part], FloatArray]:
    chosen = _start(rows)
    seen = [features(column, v) for column, v in zip(chosen.T, variables, strict=True)]
    codes = k_means(np.concatenate(seen, axis=1), n_trees, stream(seed, "clusters of rows"))
    groups = [chosen[codes == code] for code in np.unique(codes)]
    parts = [(chow_liu_tree(group, variables), group) for group in groups]
    return parts, np.array([len(group) for group in groups]) / len(chosen)


TREES: dict[str, Callable[[FloatArray, Variables, int, int], tuple[list[Part], FloatArray]]] = {
    "best": _best,
    "bootstrap": _bootstrap,
    "clusters": _clusters,
}
