"""The symbolic proposer: a stochastic policy over a problem's own successors.

No language model is involved. The probability of a step is the softmax of the
problem's heuristic of the state it leads to, at a temperature, cut to the
nucleus of probability `top_p` (Holtzman et al. 2020) and renormalised, so
log-probabilities are those of the distribution that is really sampled. Draws
without replacement use Gumbel top-k (Kool et al. 2019).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any, ClassVar, NamedTuple

import numpy as np

from workbench.core.arrays import FloatArray, frozen
from workbench.errors import ParameterError
from workbench.reasoning.keys import gumbel, node_id, uniform
from workbench.reasoning.problems.base import Problem, State, Step
from workbench.reasoning.proposers.base import (
    Proposal,
    StepRequest,
    StepSample,
    count_tokens,
    register_proposer,
)


class StepDistribution(NamedTuple):
    """The steps with positive probability from a state, and their distribution."""

    steps: tuple[Step, ...]
    probability: FloatArray
    log_probability: FloatArray
    cumulative: tuple[float, ...]
    tokens: tuple[int, ...]


@dataclass(frozen=True)
class Symbolic:
    """A softmax policy over successors with true log-probabilities.

    Parameters
    ----------
    temperature
        Of the softmax; 0 always takes the most promising step.
    top_p
        Keep the smallest set of steps that holds this probability.

    Examples
    --------
    >>> from workbench.reasoning.problems import countdown
    >>> task = countdown([2, 3], 6)
    >>> steps = Symbolic().distribution(task, task.initial())
    >>> float(np.exp(steps.log_probability).sum().round(12))
    1.0
    """

    temperature: float = 1.0
    top_p: float = 1.0

    kind: ClassVar[str] = "symbolic"

    def __post_init__(self) -> None:
        if not 0.0 <= self.temperature < float("inf"):
            raise ParameterError(
                "cannot make a proposer",
                given=f"temperature={self.temperature}",
                expected="a number from 0 up",
            )
        if not 0.0 < self.top_p <= 1.0:
            raise ParameterError(
                "cannot make a proposer", given=f"top_p={self.top_p}", expected="a share in (0, 1]"
            )

    @property
    def flops_per_token(self) -> None:
        """``None``: a symbolic policy has no parameters to multiply by."""

    def distribution(self, problem: Problem, state: State) -> StepDistribution:
        """The steps from `state` with their probabilities; empty at a dead end."""
        return _distribution(self, problem, state)

    def policy(self, problem: Problem, state: State) -> list[tuple[State, float]]:
        """(next state, probability) pairs from `state`, for exact dynamic programming."""
        steps, probability, *_ = self.distribution(problem, state)
        return [(step.state, p) for step, p in zip(steps, probability.tolist(), strict=True)]

    def most_tokens(self, problem: Problem, state: State, steps: int | None) -> int:
        """The exact maximum over the paths that the policy allows."""
        return _most_tokens(self, problem, state, problem.max_steps if steps is None else steps)

    def propose(self, requests: Sequence[StepRequest]) -> list[Proposal]:
        """One sample for each request, each depending on its own names only."""
        return [Proposal(tuple(self._sampled(request))) for request in requests]

    def record(self) -> dict[str, Any]:
        """The proposer as a JSON object."""
        return {"kind": self.kind, **asdict(self)}

    def _sampled(self, request: StepRequest) -> Iterator[StepSample]:
        problem, state = request.problem, request.state
        node, draw, distinct = request.node, request.draw, request.distinct
        n_steps = problem.max_steps if request.steps is None else request.steps
        for _ in range(n_steps):
            if problem.is_terminal(state):
                return
            steps = self.distribution(problem, state)
            if distinct:
                order = _order(self, problem, state, node)
                place = order[draw] if draw < len(order) else None
            else:
                place = _drawn(steps, node, draw)
            if place is None:
                return
            step = steps.steps[place]
            yield StepSample(step.text, float(steps.log_probability[place]), steps.tokens[place])
            node, draw, distinct = node_id(request.stream, node, draw), 0, False
            state = step.state


def _drawn(steps: StepDistribution, node: int, draw: int) -> int | None:
    if not steps.steps:
        return None
    place = bisect_right(steps.cumulative, uniform("propose", node, draw))
    return min(place, len(steps.steps) - 1)


@lru_cache(maxsize=2**8)
def _order(proposer: Symbolic, problem: Problem, state: State, node: int) -> tuple[int, ...]:
    """The places of all steps in the order in which they are drawn without replacement."""
    steps = _distribution(proposer, problem, state)
    noise = [gumbel("order", node, place) for place in range(len(steps.steps))]
    order = np.argsort(-(steps.log_probability + np.array(noise)), kind="stable")
    return tuple(order.tolist())


@lru_cache(maxsize=2**16)
def _distribution(proposer: Symbolic, problem: Problem, state: State) -> StepDistribution:
    steps = problem.successors(state)
    heuristic = np.array([problem.heuristic(step.state) for step in steps])
    probability = _nucleus(_softmax(heuristic, proposer.temperature), proposer.top_p)
    kept = np.flatnonzero(probability)
    probability = probability[kept]
    left = tuple(steps[place] for place in kept)
    return StepDistribution(
        left,
        frozen(probability),
        frozen(np.log(probability)),
        tuple(np.cumsum(probability).tolist()),
        tuple(count_tokens(step.text) for step in left),
    )


def _softmax(heuristic: FloatArray, temperature: float) -> FloatArray:
    if not len(heuristic):
        return heuristic
    if temperature == 0.0:
        best = np.zeros(len(heuristic))
        best[np.argmax(heuristic)] = 1.0
        return best
    with np.errstate(over="ignore"):  # minus infinity is right for a tiny temperature
        weights = np.exp((heuristic - heuristic.max()) / temperature)
    return np.asarray(weights / weights.sum(), dtype=np.float64)


def _nucleus(probability: FloatArray, top_p: float) -> FloatArray:
    if top_p >= 1.0 or not len(probability):
        return probability
    order = np.argsort(-probability, kind="stable")
    before = np.cumsum(probability[order]) - probability[order]
    kept = np.where(before < top_p, probability[order], 0.0)
    result = np.zeros_like(probability)
    result[order] = kept / kept.sum()
    return result


@lru_cache(maxsize=2**16)
def _most_tokens(proposer: Symbolic, problem: Problem, state: State, n_steps: int) -> int:
    if n_steps == 0 or problem.is_terminal(state):
        return 0
    steps = _distribution(proposer, problem, state)
    return max(
        (
            tokens + _most_tokens(proposer, problem, step.state, n_steps - 1)
            for step, tokens in zip(steps.steps, steps.tokens, strict=True)
        ),
        default=0,
    )


def _read(record: Mapping[str, Any]) -> Symbolic:
    return Symbolic(record["temperature"], record["top_p"])


register_proposer(Symbolic.kind, _read)
