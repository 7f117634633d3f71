"""A search while it grows: its tree with the text of every step, and what is kept of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from workbench.core.checkpoints import Nowhere, State
from workbench.core.progress import Progress, silent
from workbench.reasoning import Control, Run, SearchTree, TreeFold, search
from workbench.reasoning.events import Event, Node, text_ref
from workbench.reasoning.keeper import kept_logs
from workbench.reasoning.problems import Problem

KEEP_S = 1.0


class LiveTree:
    """Folds events as they arrive; texts, which events only refer to, follow from the task.

    Examples
    --------
    >>> from workbench.reasoning import problems, search
    >>> task, seen = problems.countdown([2, 3], 6), []
    >>> run = search(task, "best_of_n", params={"n": 2}, on_events=seen.extend)
    >>> live = LiveTree(task)
    >>> live.extend(seen)
    >>> live.tree().text(1) == run.tree.text(1)
    True
    """

    def __init__(self, task: Problem) -> None:
        self.task = task
        self.n_events = 0
        self._fold = TreeFold()
        self._states: dict[int, object] = {}
        self._texts: dict[str, str] = {}

    def extend(self, events: Iterable[Event]) -> None:
        """Nothing; adds events in the order of their `seq`."""
        for event in events:
            if isinstance(event, Node):
                self._follow(event)
            self._fold.extend([event])
            self.n_events += 1

    def tree(self) -> SearchTree:
        """The tree so far."""
        return self._fold.tree(self._texts)

    def _follow(self, node: Node) -> None:
        if not node.parents:
            self._states[node.id] = self.task.initial()
            self._texts[node.text] = self.task.prompt()
            return
        parent = self._states.get(node.parents[0])
        for step in () if parent is None else self.task.successors(parent):
            if text_ref(step.text) == node.text:
                self._states[node.id] = step.state
                self._texts[node.text] = step.text
                return


def begun(task: Problem, algorithm: str, **options: Any) -> Run:
    """A search of `task` with the `options` of :func:`workbench.reasoning.search`, not yet gone on.

    Raises
    ------
    ParameterError
        For an unknown algorithm or parameter.

    Examples
    --------
    >>> from workbench.reasoning import problems
    >>> begun(problems.countdown([2, 3], 6), "beam").status
    'paused'
    """
    control = Control()
    control.stop()
    return search(task, algorithm, control=control, **options)


def watched(
    run: Run,
    keep: Callable[[Run], object] = lambda _: None,
    control: Control | None = None,
    on_events: Callable[[tuple[Event, ...]], None] | None = None,
    pace_s: float = 0.0,
    on_progress: Progress = silent,
) -> Run:
    """The open `run` at its end; every second, and then, `keep` gets what there is of it.

    What was kept last can be watched on after an interruption, with the same end.

    Parameters
    ----------
    pace_s
        Seconds to wait between two rounds, so that a reader can follow.

    Examples
    --------
    >>> from workbench.reasoning import problems
    >>> kept = []
    >>> watched(begun(problems.countdown([2, 3], 6), "beam"), kept.append).status, len(kept)
    ('done', 1)
    """

    def slow(share: float, text: str = "", /, **values: float) -> None:
        on_progress(share, text, **values)
        time.sleep(pace_s)

    states = _Kept(run, keep)
    found = run.resume(on_progress=slow, on_events=on_events, control=control, checkpoints=states)
    keep(found)
    return found


class _Kept:
    """Hands each state of a growing run on as the run that it is so far."""

    def __init__(self, run: Run, keep: Callable[[Run], object]) -> None:
        self._run, self._keep = run, keep
        self._last = time.monotonic()

    @property
    def is_due(self) -> bool:
        """Whether a second has passed."""
        return time.monotonic() - self._last >= KEEP_S

    def load(self) -> State | None:
        """None: the run itself says how far it is."""
        return None

    def save(self, state: State) -> None:
        """Keep the run as it is now."""
        [log] = kept_logs([self._run.plan], _Once(state))
        if log is not None:
            self._keep(replace(self._run, events=log, status="paused"))
        self._last = time.monotonic()


class _Once(Nowhere):
    """Gives one state."""

    def __init__(self, state: State) -> None:
        self._state = state

    def load(self) -> State | None:
        """The state."""
        return self._state
