"""The cells of sweeps: one learning run or one round of searches, and what is compared of it.

A cell is a pure function of its arguments: nothing in its result depends on the
clock or on the machine it ran on, so equal cells have equal blobs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from workbench.circuits import Circuit, build_structure
from workbench.core.arrays import FloatArray
from workbench.core.checkpoints import NOWHERE, Checkpoints
from workbench.core.progress import Progress, scaled, silent
from workbench.core.tables import Table
from workbench.data import Dataset, load
from workbench.data.builtin import BUILTIN
from workbench.errors import DataError, ParameterError
from workbench.inference import log_likelihood
from workbench.jobs.tasks import register
from workbench.learning import fit
from workbench.reasoning import Budget, Run, algorithms, options, problems, search_many, verifiers
from workbench.reasoning.problems import Problem
from workbench.store.codecs import register_record


@dataclass(frozen=True, eq=False)
class LearnedCell:
    """A learned circuit and what a table of cells says of it.

    Parameters
    ----------
    history
        Columns epoch, train and valid, in nats per row.
    measures
        The mean log-likelihood of train, valid and test rows in nats per row, where there
        are such rows, best_epoch, and the sizes nodes, edges and parameters.
    """

    circuit: Circuit
    history: Table
    measures: Mapping[str, float]


@dataclass(frozen=True, eq=False)
class SearchedCell:
    """One search of each task and what a table of cells says of them.

    Parameters
    ----------
    outcomes
        A row per task: problem (its place), correct, tokens, verifier_calls and nodes;
        what models did not report is NaN.
    measures
        The share solved, and the means of the other columns.
    """

    outcomes: Table
    measures: Mapping[str, float]


@register
def learn_cell(
    data: str | Dataset,
    structure: str = "hclt",
    latents: int = 16,
    epochs: int = 20,
    batch: int = 256,
    pseudocount: float = 3.0,
    method: str = "em",
    seed: int = 0,
    bins: int | None = None,
    device: str = "auto",
    rows_at_once: int | None = None,
    on_progress: Progress = silent,
    checkpoints: Checkpoints = NOWHERE,
) -> LearnedCell:
    """A circuit learned of a built-in table, by its name, or of one's own, and its measures.

    Rows are split alike for every `seed`, so cells are compared on the same test
    rows. At the end the measures are reported as values.

    Parameters
    ----------
    structure
        A name in :data:`workbench.circuits.STRUCTURES`.
    latents
        Of structures that have any.
    bins
        Bins for continuous columns of a built-in table.
    batch, pseudocount, method, device, rows_at_once
        See :func:`workbench.learning.fit`.

    Raises
    ------
    DataError
        When there is no built-in table of this name.
    ParameterError
        When an argument is outside its range.

    Examples
    --------
    >>> cell = learn_cell("iris", latents=2, epochs=2, bins=4)
    >>> cell.history.n_rows, sorted(cell.measures)[:3]
    (3, ['best_epoch', 'edges', 'nodes'])
    """
    table = _builtin(data, bins) if isinstance(data, str) else data
    on_progress(0.0, "building the structure")
    start = build_structure(structure, table, latents=latents, seed=seed)
    found = fit(
        start,
        table,
        method,
        epochs=epochs,
        batch=batch,
        pseudocount=pseudocount,
        device=device,
        seed=seed,
        on_progress=scaled(on_progress, 0.05, 0.95),
        checkpoints=checkpoints,
        rows_at_once=rows_at_once,
    )
    measures = {
        **_likelihoods(found.circuit, table, scaled(on_progress, 0.95, 1.0)),
        "best_epoch": float(found.best_epoch),
        "nodes": float(found.circuit.n_nodes),
        "edges": float(found.circuit.n_edges),
        "parameters": float(found.circuit.n_parameters),
    }
    on_progress(1.0, "learned", **measures)
    history = Table({name: found.history[name] for name in ("epoch", "train", "valid")})
    return LearnedCell(found.circuit, history, MappingProxyType(measures))


@register
def search_cell(
    tasks: Problem | Sequence[Problem] | None = None,
    algorithm: str = "best_of_n",
    n: int | None = None,
    params: Mapping[str, object] | None = None,
    noise: float = 0.0,
    tokens: int | None = None,
    verifier_calls: int | None = None,
    nodes: int | None = None,
    seed: int = 0,
    n_tasks: int = 20,
    n_numbers: int = 4,
    on_progress: Progress = silent,
    checkpoints: Checkpoints = NOWHERE,
) -> SearchedCell:
    """One search of each of `tasks` within its budget, and how many it solved at what cost.

    At the end the measures are reported as values.

    Parameters
    ----------
    tasks
        What to solve; `n_tasks` solvable Countdown problems of `n_numbers` numbers when
        omitted, the same for every `seed`.
    n
        Samples of the algorithm, in place of ``n`` in `params`.
    params
        The algorithm's other parameters.
    noise
        Standard deviation of the verifier's error, in its own units.
    tokens, verifier_calls, nodes
        The most that each search may spend; unlimited when omitted.

    Raises
    ------
    ParameterError
        For an unknown algorithm or parameter, or no tasks.

    Examples
    --------
    >>> cell = search_cell(algorithm="beam", n=8, n_tasks=3, n_numbers=3)
    >>> cell.outcomes.n_rows, 0.0 <= cell.measures["solved"] <= 1.0
    (3, True)
    """

    def report(share: float, text: str = "", /, **values: float) -> None:
        on_progress(0.99 * share, text)  # the values are those of one search among many

    runs = search_many(
        _tasks(tasks, n_tasks, n_numbers),
        algorithm,
        budget=Budget(tokens=tokens, verifier_calls=verifier_calls, nodes=nodes),
        seed=seed,
        verifier=verifiers.Oracle(noise=noise, seed=seed),
        params={**(params or {}), **_samples(algorithm, n)},
        on_progress=report,
        checkpoints=checkpoints,
    )
    outcomes = _outcomes(runs)
    measures = {
        "solved": float(outcomes["correct"].mean()),
        **{name: float(outcomes[name].mean()) for name in ("tokens", "verifier_calls", "nodes")},
    }
    told = {name: value for name, value in measures.items() if not np.isnan(value)}
    on_progress(1.0, f"solved {int(outcomes['correct'].sum())} of {len(runs)}", **told)
    return SearchedCell(outcomes, MappingProxyType(measures))


def _builtin(name: str, bins: int | None) -> Dataset:
    """A table that comes with the package; a stored call never opens files."""
    if name not in BUILTIN:
        raise DataError(
            "there is no built-in table of this name",
            given=repr(name),
            expected=f"one of {', '.join(sorted(BUILTIN))}",
            remedy="Load your file with workbench.data.load, and give the dataset itself.",
        )
    return load(name, bins=bins)


def _likelihoods(circuit: Circuit, data: Dataset, on_progress: Progress) -> dict[str, float]:
    """The mean log-likelihood of the rows of each split that has any, in nats per row."""
    splits: Mapping[str, FloatArray] = {"train": data.train, "valid": data.valid, "test": data.test}
    found = {}
    for place, (name, rows) in enumerate(splits.items()):
        on_progress(place / len(splits), f"measuring on {name} rows")
        if len(rows):
            found[name] = float(log_likelihood(circuit, rows).mean())
    return found


def _tasks(
    tasks: Problem | Sequence[Problem] | None, n_tasks: int, n_numbers: int
) -> Sequence[Problem]:
    if tasks is None:
        return problems.countdown_set(n_tasks, size=n_numbers)
    chosen = tasks if isinstance(tasks, Sequence) else (tasks,)
    if not chosen:
        raise ParameterError("nothing to search", given="no tasks", expected="at least one")
    return chosen


def _samples(algorithm: str, n: int | None) -> dict[str, int]:
    """The number of samples, for an algorithm that takes it."""
    known = algorithms().get(algorithm)
    takes = known is not None and any(option.name == "n" for option in options(known.params))
    return {"n": n} if n is not None and takes else {}


def _outcomes(runs: Sequence[Run]) -> Table:
    spent = {
        name: np.array([_known(getattr(run.ledger, name)) for run in runs])
        for name in ("tokens", "verifier_calls", "nodes")
    }
    return Table(
        {
            "problem": np.arange(len(runs)),
            "correct": np.array([run.solved for run in runs]),
            **spent,
        }
    )


def _known(number: int | None) -> float:
    return float("nan") if number is None else float(number)


register_record("learned cell", LearnedCell)
register_record("searched cell", SearchedCell)
