"""A latent state of every row in every region, by clusters: what region circuits start from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from workbench.circuits.structures.clusters import k_means_together
from workbench.circuits.structures.columns import features, like_the_column
from workbench.circuits.structures.hclt_memory import FAMILY_OF_KIND
from workbench.circuits.structures.regions import Regions
from workbench.core.arrays import FloatArray, IdArray
from workbench.core.memory import require_memory
from workbench.core.seeds import stream
from workbench.data.variables import Variable

N_DIRECTIONS = 16  # of the random projection in which rows are compared
MOST_ROWS = 4000
FEWEST_ROWS = 256
MOST_BYTES = 128 * 2**20  # of the projections of all regions together
AROUND = 0.5  # how much the region around a region counts
SMOOTHING = 1.0  # pseudo-observations of each starting distribution
FLOOR = 1e-3  # of a count, so that nothing begins impossible


@dataclass(frozen=True, eq=False)
class RegionStates:
    """The state of each row in each region, and the starting parameters counted from them.

    Parameters
    ----------
    rows
        (rows, variable) those that were clustered.
    states
        (regions, rows) codes from 0.
    n_states
        (regions,) how many states each has.
    """

    variables: tuple[Variable, ...]
    rows: FloatArray
    states: IdArray
    n_states: tuple[int, ...]

    def shares(self, region: int) -> FloatArray:
        """(states,) the share of each state of `region`."""
        counts = np.bincount(self.states[region], minlength=self.n_states[region]) + FLOOR
        shares: FloatArray = counts / counts.sum()
        return shares

    def given(self, region: int, parts: Sequence[int]) -> FloatArray:
        """(states, product of the parts' states) their joint shares by state of `region`.

        The states of the last part change fastest.
        """
        code, n_codes = np.zeros(self.states.shape[1], dtype=np.int64), 1
        for part in parts:
            code = code * self.n_states[part] + self.states[part]
            n_codes *= self.n_states[part]
        own = self.n_states[region]
        joint = np.bincount(self.states[region] * n_codes + code, minlength=own * n_codes)
        counts = joint.reshape(own, n_codes) + FLOOR
        counts += SMOOTHING * np.bincount(code, minlength=n_codes) / len(code)
        weights: FloatArray = counts / counts.sum(axis=1, keepdims=True)
        return weights

    def leaf_tables(self, variable: int, region: int) -> FloatArray:
        """(states, n_parameters) parameters of the leaves of `variable` by state of `region`."""
        known, column = self.variables[variable], self.rows[:, variable]
        family, seen = FAMILY_OF_KIND[known.kind], ~np.isnan(column)
        per_row = family.statistics(column[seen], known)
        prior = like_the_column(column[seen], per_row, family, known)
        member = self.states[region][seen, None] == np.arange(self.n_states[region])
        return family.estimate(member.T.astype(np.float64) @ per_row + SMOOTHING * prior)


def region_states(
    regions: Regions,
    rows: FloatArray,
    variables: tuple[Variable, ...],
    n_states: tuple[int, ...],
    seed: int,
) -> RegionStates:
    """The states of rows in all `regions`, by k-means clusters of their variables in each.

    Rows are compared in a random projection of their features, which for a region
    is the sum of those of its parts, so that large regions cost no more than small.
    The regions around a region count too, each half as much as the one inside it:
    a single cell has few values, and would have no more states.

    Source: clusters in place of latents as in Liu, Zhang and Van den Broeck 2023,
    "Scaling up probabilistic circuits by latent variable distillation";
    projections in Achlioptas 2003, "Database-friendly random projections".

    Examples
    --------
    >>> from workbench.data.variables import categorical
    >>> known = (categorical("x", 2), categorical("y", 2))
    >>> halves = Regions(((0,), (1,), (0, 1)), ((), (), ((0, 1),)))
    >>> x = np.array([[0.0, 0.0], [1.0, 1.0], [0.0, 0.0], [1.0, 1.0]])
    >>> region_states(halves, x, known, (2, 2, 2), seed=0).given(2, [0]).round(1).tolist()
    [[0.8, 0.2], [0.2, 0.8]]
    """
    n_regions = len(regions.scopes)
    most = int(np.clip(MOST_BYTES // (4 * N_DIRECTIONS * n_regions), FEWEST_ROWS, MOST_ROWS))
    chosen = rows[:: max(1, -(-len(rows) // most))]
    needed = 4 * n_regions * len(chosen) * (N_DIRECTIONS + 2)
    require_memory(f"cluster rows in {n_regions:,} regions", needed, "Take fewer regions.")
    points = _in_context(regions, _projected(regions, chosen, variables, seed))
    states = np.zeros((n_regions, len(chosen)), dtype=np.int64)
    for size in sorted(set(n_states)):
        group = np.flatnonzero(np.array(n_states) == size)
        states[group] = k_means_together(points[group], size, stream(seed, "regions", size))
    return RegionStates(variables, chosen, states, n_states)


def _projected(
    regions: Regions, rows: FloatArray, variables: tuple[Variable, ...], seed: int
) -> FloatArray:
    """(regions, rows, directions) features of the rows in each region, as float32."""
    points = np.zeros((len(regions.scopes), len(rows), N_DIRECTIONS), dtype=np.float32)
    single = {}
    for number, scope in enumerate(regions.scopes):
        ways = regions.partitions[number]
        if ways:
            for part in ways[0]:
                points[number] += points[part]
            continue
        for variable in scope:
            if variable not in single:
                single[variable] = _directions(rows, variables, variable, seed)
            points[number] += single[variable]
    return points  # type: ignore[return-value]  # float32 halves the memory


def _directions(
    rows: FloatArray, variables: tuple[Variable, ...], variable: int, seed: int
) -> FloatArray:
    own = features(rows[:, variable], variables[variable])
    random = stream(seed, "directions", variable)
    signs = random.integers(2, size=(own.shape[1], N_DIRECTIONS)) * 2.0 - 1.0
    projected: FloatArray = (own @ signs).astype(np.float32)
    return projected


def _in_context(regions: Regions, points: FloatArray) -> FloatArray:
    """The same points in units of their region, plus half of those of the smallest one around."""
    squares = (points**2).mean(axis=(1, 2), keepdims=True)
    points /= np.sqrt(np.where(squares > 0.0, squares, 1.0))
    for whole in range(regions.root, -1, -1):
        for part in {part for parts in regions.partitions[whole] for part in parts}:
            if regions.around[part] == whole:
                points[part] += AROUND * points[whole]
    return points
