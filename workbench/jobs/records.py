"""The rows of jobs in a workspace: short transactions, every move by the table of moves."""

from __future__ import annotations

import contextlib
import json
import math
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from workbench.errors import ParameterError, WorkbenchError
from workbench.jobs.call import Call, call_from
from workbench.jobs.reports import Told, error_from
from workbench.jobs.state import Event, Status, after
from workbench.store import Workspace

SWEEP: Final = "sweep"  # the resource of a parent, which itself does nothing
PACE: Final = ".share"  # the share done, by milliseconds since 1970 instead of by step
PACE_MS: Final = 60_000
MAX_VALUES: Final = 10_000
MAX_WAITING: Final = 256  # looked at in one round: those behind a busy device must not hide others

_COLUMNS: Final = (
    *("id", "parent", "place", "task", "call", "resource", "status", "progress", "text", "error"),
    *("details", "result", "checkpoint", "save_as", "attempts", "holder", "beat", "created"),
    *("started", "ended", "changed"),
)
_NOW: Final = "(SELECT value FROM facts WHERE key = 'position')"
_SELECT: Final = f"SELECT {', '.join(_COLUMNS)} FROM jobs"  # noqa: S608  # constants


@dataclass(frozen=True)
class Record:
    """One row of the table of jobs."""

    id: int
    parent: int | None
    place: str
    task: str
    call: str
    resource: str
    status: Status
    progress: float | None
    text: str
    error: str | None
    details: str | None
    result: str | None
    checkpoint: str | None
    save_as: str | None
    attempts: int
    holder: str | None
    beat: float | None
    created: float
    started: float | None
    ended: float | None
    changed: int

    @property
    def is_sweep(self) -> bool:
        """Whether it is the parent of other jobs."""
        return self.resource == SWEEP

    @property
    def name(self) -> str:
        """What it is for: the name of its result, or its task."""
        return self.task if self.save_as is None else self.save_as

    @property
    def is_running(self) -> bool:
        """Whether a runner has it carried out."""
        return self.status is Status.RUNNING

    @property
    def is_gone(self) -> bool:
        """Whether nothing works at it, nor will."""
        return self.status.is_final and self.holder is None

    @property
    def what_to_do(self) -> Call:
        """Its call."""
        return call_from(self.call, f"job {self.id}")

    @property
    def grid(self) -> tuple[str, ...]:
        """The parameters that a sweep varies."""
        with contextlib.suppress(ValueError, RecursionError, AttributeError, TypeError):
            return tuple(str(name) for name in json.loads(self.call).get("grid", ()))
        return ()

    @property
    def reason(self) -> WorkbenchError | None:
        """Why it failed; None unless it did."""
        if self.status is not Status.FAILED:
            return None
        try:
            told = json.loads(self.error or "{}")
        except (ValueError, RecursionError):
            told = {}
        return error_from(told if isinstance(told, dict) else {})

    @property
    def seconds(self) -> float | None:
        """How long its last attempt has taken so far; None when there was none."""
        return None if self.started is None else (self.ended or time.time()) - self.started


def add(
    workspace: Workspace,
    call: Call,
    *,
    place: str,
    resource: str,
    save_as: str | None,
    parent: int | None = None,
    grid: Sequence[str] = (),
) -> int:
    """The number of a new row that waits; that of a sweep names the parameters of its `grid`."""
    text = json.dumps({**json.loads(call.text), "grid": list(grid)}) if grid else call.text
    with workspace.transaction() as cursor:
        cursor.execute(
            "INSERT INTO jobs (parent, place, task, call, resource, status, progress, save_as,"
            " created) VALUES (?, ?, ?, ?, ?, ?, 0, ?, ?)",
            (parent, place, call.task, text, resource, Status.QUEUED, save_as, time.time()),
        )
        number: int = cursor.connection.last_insert_rowid()
    return number


def record(workspace: Workspace, job: int) -> Record:
    """The row of `job`.

    Raises
    ------
    ParameterError
        When there is none.
    """
    found = find(workspace, job)
    if found is None:
        raise ParameterError(
            f"there is no job {job} in {workspace.name}", expected="the number of one of its jobs"
        )
    return found


def find(workspace: Workspace, job: int) -> Record | None:
    """The row of `job`, or None when there is none."""
    return next(iter(_records(workspace, "WHERE id = ?", (job,))), None)


def records(
    workspace: Workspace, place: str | None = None, *, parent: int | None = None
) -> tuple[Record, ...]:
    """The rows that are part of no sweep, or those of one, newest first; cells in their order."""
    if parent is not None:
        return _records(workspace, "WHERE parent = ? ORDER BY id", (parent,))
    return _records(
        workspace,
        "WHERE parent IS NULL AND place = coalesce(?, place) ORDER BY id DESC",
        (place,),
    )


def waiting(workspace: Workspace, tasks: Iterable[str]) -> tuple[Record, ...]:
    """Rows to begin with, single jobs before cells and older before newer; not all of very many."""
    return _records(
        workspace,
        "WHERE status = ? AND holder IS NULL AND resource != ?"
        " AND task IN (SELECT value FROM json_each(?))"
        " ORDER BY parent IS NOT NULL, id LIMIT ?",
        (Status.QUEUED, SWEEP, json.dumps(sorted(tasks)), MAX_WAITING),
    )


def unknown(workspace: Workspace, tasks: Iterable[str]) -> tuple[Record, ...]:
    """Rows that wait, of tasks that are not among `tasks`, and do not say so yet."""
    return _records(
        workspace,
        "WHERE status = ? AND resource != ? AND text = ''"
        " AND task NOT IN (SELECT value FROM json_each(?))",
        (Status.QUEUED, SWEEP, json.dumps(sorted(tasks))),
    )


def beat(workspace: Workspace, holder: str, now: float) -> None:
    """Nothing; the runner called `holder` lives at `now`, in seconds since 1970."""
    with workspace.transaction(durable=False) as cursor:
        cursor.execute("UPDATE jobs SET beat = ? WHERE holder = ?", (now, holder))


def held(workspace: Workspace, holder: str | None = None) -> tuple[Record, ...]:
    """Rows that some runner, or the one called `holder`, has taken."""
    return _records(
        workspace, "WHERE holder IS NOT NULL AND holder = coalesce(?, holder)", (holder,)
    )


def move(workspace: Workspace, job: int, event: Event, **columns: Any) -> bool:
    """Whether `event` changed the status of `job`; if so, `columns` are written with it."""
    return move_all(workspace, (job,), event, **columns) > 0


def move_all(workspace: Workspace, jobs: Iterable[int], event: Event, **columns: Any) -> int:
    """How many of `jobs` changed their status by `event`; their sweeps follow them."""
    with workspace.transaction():
        moved = [row for job in jobs if (row := _moved(workspace, job, event, columns))]
        for parent in {row.parent for row in moved if row.parent is not None}:
            fold(workspace, parent)
    return len(moved)


def _moved(
    workspace: Workspace, job: int, event: Event, columns: Mapping[str, Any]
) -> Record | None:
    """The row as it was, when `event` changed its status."""
    row = record(workspace, job)
    status = after(row.status, event)
    if status is row.status:
        return None
    ends = {"ended": time.time()} if status.is_final else {}
    change(workspace, job, **{"status": status, **ends, **columns})
    return row


def change(workspace: Workspace, job: int, **columns: Any) -> None:
    """Write `columns` of the row of `job`."""
    names = ", ".join([*(f"{name} = :{name}" for name in columns), f"changed = {_NOW}"])
    with workspace.transaction() as cursor:
        cursor.execute(
            f"UPDATE jobs SET {names} WHERE id = :id",  # noqa: S608  # names are keywords
            {**columns, "id": job},
        )


def fold(workspace: Workspace, parent: int) -> None:
    """Nothing; the row of a sweep says what its cells together are."""
    rows = workspace.rows(
        "SELECT status, count(*), sum(CASE status WHEN 'done' THEN 1.0 ELSE coalesce(progress, 0)"
        " END), min(started), max(ended) FROM jobs WHERE parent = ? GROUP BY status",
        (parent,),
    )
    counts = {Status(row[0]): int(row[1]) for row in rows}
    total = sum(counts.values())
    status = folded(counts)
    started = [row[3] for row in rows if row[3] is not None]
    ended = [row[4] for row in rows if row[4] is not None]
    progress = sum(row[2] for row in rows) / max(total, 1)
    _keep_pace(workspace, parent, progress)
    change(
        workspace,
        parent,
        status=status,
        progress=progress,
        text=_counted(counts, total),
        started=min(started, default=None),
        ended=max(ended, default=None) if status.is_final else None,
    )


def folded(counts: Mapping[Status, int]) -> Status:
    """The status of a sweep with so many cells of each status.

    Examples
    --------
    >>> folded({Status.DONE: 3, Status.QUEUED: 1}), folded({Status.DONE: 3, Status.FAILED: 1})
    (<Status.RUNNING: 'running'>, <Status.FAILED: 'failed'>)
    """
    present = {status for status, n in counts.items() if n}
    if present <= {Status.QUEUED}:
        return Status.QUEUED
    if present & {Status.QUEUED, Status.RUNNING}:
        return Status.RUNNING
    return next(s for s in (Status.FAILED, Status.CANCELLED, Status.DONE) if s in present)


def _counted(counts: Mapping[Status, int], total: int) -> str:
    others = (Status.RUNNING, Status.FAILED, Status.CANCELLED)
    told = [f"{counts[status]} {status}" for status in others if counts.get(status)]
    return ", ".join([f"{counts.get(Status.DONE, 0)} of {total} done", *told])


def add_reports(workspace: Workspace, row: Record, reports: Sequence[Told]) -> None:
    """Nothing; what a running job told is written, the last share and text into its row."""
    if not reports:
        return
    job = row.id
    values = [
        (job, told.step, name, value) for told in reports for name, value in told.values.items()
    ]
    last = reports[-1]
    text = next((told.text for told in reversed(reports) if told.text), None)
    with workspace.transaction(durable=False) as cursor:
        cursor.executemany("INSERT OR REPLACE INTO job_values VALUES (?, ?, ?, ?)", values)
        _keep_pace(workspace, job, last.share)
        change(workspace, job, progress=last.share, **({} if text is None else {"text": text}))
        if row.parent is not None:
            fold(workspace, row.parent)


def _keep_pace(workspace: Workspace, job: int, share: float) -> None:
    """One point for each second of the last minute; the newest is always there."""
    now_ms = int(time.time() * 1000)
    with workspace.transaction(durable=False) as cursor:
        cursor.execute(
            "DELETE FROM job_values WHERE job = ? AND name = ? AND (step < ? OR value > ? OR"
            " step IN (SELECT max(step) FROM job_values WHERE job = ? AND name = ?"
            " HAVING max(step) / 1000 = ? AND count(*) > 1))",
            (job, PACE, now_ms - PACE_MS, share, job, PACE, now_ms // 1000),
        )
        cursor.execute(
            "INSERT OR REPLACE INTO job_values VALUES (?, ?, ?, ?)", (job, now_ms, PACE, share)
        )


def forget_reports(workspace: Workspace, job: int, step: int) -> None:
    """Nothing; values reported after `step` are void, and so is the pace."""
    with workspace.transaction(durable=False) as cursor:
        cursor.execute(
            "DELETE FROM job_values WHERE job = ? AND (step > ? OR name = ?)", (job, step, PACE)
        )
        change(workspace, job)


def values(workspace: Workspace, job: int) -> dict[str, tuple[float, ...]]:
    """What `job` reported, by name, in order of time."""
    found: dict[str, list[float]] = {}
    rows = workspace.rows(
        "SELECT name, value FROM job_values WHERE job = ? AND name NOT LIKE '.%' ORDER BY step",
        (job,),
    )
    for name, value in rows:
        found.setdefault(name, []).append(math.nan if value is None else value)
    return {name: tuple(points[-MAX_VALUES:]) for name, points in found.items()}


def last_values(workspace: Workspace, parent: int) -> dict[int, dict[str, float]]:
    """The last value of each name, for each cell of a sweep."""
    found: dict[int, dict[str, float]] = {}
    rows = workspace.rows(
        "SELECT job, name, value, max(step) FROM job_values"
        " WHERE job IN (SELECT id FROM jobs WHERE parent = ?) AND name NOT LIKE '.%'"
        " GROUP BY job, name",
        (parent,),
    )
    for job, name, value, _ in rows:
        found.setdefault(job, {})[name] = math.nan if value is None else value
    return found


def points(workspace: Workspace, job: int) -> tuple[tuple[float, float], ...]:
    """The (seconds, share) of the last minute of work."""
    rows = workspace.rows(
        "SELECT step / 1000.0, value FROM job_values WHERE job = ? AND name = ? ORDER BY step",
        (job, PACE),
    )
    return tuple((float(seconds), float(share)) for seconds, share in rows)


def _records(workspace: Workspace, where: str, bindings: Sequence[Any]) -> tuple[Record, ...]:
    rows = workspace.rows(f"{_SELECT} {where}", bindings)
    return tuple(_record(row) for row in rows)


def _record(row: Sequence[Any]) -> Record:
    fields = dict(zip(_COLUMNS, row, strict=True))
    known = fields["status"] in set(Status)  # in a file that somebody made, anything may stand
    return Record(**{**fields, "status": Status(fields["status"]) if known else Status.FAILED})
