"""The steps of a study, each also a job of its own: learn, prune, describe, search, count."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from workbench.circuits import Circuit, build_structure, hclt
from workbench.core.arrays import FloatArray
from workbench.core.checkpoints import NOWHERE, Checkpoints
from workbench.core.progress import Progress, scaled, silent
from workbench.core.tables import Table
from workbench.data import Dataset, decode
from workbench.errors import DataError
from workbench.inference import flows, log_likelihood, node_flows
from workbench.learning import Pruned, fit, prune
from workbench.reasoning import Run, outcomes, problems, search, search_many, verifiers
from workbench.reasoning.problems import Problem
from workbench.theories import (
    Measures,
    SqlCheck,
    Theory,
    contract,
    count_sql,
    measures,
    putput,
)
from workbench.theories.theory import rules_tree

if TYPE_CHECKING:
    import pandas as pd

MAX_RULES = 40
MAX_MEASURED = 2_000


@dataclass(frozen=True, eq=False)
class Learned:
    """A circuit learned from `data`, and how.

    `history` has the columns epoch, train, valid (nats per row) and seconds.
    """

    data: Dataset
    circuit: Circuit
    history: Table

    @property
    def rows(self) -> FloatArray:
        """The rows that measures are taken on: test rows, or training rows where there are none."""
        rows = self.data.test if len(self.data.test) else self.data.train
        return rows[:MAX_MEASURED]

    @cached_property
    def test_log_likelihood(self) -> float:
        """Mean over :attr:`rows`, in nats per row."""
        return float(log_likelihood(self.circuit, self.rows).mean())

    @cached_property
    def node_flow(self) -> FloatArray:
        """(n_nodes,) expected uses of each unit per row of :attr:`rows`."""
        total: FloatArray = node_flows(self.circuit, self.rows)
        return total / len(self.rows)

    @cached_property
    def edge_flow(self) -> FloatArray:
        """(n_edges,) expected uses of each edge per row of :attr:`rows`."""
        total: FloatArray = flows(self.circuit, self.rows)
        return total / len(self.rows)

    def measured(self) -> Learned:
        """Self, with all measures taken."""
        _ = self.test_log_likelihood, self.node_flow, self.edge_flow
        return self


@dataclass(frozen=True, eq=False)
class Described:
    """A theory of one class, the circuit of that class, and how good the theory is.

    Measures are those on test rows; `check` compares the count of the theory's
    query with that of its mask, on the whole table of original values.
    """

    data: Dataset
    label: str
    circuit: Circuit
    theory: Theory
    measures: Measures
    check: SqlCheck


def learn(
    data: Dataset,
    latents: int = 16,
    epochs: int = 20,
    seed: int = 0,
    on_progress: Progress = silent,
    checkpoints: Checkpoints = NOWHERE,
    structure: str = "hclt",
) -> Learned:
    """A circuit of `data`, its parameters learned by expectation maximisation.

    `structure` is a name in :data:`workbench.circuits.STRUCTURES`.

    Raises
    ------
    WorkbenchError
        As :func:`workbench.circuits.build_structure`.

    Examples
    --------
    >>> from workbench.data import load
    >>> learn(load("iris", bins=4), latents=2, epochs=1).history.n_rows
    2
    """
    on_progress(0.0, "building the structure")
    start = build_structure(structure, data, latents=latents, seed=seed)
    found = fit(
        start,
        data,
        epochs=epochs,
        seed=seed,
        on_progress=scaled(on_progress, 0.15, 1.0),
        checkpoints=checkpoints,
    )
    return Learned(data, found.circuit, found.history).measured()


def pruned(learned: Learned, keep: float, on_progress: Progress = silent) -> Pruned:
    """The circuit with the share `keep` of its sum edges, those of most flow.

    Examples
    --------
    >>> from workbench.data import load
    >>> learned = learn(load("iris"), latents=4, epochs=1)
    >>> pruned(learned, 0.5).circuit.n_edges < learned.circuit.n_edges
    True
    """
    on_progress(0.0, "measuring flows")
    return prune(learned.circuit, learned.data.train, keep=keep, by="flow", on_progress=on_progress)


def describe(
    data: Dataset,
    frame: pd.DataFrame,
    label: str,
    latents: int = 4,
    epochs: int = 20,
    seed: int = 0,
    max_rules: int = MAX_RULES,
    on_progress: Progress = silent,
    checkpoints: Checkpoints = NOWHERE,
) -> Described:
    """A short theory of the class `label`: learn it, prune and read it off, shorten it.

    `frame` is the table with its original values, in which the query is counted.

    Raises
    ------
    DataError
        When the class has no training or no test rows.

    Examples
    --------
    >>> from workbench.data import load
    >>> frame = original(load("iris"))
    >>> describe(load("iris", bins=4), frame, "setosa", latents=2, epochs=2).check.equal
    True
    """
    positives, background = data.rows_of("train", label), data.train
    if not len(positives) or not len(data.rows_of("test", label)):
        raise DataError(
            f"too few rows of class {label!r} in {data.name}",
            expected="at least one training row and one test row",
        )
    on_progress(0.05, f"learning the class {label}")
    start = hclt(positives, latents=latents, seed=seed, variables=data.variables)
    found = fit(
        start,
        positives,
        epochs=epochs,
        seed=seed,
        on_progress=scaled(on_progress, 0.1, 0.4),
        checkpoints=checkpoints,
    )
    long = putput(
        found.circuit,
        positives,
        background,
        max_rules=max_rules,
        on_progress=scaled(on_progress, 0.4, 0.8),
    )
    theory = contract(long, positives, background, on_progress=scaled(on_progress, 0.8, 0.95))
    on_progress(0.95, "counting in the database")
    return judged(data, frame, label, found.circuit, theory)


def judged(
    data: Dataset, frame: pd.DataFrame, label: str, circuit: Circuit, theory: Theory
) -> Described:
    """The theory with its measures on test rows and its query's count in `frame`."""
    found = measures(
        theory,
        data.rows_of("test", label),
        data.test,
        rows=data.test,
        labels=data.labels["test"] == data.classes.index(label),
    )
    return Described(data, label, circuit, theory, found, count_sql(theory, frame))


def rule_table(described: Described) -> Table:
    """One row per rule: its text, literals, units and the test rows it covers, of class and of all.

    Examples
    --------
    >>> from workbench.data import load
    >>> data = load("iris", bins=4)
    >>> found = describe(data, original(load("iris")), "setosa", latents=2, epochs=2)
    >>> rule_table(found).n_rows == found.theory.n_rules
    True
    """
    theory, data = described.theory, described.data
    alone = [Theory(theory.variables, rules_tree((rule,))) for rule in theory.rules]
    positives = data.rows_of("test", described.label)
    return Table(
        {
            "text": np.array([str(rule) for rule in alone], dtype=object),
            "literals": np.array([rule.n_literals for rule in alone], dtype=np.int64),
            "units": np.array([len(rule.units) for rule in theory.rules], dtype=np.int64),
            "of_class": np.array([int(rule.mask(positives).sum()) for rule in alone], np.int64),
            "of_all": np.array([int(rule.mask(data.test).sum()) for rule in alone], np.int64),
        }
    )


def original(data: Dataset) -> pd.DataFrame:
    """All rows of an unbinned dataset as a table; categories that are numbers become numbers.

    Examples
    --------
    >>> from workbench.data import load
    >>> original(load("digits")).shape
    (1797, 64)
    """
    import pandas as pd

    frame = decode(data, np.concatenate([data.train, data.valid, data.test]))
    for variable in data.variables:
        if variable.categories and all(map(_is_number, variable.categories)):
            frame[variable.name] = pd.to_numeric(frame[variable.name].astype(str), "coerce")
    return frame


def sampled(
    tasks: Sequence[Problem], n_samples: int, seed: int = 0, on_progress: Progress = silent
) -> Table:
    """Columns problem, correct and tokens of `n_samples` independent samples of each task."""
    runs = search_many(
        tasks, "best_of_n", params={"n": n_samples}, seed=seed, on_progress=on_progress
    )
    return records(outcomes(runs))


def repeated(
    tasks: Sequence[Problem],
    algorithm: str,
    params: Mapping[str, object],
    n_repeats: int,
    noise: float = 0.0,
    seed: int = 0,
    on_progress: Progress = silent,
) -> Table:
    """Columns problem, correct and tokens of whole runs: each run of a search is one sample."""
    parts = []
    for repeat in range(n_repeats):
        runs = search_many(
            tasks,
            algorithm,
            params=params,
            seed=seed + repeat,
            verifier=verifiers.Oracle(noise=noise, seed=seed + repeat),
        )
        on_progress((repeat + 1) / n_repeats, f"{algorithm}, repeat {repeat + 1} of {n_repeats}")
        parts.append([(task, run.solved, run.ledger.tokens or 0) for task, run in enumerate(runs)])
    columns = np.array([row for part in parts for row in part], dtype=np.int64)
    order = np.argsort(columns[:, 0], kind="stable")
    return records(dict(zip(("problem", "correct", "tokens"), columns[order].T, strict=True)))


def records(table: Mapping[str, FloatArray]) -> Table:
    """The columns problem, correct and tokens of `table` as whole numbers."""
    return Table({name: table[name].astype(np.int64) for name in ("problem", "correct", "tokens")})


def examples(
    tasks: Sequence[Problem], noise: float, seed: int = 0, on_progress: Progress = silent
) -> tuple[Run, ...]:
    """One run of each algorithm on the task at the first quarter of the graded `tasks`."""
    task = tasks[len(tasks) // 4]
    on_progress(0.0, task.prompt())
    noisy = verifiers.Oracle(noise=noise, seed=seed)
    return (
        search(task, "beam", params={"n": 12, "width": 4}, verifier=noisy, seed=seed),
        search(task, "best_of_n", params={"n": 24}, verifier=noisy, seed=seed),
    )


def graded_tasks(n_tasks: int, n_numbers: int, seed: int = 0) -> tuple[Problem, ...]:
    """Solvable Countdown problems, the easiest first."""
    return problems.countdown_set(n_tasks, size=n_numbers, seed=seed)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
