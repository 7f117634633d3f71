"""Telling the runners of this process that there is something to do in a workspace."""

from __future__ import annotations

import weakref
from typing import Final, Protocol

from workbench.store import Workspace


class Listener(Protocol):
    """What wants to know of new jobs."""

    def woken(self, workspace: Workspace) -> None:
        """A job waits in `workspace`; answers at once."""
        ...


_LISTENERS: Final[weakref.WeakSet[Listener]] = weakref.WeakSet()


def listen(listener: Listener) -> None:
    """Nothing; `listener` hears of every :func:`wake`, as long as somebody holds it."""
    _LISTENERS.add(listener)


def wake(workspace: Workspace) -> None:
    """Nothing; those of this process who carry out the jobs of `workspace` look at once."""
    for listener in tuple(_LISTENERS):
        listener.woken(workspace)
