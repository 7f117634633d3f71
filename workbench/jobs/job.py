"""Job: the handle of a stored call, from whichever door and process."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any, Final

from workbench.core.tables import Table
from workbench.errors import Cancelled, WorkbenchError
from workbench.jobs import records
from workbench.jobs.call import Call
from workbench.jobs.cells import cells_table
from workbench.jobs.records import Record
from workbench.jobs.snapshot import Snapshot, pace
from workbench.jobs.state import Event, Status
from workbench.jobs.waking import wake
from workbench.store import Revision, Workspace

_LOOK_S: Final = 0.03


class Job:
    """A call that a workspace keeps, with how it goes and what came of it.

    The handle holds nothing itself: two of them, in two processes, say the same.

    Parameters
    ----------
    workspace
        Where the job is.
    id
        Its number there.

    Raises
    ------
    ParameterError
        When there is no such job.

    Examples
    --------
    ::

        job = submit(workspace, learning.fit, circuit, data, save_as="circuit")
        job.progress, job.values["train"][-1], job.now.remaining_s
        job.cancel(); job.resume()
        fit = job.result()
    """

    def __init__(self, workspace: Workspace, id: int) -> None:  # noqa: A002  # what it is called
        self.workspace = workspace
        self.id = id
        first = records.record(workspace, id)
        self.name, self.task = first.name, first.task
        self.place, self.save_as = first.place, first.save_as
        self.parent, self.created, self.is_sweep = first.parent, first.created, first.is_sweep
        self._known: tuple[int, Snapshot] | None = None

    def __repr__(self) -> str:
        return f"Job({self.id}, {self.task!r}, {self.status})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Job):
            return NotImplemented
        return self.id == other.id and self.workspace.path == other.workspace.path

    def __hash__(self) -> int:
        return hash((self.workspace.path, self.id))

    @property
    def call(self) -> Call:
        """What it does."""
        return self._row.what_to_do

    @property
    def now(self) -> Snapshot:
        """Everything known of the job at this moment."""
        row = self._row
        if self._known is None or self._known[0] != row.changed:
            self._known = row.changed, _snapshot(self.workspace, row)
        return self._known[1]

    @property
    def status(self) -> Status:
        """Where the job is."""
        return self._row.status

    @property
    def progress(self) -> float:
        """The share done, in [0, 1]."""
        return self._row.progress or 0.0

    @property
    def text(self) -> str:
        """What it is doing, in a few words."""
        return self._row.text

    @property
    def values(self) -> Mapping[str, tuple[float, ...]]:
        """What the function reported so far, by name."""
        return self.now.values

    @property
    def error(self) -> WorkbenchError | None:
        """Why it failed; None unless it did."""
        return self._row.reason

    @property
    def is_gone(self) -> bool:
        """Whether no worker is at it, nor will be."""
        rows = self._cells or (self._row,)
        return all(row.is_gone for row in rows)

    @property
    def started(self) -> float | None:
        """When its last attempt began, in seconds since 1970; None before."""
        return self._row.started

    @property
    def ended(self) -> float | None:
        """When it ended, in seconds since 1970; None before."""
        return self._row.ended

    @property
    def children(self) -> tuple[Job, ...]:
        """The cells of a sweep, in the order of its grid; none for other jobs."""
        return tuple(Job(self.workspace, row.id) for row in self._cells)

    @property
    def result_hash(self) -> str | None:
        """The hash of the result; None before there is one."""
        return self._row.result

    @property
    def revision(self) -> Revision | None:
        """The revision that holds the result; None before, and where no name was asked for."""
        row = self._row
        if row.result is None or row.save_as is None:
            return None
        found = self.workspace.find(row.result)
        return next((each for each in found if each.name == row.save_as), None)

    def result(self, timeout_s: float | None = None) -> Any:
        """What the function returned, once it has; of a sweep, the table of its cells.

        Raises
        ------
        Cancelled
            When the job was cancelled.
        WorkbenchError
            The job's own error, or that `timeout_s` seconds passed first.
        """
        if not _until(lambda: self.status.is_final, timeout_s):
            raise WorkbenchError(
                f"{self.name} has no result yet",
                given=f"{timeout_s} seconds of patience",
                remedy="Wait longer, or cancel the job.",
            )
        row = self._row
        if row.is_sweep:
            return self.table()
        if row.status is Status.CANCELLED:
            raise Cancelled
        if row.result is None:
            raise row.reason or WorkbenchError(f"{self.name} has no result")
        return self.workspace.get(row.result)

    def wait(self, timeout_s: float | None = None) -> bool:
        """Whether the worker is gone within `timeout_s` seconds."""
        return _until(lambda: self.is_gone, timeout_s)

    def cancel(self) -> bool:
        """Whether the job is cancelled now; its worker is gone within two seconds.

        Of a sweep, all cells that have not ended are.
        """
        self._move(Event.CANCEL)
        return self.status is Status.CANCELLED

    def resume(self) -> bool:
        """Whether a job that failed or was cancelled waits again, to go on from its last state.

        Of a sweep, all such cells do.
        """
        fresh: dict[str, Any] = {"attempts": 0, "error": None, "details": None, "ended": None}
        has_changed = self._move(Event.RESUME, text="", **fresh)
        wake(self.workspace)
        return has_changed

    def table(self) -> Table | None:
        """One row per cell of a sweep; None for other jobs.

        The columns are those of the grid, then status, progress, text, what the cells
        reported last, seconds, error, id, and the hash of the result.
        """
        return cells_table(self.workspace, self._row, self._cells) if self.is_sweep else None

    @property
    def _row(self) -> Record:
        return records.record(self.workspace, self.id)

    @property
    def _cells(self) -> tuple[Record, ...]:
        return records.records(self.workspace, parent=self.id) if self.is_sweep else ()

    def _move(self, event: Event, **columns: Any) -> bool:
        with self.workspace.transaction():
            ids = [row.id for row in self._cells] or [self.id]
            return records.move_all(self.workspace, ids, event, **columns) > 0


def job(workspace: Workspace, id: int) -> Job:  # noqa: A002  # what it is called
    """The job with this number.

    Raises
    ------
    ParameterError
        When there is none.

    Examples
    --------
    >>> import tempfile
    >>> from workbench.jobs import open
    >>> with open(f"{tempfile.mkdtemp()}/study.wb", run=False) as study:
    ...     asked = study.submit("inference.sample", "no circuit", 4)
    ...     job(study, asked.id).task, asked.cancel(), asked.status.value
    ('inference.sample', True, 'cancelled')
    """
    return Job(workspace, id)


def jobs(workspace: Workspace, place: str | None = None) -> tuple[Job, ...]:
    """The jobs of a workspace, or those asked for at one place, newest first.

    Cells are not among them; a sweep has them as its children.

    Examples
    --------
    >>> import tempfile
    >>> from workbench.jobs import open
    >>> with open(f"{tempfile.mkdtemp()}/study.wb", run=False) as study:
    ...     asked = study.submit("inference.sample", "no circuit", 4, place="circuits")
    ...     [one.id == asked.id for one in jobs(study, "circuits")], jobs(study, "budgets")
    ([True], ())
    """
    return tuple(Job(workspace, row.id) for row in records.records(workspace, place))


def _snapshot(workspace: Workspace, row: Record) -> Snapshot:
    running = row.status is Status.RUNNING
    rate, remaining_s = pace(records.points(workspace, row.id)) if running else (None, None)
    return Snapshot(
        status=row.status,
        progress=row.progress or 0.0,
        text=row.text,
        values=records.values(workspace, row.id),
        error=row.reason,
        details=row.details or "",
        rate=rate,
        remaining_s=remaining_s,
        attempts=row.attempts,
    )


def _until(is_so: Callable[[], bool], timeout_s: float | None) -> bool:
    deadline = None if timeout_s is None else time.monotonic() + timeout_s
    while not is_so():
        if deadline is not None and time.monotonic() >= deadline:
            return False
        time.sleep(_LOOK_S)
    return True
