"""Runner: takes the waiting jobs of a workspace and writes what comes of them."""

from __future__ import annotations

import importlib
import itertools
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Self

import filelock

from workbench.errors import StorageError, WorkbenchError
from workbench.jobs import outcomes, records, tasks
from workbench.jobs.devices import try_lock
from workbench.jobs.executor import Executor
from workbench.jobs.holders import BEAT_S, is_dead, new_holder, release
from workbench.jobs.processes import Processes
from workbench.jobs.records import Record
from workbench.jobs.reports import CHECKPOINT_S, Begun, Ended, Kept, Order, Report, Told, error_from
from workbench.jobs.state import Event
from workbench.jobs.waking import listen
from workbench.store import Workspace
from workbench.store.release import GRACE_S
from workbench.store.release import release as release_blobs

LOG = logging.getLogger(__name__)
PERIOD_S: Final = 0.1  # between looks at what other doors wrote
RELEASE_S: Final = GRACE_S + 60.0  # what is used again may look a minute older than it is
AGAIN_S: Final = 1.0  # after an error, such as a full disk
FLUSH_S: Final = 0.2  # between writes of progress


@dataclass
class _Running:
    """An attempt under way."""

    job: int
    lock: filelock.BaseFileLock | None
    told: list[Told] = field(default_factory=list)
    is_stopped: bool = False

    def let_go(self) -> None:
        """Give the device back, if it had one."""
        if self.lock is not None:
            self.lock.release()


class Runner:
    """Carries out the jobs of `workspace`, until it is closed.

    Several runners may serve one workspace: each job is taken by one of them, and
    those of a runner that died are taken over by the others.

    Parameters
    ----------
    executor
        Where the work is done: in processes of this machine by default.
    checkpoint_s
        Seconds of work between two kept states of a job.
    modules
        What workers import besides the modules of registered functions; it is imported
        here, too, so that the tasks that it registers are known.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> from workbench.jobs import open, submit
    >>> from workbench.learning import fit
    >>> from workbench.circuits import hclt
    >>> rows = np.array([[0.0, 0.0], [1.0, 1.0]] * 8)
    >>> with open(f"{tempfile.mkdtemp()}/study.wb", run=False) as study, Runner(study):
    ...     submit(study, fit, hclt(rows, latents=2), rows, epochs=2).result(60).history.n_rows
    3
    """

    def __init__(
        self,
        workspace: Workspace,
        executor: Executor | None = None,
        *,
        checkpoint_s: float = CHECKPOINT_S,
        modules: Sequence[str] = (),
    ) -> None:
        for module in modules:
            importlib.import_module(module)
        self.workspace = workspace
        self.executor = executor or Processes()
        self.holder = new_holder()
        self._modules = tuple(modules)
        self._checkpoint_s = checkpoint_s
        self._numbers = itertools.count(1)
        self._running: dict[int, _Running] = {}
        self._superseded: dict[str, float] = {}
        self._told: deque[Report] = deque()
        self._awake = threading.Event()
        self._is_closing = False
        self._beaten = self._flushed = 0.0
        self._position: int | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> Runner:
        """The runner itself, at work on a thread of its own."""
        if self._thread is None:
            listen(self)
            self.executor.listen(self._awake.set)
            self._thread = threading.Thread(target=self._work, daemon=True, name="runner of jobs")
            self._thread.start()
        return self

    def woken(self, workspace: Workspace) -> None:
        """A job waits in `workspace`, perhaps in the one served here."""
        if workspace.path == self.workspace.path:
            self._awake.set()

    def close(self) -> None:
        """End the workers; what they were at waits for the next runner, with its last state."""
        self._is_closing = True
        self._awake.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        if self.holder:
            self._end()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def step(self) -> None:
        """Nothing; one round: read what workers told, stop what was cancelled, begin what waits."""
        now = time.monotonic()
        if now - self._beaten >= BEAT_S:
            self._beaten = now
            self._beat()
            self._release()
        self._take_reports()
        if now - self._flushed >= FLUSH_S:
            self._flushed = now
            self._flush()
        position = self.workspace.position
        if position != self._position:
            self._position = position
            self._stop_cancelled()
            self._begin_waiting()

    def _work(self) -> None:
        while not self._is_closing:
            try:
                self.step()
            except Exception:
                LOG.exception("the runner of %s tries again", self.workspace.name)
                self._awake.wait(AGAIN_S)
            self._awake.wait(PERIOD_S)
            self._awake.clear()

    def _end(self) -> None:
        self.executor.close()
        try:
            self._take_reports()
            self._flush()
            with self.workspace.transaction():
                for row in records.held(self.workspace, self.holder):
                    outcomes.hand_back(self.workspace, row)
        finally:
            for running in self._running.values():
                running.let_go()
            release(self.holder)
            self.holder = ""

    # -- what other runners left ------------------------------------------------

    def _beat(self) -> None:
        now = time.time()
        rows = records.held(self.workspace)
        dead = [row for row in rows if is_dead(str(row.holder), row.beat, now)]
        known = {running.job for running in self._running.values()}
        dead += [row for row in rows if row.holder == self.holder and row.id not in known]
        if dead or known:
            with self.workspace.transaction(durable=bool(dead)):
                for row in dead:
                    outcomes.lose(self.workspace, row.id, str(row.holder))
                records.beat(self.workspace, self.holder, now)
        for row in records.unknown(self.workspace, tasks.known()):
            records.change(self.workspace, row.id, text="waits for a program that knows its task")

    # -- what workers told ------------------------------------------------------

    def _take_reports(self) -> None:
        self._told.extend(self.executor.reports())
        while self._told:
            self._take(self._told[0])  # it stays where writing fails, and is tried again
            self._told.popleft()

    def _take(self, report: Report) -> None:
        running = self._running.get(report.order)
        if running is None:
            return
        try:
            _TAKERS[type(report)](self, running, report)
        except StorageError:
            raise
        except Exception:
            LOG.exception("job %d is lost: what it told cannot be kept", running.job)
            self.executor.stop(report.order)
            running.let_go()
            del self._running[report.order]  # the next beat says so in its row

    def _on_begun(self, running: _Running, report: Begun) -> None:
        with self.workspace.transaction(durable=False):
            self._flush_one(running)
            if self._row_of(running):
                records.forget_reports(self.workspace, running.job, report.step)

    def _on_told(self, running: _Running, report: Told) -> None:
        running.told.append(report)

    def _on_kept(self, running: _Running, report: Kept) -> None:
        with self.workspace.transaction(durable=False):
            self._flush_one(running)
            if row := self._row_of(running):
                self._supersede(row.checkpoint)
                records.change(self.workspace, running.job, checkpoint=report.hash)

    def _on_ended(self, running: _Running, report: Ended) -> None:
        if (report.error or {}).get("kind") == "Failure":
            LOG.error("job %d: %s\n%s", running.job, error_from(report.error or {}), report.details)
        row = records.find(self.workspace, running.job)
        if row is not None and report.event is Event.SUCCEED:
            self._supersede(row.checkpoint)
        with self.workspace.transaction():
            self._flush_one(running)
            outcomes.settle(self.workspace, running.job, self.holder, report)
        del self._running[report.order]
        running.let_go()
        self._position = None  # a slot is free

    def _supersede(self, checkpoint: str | None) -> None:
        if checkpoint is not None:
            self._superseded[checkpoint] = time.monotonic()

    def _release(self) -> None:
        """Give back states that were followed by newer ones, once nobody can be using them."""
        oldest = time.monotonic() - RELEASE_S
        old = [found for found, since in self._superseded.items() if since < oldest]
        if old and not self._told:
            for found in old:
                del self._superseded[found]
            release_blobs(self.workspace, old)

    def _flush(self) -> None:
        told = [running for running in self._running.values() if running.told]
        if told:
            with self.workspace.transaction(durable=False):
                for running in told:
                    self._flush_one(running)

    def _flush_one(self, running: _Running) -> None:
        if row := self._row_of(running):
            records.add_reports(self.workspace, row, running.told)
        running.told.clear()

    def _row_of(self, running: _Running) -> Record | None:
        """The row, as long as the attempt decides what it says."""
        row = records.find(self.workspace, running.job)
        is_mine = row is not None and row.is_running and row.holder == self.holder
        return row if is_mine else None

    # -- what other doors asked for ---------------------------------------------

    def _stop_cancelled(self) -> None:
        mine = {row.id for row in records.held(self.workspace, self.holder) if row.is_running}
        for number, running in self._running.items():
            if running.job not in mine and not running.is_stopped:
                running.is_stopped = True
                self.executor.stop(number)

    def _begin_waiting(self) -> None:
        n_free = self.executor.n_slots - len(self._running)
        if n_free <= 0 or self._is_closing:
            return
        busy: set[str] = set()
        for row in records.waiting(self.workspace, tasks.known()):
            if n_free and row.resource not in busy:
                n_free -= self._has_begun(row, busy)
        if busy:
            self._position = None  # a device that another program gives back is no change here

    def _has_begun(self, row: Record, busy: set[str]) -> bool:
        lock = try_lock(row.resource) if row.resource else None
        if row.resource and lock is None:
            busy.add(row.resource)
            return False
        running = _Running(row.id, lock)
        if not outcomes.claim(self.workspace, row.id, self.holder):
            running.let_go()
            return False
        number = next(self._numbers)
        self._running[number] = running
        self._start(number, row)
        return True

    def _start(self, number: int, row: Record) -> None:
        try:
            call = row.what_to_do
            order = Order(
                number,
                call,
                tasks.target_of(call.task),
                (*self._modules, *tasks.modules()),
                row.checkpoint,
                self._checkpoint_s,
                row.resource,
            )
            self.executor.start(order, self.workspace)
        except (WorkbenchError, OSError) as error:
            self._told.append(Ended(number, Event.FAIL, None, outcomes.told_as(error)))


_TAKERS: Final[dict[type, Callable[[Runner, _Running, Any], None]]] = {
    Begun: Runner._on_begun,  # noqa: SLF001  # the table is part of the class
    Told: Runner._on_told,  # noqa: SLF001  # same
    Kept: Runner._on_kept,  # noqa: SLF001  # same
    Ended: Runner._on_ended,  # noqa: SLF001  # same
}
