"""The one driver of all searches: batches calls across runs, and talks to people.

Every run is a coroutine that stops when it needs a model. When all runs in
flight wait, their calls go to each model as one batch. Results cannot depend on
the batching, because random numbers are named by nodes.
"""

from __future__ import annotations

import asyncio
import inspect
import time
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from workbench.core.checkpoints import NOWHERE, Checkpoints
from workbench.core.progress import Progress, silent
from workbench.errors import WorkbenchError
from workbench.reasoning.budget import Budget
from workbench.reasoning.control import Control
from workbench.reasoning.events import Event
from workbench.reasoning.keeper import Keeper, kept_logs
from workbench.reasoning.plan import ModelCall, Plan, ProposeCall
from workbench.reasoning.problems.base import Problem
from workbench.reasoning.proposers import Proposer, Symbolic
from workbench.reasoning.run import Run
from workbench.reasoning.searches import algorithm as find_algorithm
from workbench.reasoning.searches import read_params
from workbench.reasoning.session import Session
from workbench.reasoning.verifiers import Oracle, Verifier

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

IN_FLIGHT = 64
ASKED_AT_ONCE = 512  # requests, between which a search notices that it was cancelled
Listener: TypeAlias = Callable[[tuple[Event, ...]], None]
T = TypeVar("T")


def search(
    task: Problem,
    algorithm: str = "best_of_n",
    *,
    budget: Budget | None = None,
    seed: int = 0,
    proposer: Proposer | None = None,
    verifier: Verifier | None = None,
    params: object = None,
    on_progress: Progress = silent,
    on_events: Listener | None = None,
    control: Control | None = None,
    checkpoints: Checkpoints = NOWHERE,
) -> Run:
    """The run of one search of `task`; equal arguments give equal events.

    Parameters
    ----------
    task
        What to solve, see :mod:`workbench.reasoning.problems`.
    algorithm
        One of :func:`algorithms`.
    budget
        What it may spend; nothing is limited by default but the algorithm itself.
    seed
        Names all random numbers.
    proposer
        Where steps come from; the symbolic proposer by default.
    verifier
        Where scores come from; the exact oracle by default.
    params
        The algorithm's parameters, its own dataclass or a mapping.
    on_progress
        Told the largest share of a limit that is spent.
    on_events
        Given each batch of new events as it happens.
    control
        Pauses, steps, cancels and edits the search from another thread.
    checkpoints
        Where the search goes on from after an interruption, between any two rounds; what
        is recorded there is lived through again and not paid for twice.

    Raises
    ------
    ParameterError
        For an unknown algorithm or parameter.

    Examples
    --------
    >>> from workbench.reasoning import problems
    >>> run = search(problems.countdown([3, 7, 5, 9], 24), "best_of_n", params={"n": 64})
    >>> run.solved, run.ledger.verifier_calls
    (True, 64)
    """
    plan = _plan(task, algorithm, budget, seed, proposer, verifier, params)
    hooks = _Hooks(on_progress, on_events, control or Control())
    return _blocking(_all(_sessions([plan], checkpoints), checkpoints, hooks))[0]


def search_many(
    tasks: Sequence[Problem],
    algorithm: str = "best_of_n",
    *,
    budget: Budget | None = None,
    seed: int = 0,
    proposer: Proposer | None = None,
    verifier: Verifier | None = None,
    params: object = None,
    on_progress: Progress = silent,
    on_events: Listener | None = None,
    control: Control | None = None,
    in_flight: int = IN_FLIGHT,
    checkpoints: Checkpoints = NOWHERE,
) -> tuple[Run, ...]:
    """One run for each of `tasks`, in their order, with the `budget` for each.

    Parameters are those of :func:`search`; at most `in_flight` runs wait for
    models at the same time. Progress is the share of tasks finished.

    Examples
    --------
    >>> from workbench.reasoning import problems
    >>> runs = search_many(problems.countdown_set(3, size=3), "beam", params={"distinct": True})
    >>> [run.solved for run in runs]
    [True, True, True]
    """
    plans = [_plan(task, algorithm, budget, seed, proposer, verifier, params) for task in tasks]
    hooks = _Hooks(on_progress, on_events, control or Control(), len(plans))
    return _blocking(_all(_sessions(plans, checkpoints), checkpoints, hooks, in_flight))


def continued(
    run: Run,
    *,
    on_progress: Progress = silent,
    on_events: Listener | None = None,
    control: Control | None = None,
    checkpoints: Checkpoints = NOWHERE,
) -> Run:
    """An open `run`, continued to its end."""
    hooks = _Hooks(on_progress, on_events, control or Control())
    [kept] = kept_logs([run.plan], checkpoints)
    session = Session(run.plan, kept or run.events)
    return _blocking(_all([session], checkpoints, hooks))[0]


@dataclass
class _Hooks:
    """Who listens to runs and who steers them."""

    on_progress: Progress
    on_events: Listener | None
    control: Control
    n_runs: int = 1
    n_finished: int = 0
    share: float = 0.0

    def report(self, session: Session, seen: int) -> int:
        if self.on_events is not None and len(session) > seen:
            self.on_events(session.since(seen))
        tokens = session.ledger.tokens or 0
        self.share = session.account.share() if self.n_runs == 1 else self.n_finished / self.n_runs
        self.on_progress(self.share, f"{len(session):,} events", tokens=float(tokens))
        return len(session)

    def asking(self, n_asked: int, n_requests: int) -> None:
        self.on_progress(self.share, f"asked {n_asked:,} of {n_requests:,} times")

    def recorded(self, session: Session) -> Run:
        """The run that an earlier attempt finished."""
        log = session.known
        if self.on_events is not None:
            self.on_events(log.events)
        self.finished()
        return Run(session.plan, log, log[-1].status)  # type: ignore[union-attr]

    def finished(self) -> None:
        self.n_finished += 1
        self.on_progress(
            self.n_finished / self.n_runs, f"{self.n_finished:,} of {self.n_runs:,} searches"
        )


class _Pool:
    """Collects the calls of all runs in flight and makes them in batches."""

    def __init__(self, asking: _Asking) -> None:
        self._members = 0
        self._asking = asking
        self._waiting: list[tuple[Sequence[ModelCall], asyncio.Future[_Made]]] = []
        self._tasks: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def member(self) -> AsyncIterator[None]:
        self._members += 1
        try:
            yield
        finally:
            self._members -= 1
            self._look()

    async def made(self, calls: Sequence[ModelCall]) -> _Made:
        future: asyncio.Future[_Made] = asyncio.get_running_loop().create_future()
        self._waiting.append((calls, future))
        self._look()
        return await future

    def _look(self) -> None:
        """Look after the runs that can go on now have gone on: only then do all of them wait."""
        asyncio.get_running_loop().call_soon(self._flush_when_all_wait)

    def _flush_when_all_wait(self) -> None:
        if self._waiting and len(self._waiting) >= self._members:
            batch, self._waiting = self._waiting, []
            task = asyncio.get_running_loop().create_task(_flush(batch, self._asking))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)


_Made: TypeAlias = tuple[list[Sequence[Any]], float]  # results, seconds for each request
_Asking: TypeAlias = Callable[[int, int], None]  # told how many of how many requests were made


async def _flush(
    batch: list[tuple[Sequence[ModelCall], asyncio.Future[_Made]]], asking: _Asking
) -> None:
    began = time.monotonic()
    try:
        results = await _results([call for calls, _ in batch for call in calls], asking)
    except Exception as error:  # noqa: BLE001  # raised again in every run that waits
        for _, future in batch:
            if not future.done():
                future.set_exception(error)
        return
    seconds = (time.monotonic() - began) / sum(len(result) for result in results)
    for calls, future in batch:
        mine, results = results[: len(calls)], results[len(calls) :]
        if not future.done():
            future.set_result((mine, seconds))


async def _results(calls: Sequence[ModelCall], asking: _Asking) -> list[Sequence[Any]]:
    places: dict[Any, list[int]] = {}
    for place, call in enumerate(calls):
        places.setdefault(call.model, []).append(place)
    results: list[Sequence[Any]] = [()] * len(calls)
    for mine in places.values():
        answers = await _asked([calls[place] for place in mine], asking)
        for place in mine:
            n_requests = len(calls[place].requests)
            results[place], answers = answers[:n_requests], answers[n_requests:]
    return results


async def _asked(calls: Sequence[ModelCall], asking: _Asking) -> Sequence[Any]:
    """The answers of one model; one that answers later gets all requests together."""
    requests: list[Any] = [request for call in calls for request in call.requests]
    first = calls[0]
    ask: Any = first.model.propose if isinstance(first, ProposeCall) else first.model.score
    size = len(requests) if inspect.iscoroutinefunction(ask) else ASKED_AT_ONCE
    answers: list[Any] = []
    for begin in range(0, len(requests), size):
        asking(begin, len(requests))
        part = ask(requests[begin : begin + size])
        answers += await part if inspect.isawaitable(part) else part
    if len(answers) != len(requests):
        raise WorkbenchError(
            "a model answered wrongly",
            given=f"{len(answers)} results",
            expected=f"one for each of {len(requests)} requests",
        )
    return answers


def _sessions(plans: Sequence[Plan], checkpoints: Checkpoints) -> list[Session]:
    logs = kept_logs(plans, checkpoints)
    return [Session(plan, log) for plan, log in zip(plans, logs, strict=True)]


async def _all(
    sessions: Sequence[Session],
    checkpoints: Checkpoints,
    hooks: _Hooks,
    in_flight: int = IN_FLIGHT,
) -> tuple[Run, ...]:
    pool, gate = _Pool(hooks.asking), asyncio.Semaphore(in_flight)
    keeper = Keeper(sessions, checkpoints)

    async def guarded(session: Session) -> Run:
        async with gate, pool.member():
            return await _one(session, pool, hooks, keeper)

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(guarded(session)) for session in sessions]
    return tuple(task.result() for task in tasks)


async def _one(session: Session, pool: _Pool, hooks: _Hooks, keeper: Keeper) -> Run:
    if session.has_ended:
        return hooks.recorded(session)
    session.begin()
    seen = 0
    while session.is_open:
        seen = hooks.report(session, seen)
        keeper.keep_if_due()
        if not session.is_replaying and (stop := await hooks.control.interruption()):
            return Run(session.plan, session.log(), stop)
        await _round(session, pool)
        session.advance(() if session.is_replaying else hooks.control.taken_edits())
    status = session.finish()
    hooks.report(session, seen)
    hooks.finished()
    return Run(session.plan, session.log(), status)


async def _round(session: Session, pool: _Pool) -> None:
    while calls := session.grant():
        recalled = [session.recalled(call) for call in calls]
        to_make = [call for call, known in zip(calls, recalled, strict=True) if known is None]
        made, seconds = await pool.made(to_make) if to_make else ([], 0.0)
        fresh = iter(made)
        results = [next(fresh) if known is None else known for known in recalled]
        session.settle(calls, results, seconds)


def _plan(
    task: Problem,
    algorithm: str,
    budget: Budget | None,
    seed: int,
    proposer: Proposer | None,
    verifier: Verifier | None,
    params: object,
) -> Plan:
    found = find_algorithm(algorithm)
    return Plan(
        task,
        found,
        read_params(found.params, params),
        seed,
        budget or Budget(),
        proposer or Symbolic(),
        verifier or Oracle(),
    )


def _blocking(work: Coroutine[Any, Any, T]) -> T:
    """The result of `work`, also when this thread already runs an event loop, as in Jupyter."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return _unwrapped(work)
    with ThreadPoolExecutor(max_workers=1) as pool:
        return pool.submit(_unwrapped, work).result()


def _unwrapped(work: Coroutine[Any, Any, T]) -> T:
    try:
        return asyncio.run(work)
    except BaseExceptionGroup as group:
        raise group.exceptions[0] from None
