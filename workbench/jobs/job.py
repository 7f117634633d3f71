"""Job: the handle of one call that runs beside the page."""

from __future__ import annotations

import logging
import threading
import traceback
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from inspect import signature
from typing import Any

from workbench.errors import Cancelled, WorkbenchError
from workbench.jobs.state import Event, Status, after

LOG = logging.getLogger(__name__)
MAX_POINTS = 10_000


class Failure(WorkbenchError):
    """A function failed in a way that nobody foresaw; `reference` finds it in the log."""

    def __init__(self, name: str, error: BaseException, reference: str) -> None:
        self.reference = reference
        super().__init__(
            f"{name} failed: {type(error).__name__}: {error}",
            remedy=f"The log has the details under {reference}; please report them.",
        )


@dataclass(frozen=True)
class Snapshot:
    """What is known of a job at one moment.

    Parameters
    ----------
    progress
        The share done, in [0, 1].
    values
        What the function reported, by name, in order of time.
    error, details
        Why it failed, for a reader, and the stack, for a developer.

    Examples
    --------
    >>> Snapshot().status
    <Status.QUEUED: 'queued'>
    """

    status: Status = Status.QUEUED
    progress: float = 0.0
    text: str = ""
    values: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    error: WorkbenchError | None = None
    details: str = ""


class Job:
    """One call of `function`: progress, text, live values, cancel, and its result or its error.

    When `function` takes ``on_progress``, the job passes a reporter that keeps
    what is reported and raises :class:`Cancelled` once the job was cancelled.

    Examples
    --------
    >>> job = Job(lambda x: x + 1, (1,), {})
    >>> job.run()
    >>> job.result(), job.status
    (2, <Status.DONE: 'done'>)
    """

    def __init__(
        self, function: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]
    ) -> None:
        self.name = getattr(function, "__name__", "job")
        self._call = function, args, dict(kwargs)
        self._lock = threading.Lock()
        self._now = Snapshot()
        self._result: Any = None
        self._decided = threading.Event()
        self._gone = threading.Event()

    @property
    def now(self) -> Snapshot:
        """Everything known of the job at this moment."""
        return self._now

    @property
    def status(self) -> Status:
        """Where the job is."""
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
            When the job was cancelled.
        WorkbenchError
            The job's own error, or that `timeout_s` seconds passed first.
        """
        if not self._decided.wait(timeout_s):
            raise WorkbenchError(
                f"{self.name} has no result yet",
                given=f"{timeout_s} seconds of patience",
                remedy="Wait longer, or cancel the job.",
            )
        if self._now.error is not None:
            raise self._now.error
        if self.status is Status.CANCELLED:
            raise Cancelled
        return self._result

    def cancel(self) -> bool:
        """Whether the job is cancelled now; its worker stops at its next report."""
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
            LOG.exception("job %s failed (%s)", self.name, reference)
            failure = Failure(self.name, error, reference)
            self._move(Event.FAIL, error=failure, details=traceback.format_exc())
        else:
            self._move(Event.SUCCEED, result=result, progress=1.0)

    def _report(self, share: float, text: str = "", /, **values: float) -> None:
        if self.status is Status.CANCELLED or not threading.main_thread().is_alive():
            raise Cancelled
        with self._lock:
            if self._now.status is Status.RUNNING:
                self._now = replace(
                    self._now,
                    progress=min(max(float(share), 0.0), 1.0),
                    text=text or self._now.text,
                    values=_extended(self._now.values, values),
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


def _extended(
    known: Mapping[str, tuple[float, ...]], values: Mapping[str, float]
) -> Mapping[str, tuple[float, ...]]:
    if not values:
        return known
    new = {name: (*known.get(name, ()), float(value)) for name, value in values.items()}
    return {**known, **{name: points[-MAX_POINTS:] for name, points in new.items()}}
