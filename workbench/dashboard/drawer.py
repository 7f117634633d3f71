"""The drawer of jobs: a list beside the page, opened and closed from the header."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import panel as pn

from workbench.jobs import jobs
from workbench.store import Workspace
from workbench.widgets.panel import JobList


class JobsDrawer:
    """The jobs of a workspace in a panel at the right, closed at first."""

    def __init__(self, workspace: Workspace) -> None:
        self.list: Any = JobList(SimpleNamespace(jobs=lambda: jobs(workspace)))
        self.view = pn.Column(
            self.list, visible=False, width=480, sizing_mode="stretch_height", margin=0
        )

    @property
    def is_open(self) -> bool:
        """Whether it is seen."""
        return bool(self.view.visible)

    def toggle(self) -> None:
        """Open it, or close it."""
        self.view.visible = not self.view.visible

    def close(self) -> None:
        """End looking at jobs."""
