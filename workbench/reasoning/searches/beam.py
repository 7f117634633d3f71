"""Beam search over steps, guided by a verifier.

From the root n steps are sampled. Then, at each depth, the verifier scores all
candidates, the n / width best are kept, and each of them is expanded by `width`
new samples. A kept candidate that ends its path leaves the beam as finished.
The search ends when the beam is empty, and returns the finished candidate with
the highest score; ties go to the one created earlier.

With n <= width one candidate is kept: greedy search. With n = 1 this is plain
sampling. With distinct draws, an n that covers all candidates and an exact
verifier the search is exhaustive, so it finds a solution whenever there is one.

Source: Snell et al. (2024), Scaling LLM Test-Time Compute Optimally, section
5.2 (beam search against a process reward model).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from workbench.reasoning.events import Event, Keep, Prune
from workbench.reasoning.searches.base import (
    Algorithm,
    Child,
    Choice,
    Evaluate,
    Inbox,
    Move,
    Propose,
    Proposed,
    Scored,
    Started,
    TaskView,
    option,
    register,
)


@dataclass(frozen=True)
class Params:
    """The size of the beam and how its candidates are drawn."""

    n: int = option(16, "Candidates at each depth", low=1, high=100_000)
    width: int = option(4, "Samples from each candidate that is kept", low=1, high=100_000)
    distinct: bool = option(default=False, help="Draw the samples of a node without replacement")


class Candidate(NamedTuple):
    """A scored node."""

    id: int
    terminal: bool
    score: float


@dataclass(frozen=True)
class State:
    """Candidates that wait for their scores, the beam, and what is finished."""

    params: Params
    waiting: tuple[Child, ...] = ()
    beam: tuple[Candidate, ...] = ()
    finished: tuple[Candidate, ...] = ()


def init(task: TaskView, params: Params, key: int) -> State:
    """The state before the first step."""
    return State(params)


def step(state: State, inbox: Inbox) -> Move:
    """Propose, then score, then select, depth by depth."""
    if any(isinstance(message, Started) for message in inbox):
        root = next(message.root for message in inbox if isinstance(message, Started))
        return Move(state, (), (_propose(state.params, root, state.params.n),))
    if state.waiting:
        return _select(state, _merged(inbox))
    children = tuple(
        child
        for message in inbox
        if isinstance(message, Proposed)
        for sample in message.samples
        for child in sample
    )
    waiting = replace(state, waiting=children, beam=())
    return Move(waiting, (), (Evaluate(tuple(child.id for child in children)),) if children else ())


def _propose(params: Params, node: int, n: int) -> Propose:
    return Propose(node, n, steps=1, distinct=params.distinct)


def _merged(inbox: Inbox) -> dict[int, float]:
    scores: dict[int, float] = {}
    for message in inbox:
        if isinstance(message, Scored):
            scores.update(message.scores)
    return scores


def _select(state: State, scores: Mapping[int, float]) -> Move:
    n_kept = max(state.params.n // state.params.width, 1)
    ranked = sorted(
        (Candidate(c.id, c.terminal, scores[c.id]) for c in state.waiting if c.id in scores),
        key=lambda candidate: -candidate.score,
    )
    kept, dropped = ranked[:n_kept], ranked[n_kept:]
    unscored = tuple(child.id for child in state.waiting if child.id not in scores)
    beam = tuple(candidate for candidate in kept if not candidate.terminal)
    finished = state.finished + tuple(candidate for candidate in kept if candidate.terminal)
    width = min(state.params.width, state.params.n)
    requests = tuple(_propose(state.params, c.id, width) for c in beam)
    after = State(state.params, (), beam, finished)
    return Move(after, _decisions(kept, dropped, unscored, n_kept), requests)


def _decisions(
    kept: Sequence[Candidate], dropped: Sequence[Candidate], unscored: tuple[int, ...], n_kept: int
) -> tuple[Event, ...]:
    rule = f"the best {n_kept} by score"
    threshold = kept[-1].score if kept else None
    keeps = (Keep(c.id, rule, threshold, c.score - kept[-1].score) for c in kept)
    prunes = (Prune(c.id, rule, threshold, c.score - kept[-1].score) for c in dropped)
    return (*keeps, *prunes, *(Prune(node, "not scored within the budget") for node in unscored))


def answer(state: State) -> Choice | None:
    """The finished candidate with the highest score."""
    if not state.finished:
        return None
    best = max(state.finished, key=lambda candidate: candidate.score)
    return Choice(best.id, f"highest score of {len(state.finished)} finished")


def on_prune(state: State, nodes: frozenset[int]) -> State:
    """The state without `nodes`."""
    return replace(
        state,
        waiting=tuple(child for child in state.waiting if child.id not in nodes),
        beam=tuple(candidate for candidate in state.beam if candidate.id not in nodes),
        finished=tuple(candidate for candidate in state.finished if candidate.id not in nodes),
    )


BEAM = register(
    Algorithm(
        name="beam",
        title="Beam search",
        needs=("proposer", "verifier"),
        source="Snell et al. (2024), arXiv:2408.03314",
        params=Params,
        init=init,
        step=step,
        answer=answer,
        on_prune=on_prune,
    )
)
