"""Control: how a person or a page reaches into a search that runs elsewhere."""

from __future__ import annotations

import asyncio
import threading
from collections import deque

from workbench.reasoning.events import UserEdit

_POLL_S = 0.01


class Control:
    """Pause, step, cancel and edit running searches; every method may be called from any thread.

    A search looks at its control between two rounds of calls.

    Examples
    --------
    >>> control = Control()
    >>> control.pause()
    >>> control.is_paused
    True
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._paused = False
        self._cancelled = False
        self._stopped = False
        self._steps = 0
        self._edits: deque[UserEdit] = deque()

    @property
    def is_paused(self) -> bool:
        """Whether searches wait."""
        return self._paused

    def pause(self) -> None:
        """Let searches wait after their present round."""
        self._paused = True

    def go(self) -> None:
        """Let searches go on."""
        self._paused = False

    def step(self) -> None:
        """Let one waiting round pass."""
        with self._lock:
            self._steps += 1

    def stop(self) -> None:
        """Let searches return what they have, to be resumed later."""
        self._stopped = True

    def cancel(self) -> None:
        """Let searches end and return what they have."""
        self._cancelled = True

    def edit(self, edit: UserEdit) -> None:
        """Apply `edit` before the next step of the search."""
        self._edits.append(edit)

    def taken_edits(self) -> tuple[UserEdit, ...]:
        """The edits since the last call."""
        edits = []
        while self._edits:
            edits.append(self._edits.popleft())
        return tuple(edits)

    async def interruption(self) -> str | None:
        """The status with which a search shall return now; waits while paused."""
        while True:
            if self._cancelled:
                return "cancelled"
            if self._stopped:
                return "paused"
            if not self._paused or self._takes_step():
                return None
            await asyncio.sleep(_POLL_S)

    def _takes_step(self) -> bool:
        with self._lock:
            if not self._steps:
                return False
            self._steps -= 1
            return True
