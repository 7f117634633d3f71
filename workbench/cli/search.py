"""workbench search."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from workbench.cli import complete
from workbench.cli.bar import progress_bar
from workbench.cli.console import AsJson, answer, print_facts
from workbench.cli.stored import InStudy, SaveAs, as_job, kept_facts
from workbench.errors import ParameterError

if TYPE_CHECKING:
    from workbench.reasoning import Run

TASK = re.compile(r"\s*(\d{1,9}(?:[\s,]+\d{1,9})*)\s*->\s*(\d{1,9})\s*")


def search(
    task: Annotated[str, typer.Option(help='Countdown: "3 7 5 9 -> 24".')],
    algorithm: Annotated[
        str,
        typer.Option(help="Name of a search algorithm.", autocompletion=complete.algorithms),
    ] = "beam",
    tokens: Annotated[int, typer.Option(min=1, help="Tokens that may be generated.")] = 4000,
    seed: Annotated[int, typer.Option(help="Equal seeds give equal searches.")] = 0,
    out: Annotated[Path | None, typer.Option(help="Save the run as .jsonl.")] = None,
    study: InStudy = None,
    save_as: SaveAs = None,
    as_json: AsJson = False,
) -> None:
    """Search for an expression that reaches a number, and say what it cost.

    With --json: answer (null when there is none), solved, ended, nodes, tokens,
    tokens_allowed, algorithm, seed and saved; with a study also study, item and job.
    """
    from workbench.reasoning import Budget, problems, save_run
    from workbench.reasoning import search as run_search

    numbers, target = parse_task(task)
    asked: dict[str, Any] = {
        "task": problems.countdown(numbers, target),
        "algorithm": algorithm,
        "budget": Budget(tokens=tokens),
        "seed": seed,
    }
    kept: dict[str, Any] = {}
    if study is None:
        with progress_bar("Searching", quiet=as_json) as report:
            run = run_search(**asked, on_progress=report)
    else:
        name = save_as or f"run of {algorithm}"
        run, kept = as_job(study, "reasoning.search", name, quiet=as_json, **asked)
    saved = None if out is None else save_run(run, out)
    told = run_facts(run) | {
        "algorithm": algorithm,
        "seed": seed,
        "tokens_allowed": tokens,
        "saved": saved,
        **kept,
    }
    answer(told, lambda: print_run(told), as_json=as_json)


def run_facts(run: Run) -> dict[str, Any]:
    """What a search found and what it cost."""
    return {
        "answer": run.answer or None,
        "solved": bool(run.solved),
        "ended": run.status,
        "nodes": run.tree.n_nodes,
        "tokens": run.ledger.tokens,
    }


def print_run(told: dict[str, Any]) -> None:
    """Nothing; the facts of :func:`run_facts` are printed in words."""
    print_facts(
        {
            "answer": told["answer"] or "none",
            "solved": "yes" if told["solved"] else "no",
            "ended": told["ended"],
            "nodes": f"{told['nodes']:,}",
            "tokens": f"{told['tokens']:,} of {told['tokens_allowed']:,}",
        }
        | kept_facts(told)
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
