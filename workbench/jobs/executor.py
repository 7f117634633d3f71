"""Executor: what a runner asks of the processes or the cluster that do the work."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from workbench.jobs.reports import Order, Report
from workbench.store import Workspace


class Executor(Protocol):
    """Carries out orders, at most `n_slots` at once.

    Methods return at once; only :meth:`close` may take a moment. For each order
    that was started, the last report is exactly one :class:`Ended`, LOSE when the
    worker died under it, also after :meth:`stop`.
    """

    @property
    def n_slots(self) -> int:
        """How many orders it carries out at once."""
        ...

    def listen(self, wake: Callable[[], None]) -> None:
        """Call `wake`, from any thread, whenever there is something to report."""
        ...

    def start(self, order: Order, workspace: Workspace) -> None:
        """Begin with `order`; blobs are read from `workspace` and kept there."""
        ...

    def reports(self) -> list[Report]:
        """What workers told since the last call, in order for each order."""
        ...

    def stop(self, number: int) -> None:
        """Ask the attempt to stop; after a moment its worker is ended with all that it began."""
        ...

    def close(self) -> None:
        """End all workers."""
        ...
