"""The outcome verifier: exact at the end of a path, silent before it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from workbench.reasoning.verifiers.base import Judgement, ScoreRequest, register_verifier

UNDECIDED = 0.5


@dataclass(frozen=True)
class Outcome:
    """A perfect verifier of answers: 1 for a goal, 0 for another end, 0.5 before the end.

    Examples
    --------
    >>> from workbench.reasoning.problems import countdown
    >>> task = countdown([2, 3], 6)
    >>> asked = [ScoreRequest(task, state, (), 1) for state in ((6,), (5,), (2, 3))]
    >>> [judgement.value for judgement in Outcome().score(asked)]
    [1.0, 0.0, 0.5]
    """

    kind: ClassVar[str] = "outcome"

    @property
    def flops_per_token(self) -> None:
        """``None``: the check is symbolic."""

    @property
    def most_tokens(self) -> int:
        """0: it generates none."""
        return 0

    def score(self, requests: Sequence[ScoreRequest]) -> list[Judgement]:
        """One judgement for each request."""
        return [_judged(request) for request in requests]

    def record(self) -> dict[str, Any]:
        """The verifier as a JSON object."""
        return {"kind": self.kind}


def _judged(request: ScoreRequest) -> Judgement:
    state, problem = request.state, request.problem
    if state is not None and not problem.is_terminal(state):
        return Judgement(UNDECIDED)
    value = float(state is not None and problem.is_goal(state))
    return Judgement(value, value)


def _read(record: Mapping[str, Any]) -> Outcome:
    return Outcome()


register_verifier(Outcome.kind, _read)
