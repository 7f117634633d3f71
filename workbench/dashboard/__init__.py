"""The dashboard: the four rooms on four pages, each with its data, canvas and inspector."""

from __future__ import annotations

from workbench.dashboard.app import build, free_port, prepare, serve

__all__ = ["build", "free_port", "prepare", "serve"]
