"""What a job may become: five states and the table of moves between them."""

from __future__ import annotations

from enum import StrEnum


class Status(StrEnum):
    """Where a job is; the last three are final."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_final(self) -> bool:
        """Whether nothing can change any more."""
        return self in _FINAL


class Event(StrEnum):
    """What happens to a job."""

    START = "start"
    SUCCEED = "succeed"
    FAIL = "fail"
    CANCEL = "cancel"


_FINAL = frozenset({Status.DONE, Status.FAILED, Status.CANCELLED})
_MOVES = {
    (Status.QUEUED, Event.START): Status.RUNNING,
    (Status.QUEUED, Event.CANCEL): Status.CANCELLED,
    (Status.RUNNING, Event.SUCCEED): Status.DONE,
    (Status.RUNNING, Event.FAIL): Status.FAILED,
    (Status.RUNNING, Event.CANCEL): Status.CANCELLED,
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
