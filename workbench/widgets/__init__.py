"""The widgets: circuits to look at and to ask, search trees, jobs, in notebooks and served apps.

`CircuitCanvas`, `EvidencePanel`, `JobList` and `TreeExplorer` here are the notebook classes;
the same for Panel apps are in :mod:`workbench.widgets.panel`.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from workbench.widgets.show import show

if TYPE_CHECKING:
    from workbench.widgets.notebook import CircuitCanvas, EvidencePanel, JobList, TreeExplorer

_LAZY = ("CircuitCanvas", "EvidencePanel", "JobList", "TreeExplorer")

__all__ = ["CircuitCanvas", "EvidencePanel", "JobList", "TreeExplorer", "show"]


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        return getattr(importlib.import_module("workbench.widgets.notebook"), name)
    raise AttributeError(f"module 'workbench.widgets' has no attribute {name!r}")
