"""Workloads: the models and rows that packages are timed on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from scipy.ndimage import gaussian_filter
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import breadth_first_order, minimum_spanning_tree

from workbench.benchmarks.hidden_tree import HiddenTree, random_hidden_tree
from workbench.circuits.structures.chow_liu import Tree, chow_liu_tree, rooted_at_centre
from workbench.core.arrays import FloatArray, IntArray
from workbench.core.seeds import stream
from workbench.data import load

SEED = 0
SMOOTHNESS = 3.0  # pixels over which synthetic images vary


@dataclass(frozen=True)
class Workload:
    """A model with a batch of rows, and how long to time it.

    Parameters
    ----------
    make
        Gives the model and its rows ``(batch, variable)``.
    measures
        What is timed, by name: "forward", "train", "flows" or "query".
    rounds
        Rounds of each measure in one process, and calls in one round.
    gemm
        Shape (stack, K, batch) of the layer whose matrix products bound the speed.
    densities
        Shares of sum edges kept in further runs of ours beside the dense one.
    """

    name: str
    title: str
    make: Callable[[], tuple[HiddenTree, FloatArray]]
    measures: tuple[str, ...] = ("forward", "train")
    rounds: int = 10
    calls: int = 1
    gemm: tuple[int, int, int] | None = None
    densities: tuple[float, ...] = ()
    devices: tuple[str, ...] = ("cpu",)
    peers: bool = True


def digits(latents: int, batch: int) -> tuple[HiddenTree, FloatArray]:
    """The Chow-Liu tree of the 8 by 8 digits with random parameters, and training rows.

    Examples
    --------
    >>> model, rows = digits(latents=2, batch=8)
    >>> model.n_variables, model.categories, rows.shape
    (64, 17, (8, 64))
    """
    data = load("digits")
    tree = chow_liu_tree(data.train, data.variables)
    categories = data.variables[0].n_categories
    model = random_hidden_tree(tree, latents, categories, SEED)
    return model, np.ascontiguousarray(np.resize(data.train, (batch, data.n_variables)))


def images(side: int, latents: int, categories: int, batch: int) -> tuple[HiddenTree, FloatArray]:
    """A random spanning tree of a grid of pixels rooted at its centre, and smooth images.

    Examples
    --------
    >>> model, rows = images(side=4, latents=2, categories=256, batch=3)
    >>> rows.shape, bool(rows.min() >= 0), bool(rows.max() <= 255)
    ((3, 16), True, True)
    """
    tree = rooted_at_centre(_grid_parents(side))
    noise = stream(SEED, "benchmarks", "images").standard_normal((batch, side, side))
    smooth = gaussian_filter(noise, sigma=(0.0, SMOOTHNESS, SMOOTHNESS))
    low, high = smooth.min(), smooth.max()
    codes = np.floor((smooth - low) / (high - low) * (categories - 1e-6))
    return random_hidden_tree(tree, latents, categories, SEED), codes.reshape(batch, side * side)


def star(arms: int, latents: int, batch: int) -> tuple[HiddenTree, FloatArray]:
    """A root with `arms` binary variables below it, so one layer of sums, and random rows.

    Examples
    --------
    >>> model, rows = star(arms=3, latents=2, batch=5)
    >>> model.tree.parents.tolist(), rows.shape
    ([-1, 0, 0, 0], (5, 4))
    """
    tree = Tree(np.array([-1] + [0] * arms, dtype=np.int32), np.arange(arms + 1, dtype=np.int32))
    random = stream(SEED, "benchmarks", "star")
    rows = random.integers(0, 2, (batch, arms + 1)).astype(np.float64)
    return random_hidden_tree(tree, latents, 2, SEED), rows


def small() -> tuple[HiddenTree, FloatArray]:
    """A tree of 16 binary variables with 4 latents (169 nodes, 348 edges), and one row.

    Examples
    --------
    >>> circuit = small()[0].circuit()
    >>> circuit.n_nodes, circuit.n_edges
    (169, 348)
    """
    parents = np.array([-1, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 8, 9, 10, 2, 1], dtype=np.int32)
    random = stream(SEED, "benchmarks", "small")
    rows = random.integers(0, 2, (1, 16)).astype(np.float64)
    return random_hidden_tree(Tree(parents, np.arange(16, dtype=np.int32)), 4, 2, SEED), rows


def _grid_parents(side: int) -> IntArray:
    cells = np.arange(side * side).reshape(side, side)
    starts = np.concatenate([cells[:, :-1].ravel(), cells[:-1].ravel()])
    ends = np.concatenate([cells[:, 1:].ravel(), cells[1:].ravel()])
    lengths = stream(SEED, "benchmarks", "grid").uniform(0.5, 1.5, len(starts))
    grid = coo_matrix((lengths, (starts, ends)), shape=(side * side, side * side))
    spanning = minimum_spanning_tree(grid.tocsr())
    _, parents = breadth_first_order(spanning, 0, directed=False)
    parents[0] = -1
    return np.asarray(parents, dtype=np.int32)


WORKLOADS: dict[str, Workload] = {
    load.name: load
    for load in (
        Workload(
            "digits",
            "64 variables, 17 categories, 16 latents, 512 rows",
            partial(digits, 16, 512),
            rounds=20,
            gemm=(63, 16, 512),
        ),
        Workload(
            "images",
            "784 variables, 256 categories, 64 latents, 256 rows",
            partial(images, 28, 64, 256, 256),
            rounds=8,
            gemm=(13, 64, 256),
        ),
        Workload(
            "layer",
            "one layer of 13 blocks of 64 by 64, 256 rows",
            partial(star, 13, 64, 256),
            measures=("forward", "flows"),
            rounds=20,
            gemm=(13, 64, 256),
            densities=(0.2,),
            peers=False,
        ),
        Workload(
            "sparse images",
            "784 variables, 2 categories, 64 latents, 256 rows",
            partial(images, 28, 64, 2, 256),
            measures=("forward", "flows"),
            rounds=8,
            gemm=(13, 64, 256),
            densities=(0.2,),
            peers=False,
        ),
        Workload(
            "small",
            "one query of 16 binary variables, 4 latents: 169 nodes, 348 edges",
            small,
            measures=("query",),
            rounds=25,
            calls=100,
        ),
        *(
            Workload(
                f"images {latents}",
                f"784 variables, 256 categories, {latents} latents, {batch} rows",
                partial(images, 28, latents, 256, batch),
                rounds=20,
                gemm=(13, latents, batch),
                densities=(0.2,),
                devices=("cuda",),
            )
            for latents, batch in ((64, 1024), (128, 1024), (256, 512), (512, 256), (1024, 256))
        ),
    )
}
