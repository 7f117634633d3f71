"""The dashboard: the four rooms on four pages, each with its data, canvas and inspector."""

from __future__ import annotations

from workbench.dashboard.app import build, prepare, serve
from workbench.dashboard.server import ServerSettings, checked

__all__ = ["ServerSettings", "build", "checked", "prepare", "serve"]
