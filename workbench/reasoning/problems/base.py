"""What a problem is: states, steps between them, and an exact check of the end."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any, ClassVar, NamedTuple, Protocol, TypeAlias

State: TypeAlias = Hashable


class Step(NamedTuple):
    """One step: its text and the state it leads to."""

    text: str
    state: State


class Problem(Protocol):
    """A search problem with known answers; implementations are frozen and hashable."""

    domain: ClassVar[str]

    @property
    def hash(self) -> str:
        """The sha256 that names this instance."""
        ...

    @property
    def max_steps(self) -> int:
        """An upper bound on the steps of any path."""
        ...

    def prompt(self) -> str:
        """The problem as text."""
        ...

    def initial(self) -> State:
        """The state in which every path starts."""
        ...

    def successors(self, state: State) -> tuple[Step, ...]:
        """All steps from `state`, each text once, in a fixed order."""
        ...

    def follow(self, state: State, text: str) -> State | None:
        """The state after the step that `text` describes; ``None`` when it is not allowed."""
        ...

    def is_terminal(self, state: State) -> bool:
        """Whether a path ends in `state`."""
        ...

    def is_goal(self, state: State) -> bool:
        """Whether `state` solves the problem."""
        ...

    def answer(self, texts: Sequence[str]) -> str:
        """The answer that the steps of a path amount to."""
        ...

    def heuristic(self, state: State) -> float:
        """How promising `state` looks at a glance, in nats; larger is better."""
        ...

    def closeness(self, state: State) -> float:
        """A surface feature in [0, 1] by which a biased verifier can be fooled."""
        ...

    def value_to_go(self, state: State) -> float:
        """The exact value: 1.0 when a goal can be reached from `state`, else 0.0."""
        ...

    def record(self) -> dict[str, Any]:
        """The instance as a JSON object."""
        ...

    def __hash__(self) -> int: ...


Policy: TypeAlias = Callable[[State], Sequence[tuple[State, float]]]


def success_probability(problem: Problem, policy: Policy) -> float:
    """The exact probability that a path sampled from `policy` ends in a goal.

    By dynamic programming over states: p(s) = sum of pi(s' | s) p(s').

    Parameters
    ----------
    problem
        Its states must not repeat along a path.
    policy
        Maps a state to (next state, probability) pairs.

    Examples
    --------
    >>> from workbench.reasoning.problems import countdown
    >>> task = countdown([2, 3], 6)
    >>> uniform = lambda s: [(t.state, 1 / len(task.successors(s))) for t in task.successors(s)]
    >>> round(success_probability(task, uniform), 3)
    0.333
    """
    known: dict[State, float] = {}

    def probability(state: State) -> float:
        if problem.is_terminal(state):
            return float(problem.is_goal(state))
        if state not in known:
            known[state] = sum(p * probability(after) for after, p in policy(state))
        return known[state]

    return probability(problem.initial())


Reader: TypeAlias = Callable[[Mapping[str, Any]], Problem]
DOMAINS: dict[str, Reader] = {}


def register_domain(domain: str, reader: Reader) -> None:
    """Nothing; makes the instances of a `domain` readable from their records."""
    DOMAINS[domain] = reader
