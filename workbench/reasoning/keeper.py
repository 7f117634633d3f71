"""Keeps the logs of searches in checkpoints, so that they go on after an interruption."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from workbench.core.checkpoints import Checkpoints, State
from workbench.core.states import require_alike
from workbench.errors import WorkbenchError
from workbench.reasoning.events import EventLog, RunEnd, RunStart
from workbench.reasoning.logfile import event_records, lines_of, read_events
from workbench.reasoning.plan import Plan
from workbench.reasoning.session import Session
from workbench.reasoning.tree import SearchTree


class Keeper:
    """The logs of `sessions` as checkpoints: JSON Lines, one log after the other.

    Examples
    --------
    >>> from workbench.core.checkpoints import NOWHERE
    >>> Keeper([], NOWHERE).keep_if_due()
    """

    def __init__(self, sessions: Sequence[Session], checkpoints: Checkpoints) -> None:
        self._pages = [_Page(session) for session in sessions]
        self._checkpoints = checkpoints

    def keep_if_due(self) -> None:
        """Nothing; what all searches have done is kept when it is time."""
        if self._checkpoints.is_due:
            lines = [page.written() for page in self._pages]
            self._checkpoints.save(
                {
                    "lines": np.frombuffer(b"".join(lines), dtype=np.uint8),
                    "sizes": np.array([len(page) for page in lines], dtype=np.int64),
                }
            )


class _Page:
    """The log of one session as lines, to which only what is new is added."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._lines = bytearray()
        self._n_events = 0
        self._texts: set[str] = set()

    def written(self) -> bytes:
        log = self._session.known
        records = event_records(log.events[self._n_events :], log.texts, self._texts)
        self._lines += lines_of(records)
        self._n_events = len(log)
        return bytes(self._lines)


def kept_logs(plans: Sequence[Plan], checkpoints: Checkpoints) -> list[EventLog | None]:
    """The log that an earlier attempt left of each of `plans`; None where there is no such.

    Logs that are damaged or of other plans are not used: the search begins again.

    Examples
    --------
    >>> from workbench.core.checkpoints import NOWHERE
    >>> kept_logs([], NOWHERE)
    []
    """
    state = checkpoints.load()
    pages = [b""] * len(plans) if state is None else _pages(state, len(plans))
    return [_log(plan, page) for plan, page in zip(plans, pages, strict=True)]


def _pages(state: State, n_logs: int) -> list[bytes]:
    lines = state.get("lines", np.zeros(0))
    sizes = np.zeros(n_logs, np.int64)
    try:
        require_alike(state, {"lines": np.zeros(len(lines), np.uint8), "sizes": sizes})
    except WorkbenchError:
        return [b""] * n_logs
    ends = np.cumsum(state["sizes"])
    payload = lines.tobytes()
    return [
        payload[max(0, end - size) : end]
        for end, size in zip(ends.tolist(), state["sizes"].tolist(), strict=True)
    ]


def _log(plan: Plan, page: bytes) -> EventLog | None:
    if not page:
        return None
    try:
        log = read_events(page, "a checkpoint")
        start = log[0]
        if not isinstance(start, RunStart) or start.run != plan.start().run:
            return None
        if isinstance(log[-1], RunEnd):
            SearchTree.fold(log)  # nothing else would look at it
    except (OverflowError, WorkbenchError):
        return None
    return log
