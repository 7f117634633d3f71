"""A search tree while it grows, with the text of every step."""

from __future__ import annotations

from collections.abc import Iterable

from workbench.reasoning import SearchTree, TreeFold
from workbench.reasoning.events import Event, Node, text_ref
from workbench.reasoning.problems import Problem


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
