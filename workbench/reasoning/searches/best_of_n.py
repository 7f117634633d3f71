"""Best-of-n: sample n complete solutions and return the one that a verifier likes best.

Computed is the argmax over samples i of agg(s_i1, ..., s_iT), where s_it is the
verifier's score of the path up to step t, and agg is the last, the smallest,
the product or the mean of them. With "last" only the ends are scored. Ties go
to the earlier sample. With a perfect verifier of answers the probability of
success is exactly 1 - (1 - p)^n, p being that of one sample.

Source: Cobbe et al. (2021), Training Verifiers to Solve Math Word Problems;
aggregates as in Lightman et al. (2023), Let's Verify Step by Step, and Snell et
al. (2024), Scaling LLM Test-Time Compute Optimally, section 5.1.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TypeAlias

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

Aggregate: TypeAlias = Callable[[Sequence[float]], float]

AGGREGATES: Mapping[str, Aggregate] = MappingProxyType(
    {
        "last": lambda scores: scores[-1],
        "min": min,
        "prod": math.prod,
        "mean": lambda scores: math.fsum(scores) / len(scores),
    }
)


@dataclass(frozen=True)
class Params:
    """How many samples, and how the scores of a sample's steps are made one."""

    n: int = option(16, "Complete solutions to sample", low=1, high=100_000)
    aggregate: str = option("last", "How step scores become one score", choices=tuple(AGGREGATES))


@dataclass(frozen=True)
class State:
    """The samples so far and the scores of their steps."""

    params: Params
    samples: tuple[tuple[Child, ...], ...] = ()
    scores: Mapping[int, float] = field(default_factory=dict)


def init(task: TaskView, params: Params, key: int) -> State:
    """The state before the first step."""
    return State(params)


def step(state: State, inbox: Inbox) -> Move:
    """Sample, then score, then finish."""
    for message in inbox:
        if isinstance(message, Started):
            return Move(state, (), (Propose(message.root, state.params.n, steps=None),))
        if isinstance(message, Proposed):
            return _score(replace(state, samples=message.samples))
        if isinstance(message, Scored):
            return Move(replace(state, scores=message.scores))
    return Move(state)


def _score(state: State) -> Move:
    nodes = tuple(child.id for sample in _complete(state) for child in _scored(state, sample))
    return Move(state, (), (Evaluate(nodes),) if nodes else ())


def answer(state: State) -> Choice | None:
    """The best complete sample; the first one while none is scored."""
    complete = _complete(state)
    if not complete:
        return None
    rated = [sample for sample in complete if _is_scored(state, sample)]
    if not rated:
        return Choice(complete[0][-1].id, "first sample")
    best = max(rated, key=lambda sample: _value(state, sample))
    return Choice(best[-1].id, f"highest {state.params.aggregate} score of {len(rated)}")


def on_prune(state: State, nodes: frozenset[int]) -> State:
    """The state without the samples that pass through `nodes`."""
    left = (sample for sample in state.samples if not any(child.id in nodes for child in sample))
    return replace(state, samples=tuple(left))


def _complete(state: State) -> list[tuple[Child, ...]]:
    return [sample for sample in state.samples if sample[-1].terminal]


def _scored(state: State, sample: tuple[Child, ...]) -> tuple[Child, ...]:
    return sample[-1:] if state.params.aggregate == "last" else sample


def _is_scored(state: State, sample: tuple[Child, ...]) -> bool:
    return all(child.id in state.scores for child in _scored(state, sample))


def _value(state: State, sample: tuple[Child, ...]) -> float:
    scores = [state.scores[child.id] for child in _scored(state, sample)]
    return AGGREGATES[state.params.aggregate](scores)


BEST_OF_N = register(
    Algorithm(
        name="best_of_n",
        title="Best-of-n",
        needs=("proposer", "verifier"),
        source="Cobbe et al. (2021), arXiv:2110.14168",
        params=Params,
        init=init,
        step=step,
        answer=answer,
        on_prune=on_prune,
    )
)
