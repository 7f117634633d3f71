"""The command line: a door into the same rooms as the dashboard and the notebooks."""

from __future__ import annotations

from workbench.cli.app import main

__all__ = ["main"]
