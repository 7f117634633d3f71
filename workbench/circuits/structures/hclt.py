"""Hidden Chow-Liu trees: one latent per variable, latents joined along a Chow-Liu tree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike

from workbench.circuits.build import Builder
from workbench.circuits.circuit import Circuit
from workbench.circuits.structures.chow_liu import Tree, chow_liu_tree
from workbench.circuits.structures.clusters import k_means
from workbench.circuits.structures.columns import features, like_the_column
from workbench.circuits.structures.hclt_memory import (
    FAMILY_OF_KIND,
    Latents,
    is_direct,
    latent_states,
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
KEPT = 0.6  # of the weight of a transition of a start by rows, for the same state
SMOOTHING = 1.0  # pseudo-observations of each starting distribution
MOST_ROWS = 10_000  # more rows do not improve a start


def hclt(
    data: Dataset | ArrayLike,
    latents: Latents = 16,
    seed: int = 0,
    variables: Sequence[Variable] | None = None,
    start: str = "nearby",
) -> Circuit:
    """A hidden Chow-Liu tree of `data`, its latents started from k-means clusters.

    Each variable has a latent with `latents` states; the latents form the
    Chow-Liu tree of the variables, rooted at its centre. A categorical variable
    at the end of a branch hangs directly on the latent above it, which loses
    nothing. Leaves are categorical or Gaussian, by the kind of the variable.

    Parameters
    ----------
    data
        A Dataset (its training rows are used) or rows ``(rows, variable)``.
    latents
        States of every latent, or of the latent of each variable.
    variables
        What the columns of plain rows mean; guessed when omitted, see
        :func:`workbench.circuits.structures.rows.training_rows`.
    start
        A name in :data:`STARTS`: "nearby" clusters the rows for each latent by the columns
        near it and counts the transitions; "rows" clusters whole rows once, for all
        latents, whose transitions keep the state in six of ten rows and are random
        otherwise. The second takes longer to learn from, and often ends higher.

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
    rows, known = training_rows(data, variables)
    states = latent_states(latents, len(known))
    if start not in STARTS:
        raise ParameterError(
            "unknown start of an HCLT", given=repr(start), expected=f"one of {sorted(STARTS)}"
        )
    chosen = rows[:: max(1, len(rows) // MOST_ROWS)]
    require_tree(len(rows), known)
    with one_blas_thread():
        tree = chow_liu_tree(rows, known)
        near = _near(tree, len(known) if start == "rows" else NEIGHBOURHOOD)
        require_hclt(len(chosen), known, states, tree, near)
        build = Builder(known)
        begun = STARTS[start](chosen, known, states, near, (seed, "hclt"))
        return build.circuit(_add(build, tree, begun))


def add_hclt(
    build: Builder, rows: FloatArray, tree: Tree, latents: Latents, seed: int, *purpose: object
) -> int:
    """The position of the root of a new hidden tree over all variables, along `tree`.

    Parameters
    ----------
    rows
        (rows, variable) that it is started from.
    purpose
        Names the random stream, beside `seed`: equal names give equal starts.

    Raises
    ------
    LimitError
        As :func:`hclt`.

    Examples
    --------
    >>> from workbench.circuits.structures.hclt_memory import path
    >>> from workbench.data.variables import categorical
    >>> build = Builder((categorical("x", 2), categorical("y", 2)))
    >>> root = add_hclt(build, np.eye(2), path(2), 2, 0, "example")
    >>> build.circuit(root)
    Circuit(2 variables; 4 leaf, 1 sum, 2 product; 6 edges)
    """
    states, near = latent_states(latents, len(build.variables)), _near(tree, NEIGHBOURHOOD)
    require_hclt(len(rows), build.variables, states, tree, near)
    return _add(build, tree, _Start(rows, build.variables, states, near, (seed, *purpose)))


def _add(build: Builder, tree: Tree, start: _Start) -> int:
    variables = build.variables
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
    return int(below[int(tree.order[0])][0])


@dataclass(frozen=True, eq=False)
class _Start:
    """Starting parameters by counting hard assignments of rows to latent states."""

    rows: FloatArray
    variables: tuple[Variable, ...]
    n_states: tuple[int, ...]
    near: list[list[int]]
    purpose: tuple[Any, ...]

    def __post_init__(self) -> None:
        seen = [features(c, v) for c, v in zip(self.rows.T, self.variables, strict=True)]
        states = [
            k_means(
                np.concatenate([seen[other] for other in self.near[variable]], axis=1),
                self.n_states[variable],
                stream(*self.purpose, variable),
            )
            for variable in range(len(self.variables))
        ]
        object.__setattr__(self, "_states", states)

    def leaf_tables(self, variable: int, latent: int) -> FloatArray:
        """(states, n_parameters) parameters of the leaves of `variable` by state of `latent`."""
        known = self.variables[variable]
        family = FAMILY_OF_KIND[known.kind]
        column = self.rows[:, variable]
        seen = ~np.isnan(column)
        per_row = family.statistics(column[seen], known)
        prior = like_the_column(column[seen], per_row, family, known)
        member = self._member(latent)[seen]
        return family.estimate(member.T @ per_row + SMOOTHING * prior)

    def transition(self, parent: int, variable: int) -> FloatArray:
        """(states of parent, states) weights; one row of weights when there is no parent."""
        own = self._member(variable)
        above = self._member(parent) if parent >= 0 else np.ones((len(own), 1))
        counts = above.T @ own + SMOOTHING * own.mean(axis=0) + 1e-3
        weights: FloatArray = counts / counts.sum(axis=1, keepdims=True)
        return weights

    def _member(self, variable: int) -> FloatArray:
        """(rows, latents) a one in the column of each row's state."""
        states: list[IdArray] = self.__dict__["_states"]
        return np.eye(self.n_states[variable])[states[variable]]


class _RowStart(_Start):
    """One clustering of whole rows for all latents, and transitions that often keep the state."""

    def __post_init__(self) -> None:
        seen = [features(c, v) for c, v in zip(self.rows.T, self.variables, strict=True)]
        points = np.concatenate(seen, axis=1)
        by_number = {
            number: k_means(points, number, stream(*self.purpose, "rows", number))
            for number in sorted(set(self.n_states))
        }
        object.__setattr__(self, "_states", [by_number[number] for number in self.n_states])

    def transition(self, parent: int, variable: int) -> FloatArray:
        """(states of parent, states) weights; one row of weights when there is no parent."""
        counted = super().transition(parent, variable)
        if parent < 0:
            return counted
        random = stream(*self.purpose, "transition", variable)
        others = random.dirichlet(np.ones(counted.shape[1]), len(counted))
        kept: FloatArray = np.eye(len(counted)) if len(counted) == counted.shape[1] else counted
        return KEPT * kept + (1.0 - KEPT) * others


STARTS: Final[Mapping[str, type[_Start]]] = {"nearby": _Start, "rows": _RowStart}


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
