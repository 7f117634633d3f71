"""Desk: runs one job at a time for a page and shows how it goes."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import panel as pn

from workbench.dashboard.parts import Notices
from workbench.errors import WorkbenchError
from workbench.jobs import Errand, Snapshot, Status, send

POLL_MS = 120
Finish = Callable[[Any], None]
Watch = Callable[[Snapshot], None]


class Desk:
    """One job at a time: the newest wins, the one before it is cancelled.

    Results are handed over on the page's own turn, so handlers may change widgets.
    """

    def __init__(self, notices: Notices) -> None:
        self.notices = notices.on(self._on_event)
        self._job: Errand | None = None
        self._name = ""
        self._finish: Finish = _ignore
        self._watch: Watch = _ignore
        self._stop: Callable[[], None] | None = None
        self._begun = 0.0
        self._callback: Any = None

    @property
    def is_busy(self) -> bool:
        """Whether a job is under way."""
        return self._job is not None

    def start(
        self,
        name: str,
        function: Callable[..., Any],
        *args: Any,
        finish: Finish = lambda _: None,
        watch: Watch = lambda _: None,
        stop: Callable[[], None] | None = None,
        **kwargs: Any,
    ) -> Errand:
        """The job that calls `function`; `finish` gets its result, `watch` each new snapshot.

        With `stop`, the Cancel button calls it instead of dropping the job: what the
        function then returns is handed over.
        """
        self.cancel()
        self.notices.clear()
        self._name, self._finish, self._watch, self._stop = name, finish, watch, stop
        self._begun = time.monotonic()
        self._job = send(function, *args, **kwargs)
        self._show(self._job.now)
        if pn.state.curdoc is not None and self._callback is None:
            self._callback = pn.state.add_periodic_callback(self.poll, period=POLL_MS)
        return self._job

    def cancel(self) -> None:
        """Stop the job, if any; what it had done is dropped."""
        if self._job is not None:
            self._job.cancel()
            self._close()

    def poll(self) -> None:
        """Show how the job goes and, once, hand over its result or show its error."""
        job = self._job
        if job is None:
            return
        now = job.now
        self._watch(now)
        if not now.status.is_final:
            self._show(now)
            return
        self._close()
        _ENDS[now.status](self, job)

    def _hand_over(self, job: Errand) -> None:
        try:
            self._finish(job.result())
        except WorkbenchError as error:
            self.notices.fail(error, f"{self._name}: the result cannot be shown")

    def _say_why(self, job: Errand) -> None:
        if job.error is not None:
            self.notices.fail(job.error, f"{self._name} did not finish", job.now.details)

    def _say_cancelled(self, _: Errand) -> None:
        self.notices.say(f"{self._name} was cancelled", "What was there before is unchanged.")

    def _show(self, now: Snapshot) -> None:
        self.notices.job = {
            "active": True,
            "name": self._name,
            "share": now.progress,
            "detail": now.text,
            "seconds": int(time.monotonic() - self._begun),
        }

    def _close(self) -> None:
        self._job = None
        self.notices.job = {"active": False}
        if self._callback is not None:
            self._callback.stop()
            self._callback = None

    def _on_event(self, kind: str, target: Any) -> None:
        if kind == "dismiss":
            self.notices.dismiss(int(target))
        elif kind == "cancel" and self._stop is not None:
            self._stop()
        elif kind == "cancel" and self._job is not None:
            job = self._job
            self.cancel()
            self._say_cancelled(job)


_ENDS: dict[Status, Callable[[Desk, Errand], None]] = {
    Status.DONE: Desk._hand_over,  # noqa: SLF001  # the table is part of the class
    Status.FAILED: Desk._say_why,  # noqa: SLF001  # same
    Status.CANCELLED: Desk._say_cancelled,  # noqa: SLF001  # same
}


def _ignore(_: Any) -> None:
    return None
