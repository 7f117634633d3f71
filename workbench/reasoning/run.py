"""Run: one finished or interrupted search, as a value."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from workbench.core.checkpoints import NOWHERE, Checkpoints
from workbench.core.progress import Progress, silent
from workbench.errors import ParameterError
from workbench.reasoning.budget import Budget, Ledger
from workbench.reasoning.events import Answer, Event, EventLog, RunEnd, Select, Stop, UserEdit
from workbench.reasoning.plan import Plan
from workbench.reasoning.problems.base import Problem
from workbench.reasoning.proposers.base import Proposer
from workbench.reasoning.tree import SearchTree
from workbench.reasoning.verifiers.base import Verifier

if TYPE_CHECKING:
    from workbench.reasoning.control import Control

OPEN = ("paused", "cancelled")


@dataclass(frozen=True, eq=False)
class Run:
    """A search and what came of it.

    Attributes
    ----------
    plan
        What determines the run.
    events
        The log: the only truth, from which tree, ledger and answer are folded.
    status
        "done", "budget" (it ended because the budget allowed nothing more),
        "paused" or "cancelled" (both can be resumed).

    Examples
    --------
    >>> from workbench.reasoning import problems, search
    >>> run = search(problems.countdown([2, 3, 4], 24), "beam", seed=1)
    >>> run.solved, run.status
    (True, 'done')
    """

    plan: Plan
    events: EventLog
    status: str

    @property
    def task(self) -> Problem:
        """The problem that was searched."""
        return self.plan.task

    @property
    def algorithm(self) -> str:
        """The name of the algorithm."""
        return self.plan.algorithm.name

    @property
    def params(self) -> Any:
        """The parameters of the algorithm."""
        return self.plan.params

    @property
    def seed(self) -> int:
        """The seed."""
        return self.plan.seed

    @property
    def budget(self) -> Budget:
        """What the run might spend."""
        return self.plan.budget

    @property
    def proposer(self) -> Proposer:
        """Where its steps come from."""
        return self.plan.proposer

    @property
    def verifier(self) -> Verifier:
        """Where its scores come from."""
        return self.plan.verifier

    @property
    def id(self) -> str:
        """The hash of everything that determines the run."""
        return self.plan.start().run

    @cached_property
    def tree(self) -> SearchTree:
        """The search tree, folded from the events."""
        return SearchTree.fold(self.events)

    @cached_property
    def ledger(self) -> Ledger:
        """What was spent, folded from the events."""
        tree = self.tree
        used = int(tree.tokens[tree.selected].sum()) if tree.selected.any() else None
        return Ledger.of(self.events, used)

    @cached_property
    def answer(self) -> str | None:
        """The selected answer; ``None`` when there is none."""
        selected = self._selected_answer
        return None if selected is None else selected.value

    @property
    def solved(self) -> bool:
        """Whether the selected answer is correct."""
        selected = self._selected_answer
        return selected is not None and selected.correct is True

    def __repr__(self) -> str:
        outcome = "solved" if self.solved else "not solved"
        return f"Run({self.algorithm}, {len(self.events):,} events, {self.status}, {outcome})"

    def replay(self, to: int) -> Run:
        """The run as it was just after event `to`, paused there."""
        return replace(self, events=self.events.prefix(to), status="paused")

    def fork(self, at: int, edits: Iterable[UserEdit] = ()) -> Run:
        """A paused run that shares the events up to `at` and goes on differently.

        Parameters
        ----------
        at
            A `seq`; the events that close a run are always written anew.
        edits
            What a person changes there, see :func:`prune_node`.
        """
        shared = self.events.prefix(at).prefix(min(at, self._last_open))
        plan = replace(self.plan, parent_run=self.id, fork_at=len(shared) - 1, edits=tuple(edits))
        start = plan.start()._replace(seq=0)
        return Run(plan, EventLog((start, *shared[1:]), shared.texts), "paused")

    def resume(
        self,
        *,
        on_progress: Progress = silent,
        on_events: Callable[[tuple[Event, ...]], None] | None = None,
        control: Control | None = None,
        checkpoints: Checkpoints = NOWHERE,
    ) -> Run:
        """The run, continued to its end; what is recorded is not paid for again."""
        if self.status not in OPEN:
            raise ParameterError(
                "cannot resume a run",
                given=f"status {self.status!r}",
                expected=f"one of {OPEN}",
                remedy="Fork it at an earlier event first.",
            )
        from workbench.reasoning.driver import continued

        return continued(
            self,
            on_progress=on_progress,
            on_events=on_events,
            control=control,
            checkpoints=checkpoints,
        )

    @property
    def _last_open(self) -> int:
        seq = len(self.events) - 1
        while seq > 0 and _closes(self.events[seq]):
            seq -= 1
        return seq

    @cached_property
    def _selected_answer(self) -> Answer | None:
        node = next((event.node for event in reversed(tuple(self.events.of(Select)))), None)
        answers = (event for event in self.events.of(Answer) if event.node == node)
        return next(answers, None)


def prune_node(node_id: int, note: str = "") -> UserEdit:
    """The edit that cuts the node `node_id` and everything below it.

    Examples
    --------
    >>> prune_node(7).op
    'prune'
    """
    return UserEdit("prune", node_id, note=note)


def _closes(event: Event) -> bool:
    return isinstance(event, Select | RunEnd) or (isinstance(event, Stop) and event.node is None)
