"""Hidden Chow-Liu trees: one latent per variable, latents joined along a Chow-Liu tree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from workbench.circuits.build import Builder
from workbench.circuits.circuit import Circuit
from workbench.circuits.leaves import Family
from workbench.circuits.structures.chow_liu import Tree, chow_liu_tree, indicator
from workbench.circuits.structures.clusters import k_means
from workbench.circuits.structures.hclt_memory import (
    FAMILY_OF_KIND,
    is_direct,
    require_hclt,
    require_tree,
)
from workbench.circuits.structures.rows import training_rows
from workbench.core.arrays import FloatArray, IdArray
from workbench.core.seeds import stream
from workbench.core.threads import one_blas_thread
from workbench.data.dataset import Dataset
from workbench.data.variables import Variable
from workbench.errors import ParameterError

NEIGHBOURHOOD = 2  # tree steps around a variable whose columns its clusters are made from
SMOOTHING = 1.0  # pseudo-observations of each starting distribution
MOST_ROWS = 10_000  # more rows do not improve a start


def hclt(
    data: Dataset | ArrayLike,
    latents: int = 16,
    seed: int = 0,
    variables: Sequence[Variable] | None = None,
) -> Circuit:
    """A hidden Chow-Liu tree of `data`, its latents started from k-means clusters.

    Each variable has a latent with `latents` states; the latents form the
    Chow-Liu tree of the variables. A categorical variable at the end of a
    branch hangs directly on the latent above it, which loses nothing.

    Parameters
    ----------
    data
        A Dataset (its training rows are used) or rows ``(rows, variable)``.
    variables
        What the columns of plain rows mean; guessed when omitted, see
        :func:`workbench.circuits.structures.rows.training_rows`.

    Raises
    ------
    ParameterError
        When `latents` is below 1.
    DataError
        When the rows are empty or do not fit the variables.
    LimitError
        When it would be larger than the limits allow, or than the memory available
        now; nothing of it was allocated.

    Source: Liu and Van den Broeck 2021, "Tractable regularization of
    probabilistic circuits", section 4.

    Examples
    --------
    >>> rows = np.array([[0, 0, 1], [1, 1, 0], [0, 0, 0], [1, 1, 1]], dtype=float)
    >>> hclt(rows, latents=2)
    Circuit(3 variables; 6 leaf, 1 sum, 2 product; 8 edges)
    """
    if latents < 1:
        raise ParameterError(
            "cannot build an HCLT", given=f"latents={latents}", expected="1 or more"
        )
    rows, known = training_rows(data, variables)
    chosen = rows[:: max(1, len(rows) // MOST_ROWS)]
    require_tree(len(rows), known)
    with one_blas_thread():
        tree = chow_liu_tree(rows, known)
        near = _near(tree, NEIGHBOURHOOD)
        require_hclt(len(chosen), known, latents, tree, near)
        return _assemble(known, tree, _Start(chosen, known, tree, latents, seed, near))


def _assemble(variables: tuple[Variable, ...], tree: Tree, start: _Start) -> Circuit:
    build = Builder(variables)
    children = tree.children()
    below: dict[int, IdArray] = {}
    for variable in reversed(tree.order.tolist()):
        direct = is_direct(tree, variables, variable)
        latent = int(tree.parents[variable]) if direct else variable
        family = FAMILY_OF_KIND[variables[variable].kind]
        units = build.leaves(variable, family, start.leaf_tables(variable, latent))
        if children[variable]:
            parts = [units, *(below.pop(child) for child in children[variable])]
            units = build.products(np.stack(parts, axis=1))
        if direct:
            below[variable] = units
        else:
            weights = start.transition(int(tree.parents[variable]), variable)
            below[variable] = build.sums(np.tile(units, (len(weights), 1)), weights)
    root = below[int(tree.order[0])]
    return build.circuit(int(root[0]))


@dataclass(frozen=True, eq=False)
class _Start:
    """Starting parameters by counting hard assignments of rows to latent states."""

    rows: FloatArray
    variables: tuple[Variable, ...]
    tree: Tree
    latents: int
    seed: int
    near: list[list[int]]

    def __post_init__(self) -> None:
        features = [_features(c, v) for c, v in zip(self.rows.T, self.variables, strict=True)]
        states = [
            k_means(
                np.concatenate([features[other] for other in self.near[variable]], axis=1),
                self.latents,
                stream(self.seed, "hclt", variable),
            )
            for variable in range(len(self.variables))
        ]
        object.__setattr__(self, "_states", states)

    def leaf_tables(self, variable: int, latent: int) -> FloatArray:
        """(latents, n_parameters) parameters of the leaves of `variable` by state of `latent`."""
        known = self.variables[variable]
        family = FAMILY_OF_KIND[known.kind]
        column = self.rows[:, variable]
        seen = ~np.isnan(column)
        per_row = family.statistics(column[seen], known)
        prior = _like_the_column(column[seen], per_row, family, known)
        member = self._member(latent)[seen]
        return family.estimate(member.T @ per_row + SMOOTHING * prior)

    def transition(self, parent: int, variable: int) -> FloatArray:
        """(states of parent, latents) weights; one row of weights when there is no parent."""
        own = self._member(variable)
        above = self._member(parent) if parent >= 0 else np.ones((len(own), 1))
        counts = above.T @ own + SMOOTHING * own.mean(axis=0) + 1e-3
        weights: FloatArray = counts / counts.sum(axis=1, keepdims=True)
        return weights

    def _member(self, variable: int) -> FloatArray:
        """(rows, latents) a one in the column of each row's state."""
        states: list[IdArray] = self.__dict__["_states"]
        return np.eye(self.latents)[states[variable]]


def _like_the_column(
    seen: FloatArray, per_row: FloatArray, family: Family, variable: Variable
) -> FloatArray:
    """Statistics of one pseudo-observation that resembles the column, smoothed."""
    mean, deviation = (float(seen.mean()), float(seen.std())) if len(seen) else (0.0, 1.0)
    prior = family.prior(variable, mean, max(deviation, 1e-6))
    marginal: FloatArray = (per_row.sum(axis=0) + prior) / (len(per_row) + 1.0)
    return marginal


def _features(column: FloatArray, variable: Variable) -> FloatArray:
    """(rows, features) of a column for clustering; a missing cell sits at the mean."""
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


def _near(tree: Tree, steps: int) -> list[list[int]]:
    """For each variable, those at most `steps` tree edges away, itself included."""
    n_variables = len(tree.parents)
    linked = np.eye(n_variables, dtype=np.bool_)
    inner = np.flatnonzero(tree.parents >= 0)
    linked[inner, tree.parents[inner]] = linked[tree.parents[inner], inner] = True
    reach = np.eye(n_variables, dtype=np.bool_)
    for _ in range(steps):
        reach = reach.astype(np.float32) @ linked.astype(np.float32) > 0
    return [np.flatnonzero(row).tolist() for row in reach]
