"""Mini-batch expectation maximisation with explicit flows and an annealed step."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from workbench.circuits.circuit import Circuit
from workbench.circuits.engine import Engine, Flows
from workbench.compute import Learner, Learns, Prior
from workbench.core.arrays import FloatArray
from workbench.core.progress import Progress
from workbench.core.seeds import stream
from workbench.core.units import quantity
from workbench.learning.maximise import Counts, Maximiser, prior_of

MOST_STARTING_ROWS = 4096
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
    """

    epochs: int | None
    seconds: float | None
    batch: int
    first_step: float = 0.7
    last_step: float = 0.05
    pseudocount: float = 3.0

    def step(self, share: float) -> float:
        """The step size when `share` of the budget is spent."""
        return float(self.first_step * (self.last_step / self.first_step) ** min(share, 1.0))

    def share(self, epochs: float, seconds: float) -> float:
        """The share of the budget that is spent."""
        by_epochs = epochs / self.epochs if self.epochs else 0.0
        by_seconds = seconds / self.seconds if self.seconds else 0.0
        return max(by_epochs, by_seconds)


@dataclass
class Trace:
    """What a learner reports: one entry per epoch, and the best parameters so far."""

    best_epoch: int = 0
    best: float = -np.inf
    train: list[float] = field(default_factory=list)
    valid: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    snapshot: Callable[[], Circuit] | None = None

    def add(self, learner: Learner, train: float, valid: float, seconds: float) -> None:
        """Nothing; an epoch is noted, and its parameters kept when they are the best."""
        if np.isnan(valid):
            self.best_epoch = len(self.train)
        elif valid > self.best:
            self.snapshot, self.best, self.best_epoch = learner.snapshot(), valid, len(self.train)
        self.train.append(train)
        self.valid.append(valid)
        self.seconds.append(seconds)

    def end(self, engine: Engine) -> Trace:
        """The trace itself; without validation rows it has what `engine` has, and no copy."""
        if self.snapshot is None:
            self.snapshot = lambda: engine.circuit
        return self

    @cached_property
    def circuit(self) -> Circuit:
        """The circuit with the parameters kept; to be read before the engine learns on."""
        if self.snapshot is None:
            raise RuntimeError("nothing was kept yet")
        return self.snapshot()


def em(
    engine: Engine,
    train: FloatArray,
    valid: FloatArray,
    schedule: Schedule,
    seed: int,
    on_progress: Progress,
    clock: Callable[[], float] = time.perf_counter,
) -> Trace:
    """The trace of stepwise EM: running expected counts, blended with each batch's.

    The counts begin with those of up to 4096 rows at the starting parameters.
    Entry 0 of the trace is the circuit as it came. Without validation rows the
    last circuit is kept, with them the best.

    Source: Cappé and Moulines 2009, "On-line expectation-maximization algorithm
    for latent data models", equation 13; flows as in Peharz et al. 2020,
    "Einsum networks", section 3.4.
    """
    begun = clock()
    trace = Trace()
    random = stream(seed, "em")
    learner = learner_on(engine, train, schedule.pseudocount)
    start = learner.start(train[random.permutation(len(train))[:MOST_STARTING_ROWS]])
    trace.add(learner, float(start.mean()), _score(engine, valid), clock() - begun)
    report = _Reporter(on_progress, clock)
    done, share = 0, 0.0
    while share < 1.0:
        seen: list[FloatArray] = []
        for rows in _batches(train, schedule.batch, random):
            seen.append(learner.step(rows, schedule.step(share)))
            done += len(rows)
            share = schedule.share(done / len(train), clock() - begun)
            report(share, trace)
            if share >= 1.0:
                break
        level = float(np.concatenate(seen).mean())
        trace.add(learner, level, _score(engine, valid), clock() - begun)
    return trace.end(engine)


def learner_on(engine: Engine, rows: FloatArray, pseudocount: float) -> Learner:
    """The engine's own learner, or one that maximises the flows that it gives out."""
    prior = prior_of(engine.circuit, rows, pseudocount)
    return engine.learner(prior) if isinstance(engine, Learns) else FlowLearner(engine, prior)


class FlowLearner:
    """Stepwise EM on any engine; see :class:`workbench.compute.learner.Learner`."""

    def __init__(self, engine: Engine, prior: Prior) -> None:
        self._engine = engine
        self._maximise = Maximiser(engine.circuit, prior)

    def start(self, rows: FloatArray) -> FloatArray:
        """(batch,) nats of `rows`, whose expected counts are those to begin with."""
        found = self._engine.flows(rows)
        self._counts = _per_row(found)
        return found.log_likelihood

    def step(self, rows: FloatArray, size: float) -> FloatArray:
        """(batch,) nats of `rows` before the step; counts move a share `size` to theirs."""
        found = self._engine.flows(rows)
        self._counts = self._counts.blend(_per_row(found), size)
        self._engine.set_parameters(*self._maximise(self._engine.circuit, self._counts))
        return found.log_likelihood

    def snapshot(self) -> Callable[[], Circuit]:
        """The present parameters; called, the circuit that has them."""
        circuit = self._engine.circuit
        return lambda: circuit


def _per_row(flows: Flows) -> Counts:
    possible = max(1, int((flows.log_likelihood > -np.inf).sum()))
    return Counts(flows.edges / possible, flows.leaf_statistics / possible)


def _score(engine: Engine, valid: FloatArray) -> float:
    return float(engine.log_likelihood(valid).mean()) if len(valid) else float("nan")


def _batches(rows: FloatArray, size: int, random: np.random.Generator) -> Iterator[FloatArray]:
    order = random.permutation(len(rows))
    for first in range(0, len(rows), size):
        yield rows[order[first : first + size]]


class _Reporter:
    """Passes on progress, but not more often than is worth looking at."""

    def __init__(self, on_progress: Progress, clock: Callable[[], float]) -> None:
        self._on_progress = on_progress
        self._clock = clock
        self._last = -np.inf

    def __call__(self, share: float, trace: Trace) -> None:
        now = self._clock()
        if now - self._last < SECONDS_BETWEEN_REPORTS:
            return
        self._last = now
        values = {"train": trace.train[-1]}
        if not np.isnan(trace.valid[-1]):
            values["valid"] = trace.valid[-1]
        text = f"epoch {len(trace.train)}: {quantity(trace.train[-1], 'nats')} per row"
        self._on_progress(min(share, 1.0), text, **values)
