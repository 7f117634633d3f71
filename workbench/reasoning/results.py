"""Outcomes: which answers of which runs were correct, and what each cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from workbench.core.arrays import AnyArray, IdArray, frozen
from workbench.core.tables import Table
from workbench.reasoning.events import Answer
from workbench.reasoning.run import Run


def outcomes(runs: Sequence[Run]) -> Table:
    """A table with one row for each answer of each run, in the order they were found.

    Columns are `problem` (runs of one task share a number, counted in order of
    appearance), `run` (place in `runs`), `sample` (counts answers of a problem
    from 0), `correct`, `selected` (whether the run returned it) and `tokens`
    generated along the path to it.

    Examples
    --------
    >>> from workbench.reasoning import problems, search
    >>> run = search(problems.countdown([2, 3], 6), "best_of_n", params={"n": 4})
    >>> outcomes([run])["tokens"].tolist()
    [11, 11, 11, 11]
    """
    problems: dict[str, int] = {}
    n_samples: dict[int, int] = {}
    rows: list[tuple[int, int, int, bool, bool, int]] = []
    for place, run in enumerate(runs):
        problem = problems.setdefault(run.task.hash, len(problems))
        for correct, selected, tokens in _answers(run):
            sample = n_samples.get(problem, 0)
            n_samples[problem] = sample + 1
            rows.append((problem, place, sample, correct, selected, tokens))
    names = ("problem", "run", "sample", "correct", "selected", "tokens")
    kinds = (np.int64, np.int64, np.int64, np.bool_, np.bool_, np.int64)
    columns = list(zip(*rows, strict=True)) or [()] * len(names)
    return Table(
        {
            name: np.array(column, dtype=kind)
            for name, kind, column in zip(names, kinds, columns, strict=True)
        }
    )


def counts(table: Mapping[str, AnyArray]) -> IdArray:
    """(samples, correct samples) of each problem in an outcomes `table`, shape (problem, 2).

    Examples
    --------
    >>> counts({"problem": np.array([0, 0, 1]), "correct": np.array([True, False, True])})
    array([[2, 1],
           [1, 1]])
    """
    problem = table["problem"]
    n_samples = np.bincount(problem)
    n_correct = np.bincount(problem, weights=table["correct"])
    return frozen(np.stack([n_samples, n_correct], axis=1), np.int64)


def _answers(run: Run) -> list[tuple[bool, bool, int]]:
    tree = run.tree
    found = []
    for event in run.events.of(Answer):
        row = tree.row(event.node)
        path = tree.path(row)
        tokens = int(tree.tokens[path].sum())
        found.append((event.correct is True, bool(tree.selected[row]), tokens))
    return found
