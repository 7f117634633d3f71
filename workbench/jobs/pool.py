"""Pool: a fixed number of errands at once, the rest in a queue; one thread per running errand."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from workbench.jobs.errand import Errand
from workbench.jobs.state import Status


class Pool:
    """Runs at most `slots` errands at once, in the order they were submitted.

    A thread lives exactly as long as its errand, so an idle pool has none.

    Examples
    --------
    >>> pool = Pool(slots=1)
    >>> pool.submit(sorted, [3, 1, 2]).result()
    [1, 2, 3]
    >>> pool.close()
    True
    """

    def __init__(self, slots: int = 2) -> None:
        self.slots = slots
        self._lock = threading.Lock()
        self._waiting: deque[Errand] = deque()
        self._running: dict[Errand, threading.Thread] = {}

    @property
    def n_running(self) -> int:
        """How many threads are alive."""
        return len(self._running)

    @property
    def n_waiting(self) -> int:
        """How many errands wait for a thread."""
        return sum(errand.status is Status.QUEUED for errand in tuple(self._waiting))

    def submit(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Errand:
        """An errand that calls ``function(*args, **kwargs)`` as soon as a slot is free."""
        errand = Errand(function, args, kwargs)
        with self._lock:
            self._waiting.append(errand)
            self._fill()
        return errand

    def close(self, timeout_s: float = 5.0) -> bool:
        """Whether all errands, now cancelled, are gone within `timeout_s` seconds."""
        with self._lock:
            errands = [*self._waiting, *self._running]
            self._waiting.clear()
        for errand in errands:
            errand.cancel()
        deadline = time.monotonic() + timeout_s
        for thread in tuple(self._running.values()):
            thread.join(max(0.0, deadline - time.monotonic()))
        return not self._running

    def _fill(self) -> None:
        while self._waiting and len(self._running) < self.slots:
            errand = self._waiting.popleft()
            if errand.status is Status.QUEUED:
                thread = threading.Thread(
                    target=self._work, args=(errand,), name=f"errand {errand.name}"
                )
                self._running[errand] = thread
                thread.start()

    def _work(self, errand: Errand) -> None:
        try:
            errand.run()
        finally:
            with self._lock:
                del self._running[errand]
                self._fill()


_POOL = Pool()


def send(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Errand:
    """An errand of the process-wide pool that calls ``function(*args, **kwargs)``.

    Examples
    --------
    >>> send(max, 1, 2).result()
    2
    """
    return _POOL.submit(function, *args, **kwargs)
