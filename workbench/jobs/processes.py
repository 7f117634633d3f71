"""Processes: warm worker processes of this machine, each doing one job after the other."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import IO, Final, cast

import psutil

from workbench.errors import ParameterError, WorkbenchError
from workbench.jobs.reports import Ended, Order, Report, error_fields, report_from
from workbench.jobs.state import Event
from workbench.jobs.trees import end_tree
from workbench.store import Workspace

GRACE_S: Final = 1.0
IDLE_S: Final = 600.0
DEVICE_IDLE_S: Final = 30.0  # an idle process keeps memory of the device from all others
MOST_SLOTS: Final = 4  # by default: a worker that learns takes some hundred megabytes
_LAST_LINES: Final = 40
_PATIENCE_S: Final = 5.0
_THREAD_S: Final = 0.5
_THREADS: Final = (
    *("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"),
    *("NUMEXPR_NUM_THREADS", "NUMBA_NUM_THREADS"),
)


class Processes:
    """At most `slots` worker processes, begun when they are needed and kept for the next job.

    Parameters
    ----------
    slots
        How many jobs at once; by default one for each core, up to four. The cores
        are shared evenly, each worker computes with its share of threads.
    grace_s
        Seconds that a function has to notice that it was cancelled.
    idle_s
        Seconds after which a worker without work is ended.

    Examples
    --------
    >>> workers = Processes(2)
    >>> workers.n_slots, workers.processes
    (2, ())
    """

    def __init__(
        self, slots: int | None = None, *, grace_s: float = GRACE_S, idle_s: float = IDLE_S
    ) -> None:
        cores = _cores()
        self._slots = min(cores, MOST_SLOTS) if slots is None else slots
        if self._slots < 1:
            raise ParameterError("cannot run jobs", given=f"slots={slots}", expected="1 or more")
        self._grace_s, self._idle_s = grace_s, idle_s
        self._environment = _environment(max(1, cores // self._slots))
        self._told: queue.SimpleQueue[tuple[_Worker, Report | None]] = queue.SimpleQueue()
        self._workers: list[_Worker] = []
        self._wake: Callable[[], None] = _nobody

    @property
    def n_slots(self) -> int:
        """How many jobs run at once."""
        return self._slots

    @property
    def processes(self) -> tuple[int, ...]:
        """The process numbers of the workers that live."""
        return tuple(worker.process.pid for worker in self._workers)

    def listen(self, wake: Callable[[], None]) -> None:
        """Call `wake` whenever there is something to report; the first worker begins."""
        self._wake = wake
        if not self._workers:
            self._begin()

    def start(self, order: Order, workspace: Workspace) -> None:
        """Hand `order` to an idle worker, or to a new one; to one that knows its device first."""
        idle = [worker for worker in self._workers if worker.order is None]
        ranked = sorted(idle, key=lambda worker: (worker.device != order.resource, worker.device))
        worker = ranked[0] if ranked else self._begin()
        worker.take(order, workspace)

    def reports(self) -> list[Report]:
        """What workers told, and who died."""
        found: list[Report] = []
        with contextlib.suppress(queue.Empty):
            while True:
                worker, report = self._told.get_nowait()
                found += worker.heard(report)
        self._workers = [worker for worker in self._workers if not worker.is_gone]
        self._end_late()
        return found

    def stop(self, number: int) -> None:
        """Ask the attempt `number` to stop; its worker is ended if it does not."""
        for worker in self._workers:
            if worker.order == number and worker.deadline is None:
                worker.ask_to_stop(self._grace_s)

    def close(self) -> None:
        """End all workers and what they began; what they told last can still be read."""
        for worker in self._workers:
            worker.end()
        for worker in self._workers:
            worker.join(_PATIENCE_S)

    def _begin(self) -> _Worker:
        worker = _Worker(self._environment, self._hear)
        self._workers.append(worker)
        return worker

    def _hear(self, worker: _Worker, report: Report | None) -> None:
        self._told.put((worker, report))
        self._wake()

    def _end_late(self) -> None:
        now = time.monotonic()
        for worker in self._workers:
            patience = min(self._idle_s, DEVICE_IDLE_S) if worker.device else self._idle_s
            is_idle = worker.order is None and now - worker.since > patience
            if is_idle or (worker.deadline is not None and now > worker.deadline):
                worker.end()


class _Worker:
    """One process, and the attempt that it is at."""

    def __init__(
        self, environment: dict[str, str], hear: Callable[[_Worker, Report | None], None]
    ) -> None:
        self.order: int | None = None
        self.deadline: float | None = None
        self.since = time.monotonic()
        self.is_gone = False
        self.device = ""
        self._task = ""
        self._hear = hear
        self._last: deque[str] = deque(maxlen=_LAST_LINES)
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-m", "workbench.jobs.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
            start_new_session=True,
        )
        self._tree = psutil.Process(self.process.pid)
        self._stdin = cast("IO[bytes]", self.process.stdin)
        self._stdout = cast("IO[bytes]", self.process.stdout)
        self._stderr = cast("IO[bytes]", self.process.stderr)
        self._threads = [
            threading.Thread(target=read, daemon=True, name=f"worker {self.process.pid}")
            for read in (self._read_reports, self._read_last_words)
        ]
        for thread in self._threads:
            thread.start()

    def take(self, order: Order, workspace: Workspace) -> None:
        """Begin with `order`."""
        self.order, self._task = order.number, order.call.task
        self.device = order.resource or self.device
        self._send({"order": order.text, "workspace": str(workspace.path.absolute())})

    def ask_to_stop(self, grace_s: float) -> None:
        """Tell the function to stop within `grace_s` seconds."""
        self.deadline = time.monotonic() + grace_s
        self._send({"cancel": self.order})

    def end(self) -> None:
        """Kill the process and all that it began, as long as its number is its own."""
        if self.process.returncode is None:
            end_tree(self._tree)

    def join(self, timeout_s: float) -> None:
        """Wait until process and threads are gone."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(timeout_s)
        with contextlib.suppress(OSError):
            self._stdin.close()
        for thread, pipe in zip(self._threads, (self._stdout, self._stderr), strict=True):
            thread.join(_THREAD_S)
            if not thread.is_alive():  # closing what is being read would wait for it
                pipe.close()

    def heard(self, report: Report | None) -> list[Report]:
        """What `report` means for the runner; None means that the process ended."""
        if report is None:
            self.end()  # its children may live on
            self.join(_PATIENCE_S)
            self.is_gone = True
            report = self._lost()
        if report is None or report.order != self.order:
            return []
        if isinstance(report, Ended):
            self.order, self.deadline, self.since = None, None, time.monotonic()
        return [report]

    def _lost(self) -> Ended | None:
        if self.order is None:
            return None
        error = WorkbenchError(
            f"the worker of {self._task} died",
            given=_way_of_dying(self.process.returncode),
            remedy="When memory ran out, give it a smaller batch or fewer jobs at once.",
        )
        return Ended(self.order, Event.LOSE, None, error_fields(error), "\n".join(self._last))

    def _send(self, message: dict[str, object]) -> None:
        with contextlib.suppress(OSError):  # a dead worker is reported by its reader
            self._stdin.write(json.dumps(message).encode() + b"\n")
            self._stdin.flush()

    def _read_reports(self) -> None:
        for line in self._stdout:
            with contextlib.suppress(WorkbenchError):
                self._hear(self, report_from(line.decode(errors="replace")))
        self._hear(self, None)

    def _read_last_words(self) -> None:
        for line in self._stderr:
            self._last.append(line.decode(errors="replace").rstrip())


def _nobody() -> None:
    return None


def _way_of_dying(code: int | None) -> str:
    if code is None or code >= 0:
        return f"exit code {code}"
    with contextlib.suppress(ValueError):
        return f"signal {-code} ({signal.Signals(-code).name})"
    return f"signal {-code}"


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _environment(threads: int) -> dict[str, str]:
    """Workers import what this process can, and share the cores."""
    paths = [os.path.abspath(path) for path in sys.path]  # noqa: PTH100  # "" is where we are
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(paths),
        **dict.fromkeys(_THREADS, str(threads)),
    }
