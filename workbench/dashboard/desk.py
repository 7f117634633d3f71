"""Desk: runs the work of a page and shows how it goes: errands on threads, stored jobs."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

from workbench.dashboard.facts import entries, whole
from workbench.dashboard.parts import Notices
from workbench.dashboard.turns import every
from workbench.errors import WorkbenchError
from workbench.jobs import Errand, Job, Snapshot, Status, jobs, send, submit
from workbench.store import Workspace

POLL_MS = 120
UNCHANGED = "What was there before is unchanged."
Finish = Callable[[Any], None]
Watch = Callable[[Snapshot], None]


class Watched(Protocol):
    """What an errand and a job have in common for who looks at them."""

    @property
    def now(self) -> Snapshot:
        """Everything known at this moment."""
        ...

    def cancel(self) -> bool:
        """Whether it is cancelled now."""
        ...


def ignore(_: Any) -> None:
    """Nothing."""


@dataclass(frozen=True)
class Task:
    """What a page does about the jobs of one task: what it calls them, shows and takes.

    `finish` gets a job that is done, `watch` each snapshot of one that runs.
    """

    title: str
    finish: Finish = ignore
    watch: Watch = ignore


@dataclass
class _Work:
    """One piece of work on the desk."""

    name: str
    handle: Watched
    finish: Finish
    watch: Watch = ignore
    stop: Callable[[], None] | None = None
    ended: Callable[[], None] = lambda: None
    begun: float = 0.0


class Desk:
    """One errand at a time, the newest wins; and any number of jobs, one for each task.

    Results are handed over on the page's own turn, so handlers may change widgets.
    Jobs outlive the page: one that comes back finds them again.
    """

    def __init__(
        self, notices: Notices, workspace: Workspace | None = None, place: str = ""
    ) -> None:
        self.notices = notices.on(self._on_event)
        self.workspace, self.place = workspace, place
        self.tasks: Mapping[str, Task] = {}
        self._errand: _Work | None = None
        self._jobs: dict[int, _Work] = {}
        self._newest = 0  # the last job that this desk has seen
        self._stop_looking: Callable[[], None] | None = None

    @property
    def is_busy(self) -> bool:
        """Whether anything is under way."""
        return self._errand is not None or bool(self._jobs)

    @property
    def is_on_errand(self) -> bool:
        """Whether an errand is under way."""
        return self._errand is not None

    # -- errands ----------------------------------------------------------------

    def start(
        self,
        name: str,
        function: Callable[..., Any],
        *args: Any,
        finish: Finish = ignore,
        watch: Watch = ignore,
        stop: Callable[[], None] | None = None,
        ended: Callable[[], None] = lambda: None,
        **kwargs: Any,
    ) -> Errand:
        """The errand that calls `function`; `finish` gets its result, `watch` each new snapshot.

        With `stop`, the Cancel button calls it instead of dropping the errand: what the
        function then returns is handed over. `ended` is called before anything else
        comes of it, whatever that is.
        """
        self.cancel()
        self.notices.clear()
        errand = send(function, *args, **kwargs)
        self._errand = _Work(name, errand, finish, watch, stop, ended, time.monotonic())
        self._show()
        self._listen()
        return errand

    def cancel(self) -> None:
        """Stop the errand, if any; what it had done is dropped."""
        if self._errand is not None:
            self._errand.handle.cancel()
            self._end_errand()

    def close(self) -> None:
        """Stop the errand and look at nothing any more; jobs go on."""
        self.cancel()
        self._jobs.clear()
        self._rest()

    # -- jobs -------------------------------------------------------------------

    def submit(
        self, function: Callable[..., Any], *args: Any, save_as: str | None = None, **kwargs: Any
    ) -> Job | None:
        """The job that calls `function`, a task of this desk; None where it cannot be kept.

        A job of the same task that was asked for here and still runs is cancelled.
        """
        if self.workspace is None:
            return None
        self.notices.clear()
        try:
            job = submit(
                self.workspace, function, *args, place=self.place, save_as=save_as, **kwargs
            )
        except WorkbenchError as error:
            self.notices.fail(error, "The work cannot start")
            return None
        for number in [n for n, work in self._jobs.items() if _task_of(work) == job.task]:
            self._jobs.pop(number).handle.cancel()
        self._attach(job)
        return job

    def has(self, task: str) -> bool:
        """Whether a job of `task` is under way for this desk."""
        return any(_task_of(work) == task for work in self._jobs.values())

    @property
    def names(self) -> set[str]:
        """Under which names the jobs under way will save their results."""
        handles = [work.handle for work in self._jobs.values()]
        return {job.save_as for job in handles if isinstance(job, Job) and job.save_as}

    def state(self) -> dict[str, Any]:
        """Which jobs are still to be handed over, and which was the last one seen."""
        return {"waiting": sorted(self._jobs), "newest": self._newest}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Look again at the jobs that were waited for, and at those that came since."""
        if self.workspace is None:
            return
        newest, waiting = whole(state, "newest") or 0, entries(state, "waiting")
        self._newest = newest
        for job in jobs(self.workspace, place=self.place):
            is_new = job.id > newest or job.id in waiting
            if job.parent is None and is_new and job.id not in self._jobs:
                self._attach(job)

    def _attach(self, job: Job) -> None:
        self._newest = max(self._newest, job.id)
        task = self.tasks.get(job.task)
        if task is None:
            return
        name = f"{task.title}: {job.save_as}" if job.save_as else task.title
        self._jobs[job.id] = _Work(name, job, task.finish, task.watch, begun=time.monotonic())
        self._show()
        self._listen()

    # -- looking ----------------------------------------------------------------

    def poll(self) -> None:
        """Show how the work goes and, once, hand over each result or show its error.

        A job that is done waits until no errand is under way: what it brings may be
        about what the errand is about to show.
        """
        if self._errand is not None:
            self._look(self._errand, self._end_errand)
        for number, work in tuple(self._jobs.items()):
            self._look(work, partial(self._jobs.pop, number, None))
        self._show()
        if not self.is_busy:
            self._rest()

    def _look(self, work: _Work, end: Callable[[], Any]) -> None:
        now = work.handle.now
        if not now.status.is_final:
            work.watch(now)
        elif self._errand is None or work is self._errand:
            work.watch(now)
            end()
            _ENDS[now.status](self, work)

    def _hand_over(self, work: _Work) -> None:
        handle = work.handle
        try:
            work.finish(handle.result() if isinstance(handle, Errand) else handle)
        except WorkbenchError as error:
            self.notices.fail(error, f"{work.name}: the result cannot be shown")

    def _say_why(self, work: _Work) -> None:
        now = work.handle.now
        if now.error is not None:
            self.notices.fail(now.error, f"{work.name} did not finish", now.details)

    def _say_cancelled(self, work: _Work) -> None:
        self.notices.say(f"{work.name} was cancelled", UNCHANGED)

    @property
    def _shown(self) -> _Work | None:
        """What the bar shows: the errand, else the newest job."""
        return self._errand or next(reversed(self._jobs.values()), None)

    def _show(self) -> None:
        work = self._shown
        if work is None:
            self.notices.job = {"active": False}
            return
        now = work.handle.now
        others = len(self._jobs) - (work is not self._errand)
        self.notices.job = {
            "active": True,
            "name": work.name + (f" (and {others} more)" if others else ""),
            "share": now.progress,
            "detail": "waiting for its turn" if now.status is Status.QUEUED else now.text,
            "seconds": int(time.monotonic() - work.begun),
            "remaining": None if now.remaining_s is None else round(now.remaining_s),
        }

    def _end_errand(self) -> None:
        work, self._errand = self._errand, None
        if work is not None:
            work.ended()
        self._show()

    def _listen(self) -> None:
        if self._stop_looking is None:
            self._stop_looking = every(POLL_MS, self.poll)

    def _rest(self) -> None:
        if self._stop_looking is not None:
            self._stop_looking()
            self._stop_looking = None

    def _on_event(self, kind: str, target: Any) -> None:
        if kind == "dismiss":
            self.notices.dismiss(int(target))
        elif kind == "cancel" and self._shown is not None:
            self._cancel_shown(self._shown)

    def _cancel_shown(self, work: _Work) -> None:
        if work.stop is not None:
            work.stop()
            return
        work.handle.cancel()
        if work is self._errand:
            self._end_errand()
        else:
            self._jobs = {number: one for number, one in self._jobs.items() if one is not work}
            self._show()
        self._say_cancelled(work)


_ENDS: dict[Status, Callable[[Desk, _Work], None]] = {
    Status.DONE: Desk._hand_over,  # noqa: SLF001  # the table is part of the class
    Status.FAILED: Desk._say_why,  # noqa: SLF001  # same
    Status.CANCELLED: Desk._say_cancelled,  # noqa: SLF001  # same
}


def _task_of(work: _Work) -> str:
    return work.handle.task if isinstance(work.handle, Job) else ""
