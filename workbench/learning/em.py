"""Mini-batch expectation maximisation with explicit flows and an annealed step."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from workbench.circuits.engine import Engine
from workbench.compute import Learner, Learns
from workbench.core.arrays import FloatArray
from workbench.core.checkpoints import NOWHERE, Checkpoints, State
from workbench.core.progress import Progress
from workbench.core.seeds import stream
from workbench.core.states import named, of_part, require_alike
from workbench.core.units import quantity
from workbench.errors import ParameterError, WorkbenchError
from workbench.learning.flow_learner import FlowLearner
from workbench.learning.maximise import prior_of
from workbench.learning.trace import Trace

MOST_STARTING_ROWS = 4096
SCORED_AT_ONCE = 4096
SECONDS_BETWEEN_REPORTS = 0.1


@dataclass(frozen=True)
class Schedule:
    """How long to learn and how fast.

    Parameters
    ----------
    epochs
        Passes over the training rows; None for as many as `seconds` allow.
    seconds
        Time allowed; None for as long as `epochs` take.
    batch
        Rows per step.
    first_step, last_step
        The step size falls geometrically from the first to the last over the
        whole budget, epochs or seconds, whichever ends first.
    pseudocount
        Observations added to each distribution.
    is_relative
        Whether a distribution gets the observations times its own expected flow, the
        share of rows that use it; otherwise each gets them all.
    patience
        Epochs without a better validation score after which learning ends.
    momentum
        The share of the flows of earlier batches in what a step moves towards.
    soften
        The chance of a cell, each time it is seen, to be that of another training row.
    """

    epochs: int | None
    seconds: float | None
    batch: int
    first_step: float = 0.7
    last_step: float = 0.05
    pseudocount: float = 3.0
    is_relative: bool = False
    patience: int | None = None
    momentum: float = 0.0
    soften: float = 0.0

    def step(self, share: float) -> float:
        """The step size when `share` of the budget is spent."""
        return float(self.first_step * (self.last_step / self.first_step) ** min(share, 1.0))

    def share(self, epochs: float, seconds: float) -> float:
        """The share of the budget that is spent."""
        by_epochs = epochs / self.epochs if self.epochs else 0.0
        by_seconds = seconds / self.seconds if self.seconds else 0.0
        return max(by_epochs, by_seconds)


def em(
    engine: Engine,
    train: FloatArray,
    valid: FloatArray,
    schedule: Schedule,
    seed: int,
    on_progress: Progress,
    checkpoints: Checkpoints = NOWHERE,
    clock: Callable[[], float] = time.perf_counter,
) -> Trace:
    """The trace of stepwise EM: running expected counts, blended with each batch's.

    The counts begin with those of up to 4096 rows at the starting parameters.
    Entry 0 of the trace is the circuit as it came. Without validation rows the
    last circuit is kept, with them the best. A checkpoint may come after any
    batch; one that does not fit is not used, and all begins again.

    Source: Cappé and Moulines 2009, "On-line expectation-maximization algorithm
    for latent data models", equation 13; flows as in Peharz et al. 2020,
    "Einsum networks", section 3.4. Softened data as in Liu and Van den Broeck 2021,
    "Tractable regularization of probabilistic circuits", section 3.1, by sampling.
    """
    learner = learner_on(
        engine,
        train,
        schedule.pseudocount,
        is_relative=schedule.is_relative,
        momentum=schedule.momentum,
    )
    return climb(engine, learner, train, valid, schedule, seed, on_progress, checkpoints, clock)


def climb(
    engine: Engine,
    learner: Learner,
    train: FloatArray,
    valid: FloatArray,
    schedule: Schedule,
    seed: int,
    on_progress: Progress,
    checkpoints: Checkpoints = NOWHERE,
    clock: Callable[[], float] = time.perf_counter,
) -> Trace:
    """The trace of the steps of `learner`, which works on `engine`; see :func:`em`."""
    report = _Reporter(on_progress, clock)
    work = _Work(engine, learner, train, valid, schedule, seed, report, clock)
    left = checkpoints.load()
    if left is None or not work.has_resumed(left):
        work.begin()
    while True:
        while work.share < 1.0 and work.first < len(train):
            work.step()
            if checkpoints.is_due:
                checkpoints.save(work.state())
        work.end_epoch()
        if work.share >= 1.0 or work.is_out_of_patience:
            work.tell_end()
            return work.trace.end(engine)


def learner_on(
    engine: Engine,
    rows: FloatArray,
    pseudocount: float,
    *,
    is_relative: bool = False,
    momentum: float = 0.0,
) -> Learner:
    """The engine's own learner, or one that maximises the flows that it gives out."""
    prior = prior_of(engine.circuit, rows, pseudocount, is_relative=is_relative)
    if isinstance(engine, Learns) and momentum == 0.0:
        return engine.learner(prior)
    return FlowLearner(engine, prior, momentum)


class _Work:
    """Learning as it goes: epoch `epoch`, of whose rows those before `first` were seen."""

    def __init__(
        self,
        engine: Engine,
        learner: Learner,
        train: FloatArray,
        valid: FloatArray,
        schedule: Schedule,
        seed: int,
        report: _Reporter,
        clock: Callable[[], float],
    ) -> None:
        self.share = 0.0
        self.first = 0
        self.trace = Trace()
        self._engine, self._train, self._valid = engine, train, valid
        self._schedule, self._report, self._clock = schedule, report, clock
        self._start = engine.circuit
        self._begun = clock()
        self._random = stream(seed, "em")
        self._at_start = self._random.permutation(len(train))[:MOST_STARTING_ROWS]
        self._seen: list[FloatArray] = []
        self._seed, self._learner = seed, learner

    def begin(self) -> None:
        """Nothing; counts begin, and the circuit as it came is entry 0."""
        self._report.begin()
        found = self._learner.start(self._train[self._at_start])
        self.trace.add(self._learner, float(found.mean()), self._score(), self._spent)
        self._next_epoch()

    def step(self) -> None:
        """Nothing; a batch is learned from."""
        rows = self._train[self._order[self.first : self.first + self._schedule.batch]]
        seen = self._softened(rows) if self._schedule.soften else rows
        self._seen.append(self._learner.step(seen, self._schedule.step(self.share)))
        self.first += len(rows)
        self._take_share()
        self._report(self.share, self.trace)

    def end_epoch(self) -> None:
        """Nothing; what the epoch brought is noted, and the next one begins."""
        level = float(np.concatenate(self._seen).mean())
        self.trace.add(self._learner, level, self._score(), self._spent)
        self._next_epoch()

    @property
    def is_out_of_patience(self) -> bool:
        """Whether the validation rows have not been explained better for too many epochs."""
        since = len(self.trace.train) - 1 - self.trace.best_epoch
        return self._schedule.patience is not None and since >= self._schedule.patience

    def tell_end(self) -> None:
        """Nothing; the last epoch is reported, however soon it comes after another report."""
        self._report.end(self.trace)

    def state(self) -> State:
        """All that the rest depends on, as arrays."""
        return {
            "place": np.array([len(self.trace.train), self.first, len(self._train)]),
            "spent": np.array([self._spent]),
            "seen": np.concatenate(self._seen),
            **named("trace", self.trace.state()),
            **named("learner", self._learner.state()),
        }

    def has_resumed(self, state: State) -> bool:
        """Whether `state` was of this work, which is now as it was then."""
        try:
            epoch, first = _place(state, len(self._train))
            trace = Trace.of(of_part("trace", state), epoch, self._start)
            self._learner.restore(of_part("learner", state))
        except WorkbenchError:
            return False
        self.trace = trace
        self._begun -= float(state["spent"][0])
        for _ in range(epoch):
            self._next_epoch()
        self.first, self._seen = first, [state["seen"]]
        self._take_share()
        return True

    def _next_epoch(self) -> None:
        self.first, self._seen = 0, []
        self._order = self._random.permutation(len(self._train))

    def _softened(self, rows: FloatArray) -> FloatArray:
        """`rows`, of whose known cells some are those of other training rows."""
        random = stream(self._seed, "soften", len(self.trace.train), self.first)
        others = random.integers(len(self._train), size=rows.shape)
        moves = (random.random(rows.shape) < self._schedule.soften) & ~np.isnan(rows)
        found: FloatArray = np.where(moves, self._train[others, np.arange(rows.shape[1])], rows)
        return found

    def _take_share(self) -> None:
        n_rows = len(self._train)
        done = (len(self.trace.train) - 1) * n_rows + self.first
        self.share = self._schedule.share(done / n_rows, self._spent)

    @property
    def _spent(self) -> float:
        return self._clock() - self._begun

    def _score(self) -> float:
        rows, found = self._valid, []
        for first in range(0, len(rows), SCORED_AT_ONCE):
            found.append(self._engine.log_likelihood(rows[first : first + SCORED_AT_ONCE]))
            self._report(self.share, self.trace)
        return float(np.concatenate(found).mean()) if found else float("nan")


def _place(state: State, n_rows: int) -> tuple[int, int]:
    """The epoch, and how many of its `n_rows` rows were seen.

    Raises
    ------
    ParameterError
        When `state` is not of learning from so many rows.
    """
    own = {name: array for name, array in state.items() if "." not in name}
    place, times = np.zeros(3, np.int64), np.zeros(1)
    require_alike({"place": own.get("place", times)}, {"place": place})
    epoch, first, n_then = own["place"].tolist()
    if n_then != n_rows or not 0 < first <= n_rows or epoch < 1:
        raise ParameterError("this is the state of other work", given=f"{n_then} rows")
    require_alike(own, {"place": place, "spent": times, "seen": np.zeros(first)})
    return epoch, first


class _Reporter:
    """Passes on progress, but not more often than is worth looking at."""

    def __init__(self, on_progress: Progress, clock: Callable[[], float]) -> None:
        self._on_progress = on_progress
        self._clock = clock
        self._last = -np.inf

    def begin(self) -> None:
        """Nothing; that rows are counted first is reported."""
        self._on_progress(0.0, "counting rows at the start")

    def __call__(self, share: float, trace: Trace) -> None:
        now = self._clock()
        if now - self._last < SECONDS_BETWEEN_REPORTS:
            return
        if not trace.train:
            self.begin()
            return
        self._last = now
        self._tell(share, len(trace.train), trace)

    def end(self, trace: Trace) -> None:
        """Nothing; the last epoch is reported."""
        self._tell(1.0, len(trace.train) - 1, trace)

    def _tell(self, share: float, epoch: int, trace: Trace) -> None:
        values = {"train": trace.train[-1]}
        if not np.isnan(trace.valid[-1]):
            values["valid"] = trace.valid[-1]
        text = f"epoch {epoch}: {quantity(trace.train[-1], 'nats')} per row"
        self._on_progress(min(share, 1.0), text, **values)
