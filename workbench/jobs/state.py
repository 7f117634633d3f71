"""What a job may become: five states and the table of moves between them."""

from __future__ import annotations

from enum import StrEnum


class Status(StrEnum):
    """Where a job is; the last three are ends."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_final(self) -> bool:
        """Whether nothing more happens unless somebody resumes the job."""
        return self in _FINAL

    @property
    def is_resumable(self) -> bool:
        """Whether the job ended without a result, and may be queued again."""
        return self in _RESUMABLE


class Event(StrEnum):
    """What happens to a job; LOSE: its worker or its runner died under it."""

    START = "start"
    SUCCEED = "succeed"
    FAIL = "fail"
    CANCEL = "cancel"
    LOSE = "lose"
    RESUME = "resume"


_RESUMABLE = frozenset({Status.FAILED, Status.CANCELLED})
_FINAL = _RESUMABLE | {Status.DONE}
_MOVES = {
    (Status.QUEUED, Event.START): Status.RUNNING,
    (Status.QUEUED, Event.CANCEL): Status.CANCELLED,
    (Status.RUNNING, Event.SUCCEED): Status.DONE,
    (Status.RUNNING, Event.FAIL): Status.FAILED,
    (Status.RUNNING, Event.CANCEL): Status.CANCELLED,
    (Status.RUNNING, Event.LOSE): Status.QUEUED,
    (Status.FAILED, Event.RESUME): Status.QUEUED,
    (Status.CANCELLED, Event.RESUME): Status.QUEUED,
}


def after(status: Status, event: Event) -> Status:
    """The status that follows; `status` itself where `event` has no meaning.

    A worker that ends after it was cancelled thus changes nothing.

    Examples
    --------
    >>> after(Status.RUNNING, Event.CANCEL), after(Status.CANCELLED, Event.SUCCEED)
    (<Status.CANCELLED: 'cancelled'>, <Status.CANCELLED: 'cancelled'>)
    """
    return _MOVES.get((status, event), status)
