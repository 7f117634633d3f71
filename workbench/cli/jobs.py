"""workbench jobs: what runs in a study, watched, cancelled and resumed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from workbench.cli import complete
from workbench.cli.console import AsJson, answer, complain, print_facts, print_rows, rows_of
from workbench.cli.stored import Place, cell_words, followed, opened
from workbench.cli.study import when
from workbench.core.lists import whole_numbers

if TYPE_CHECKING:
    from workbench.jobs import Job, OpenStudy

UNITS = {
    "progress": "share",
    "rate": "share per second",
    "remaining": "seconds",
    "created": "seconds since 1970-01-01 UTC",
}

Number = Annotated[
    int, typer.Argument(help="The number of a job.", autocompletion=complete.job_ids)
]
Numbers = Annotated[
    list[str],
    typer.Argument(help="Numbers of jobs, or ranges as 2..9.", autocompletion=complete.job_ids),
]


def list_jobs(study: Place, as_json: AsJson = False) -> None:
    """List the jobs of a study, the newest first.

    With --json: jobs, each with id, name, task, status, progress, text, created, started,
    ended, place, save_as, error and cells (of a sweep, else 0).
    """
    with opened(study) as found:
        told = [job_facts(job) for job in found.jobs()]
    answer(
        {"jobs": told},
        lambda: _print_list(told) if told else typer.echo("no jobs"),
        as_json=as_json,
        units=UNITS,
    )


def show(study: Place, number: Number, as_json: AsJson = False) -> None:
    """Tell everything of a job: how it goes, what it was given, its cells when it is a sweep.

    With --json: as list, and rate, remaining, attempts, arguments, values (all that were
    reported, by name), table (rows of a sweep, else null) and resumable.
    """
    with opened(study) as found:
        job = found.job(number)
        told, table = everything(job), job.table()

        def words() -> None:
            _print_facts(told)
            if table is not None:
                typer.echo()
                print_rows(*cell_words(table, list(range(table.n_rows))))

        answer(told, words, as_json=as_json, units=UNITS)


def watch(study: Place, number: Number, as_json: AsJson = False) -> None:
    """Follow a job that another program runs until it ends; the exit code is 1 unless it is done.

    Ctrl+C stops watching and leaves the job alone. With --json: as show.
    """
    with opened(study) as found:
        job = found.job(number)
        _end(_watched(job, quiet=as_json), as_json=as_json)


def cancel(study: Place, numbers: Numbers, as_json: AsJson = False) -> None:
    """Cancel jobs; what they did so far is kept, so that they can be resumed.

    With --json: jobs, as list.
    """
    with opened(study) as found:
        jobs = _jobs(found, numbers)
        for job in jobs:
            job.cancel()
        _told_all(jobs, as_json=as_json)


def resume(
    study: Place,
    numbers: Numbers,
    later: Annotated[
        bool,
        typer.Option("--later", help="Let the program that serves the study carry them out."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Go on with jobs that failed or were cancelled, from where they were.

    They are carried out here, with a progress bar, unless --later. With --json: jobs, as list.
    """
    with opened(study, run=not later) as found:
        jobs = _jobs(found, numbers)
        for job in jobs:
            job.resume()
        _carry_out(found, [] if later else jobs, quiet=as_json, cancels=True)
        _told_all(jobs, as_json=as_json)


def run(study: Place, as_json: AsJson = False) -> None:
    """Carry out all jobs of a study that wait, such as those of a server that was stopped.

    Ctrl+C stops; what is not done then waits again, with its last state. With --json:
    jobs, as list.
    """
    with opened(study, run=True) as found:
        waiting = [job for job in found.jobs()[::-1] if not job.is_gone]
        _carry_out(found, waiting, quiet=as_json, cancels=False)
        _told_all(waiting, as_json=as_json)


COMMANDS: Mapping[str, Callable[..., None]] = {
    "list": list_jobs,
    "show": show,
    "watch": watch,
    "cancel": cancel,
    "resume": resume,
    "run": run,
}


def job_facts(job: Job) -> dict[str, Any]:
    """What a list says of a job."""
    now = job.now
    return {
        "id": job.id,
        "name": job.name,
        "task": job.task,
        "status": str(now.status),
        "progress": now.progress,
        "text": now.text,
        "created": job.created,
        "started": job.started,
        "ended": job.ended,
        "place": job.place,
        "save_as": job.save_as,
        "error": None if now.error is None else str(now.error),
        "cells": len(job.children),
    }


def everything(job: Job) -> dict[str, Any]:
    """All that is known of a job."""
    from workbench.jobs import Ref

    now, table = job.now, job.table()
    arguments = job.call.arguments
    return job_facts(job) | {
        "rate": now.rate,
        "remaining": now.remaining_s,
        "attempts": now.attempts,
        "arguments": {
            name: at.hash if isinstance(at, Ref) else at for name, at in arguments.items()
        },
        "values": now.values,
        "table": None if table is None else rows_of(table),
        "resumable": now.status.is_resumable,
    }


def _jobs(study: OpenStudy, given: Sequence[str]) -> list[Job]:
    found = [number for text in given for number in whole_numbers(text, "the numbers of jobs")]
    return [study.job(number) for number in dict.fromkeys(found)]


def _carry_out(study: OpenStudy, jobs: Sequence[Job], *, quiet: bool, cancels: bool) -> None:
    if jobs:
        study.run()
    for job in jobs:
        _watched(job, quiet=quiet, cancels=cancels)


def _watched(job: Job, *, quiet: bool, cancels: bool = False) -> Job:
    """`job`, once it has ended; Ctrl+C cancels it or, unless it `cancels`, only stops watching."""
    from workbench.errors import WorkbenchError

    try:
        return followed(job, quiet=quiet, cancels=cancels)
    except WorkbenchError:
        return job  # its end is told with its facts


def _end(job: Job, *, as_json: bool) -> None:
    told = everything(job)
    answer(told, lambda: _print_facts(told), as_json=as_json, units=UNITS)
    if told["status"] != "done":
        raise typer.Exit(1)


def _told_all(jobs: Sequence[Job], *, as_json: bool) -> None:
    """Says what became of jobs; the exit code is 1 when one failed."""
    told = [job_facts(job) for job in jobs]
    answer(
        {"jobs": told},
        lambda: _print_list(told) if told else typer.echo("no jobs"),
        as_json=as_json,
        units=UNITS,
    )
    failed = [each for each in told if each["status"] == "failed"]
    for each in failed:
        complain(f"job {each['id']}: {each['error'] or each['text']}")
    if failed:
        raise typer.Exit(1)


def _print_list(told: Sequence[Mapping[str, Any]]) -> None:
    print_rows(
        ("job", "name", "task", "status", "progress", "submitted", ""),
        [
            (
                *(each[name] for name in ("id", "name", "task", "status")),
                f"{100 * each['progress']:.0f} %",
                when(each["created"]),
                each["error"] or each["text"],
            )
            for each in told
        ],
    )


def _print_facts(told: Mapping[str, Any]) -> None:
    facts = {
        "job": told["id"],
        "name": told["name"],
        "task": told["task"],
        "status": f"{told['status']}, {100 * told['progress']:.0f} %",
        "doing": told["text"],
        "submitted": when(told["created"]),
        "error": told["error"],
        **{f"given {name}": value for name, value in told["arguments"].items()},
        **{f"last {name}": values[-1] for name, values in told["values"].items() if values},
    }
    print_facts({name: value for name, value in facts.items() if value not in {None, ""}})
