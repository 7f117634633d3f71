"""Hidden Markov models of sequences of one length: a chain of hidden states, one per column."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from workbench.circuits.build import Builder
from workbench.circuits.circuit import Circuit
from workbench.circuits.leaves import Family
from workbench.circuits.memory import Size, require_buildable
from workbench.circuits.structures.clusters import k_means
from workbench.circuits.structures.columns import features, like_the_column
from workbench.circuits.structures.hclt_memory import FAMILY_OF_KIND
from workbench.circuits.structures.rows import training_rows
from workbench.core.arrays import FloatArray, IdArray
from workbench.core.memory import require_memory
from workbench.core.seeds import stream
from workbench.core.threads import one_blas_thread
from workbench.data.dataset import Dataset
from workbench.data.variables import Variable
from workbench.errors import ParameterError

SMOOTHING = 1.0  # pseudo-observations of each distribution
MOST_CELLS = 20_000  # more do not improve the clusters that states start from
AT_ONCE = 1 << 23  # bytes of one table (steps, rows, states) of a piece of the rows


def hmm(
    data: Dataset | ArrayLike,
    latents: int = 16,
    rounds: int = 10,
    homogeneous: bool | None = None,
    seed: int = 0,
    variables: Sequence[Variable] | None = None,
) -> Circuit:
    """A hidden Markov model of `data`, whose columns are the steps of sequences.

    Hidden states start from k-means clusters of the cells with those beside them,
    and are improved by some rounds of Baum-Welch. In a homogeneous model all steps
    have the same transitions and emissions, learned from all steps together. A
    circuit has no shared parameters: the model that is returned is homogeneous,
    and :func:`workbench.learning.fit` goes on with each step by itself.

    Parameters
    ----------
    data
        A Dataset (its training rows are used) or rows ``(rows, variable)``; NaN cells
        are summed out.
    latents
        Hidden states of every step.
    rounds
        Passes of Baum-Welch over the rows; none gives the bare start.
    homogeneous
        Whether all steps are alike; when omitted, they are where all variables have the
        same kind and categories.
    variables
        What the columns of plain rows mean; guessed when omitted, see
        :func:`workbench.circuits.structures.rows.training_rows`.

    Raises
    ------
    ParameterError
        When `latents` is below 1 or `rounds` below 0, or the model shall be homogeneous
        and the variables are not alike.
    DataError
        When the rows are empty or do not fit the variables.
    LimitError
        When it would be larger than the limits allow, or than the memory available
        now; nothing of it was allocated.

    Source: Rabiner 1989, "A tutorial on hidden Markov models and selected applications in
    speech recognition", equations 19 to 40 (scaled as in section V A).

    Examples
    --------
    >>> rows = np.array([[0, 1, 0, 1], [1, 0, 1, 0]] * 10, dtype=float)
    >>> hmm(rows, latents=2)
    Circuit(4 variables; 8 leaf, 7 sum, 6 product; 26 edges)
    """
    if latents < 1 or rounds < 0:
        raise ParameterError(
            "cannot build a hidden Markov model",
            given=f"latents={latents} and rounds={rounds}",
            expected="1 latent or more and 0 rounds or more",
        )
    rows, known = training_rows(data, variables)
    are_alike = len({(v.kind, v.categories, v.edges) for v in known}) == 1
    if homogeneous and not are_alike:
        raise ParameterError(
            "cannot build a homogeneous hidden Markov model",
            given="columns of different kinds or categories",
            expected="the same kind and categories in every column",
            remedy="Give variables that are alike, or homogeneous=False.",
        )
    _require_size(len(rows), known, latents)
    chain = _Chain(rows, known, are_alike if homogeneous is None else homogeneous)
    with one_blas_thread():
        model = chain.maximise(chain.start(latents, seed, are_alike=are_alike))
        for _ in range(rounds):
            model = chain.maximise(chain.expect(model))
    return _assemble(known, model)


def hmm_size(variables: Sequence[Variable], latents: int) -> Size:
    """The size of a hidden Markov model.

    Examples
    --------
    >>> from workbench.data.variables import categorical
    >>> hmm_size([categorical(name, 2) for name in "abcd"], latents=2)
    Size(n_nodes=21, n_edges=26, n_parameters=16)
    """
    inner = len(variables) - 1
    entries = sum(FAMILY_OF_KIND[v.kind].n_parameters(v) for v in variables)
    return Size(
        n_nodes=latents * (3 * inner + 1) + 1,
        n_edges=inner * latents * (latents + 2) + latents,
        n_parameters=latents * entries,
    )


def _require_size(n_rows: int, variables: tuple[Variable, ...], latents: int) -> None:
    remedy = "Take fewer latents, columns or categories."
    most = max(variable.n_categories + 1 for variable in variables)
    transitions = 8 * 3 * len(variables) * latents * latents
    require_buildable(hmm_size(variables, latents), beside=transitions, remedy=remedy)
    n_cells = max(MOST_CELLS, min(n_rows, len(variables)))
    clusters = 8 * n_cells * (9 * most + 3 * latents) + 4 * AT_ONCE
    require_memory(f"start {latents:,} latents from {n_rows:,} rows", clusters, remedy)


@dataclass(frozen=True, eq=False)
class _Counts:
    """Expected observations: of first states, of pairs of states, of cells in each state.

    Parameters
    ----------
    first
        (states,).
    pairs
        (steps - 1, states, states) from each state to the next.
    cells
        For each step (states, n_statistics).
    """

    first: FloatArray
    pairs: FloatArray
    cells: list[FloatArray]


@dataclass(frozen=True, eq=False)
class _Model:
    """First states (states,), transitions (steps - 1, states, states), leaf tables per step."""

    first: FloatArray
    transitions: FloatArray
    tables: list[FloatArray]


class _Chain:
    """Rows as sequences, and what makes a model of them likely."""

    def __init__(
        self, rows: FloatArray, variables: tuple[Variable, ...], homogeneous: bool
    ) -> None:
        self._rows, self._variables, self._homogeneous = rows, variables, homogeneous
        self._priors = [self._prior(step) for step in range(len(variables))]
        if homogeneous:
            mean = np.mean(self._priors, axis=0)
            self._priors = [mean] * len(variables)

    def start(self, latents: int, seed: int, *, are_alike: bool) -> _Counts:
        """Counts of hard assignments of cells to states."""
        most = max(1, MOST_CELLS // len(self._variables))
        rows = self._rows[:: max(1, len(self._rows) // most)]
        columns = [features(c, v) for c, v in zip(rows.T, self._variables, strict=True)]
        beside = [_beside(columns, step) for step in range(len(columns))]
        if are_alike:
            points = np.concatenate(beside)
            codes = k_means(points, latents, stream(seed, "hmm")).reshape(len(columns), -1)
        else:
            codes = np.stack(
                [
                    k_means(points, latents, stream(seed, "hmm", step))
                    for step, points in enumerate(beside)
                ]
            )
        return self._counts(rows, np.eye(latents)[codes])

    def _counts(self, rows: FloatArray, member: FloatArray) -> _Counts:
        """Counts when states are known: `member` is (steps, rows, states)."""
        cells = [self._cells(rows, step, member[step]) for step in range(len(member))]
        pairs = member[:-1].transpose(0, 2, 1) @ member[1:]
        return _Counts(member[0].sum(axis=0), pairs, cells)

    def expect(self, model: _Model) -> _Counts:
        """Expected counts under `model`, a piece of the rows at a time."""
        n_steps, n_states = len(self._variables), len(model.first)
        size = max(1, AT_ONCE // (8 * n_steps * n_states))
        first, pairs = np.zeros(n_states), np.zeros((n_steps - 1, n_states, n_states))
        cells = [np.zeros((n_states, len(prior))) for prior in self._priors]
        for begin in range(0, len(self._rows), size):
            rows = self._rows[begin : begin + size]
            states = self._smooth(model, rows, pairs)
            first += states[0].sum(axis=0)
            for step in range(n_steps):
                cells[step] += self._cells(rows, step, states[step])
        return _Counts(first, pairs, cells)

    def maximise(self, counts: _Counts) -> _Model:
        """The likeliest model of some counts, smoothed."""
        n_states = len(counts.first)
        pairs, cells = counts.pairs, counts.cells
        if self._homogeneous:
            pairs = np.broadcast_to(pairs.sum(axis=0), pairs.shape)
            cells = [np.sum(cells, axis=0)] * len(cells)
        pairs = pairs + SMOOTHING / n_states
        first = counts.first + SMOOTHING / n_states
        tables = [
            self._family(step).estimate(total + SMOOTHING * self._priors[step])
            for step, total in enumerate(cells)
        ]
        return _Model(first / first.sum(), pairs / pairs.sum(axis=2, keepdims=True), tables)

    def _smooth(self, model: _Model, rows: FloatArray, pairs: FloatArray) -> FloatArray:
        """(steps, rows, states) posteriors; expected pairs of states are added to `pairs`."""
        seen = self._seen(model, rows)
        forward = np.empty_like(seen)
        ahead = np.broadcast_to(model.first, seen[0].shape)
        for step in range(len(seen)):
            joint = ahead * seen[step]
            forward[step] = joint / joint.sum(axis=1, keepdims=True)
            if step < len(model.transitions):
                ahead = forward[step] @ model.transitions[step]
        backward = np.ones_like(seen[0])
        for step in range(len(seen) - 2, -1, -1):
            here, transition = forward[step], model.transitions[step]
            after = seen[step + 1] * backward
            backward = after @ transition.T
            scale = (here * backward).sum(axis=1, keepdims=True)
            pairs[step] += transition * (here.T @ (after / scale))
            backward /= scale
            forward[step] = here * backward
        return forward

    def _seen(self, model: _Model, rows: FloatArray) -> FloatArray:
        """(steps, rows, states) how likely each state makes a cell, beside the likeliest state."""
        likely = np.zeros((len(self._variables), len(rows), len(model.first)))
        for step, tables in enumerate(model.tables):
            known = np.flatnonzero(~np.isnan(rows[:, step]))
            values = rows[known, step]
            density = self._family(step).log_density
            likely[step, known] = np.stack([density(table, values) for table in tables], axis=1)
        likely -= likely.max(axis=2, keepdims=True)
        return np.exp(likely, out=likely)

    def _cells(self, rows: FloatArray, step: int, states: FloatArray) -> FloatArray:
        """(states, n_statistics) statistics of a column, each cell shared among the states."""
        known = ~np.isnan(rows[:, step])
        statistics = self._family(step).statistics(rows[known, step], self._variables[step])
        totals: FloatArray = states[known].T @ statistics
        return totals

    def _prior(self, step: int) -> FloatArray:
        """(n_statistics,) one observation that is like the column of a step."""
        column, family = self._rows[:, step], self._family(step)
        seen = column[~np.isnan(column)]
        variable = self._variables[step]
        return like_the_column(seen, family.statistics(seen, variable), family, variable)

    def _family(self, step: int) -> Family:
        return FAMILY_OF_KIND[self._variables[step].kind]


def _beside(columns: list[FloatArray], step: int) -> FloatArray:
    """(rows, features) of the column of a step and of those before and after it."""
    parts = [columns[step]]
    for other in (step - 1, step + 1):
        is_inside = 0 <= other < len(columns)
        parts.append(columns[other] if is_inside else np.zeros_like(columns[step]))
    return np.concatenate(parts, axis=1)


def _assemble(variables: tuple[Variable, ...], model: _Model) -> Circuit:
    build = Builder(variables)
    ahead: IdArray | None = None
    for step in range(len(variables) - 1, -1, -1):
        family = FAMILY_OF_KIND[variables[step].kind]
        units = build.leaves(step, family, model.tables[step])
        if ahead is not None:
            units = build.products(np.stack([units, ahead], axis=1))
        if step:
            weights = model.transitions[step - 1]
            ahead = build.sums(np.tile(units, (len(weights), 1)), weights)
    return build.circuit(build.sum(units.tolist(), model.first))
