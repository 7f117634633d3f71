"""Prune and grow: edges that the data does not use make room for copies of what it does."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from workbench.circuits.circuit import Circuit
from workbench.compute import engine as make_engine
from workbench.core.arrays import AnyArray, FloatArray
from workbench.core.checkpoints import NOWHERE, Checkpoints, State
from workbench.core.progress import Progress, scaled, silent
from workbench.core.states import named, of_part
from workbench.core.units import quantity
from workbench.data.dataset import Dataset
from workbench.errors import ParameterError, WorkbenchError
from workbench.learning.fit import fit, splits
from workbench.learning.grow import grow
from workbench.learning.prune import prune
from workbench.learning.trajectory import (
    HISTORY,
    Phase,
    Trajectory,
    best_of,
    phases_of,
    state_of,
    trajectory_of,
)

AT_ONCE = 4096  # rows scored together


def prune_and_grow(
    circuit: Circuit,
    data: Dataset | ArrayLike,
    rounds: int = 8,
    keep: float = 0.25,
    by: str = "flow",
    noise: float = 0.3,
    grows: bool = True,
    epochs: int | None = None,
    seconds: float | None = None,
    patience: int = 3,
    batch: int = 256,
    pseudocount: float = 5.0,
    relative: bool = True,
    steps: tuple[float, float] = (0.4, 0.005),
    soften: float = 0.0,
    blocks: bool = False,
    device: str = "auto",
    seed: int = 0,
    on_progress: Progress = silent,
    checkpoints: Checkpoints = NOWHERE,
) -> Trajectory:
    """The trajectory of learning, then pruning, growing and learning again in rounds.

    A round begins with the best circuit so far: it keeps the share `keep` of the sum
    edges, grows what is left (which multiplies it by four), and learns. When that does
    not explain the validation rows better, the next round begins again with the best
    circuit, and removes half as much.

    Parameters
    ----------
    rounds
        How many there are at most.
    keep, by, blocks
        What a pruning keeps, see :func:`prune`.
    noise
        See :func:`grow`.
    grows
        Whether circuits grow; otherwise they are only pruned, and get smaller.
    epochs, seconds
        The budget, at most: epochs of each phase of EM, and the seconds of all rounds
        together, which are shared out evenly; 30 epochs when neither is given.
    patience
        Rounds in a row without a better circuit after which it ends.
    batch, pseudocount, relative, steps, soften
        Of EM, see :func:`fit`; the steps are those of each phase.
    on_progress
        Called with the share done and the values train and valid (nats per row) and
        sum_edges; what it raises ends the work and changes nothing.
    checkpoints
        Where the work goes on from after an interruption, in any phase.

    Raises
    ------
    DataError
        When the rows are empty, do not fit the circuit or are all impossible.
    ParameterError
        When an argument is outside its range.

    Source: Dang, Liu and Van den Broeck 2022, "Sparse probabilistic circuits via
    pruning and growing", section 5; that a round may be undone is ours.

    Examples
    --------
    >>> from workbench.circuits import hclt
    >>> rows = np.array([[0, 0, 1], [1, 1, 0], [0, 0, 0], [1, 1, 1]], dtype=float)
    >>> found = prune_and_grow(hclt(rows, latents=2), rows, rounds=2, epochs=2)
    >>> found.phases["valid"].shape == found.phases["train"].shape
    True
    """
    for name, value in (("rounds", rounds), ("patience", patience)):
        if not value > 0:
            raise ParameterError(
                "cannot prune and grow", given=f"{name}={value}", expected="more than 0"
            )
    train, valid = splits(circuit, data)
    learning = {
        "batch": batch,
        "epochs": epochs,
        "pseudocount": pseudocount,
        "relative": relative,
        "steps": steps,
        "soften": soften,
    }
    plan = _Plan(rounds, keep, by, noise, grows, seconds, patience, blocks, learning)
    work = _Work(circuit, data, (train, valid), plan, device, seed, on_progress, checkpoints)
    work.resume()
    while work.goes_on:
        work.advance()
    return trajectory_of(work.phases)


@dataclass(frozen=True)
class _Plan:
    """What was asked for."""

    rounds: int
    keep: float
    by: str
    noise: float
    grows: bool
    seconds: float | None
    patience: int
    blocks: bool
    learning: Mapping[str, object]

    def next(self, phases: Sequence[Phase]) -> str:
        """The kind of the phase that follows; "" after the last."""
        last = phases[-1]
        if last.kind == "prune" and self.grows:
            return "grow"
        if last.kind != "em":
            return "em"
        best = phases[best_of(phases)].round
        is_over = last.round >= self.rounds or last.round - best >= self.patience
        return "" if is_over else "prune"

    def keep_next(self, phases: Sequence[Phase]) -> float:
        """The share to keep: of a round that brought nothing, half of what it removed stays."""
        keep, best = self.keep, -np.inf
        for phase in phases:
            if phase.kind != "em":
                continue
            if phase.round and not phase.score > best:
                keep = (1.0 + keep) / 2.0
            best = max(best, phase.score)
        return keep

    @property
    def phases_each(self) -> int:
        """How many phases a round has."""
        return 3 if self.grows else 2


class _Work:
    """Phases as they are done; see :func:`prune_and_grow`."""

    def __init__(
        self,
        circuit: Circuit,
        data: Dataset | ArrayLike,
        rows: tuple[FloatArray, FloatArray],
        plan: _Plan,
        device: str,
        seed: int,
        on_progress: Progress,
        checkpoints: Checkpoints,
    ) -> None:
        self.phases: list[Phase] = []
        self._start, self._data, self._rows = circuit, data, rows
        self._plan, self._device, self._seed = plan, device, seed
        self._on_progress, self._checkpoints = on_progress, checkpoints
        self._inner: State | None = None

    @property
    def goes_on(self) -> bool:
        """Whether another phase follows."""
        return bool(self._plan.next(self.phases))

    def resume(self) -> None:
        """Nothing; what an earlier attempt left is taken up, or there is the start alone."""
        left = self._checkpoints.load()
        if left is not None:
            try:
                phases = phases_of(left, self._start.variables)
            except WorkbenchError:
                phases = []
            if phases and phases[0].circuit == self._start:
                self.phases, self._inner = phases, of_part("em", left)
                return
        train, valid = self._measured(self._start)
        self.phases = [Phase("start", 0, -1, self._start, train, valid, _no_epochs())]

    def advance(self) -> None:
        """Nothing; the next phase is done."""
        kind, begun = self._plan.next(self.phases), time.perf_counter()
        do = {"em": self._learn, "prune": self._prune, "grow": self._grow}[kind]
        phase = replace(do(), seconds=time.perf_counter() - begun)
        self.phases.append(phase)
        self._inner = None
        if self._checkpoints.is_due:
            self._checkpoints.save(state_of(self.phases))

    def _learn(self) -> Phase:
        last = self.phases[-1]
        found = fit(
            last.circuit,
            self._data,
            device=self._device,
            seed=self._seed + last.round,
            seconds=self._seconds(),
            on_progress=self._reporter(f"round {last.round}, learning", last.circuit),
            checkpoints=_Within(self._checkpoints, self.phases, self._inner),
            **self._plan.learning,  # type: ignore[arg-type]  # by name, each of its own type
        )
        train, valid = self._measured(found.circuit)
        history = np.stack([found.history[name] for name in HISTORY])
        return Phase(
            "em", last.round, self._number, found.circuit, train, valid, history, keep=last.keep
        )

    def _prune(self) -> Phase:
        origin = best_of(self.phases)
        best, number = self.phases[origin].circuit, self.phases[-1].round + 1
        keep = self._plan.keep_next(self.phases)
        found = prune(
            best,
            self._rows[0],
            keep,
            self._plan.by,
            device=self._device,
            seed=self._seed + number,
            blocks=self._plan.blocks,
            on_progress=self._reporter(f"round {number}, pruning", best),
        )
        train, valid = self._measured(found.circuit)
        return Phase(
            "prune",
            number,
            origin,
            found.circuit,
            train,
            valid,
            _no_epochs(),
            bound=found.bound,
            loss=found.loss,
            keep=keep,
        )

    def _grow(self) -> Phase:
        last = self.phases[-1]
        grown = grow(last.circuit, self._plan.noise, self._seed + last.round)
        train, valid = self._measured(grown)
        return Phase(
            "grow", last.round, self._number, grown, train, valid, _no_epochs(), keep=last.keep
        )

    @property
    def _number(self) -> int:
        return len(self.phases) - 1

    def _seconds(self) -> float | None:
        """The time that this phase of EM has: an even share of what is left."""
        if self._plan.seconds is None:
            return None
        spent = sum(phase.seconds for phase in self.phases[1:])
        n_left = self._plan.rounds - self.phases[-1].round + 1
        return max(self._plan.seconds - spent, 1e-3) / n_left

    def _measured(self, circuit: Circuit) -> tuple[float, float]:
        """Mean nats per row of training and validation rows; NaN where there are none."""
        engine = make_engine(circuit, self._device)
        found = []
        for rows in self._rows:
            parts = [
                engine.log_likelihood(rows[first : first + AT_ONCE])
                for first in range(0, len(rows), AT_ONCE)
            ]
            found.append(float(np.concatenate(parts).mean()) if parts else float("nan"))
        return found[0], found[1]

    def _reporter(self, text: str, circuit: Circuit) -> Progress:
        """Reports the share of all phases, with the size of the circuit at work."""
        total = 2 + self._plan.rounds * self._plan.phases_each
        inner = scaled(self._on_progress, len(self.phases) / total, (len(self.phases) + 1) / total)
        size = float(circuit.is_sum_edge.sum())

        def report(share: float, said: str = "", /, **values: float) -> None:
            inner(share, f"{text}: {said}", **values, sum_edges=size)

        report(0.0, quantity(self.phases[-1].train, "nats") + " per row")
        return report


class _Within:
    """Checkpoints of a phase of EM, kept together with the phases before it."""

    def __init__(self, outer: Checkpoints, phases: Sequence[Phase], left: State | None) -> None:
        self._outer, self._left = outer, left
        self._before = phases

    @property
    def is_due(self) -> bool:
        """Whether a state should be kept."""
        return self._outer.is_due

    def load(self) -> State | None:
        """What an earlier attempt left in this phase."""
        return self._left or None

    def save(self, state: State) -> None:
        """Nothing; the state is kept with the phases."""
        self._outer.save({**state_of(self._before), **named("em", state)})


def _no_epochs() -> AnyArray:
    return np.empty((len(HISTORY), 0))
