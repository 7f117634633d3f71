"""What a proposer is: it continues a path by sampled steps and says what that cost."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, ClassVar, NamedTuple, Protocol, TypeAlias

from workbench.reasoning.problems.base import Problem, State

_TOKEN = re.compile(r"\d{1,3}|[^\W\d]+|[^\w\s]")


class StepRequest(NamedTuple):
    """Ask for one sample after `node`: its random numbers are named by (stream, node, draw)."""

    problem: Problem
    state: State
    texts: tuple[str, ...]
    stream: int
    node: int
    draw: int
    steps: int | None = 1  # None: go on to the end
    distinct: bool = False  # the draw-th one without replacement instead of an independent one


class StepSample(NamedTuple):
    """One sampled step: its text, its log-probability in nats, its tokens."""

    text: str
    log_probability: float | None
    tokens: int


class Proposal(NamedTuple):
    """The steps of one sample; none when the proposer had nothing to say or failed."""

    steps: tuple[StepSample, ...]


class Proposer(Protocol):
    """A source of steps; implementations are frozen, hashable and rebuilt from their record."""

    kind: ClassVar[str]

    @property
    def flops_per_token(self) -> float | None:
        """Floating-point operations for each token; ``None`` when they are not known."""
        ...

    def most_tokens(self, problem: Problem, state: State, steps: int | None) -> int:
        """An upper bound on the tokens of one sample of so many `steps`."""
        ...

    def propose(
        self, requests: Sequence[StepRequest]
    ) -> Sequence[Proposal] | Awaitable[Sequence[Proposal]]:
        """One proposal for each request, each as if it were asked alone."""
        ...

    def record(self) -> dict[str, Any]:
        """The proposer as a JSON object with its `kind`."""
        ...


Reader: TypeAlias = Callable[[Mapping[str, Any]], Proposer]
PROPOSERS: dict[str, Reader] = {}


def register_proposer(kind: str, reader: Reader) -> None:
    """Nothing; makes proposers of a `kind` readable from their records."""
    PROPOSERS[kind] = reader


def count_tokens(text: str) -> int:
    """The tokens of a step's `text`.

    Each run of up to three digits, each word and each sign is one token, and the
    end of the line is one more. White space belongs to the token after it.

    Examples
    --------
    >>> count_tokens("7 * 3 = 21 (left: 21 5)")
    12
    """
    return len(_TOKEN.findall(text)) + 1
