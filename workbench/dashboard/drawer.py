"""The drawer of jobs: a list beside the page, opened and closed from the header."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import param
from panel.viewable import Child

from workbench.dashboard.facts import entries
from workbench.dashboard.parts import Part
from workbench.dashboard.theme import script, stylesheet
from workbench.dashboard.turns import every
from workbench.jobs import Job, Status, jobs
from workbench.store import Workspace
from workbench.widgets.panel import JobList

POLL_MS = 500
WIDTH = 420
PLAIN = ".wb-jobs { border: 0; border-radius: 0; }"  # the drawer has an edge of its own
HINT = "Learn, prune, describe or search on a page: what takes long appears here."


class Drawer(Part):
    """A panel over the right edge of the page, with a button and a key that close it."""

    content = Child()
    label = param.String(doc="what is in it")
    opened = param.Boolean(default=False)
    width_px = param.Integer(WIDTH)

    _esm = script("drawer")
    _stylesheets: ClassVar = [stylesheet("drawer")]


class Listed:
    """The jobs of a workspace, with what tells that they may have changed."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace

    @property
    def position(self) -> int:
        """Grows with every change of the workspace."""
        return self.workspace.position

    def jobs(self) -> tuple[Job, ...]:
        """The jobs, newest first, without the cells of sweeps."""
        return jobs(self.workspace)


class JobsDrawer:
    """The jobs of a workspace in a drawer at the right, closed at first.

    While it is open it looks twice a second whether the workspace has changed, and
    only then reads the jobs anew.

    Parameters
    ----------
    on_open
        Called with a job, or a cell of a sweep, whose result is asked for.
    """

    def __init__(
        self, workspace: Workspace, on_open: Callable[[Job], None] = lambda _: None
    ) -> None:
        self.listed = Listed(workspace)
        self.list: Any = JobList(hint=HINT, stylesheets=[PLAIN], sizing_mode="stretch_both")
        self.list.on_open(on_open)
        self.view = Drawer(content=self.list, label="Jobs", sizing_mode="fixed", width=0, height=0)
        self.view.param.watch(lambda _: self._begin(), "opened")
        self._stop_looking: Callable[[], None] | None = None

    @property
    def is_open(self) -> bool:
        """Whether it is seen."""
        return bool(self.view.opened)

    @property
    def n_running(self) -> int:
        """How many jobs run."""
        return sum(job.status is Status.RUNNING for job in self.listed.jobs())

    def toggle(self) -> None:
        """Open it, or close it."""
        self.view.opened = not self.view.opened

    def show(self, job: Job) -> None:
        """Open it, with what there is to see of `job`."""
        self.view.opened = True
        self.list.opened = list(dict.fromkeys([*self.list.opened, str(job.id)]))

    def state(self) -> dict[str, Any]:
        """Whether it is open, and which jobs are unfolded, as JSON."""
        return {"is_open": self.is_open, "unfolded": list(self.list.opened)}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Show what `state` says."""
        self.list.opened = [key for key in entries(state, "unfolded") if isinstance(key, str)]
        self.view.opened = state.get("is_open") is True

    def on_toggle(self, callback: Callable[[], None]) -> None:
        """Call `callback` whenever it was opened or closed, also by its own button."""
        self.view.param.watch(lambda _: callback(), "opened")

    def poll(self) -> None:
        """Read the jobs, if it is open and the workspace has changed."""
        if self.is_open:
            self.list.poll()

    def close(self) -> None:
        """End looking at jobs."""
        if self._stop_looking is not None:
            self._stop_looking()
            self._stop_looking = None

    def _begin(self) -> None:
        if self.is_open:
            self.list.update(self.listed, follow=False)
        if self.is_open and self._stop_looking is None:
            self._stop_looking = every(POLL_MS, self.poll)
