"""What a verifier is: it scores nodes, and says what that cost."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, ClassVar, NamedTuple, Protocol, TypeAlias

from workbench.reasoning.problems.base import Problem, State


class ScoreRequest(NamedTuple):
    """Ask for the score of one node; no state when its last step is not allowed."""

    problem: Problem
    state: State | None
    texts: tuple[str, ...]
    node: int


class Judgement(NamedTuple):
    """A score in [0, 1], the exact value where it is known, and the tokens generated for it."""

    value: float
    exact: float | None = None
    generated_tokens: int = 0


class Verifier(Protocol):
    """A source of scores; implementations are frozen, hashable and rebuilt from their record."""

    kind: ClassVar[str]

    @property
    def flops_per_token(self) -> float | None:
        """Floating-point operations for each token; ``None`` when they are not known."""
        ...

    @property
    def most_tokens(self) -> int:
        """An upper bound on the tokens generated for one score."""
        ...

    def score(
        self, requests: Sequence[ScoreRequest]
    ) -> Sequence[Judgement] | Awaitable[Sequence[Judgement]]:
        """One judgement for each request, each as if it were asked alone."""
        ...

    def record(self) -> dict[str, Any]:
        """The verifier as a JSON object with its `kind`."""
        ...


Reader: TypeAlias = Callable[[Mapping[str, Any]], Verifier]
VERIFIERS: dict[str, Reader] = {}


def register_verifier(kind: str, reader: Reader) -> None:
    """Nothing; makes verifiers of a `kind` readable from their records."""
    VERIFIERS[kind] = reader
