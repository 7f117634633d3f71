"""What becomes of a job: taken by a runner, done and saved, failed, lost, handed back."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from workbench.errors import ParameterError, WorkbenchError
from workbench.jobs import records
from workbench.jobs.call import Call
from workbench.jobs.cells import cells_table
from workbench.jobs.perform import KNOBS
from workbench.jobs.records import Record
from workbench.jobs.reports import Ended, error_fields
from workbench.jobs.state import Event, Status
from workbench.store import Workspace
from workbench.store.names import require_name

MAX_ATTEMPTS: Final = 4
_LARGEST: Final = 2**63  # of the whole numbers that the index can hold
_AGAIN: Final = "lost with its worker; waits to go on"


def claim(workspace: Workspace, job: int, holder: str) -> bool:
    """Whether the runner called `holder` has taken the waiting `job`; nobody else can now."""
    with workspace.transaction():
        row = records.find(workspace, job)
        if row is None or row.status is not Status.QUEUED or row.holder is not None:
            return False
        now = time.time()
        return records.move(
            workspace,
            job,
            Event.START,
            holder=holder,
            beat=now,
            started=now,
            ended=None,
            text="",
            attempts=row.attempts + 1,
        )


def settle(workspace: Workspace, job: int, holder: str, end: Ended) -> None:
    """Nothing; the attempt of `holder` at `job` is over, as `end` says.

    What ended after the job was cancelled, or taken by another runner, changes nothing.
    """
    with workspace.transaction():
        row = records.find(workspace, job)
        if row is None or row.holder != holder:
            return
        if row.is_running:  # else it was cancelled, and perhaps waits again already
            _ENDS[end.event](workspace, row, end)
            _save_table(workspace, row.parent)
        records.change(workspace, job, holder=None)


def lose(workspace: Workspace, job: int, holder: str) -> None:
    """Nothing; the runner called `holder` died while it held `job`."""
    error = WorkbenchError(
        "the program that ran this job ended",
        given=f"{MAX_ATTEMPTS} times",
        remedy="Resume it when you know why; it goes on from its last state.",
    )
    settle(workspace, job, holder, Ended(0, Event.LOSE, None, error_fields(error)))


def hand_back(workspace: Workspace, row: Record) -> None:
    """Nothing; a runner that is closed in peace lets go of a job, which waits for the next."""
    records.move(workspace, row.id, Event.LOSE, attempts=row.attempts - 1, text=_AGAIN)
    records.change(workspace, row.id, holder=None)


def told_as(error: Exception) -> Mapping[str, Any]:
    """What `error` says, as it is kept."""
    if not isinstance(error, WorkbenchError):
        error = WorkbenchError(f"cannot start a worker: {error}")
    return error_fields(error)


def _succeed(workspace: Workspace, row: Record, end: Ended) -> None:
    try:
        require_name(row.name)
    except ParameterError as error:  # the row was not written by us
        _fail(workspace, row, replace(end, error=error_fields(error)))
        return
    done = {"result": end.result, "checkpoint": None, "progress": 1.0}
    is_done = records.move(workspace, row.id, Event.SUCCEED, **done)
    if is_done and row.save_as is not None and end.result is not None:
        _save(workspace, row, end.result)


def _fail(workspace: Workspace, row: Record, end: Ended) -> None:
    told = json.dumps(dict(end.error or {}))
    records.move(workspace, row.id, Event.FAIL, error=told, details=end.details)


def _cancel(workspace: Workspace, row: Record, _: Ended) -> None:
    records.move(workspace, row.id, Event.CANCEL)


def _lose(workspace: Workspace, row: Record, end: Ended) -> None:
    if row.attempts >= MAX_ATTEMPTS:
        _fail(workspace, row, end)
    else:
        records.move(workspace, row.id, Event.LOSE, text=_AGAIN, details=end.details)


_ENDS: Final[dict[Event, Callable[[Workspace, Record, Ended], None]]] = {
    Event.SUCCEED: _succeed,
    Event.FAIL: _fail,
    Event.CANCEL: _cancel,
    Event.LOSE: _lose,
}


def _save(workspace: Workspace, row: Record, result: str) -> None:
    call = row.what_to_do
    used = {name: points[-1] for name, points in records.values(workspace, row.id).items()}
    smaller: dict[str, int] = {name: int(used[name]) for name in KNOBS if name in used}
    workspace.save_hash(
        result,
        str(row.save_as),
        sources=call.refs,
        recipe=recipe(call, smaller),
        seed=_seed(call),
    )


def _save_table(workspace: Workspace, parent: int | None) -> None:
    """Keep the table of a sweep whose last cell is done now, under the name it was asked for."""
    row = None if parent is None else records.find(workspace, parent)
    if row is None or row.status is not Status.DONE or row.save_as is None:
        return
    cells = records.records(workspace, parent=row.id)
    with contextlib.suppress(ParameterError):  # a name that was not written by us
        saved = workspace.save(
            cells_table(workspace, row, cells),
            row.save_as,
            sources={f"cell {number}": str(cell.result) for number, cell in enumerate(cells, 1)},
            recipe=f"sweep of {row.task} over {', '.join(row.grid)}",
        )
        records.change(workspace, row.id, result=saved.hash)


def recipe(call: Call, smaller: Mapping[str, int]) -> str:
    """How a result was made, as a line to read.

    Examples
    --------
    >>> recipe(Call("learning.fit", {"epochs": 5, "device": "cpu"}), {"rows_at_once": 64})
    "learning.fit(device='cpu', epochs=5), with rows_at_once=64 for want of memory"
    """
    given = ", ".join(f"{name}={value!r}" for name, value in sorted(call.scalars.items()))
    less = ", ".join(f"{name}={value}" for name, value in smaller.items())
    return f"{call.task}({given})" + (f", with {less} for want of memory" if less else "")


def _seed(call: Call) -> int | None:
    seed = call.arguments.get("seed")
    return seed if isinstance(seed, int) and abs(seed) < _LARGEST else None
