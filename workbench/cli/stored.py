"""Studies from the shell: opened, their jobs followed in the foreground, cancelled by Ctrl+C."""

from __future__ import annotations

import re
import shlex
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from workbench.cli import bar, complete
from workbench.cli.console import grid, note
from workbench.core.units import number
from workbench.errors import Cancelled, WorkbenchError

if TYPE_CHECKING:
    from rich.console import RenderableType

    from workbench.core.tables import Table
    from workbench.jobs import Job, OpenStudy, Snapshot

Place = Annotated[
    Path, typer.Argument(help="The folder of a study.", autocompletion=complete.studies)
]
InStudy = Annotated[
    Path | None,
    typer.Option(
        "--study",
        help="Run as a job of this study, which keeps inputs and result.",
        autocompletion=complete.studies,
    ),
]
SaveAs = Annotated[
    str | None, typer.Option("--save-as", help="What the result is called in the study.")
]

DOOR = "shell"
# Their tasks and kinds of values may be in any study.
MODULES = ("workbench.studies", "workbench.studies.cells", "workbench.studies.tasks")
LOOK_S = 0.1
CANCEL_S = 10.0  # for a worker to be gone
INTERRUPTED = 130  # the exit code that shells expect after Ctrl+C
HEAD_LINES = 4  # of a terminal that a live table leaves free
ADDRESS = re.compile(r"(.+\.wb):(.+?)(?:@(\d{1,18}))?")


@contextmanager
def opened(path: Path, *, run: bool = False, create: bool = False) -> Iterator[OpenStudy]:
    """The study in the folder `path`, with a runner for its jobs when `run`.

    Raises
    ------
    FormatError
        When there is none, unless it may `create` one.
    """
    from workbench.jobs import open as open_study
    from workbench.store import note_recent

    for module in MODULES:
        import_module(module)
    with open_study(path, run=run, create=create, door=DOOR, modules=MODULES) as study:
        for repair in study.repairs:
            note(f"repaired: {repair}")
        with suppress(WorkbenchError):  # a list of studies that cannot be written is no obstacle
            note_recent(path)
        yield study


def item(address: str) -> tuple[Path, str, int | None] | None:
    """The folder, name and revision of an item such as ``study.wb:circuit@3``, else None.

    Examples
    --------
    >>> item("study.wb:pruned circuit"), item("circuit.wbc")
    ((PosixPath('study.wb'), 'pruned circuit', None), None)
    """
    match = ADDRESS.fullmatch(address)
    if match is None:
        return None
    folder, name, revision = match.groups()
    return Path(folder), name, int(revision) if revision else None


def read_item(address: str) -> Any:
    """The value of an item such as ``study.wb:circuit@3``; None when it is no such address."""
    found = item(address)
    if found is None:
        return None
    folder, name, revision = found
    with opened(folder) as study:
        return study.load(name, number=revision)


def as_job(
    path: Path, task: str, name: str, /, *, quiet: bool, **arguments: Any
) -> tuple[Any, dict[str, Any]]:
    """The result of a task run as a job of a study, and what is told of where it is kept."""
    with opened(path, run=True, create=True) as study:
        job = followed(study.submit(task, save_as=name, **arguments), quiet=quiet)
        return job.result(), {"study": path, "item": name, "job": job.id}


def kept_facts(told: Mapping[str, Any]) -> dict[str, object]:
    """Where a result is: in which file, and in which study under which name."""
    kept = {} if told["saved"] is None else {"saved": told["saved"]}
    return kept | ({"kept": f"{told['study']}:{told['item']}"} if "study" in told else {})


def followed(job: Job, *, quiet: bool, cancels: bool = True) -> Job:
    """`job`, after it is done; until then standard error shows how it goes unless `quiet`.

    Ctrl+C ends the command. It `cancels` the job, too, and says how to go on, or leaves it.

    Raises
    ------
    WorkbenchError
        Its own error when it failed.
    Cancelled
        When another program cancelled it.
    """
    try:
        _shown_until_gone(job, quiet=quiet)
    except KeyboardInterrupt:
        if cancels:
            job.cancel()
            job.wait(CANCEL_S)
            note(f"\ncancelled; what was done is kept. Go on with: {resume_line(job)}")
        raise typer.Exit(INTERRUPTED) from None
    if str(job.status) == "done" or job.is_sweep:
        return job
    raise job.error or Cancelled()


def resume_line(job: Job) -> str:
    """The command that goes on with `job`."""
    return shlex.join(["workbench", "jobs", "resume", str(job.workspace.path), str(job.id)])


def _shown_until_gone(job: Job, *, quiet: bool) -> None:
    if quiet:
        job.wait()
    elif sys.stderr.isatty():
        _watch(job)
    else:
        report = bar.printed(job.name, note)
        while not job.is_gone:
            report(job.progress, job.text)
            time.sleep(LOOK_S)


def _watch(job: Job) -> None:
    """A bar, or the live table of a sweep."""
    from rich.console import Console
    from rich.live import Live

    from workbench.jobs import watch

    console = Console(stderr=True)
    if not job.is_sweep:
        watch(job, console=console)
        job.wait()
        return
    with Live(console=console, auto_refresh=False) as live:
        while True:
            is_gone = job.is_gone
            live.update(live_table(job, most=max(console.height - HEAD_LINES, 4)), refresh=True)
            if is_gone:
                return
            time.sleep(2 * LOOK_S)


def live_table(job: Job, most: int) -> RenderableType:
    """How a sweep goes in one line, and below it its cells: at most so many, busy ones first."""
    from rich.console import Group
    from rich.text import Text

    now, table = job.now, job.table()
    head = ", ".join(filter(None, (f"{job.name}: {now.text}", told_pace(now))))
    if table is None:
        return Text(head)
    shown = busiest(table["status"].tolist(), most)
    left = table.n_rows - len(shown)
    rest = [Text(f"and {left:,} more")] if left else []
    return Group(Text(head), grid(*cell_words(table, shown)), *rest)


def told_pace(now: Snapshot) -> str:
    """The rate and the time that remains, in words; nothing while they are not known."""
    known = now.rate is not None and now.remaining_s is not None
    return bar.told_pace(now.rate or 0.0, now.remaining_s or 0.0) if known else ""


def busiest(statuses: list[str], most: int) -> list[int]:
    """Places of at most so many cells, in their order: running and failed ones before others.

    Examples
    --------
    >>> busiest(["done", "queued", "running", "failed"], 2)
    [2, 3]
    """
    order = ("running", "failed", "cancelled", "done", "queued")
    ranked = sorted(range(len(statuses)), key=lambda place: order.index(statuses[place]))
    return sorted(ranked[:most])


def cell_words(table: Table, places: list[int]) -> tuple[list[str], list[list[str]]]:
    """Names of columns and the cells of some rows of a sweep's table, as words."""
    columns = [name for name in table if name not in {"result", "text"}]
    columns = [name for name in columns if any(_is_told(table[name][at]) for at in places)]
    return columns, [[_word(name, table[name][at]) for name in columns] for at in places]


def _is_told(value: Any) -> bool:
    return bool(value == value and value != "")  # noqa: PLR0124  # NaN is not equal to itself


def _word(name: str, value: Any) -> str:
    if name == "progress":
        return f"{100 * value:.0f} %"
    if hasattr(value, "dtype") and value.dtype.kind == "f":
        return number(float(value), 4) if _is_told(value) else ""
    return str(value)
