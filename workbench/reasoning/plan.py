"""What determines a search, and the calls of models that it makes."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, NamedTuple, TypeAlias

from workbench.core.arrays import content_hash
from workbench.reasoning.budget import Budget, Cost
from workbench.reasoning.events import RunStart, UserEdit, to_record
from workbench.reasoning.problems.base import Problem
from workbench.reasoning.proposers.base import Proposer, StepRequest
from workbench.reasoning.searches.base import Algorithm
from workbench.reasoning.verifiers.base import ScoreRequest, Verifier


@dataclass(frozen=True)
class Plan:
    """Everything that determines a search: equal plans give equal logs."""

    task: Problem
    algorithm: Algorithm
    params: Any
    seed: int
    budget: Budget
    proposer: Proposer
    verifier: Verifier
    parent_run: str | None = None
    fork_at: int | None = None
    edits: tuple[UserEdit, ...] = ()

    def start(self) -> RunStart:
        """The first event of the run."""
        record: dict[str, Any] = {
            "algorithm": self.algorithm.name,
            "params": asdict(self.params),
            "task": self.task.record(),
            "models": {"proposer": self.proposer.record(), "verifier": self.verifier.record()},
            "seed": self.seed,
            "budget": asdict(self.budget),
            "parent_run": self.parent_run,
            "fork_at": self.fork_at,
        }
        edits = [str(to_record(edit)) for edit in self.edits]
        return RunStart(run=content_hash([str(record), *edits])[:16], **record)


class ProposeCall(NamedTuple):
    """`requests` to the proposer that the budget allows, and what was set aside for them."""

    model: Proposer
    requests: tuple[StepRequest, ...]
    reservation: Cost


class ScoreCall(NamedTuple):
    """`requests` to the verifier that the budget allows, and what was set aside for them."""

    model: Verifier
    requests: tuple[ScoreRequest, ...]
    reservation: Cost


ModelCall: TypeAlias = ProposeCall | ScoreCall
