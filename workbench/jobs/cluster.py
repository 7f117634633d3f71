"""DaskExecutor: the same jobs on a Dask cluster, whose workers share no disk with us.

The call travels as text, blobs travel as bytes when a worker asks for them, and
what workers tell and keep comes back through a queue of the scheduler.
"""

from __future__ import annotations

import contextlib
import importlib
import logging
import queue
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from typing import Any, Final

from workbench.errors import MissingDependency, WorkbenchError
from workbench.jobs.cluster_line import Parcels, carry_out, pieces
from workbench.jobs.reports import Ended, Order, Report, error_fields, report_from
from workbench.jobs.state import Event
from workbench.store import Workspace

LOG = logging.getLogger(__name__)
GRACE_S: Final = 1.0
SILENCE_S: Final = 30.0  # after which a worker, or the whole cluster, counts as gone
CONNECT_S: Final = 5.0
MOST_MESSAGES: Final = 16  # that wait for us, before workers wait
_LISTEN_S: Final = 0.03
_COUNT_S: Final = 1.0  # between counts of the cluster's threads


class DaskExecutor:
    """Carries out orders on the workers of a Dask cluster.

    A worker that dies, is silent for too long or cannot be reached loses its job,
    which begins again from its last state. While the scheduler cannot be reached there
    are no slots, so that jobs wait. Everybody who can reach a Dask scheduler can run
    code on its workers: keep it on a network that you trust, or configure its TLS.

    Parameters
    ----------
    address
        Of the scheduler, such as "tcp://10.0.0.5:8786".
    slots
        The most jobs at once; as many as the cluster has threads by default.
    grace_s
        Seconds that a function has to notice that it was cancelled; then its worker
        is begun again, where the cluster can do that.
    silence_s
        Seconds without a sign of life after which a job counts as lost.

    Raises
    ------
    MissingDependency
        When the package `distributed` is not installed.
    WorkbenchError
        When the scheduler cannot be reached.
    """

    def __init__(
        self,
        address: str,
        slots: int | None = None,
        *,
        grace_s: float = GRACE_S,
        silence_s: float = SILENCE_S,
    ) -> None:
        self._dask = distributed()
        self._address, self._slots = address, slots
        self._grace_s, self._silence_s = grace_s, silence_s
        self._told: queue.SimpleQueue[Report] = queue.SimpleQueue()
        self._to_do: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._attempts: dict[int, _Attempt] = {}
        self._lock = threading.Lock()
        self._wake: Callable[[], None] = lambda: None
        self._is_closing = False
        self._threads: list[threading.Thread] = []
        self._n_threads = 0
        self._heard = time.monotonic()
        self._connect()

    @property
    def n_slots(self) -> int:
        """How many orders it carries out at once; none while there is no cluster."""
        return self._n_threads if self._slots is None else min(self._slots, self._n_threads)

    def listen(self, wake: Callable[[], None]) -> None:
        """Call `wake` whenever there is something to report."""
        self._wake = wake
        if not self._threads:
            for name, work in (("heard from", self._hear), ("said to", self._speak)):
                thread = threading.Thread(target=work, daemon=True, name=f"{name} the cluster")
                self._threads.append(thread)
                thread.start()

    def start(self, order: Order, workspace: Workspace) -> None:
        """Begin with `order` as soon as a worker is free."""
        attempt = _Attempt(order, workspace, f"{self._token}-{order.number}")
        with self._lock:
            self._attempts[order.number] = attempt
        self._to_do.put(lambda: self._submit(attempt))

    def reports(self) -> list[Report]:
        """What workers told, and who is gone."""
        self._look_at_clocks()
        found: list[Report] = []
        with contextlib.suppress(queue.Empty):
            while True:
                found.append(self._told.get_nowait())
        return found

    def stop(self, number: int) -> None:
        """Ask the attempt to stop; its worker begins again if it does not."""
        attempt = self._attempts.get(number)
        if attempt is not None and attempt.deadline is None:
            attempt.deadline = time.monotonic() + self._grace_s
            self._to_do.put(lambda: attempt.send({"stop": True}))

    def close(self) -> None:
        """Stop all attempts and let go of the cluster, which goes on without us."""
        for number in list(self._attempts):
            self.stop(number)
        ends = time.monotonic() + self._grace_s
        while self._attempts and self._n_threads and time.monotonic() < ends:
            time.sleep(0.02)
        for attempt in list(self._attempts.values()):
            self._end(attempt, self._lost(attempt, "it was let go of"))
        self._is_closing = True
        self._to_do.put(None)
        for thread in self._threads:
            thread.join(CONNECT_S)
        self._let_go()

    # ---- the thread that speaks --------------------------------------------------------

    def _speak(self) -> None:
        while (action := self._to_do.get()) is not None:
            try:
                action()
            except Exception as error:  # noqa: BLE001  # silence ends what this was for
                LOG.warning("the cluster did not take it: %s", error)

    def _submit(self, attempt: _Attempt) -> None:
        if attempt.number not in self._attempts:
            return
        try:
            attempt.inbox = self._dask.Queue(attempt.key, client=self._client)
            attempt.future = self._client.submit(
                carry_out,
                attempt.order.text,
                self._queue.name,
                attempt.key,
                key=attempt.key,
                pure=False,
            )
        except Exception as error:  # noqa: BLE001  # any of the cluster's own
            self._end(attempt, self._lost(attempt, f"the cluster did not take it: {error}"))
            return
        attempt.future.add_done_callback(lambda future: self._settled(attempt, future))

    def _settled(self, attempt: _Attempt, future: Any) -> None:
        """Nothing; what the cluster itself says of a task, beside what its worker told."""
        if attempt.number not in self._attempts or future.status == "finished":
            return  # the end was told, or is on its way
        error = future.exception()  # None when it was cancelled
        if error is None or type(error).__name__ == "KilledWorker":
            self._end(attempt, self._lost(attempt, str(error or "the cluster dropped it")))
        else:
            self._end(attempt, _failed(attempt, error))

    # ---- the thread that hears ---------------------------------------------------------

    def _hear(self) -> None:
        while not self._is_closing:
            try:
                if time.monotonic() - self._heard > _COUNT_S:
                    self._count()
                messages = self._queue.get(batch=True)
            except Exception as error:  # noqa: BLE001  # any of the cluster's own
                self._reconnect(error)
                continue
            for message in messages:
                self._take(message)
            if not messages:
                time.sleep(_LISTEN_S)

    def _count(self) -> None:
        self._n_threads = sum(self._client.nthreads().values())
        self._heard = time.monotonic()
        self._wake()  # there may be more slots

    def _take(self, message: Any) -> None:
        if not isinstance(message, dict) or message.keys() != {"order", "from", "items"}:
            return
        attempt, worker = self._attempts.get(message["order"]), message["from"]
        if attempt is None:
            return
        if attempt.worker not in {"", worker}:  # begun again: another worker has it
            self._end(attempt, self._lost(attempt, "its worker died"))
            return
        attempt.worker, attempt.heard = worker, time.monotonic()
        try:
            for item in message["items"]:
                self._take_item(attempt, item)
        except (AttributeError, KeyError, TypeError, ValueError, WorkbenchError, OSError) as error:
            self._end(attempt, _failed(attempt, error))

    def _take_item(self, attempt: _Attempt, item: Any) -> None:
        if isinstance(item, Mapping) and "report" in item:
            report = report_from(item["report"])
            if report.order != attempt.number:
                raise ValueError("a worker told of another order")
            self._tell(attempt, report)
        elif isinstance(item, Mapping) and "fetch" in item:
            name = str(item["fetch"])
            self._to_do.put(lambda: attempt.send_blob(name))
        elif (parcel := attempt.parcels.taken(item)) is not None:
            attempt.workspace.keep(dict([parcel]))

    def _tell(self, attempt: _Attempt, report: Report) -> None:
        if isinstance(report, Ended):
            self._end(attempt, report)
        elif attempt.number in self._attempts:
            self._told.put(report)
            self._wake()

    # ---- ends --------------------------------------------------------------------------

    def _end(self, attempt: _Attempt, ended: Ended) -> None:
        """Nothing; the first end of an attempt is told, and the cluster lets go of it."""
        with self._lock:
            if self._attempts.pop(attempt.number, None) is None:
                return
        self._told.put(ended)
        self._to_do.put(lambda: attempt.let_go(is_lost=ended.event is Event.LOSE))
        self._wake()

    def _look_at_clocks(self) -> None:
        now = time.monotonic()
        is_gone = now - self._heard > self._silence_s
        if is_gone:
            self._n_threads = 0
        for attempt in list(self._attempts.values()):
            if is_gone:
                self._end(attempt, self._lost(attempt, "the cluster cannot be reached"))
            elif attempt.worker and now - attempt.heard > self._silence_s:
                self._end(attempt, self._lost(attempt, "its worker is silent"))
            elif attempt.deadline is not None and now > attempt.deadline:
                self._begin_worker_again(attempt)
                self._end(attempt, self._lost(attempt, "it did not stop when it was asked to"))

    def _begin_worker_again(self, attempt: _Attempt) -> None:
        def again() -> None:
            places = [
                place for place, keys in self._client.processing().items() if attempt.key in keys
            ]
            if places:
                self._client.restart_workers(places, raise_for_error=False)

        self._to_do.put(again)

    def _lost(self, attempt: _Attempt, why: str) -> Ended:
        error = WorkbenchError(
            f"{attempt.order.call.task} was lost on the cluster",
            given=why,
            remedy=f"Look at the workers of {self._address}.",
        )
        return Ended(attempt.number, Event.LOSE, None, error_fields(error))

    # ---- the connection ----------------------------------------------------------------

    def _connect(self) -> None:
        self._token = uuid.uuid4().hex
        try:
            self._client = self._dask.Client(
                self._address, timeout=CONNECT_S, set_as_default=False, name="circuit-workbench"
            )
            self._queue = self._dask.Queue(
                f"{self._token}-told", client=self._client, maxsize=MOST_MESSAGES
            )
            self._count()
        except (OSError, ValueError, TimeoutError) as error:
            raise WorkbenchError(
                "cannot reach the cluster",
                given=self._address,
                expected='the address of a Dask scheduler, such as "tcp://10.0.0.5:8786"',
                remedy="Start one with dask scheduler, or look whether its port is open.",
            ) from error

    def _reconnect(self, error: Exception) -> None:
        if self._is_closing:
            return
        LOG.warning("the cluster at %s does not answer: %s", self._address, error)
        self._n_threads = 0
        for attempt in list(self._attempts.values()):
            self._end(attempt, self._lost(attempt, "the cluster cannot be reached"))
        self._let_go()
        with contextlib.suppress(WorkbenchError):
            self._connect()

    def _let_go(self) -> None:
        with contextlib.suppress(Exception):
            self._client.close(timeout=1)


class _Attempt:
    """An order on its way."""

    def __init__(self, order: Order, workspace: Workspace, key: str) -> None:
        self.order, self.workspace, self.key = order, workspace, key
        self.number = order.number
        self.worker = ""
        self.heard = time.monotonic()
        self.deadline: float | None = None
        self.parcels = Parcels()
        self.future: Any = None
        self.inbox: Any = None

    def send(self, message: Mapping[str, object]) -> None:
        """Tell the worker."""
        if self.inbox is not None:
            self.inbox.put(message)

    def send_blob(self, name: str) -> None:
        """Give the worker the blob that it asked for, or the reason why not."""
        try:
            payload = self.workspace.bytes_of(name)
        except (WorkbenchError, OSError) as error:
            self.send({"refused": name, "reason": str(error)})
            return
        for piece in pieces(payload):
            self.send({"piece": piece})
        self.send({"blob": name})

    def let_go(self, *, is_lost: bool) -> None:
        """Let the scheduler forget the task and the queue."""
        if self.inbox is not None and is_lost:
            self.inbox.put({"stop": True})  # it may live on, unheard
        if self.future is not None:
            self.future.cancel() if is_lost else self.future.release()
        if self.inbox is not None:
            self.inbox.close()


def distributed() -> Any:
    """The package of that name.

    Raises
    ------
    MissingDependency
        When it is not installed.

    Examples
    --------
    >>> distributed().__name__
    'distributed'
    """
    try:
        return importlib.import_module("distributed")
    except ImportError:
        raise MissingDependency("distributed", "cluster") from None


def _failed(attempt: _Attempt, error: BaseException) -> Ended:
    told = WorkbenchError(
        f"{attempt.order.call.task} failed on the cluster",
        given=f"{type(error).__name__}: {error}",
        remedy="See that its workers have the same circuit-workbench installed.",
    )
    return Ended(attempt.number, Event.FAIL, None, error_fields(told))
