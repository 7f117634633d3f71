"""Pool: a fixed number of jobs at once, the rest in a queue; one thread per running job."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from workbench.jobs.job import Job
from workbench.jobs.state import Status


class Pool:
    """Runs at most `slots` jobs at once, in the order they were submitted.

    A thread lives exactly as long as its job, so an idle pool has none.

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
        self._waiting: deque[Job] = deque()
        self._running: dict[Job, threading.Thread] = {}

    @property
    def n_running(self) -> int:
        """How many workers are alive."""
        return len(self._running)

    @property
    def n_waiting(self) -> int:
        """How many jobs wait for a worker."""
        return sum(job.status is Status.QUEUED for job in tuple(self._waiting))

    def submit(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Job:
        """A job that calls ``function(*args, **kwargs)`` as soon as a slot is free."""
        job = Job(function, args, kwargs)
        with self._lock:
            self._waiting.append(job)
            self._fill()
        return job

    def close(self, timeout_s: float = 5.0) -> bool:
        """Whether all jobs, now cancelled, are gone within `timeout_s` seconds."""
        with self._lock:
            jobs = [*self._waiting, *self._running]
            self._waiting.clear()
        for job in jobs:
            job.cancel()
        deadline = time.monotonic() + timeout_s
        for thread in tuple(self._running.values()):
            thread.join(max(0.0, deadline - time.monotonic()))
        return not self._running

    def _fill(self) -> None:
        while self._waiting and len(self._running) < self.slots:
            job = self._waiting.popleft()
            if job.status is Status.QUEUED:
                thread = threading.Thread(target=self._work, args=(job,), name=f"job {job.name}")
                self._running[job] = thread
                thread.start()

    def _work(self, job: Job) -> None:
        try:
            job.run()
        finally:
            with self._lock:
                del self._running[job]
                self._fill()


_POOL = Pool()


def submit(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Job:
    """A job of the process-wide pool that calls ``function(*args, **kwargs)``.

    Examples
    --------
    >>> submit(max, 1, 2).result()
    2
    """
    return _POOL.submit(function, *args, **kwargs)
