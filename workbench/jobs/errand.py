"""Errand: the handle of one short call on a thread, its result kept in memory."""

from __future__ import annotations

import logging
import threading
import time
import traceback
import uuid
from collections.abc import Callable, Mapping
from dataclasses import replace
from inspect import signature
from typing import Any

from workbench.errors import Cancelled, WorkbenchError
from workbench.jobs.snapshot import Failure, Point, Snapshot, extended, pace, recent
from workbench.jobs.state import Event, Status, after

LOG = logging.getLogger(__name__)


class Errand:
    """One call of `function`: progress, text, live values, cancel, and its result or its error.

    When `function` takes ``on_progress``, the errand passes a reporter that keeps
    what is reported and raises :class:`Cancelled` once the errand was cancelled.

    Examples
    --------
    >>> errand = Errand(lambda x: x + 1, (1,), {})
    >>> errand.run()
    >>> errand.result(), errand.status
    (2, <Status.DONE: 'done'>)
    """

    def __init__(
        self, function: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]
    ) -> None:
        self.name = getattr(function, "__name__", "errand")
        self._call = function, args, dict(kwargs)
        self._lock = threading.Lock()
        self._now = Snapshot()
        self._points: tuple[Point, ...] = ()
        self._result: Any = None
        self._decided = threading.Event()
        self._gone = threading.Event()

    @property
    def now(self) -> Snapshot:
        """Everything known of the errand at this moment."""
        return self._now

    @property
    def status(self) -> Status:
        """Where it is."""
        return self._now.status

    @property
    def progress(self) -> float:
        """The share done, in [0, 1]."""
        return self._now.progress

    @property
    def text(self) -> str:
        """What it is doing, in a few words."""
        return self._now.text

    @property
    def values(self) -> Mapping[str, tuple[float, ...]]:
        """What the function reported so far, by name."""
        return self._now.values

    @property
    def error(self) -> WorkbenchError | None:
        """Why it failed; None unless it did."""
        return self._now.error

    @property
    def is_gone(self) -> bool:
        """Whether its worker has ended, or will never start."""
        return self._gone.is_set()

    def result(self, timeout_s: float | None = None) -> Any:
        """What the function returned, once it has.

        Raises
        ------
        Cancelled
            When the errand was cancelled.
        WorkbenchError
            The function's own error, or that `timeout_s` seconds passed first.
        """
        if not self._decided.wait(timeout_s):
            raise WorkbenchError(
                f"{self.name} has no result yet",
                given=f"{timeout_s} seconds of patience",
                remedy="Wait longer, or cancel it.",
            )
        if self._now.error is not None:
            raise self._now.error
        if self.status is Status.CANCELLED:
            raise Cancelled
        return self._result

    def cancel(self) -> bool:
        """Whether it is cancelled now; its worker stops at its next report."""
        self._move(Event.CANCEL)
        return self.status is Status.CANCELLED

    def wait(self, timeout_s: float | None = None) -> bool:
        """Whether the worker is gone within `timeout_s` seconds."""
        return self._gone.wait(timeout_s)

    def run(self) -> None:
        """Call the function on this thread and keep what comes of it."""
        self._move(Event.START)
        try:
            if self.status is Status.RUNNING:
                self._settle()
        finally:
            self._call = _nothing, (), {}  # release the arguments: they may be large
            self._gone.set()

    def _settle(self) -> None:
        function, args, kwargs = self._call
        if _takes_progress(function) and "on_progress" not in kwargs:
            kwargs = {**kwargs, "on_progress": self._report}
        try:
            result = function(*args, **kwargs)
        except Cancelled:
            self._move(Event.CANCEL)
        except WorkbenchError as error:
            self._move(Event.FAIL, error=error, details=traceback.format_exc())
        except Exception as error:
            reference = uuid.uuid4().hex[:8]
            LOG.exception("%s failed (%s)", self.name, reference)
            failure = Failure(self.name, error, reference)
            self._move(Event.FAIL, error=failure, details=traceback.format_exc())
        else:
            self._move(Event.SUCCEED, result=result, progress=1.0)

    def _report(self, share: float, text: str = "", /, **values: float) -> None:
        if self.status is Status.CANCELLED or not threading.main_thread().is_alive():
            raise Cancelled
        done = min(max(float(share), 0.0), 1.0)
        with self._lock:
            if self._now.status is Status.RUNNING:
                self._points = recent(self._points, (time.monotonic(), done))
                rate, remaining_s = pace(self._points)
                self._now = replace(
                    self._now,
                    progress=done,
                    text=text or self._now.text,
                    values=extended(self._now.values, values),
                    rate=rate,
                    remaining_s=remaining_s,
                )

    def _move(self, event: Event, *, result: Any = None, **changes: Any) -> None:
        with self._lock:
            status = after(self._now.status, event)
            if status is self._now.status:
                return
            was_queued = self._now.status is Status.QUEUED
            self._result = result
            self._now = replace(self._now, status=status, **changes)
            if status.is_final:
                self._decided.set()
                if was_queued:
                    self._gone.set()


def _nothing() -> None:
    return None


def _takes_progress(function: Callable[..., Any]) -> bool:
    try:
        return "on_progress" in signature(function).parameters
    except (TypeError, ValueError):  # some built-in functions have no signature
        return False
