"""Runs from checked event logs: the plan rebuilt from the first event, the tree folded once."""

from __future__ import annotations

from workbench.errors import FormatError, WorkbenchError
from workbench.reasoning.budget import Budget
from workbench.reasoning.events import EventLog, RunEnd, RunStart, UserEdit
from workbench.reasoning.plan import Plan
from workbench.reasoning.problems import DOMAINS
from workbench.reasoning.proposers import PROPOSERS
from workbench.reasoning.run import OPEN, Run
from workbench.reasoning.searches import algorithm, read_params
from workbench.reasoning.tree import SearchTree
from workbench.reasoning.verifiers import VERIFIERS


def restored(
    source: object, log: EventLog, edits: tuple[UserEdit, ...] = (), status: str = OPEN[0]
) -> Run:
    """The run whose events are `log`, with `edits` that are still to be made.

    Parameters
    ----------
    source
        What a complaint calls the log.
    status
        That of a run that has not ended.

    Raises
    ------
    FormatError
        When the events contradict each other, or name a task, an algorithm or a model that
        is not known.

    Examples
    --------
    >>> from workbench.reasoning import problems, search
    >>> run = search(problems.countdown([2, 3, 4], 24), "beam")
    >>> restored("a log", run.events).id == run.id
    True
    """
    try:
        SearchTree.fold(log)
    except (OverflowError, WorkbenchError) as error:
        raise FormatError(source, "its events", str(error)) from None
    try:
        plan = _plan(log[0], edits)  # type: ignore[arg-type]
    except KeyError as error:
        raise FormatError(source, "run.start", f"{error} is missing or unknown") from None
    except (TypeError, WorkbenchError) as error:
        raise FormatError(source, "run.start", str(error)) from None
    last = log[-1]
    return Run(plan, log, last.status if isinstance(last, RunEnd) else status)


def _plan(start: RunStart, edits: tuple[UserEdit, ...]) -> Plan:
    found = algorithm(start.algorithm)
    proposer, verifier = start.models["proposer"], start.models["verifier"]
    return Plan(
        DOMAINS[start.task["domain"]](start.task),
        found,
        read_params(found.params, start.params),
        start.seed,
        Budget(**start.budget),
        PROPOSERS[proposer["kind"]](proposer),
        VERIFIERS[verifier["kind"]](verifier),
        start.parent_run,
        start.fork_at,
        edits,
    )
