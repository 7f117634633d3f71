"""Workspaces: values with their history and provenance, kept so that nothing is lost."""

from __future__ import annotations

from workbench.store.opening import open_workspace as open  # noqa: A004  # store.open reads best
from workbench.store.queries import Made
from workbench.store.revision import Revision
from workbench.store.workspace import Workspace

__all__ = ["Made", "Revision", "Workspace", "open"]
