"""workbench search."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer

from workbench.cli.console import print_facts, progress_bar
from workbench.errors import ParameterError

TASK = re.compile(r"\s*(\d{1,9}(?:[\s,]+\d{1,9})*)\s*->\s*(\d{1,9})\s*")


def search(
    task: Annotated[str, typer.Option(help='Countdown: "3 7 5 9 -> 24".')],
    algorithm: Annotated[str, typer.Option(help="Name of a search algorithm.")] = "beam",
    tokens: Annotated[int, typer.Option(min=1, help="Tokens that may be generated.")] = 4000,
    seed: Annotated[int, typer.Option(help="Equal seeds give equal searches.")] = 0,
    out: Annotated[Path | None, typer.Option(help="Save the run as .jsonl.")] = None,
) -> None:
    """Search for an expression that reaches a number, and say what it cost."""
    from workbench.reasoning import Budget, problems, save_run
    from workbench.reasoning import search as run_search

    numbers, target = parse_task(task)
    with progress_bar("Searching") as report:
        run = run_search(
            problems.countdown(numbers, target),
            algorithm,
            budget=Budget(tokens=tokens),
            seed=seed,
            on_progress=report,
        )
    if out is not None:
        save_run(run, out)
    print_facts(
        {
            "answer": run.answer or "none",
            "solved": "yes" if run.solved else "no",
            "ended": run.status,
            "nodes": f"{run.tree.n_nodes:,}",
            "tokens": f"{run.ledger.tokens:,} of {tokens:,}",
        }
        | ({} if out is None else {"saved": out})
    )


def parse_task(text: str) -> tuple[list[int], int]:
    """The numbers and the target written as "3 7 5 9 -> 24".

    Raises
    ------
    ParameterError
        When the text is not of that form.

    Examples
    --------
    >>> parse_task("3 7, 5 9 -> 24")
    ([3, 7, 5, 9], 24)
    """
    match = TASK.fullmatch(text)
    if match is None:
        raise ParameterError(
            "cannot read the task", given=repr(text[:80]), expected="numbers -> target"
        )
    return [int(number) for number in re.split(r"[\s,]+", match[1])], int(match[2])
