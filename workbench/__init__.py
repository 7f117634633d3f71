"""The circuit workbench: probabilistic circuits and reasoning trees, from data to paper.

Rooms are loaded on first use, so importing this package is instant.
"""

from __future__ import annotations

import importlib
from typing import Any

__version__ = "0.1.0"

_ROOMS = (
    "budgets",
    "circuits",
    "compute",
    "data",
    "errors",
    "exports",
    "inference",
    "jobs",
    "learning",
    "limits",
    "reasoning",
    "store",
    "studies",
    "theories",
    "uncertainty",
    "views",
    "widgets",
)
_NAMES = {
    "Budget": "workbench.reasoning",
    "Circuit": "workbench.circuits",
    "Dataset": "workbench.data",
    "WorkbenchError": "workbench.errors",
    "export": "workbench.exports",
    "open": "workbench.jobs",
    "show": "workbench.widgets",
}

__all__ = ["__version__", *_ROOMS, *_NAMES]  # noqa: PLE0604  # both are tuples of strings


def __getattr__(name: str) -> Any:
    if name in _NAMES:
        return getattr(importlib.import_module(_NAMES[name]), name)
    if name in _ROOMS:
        return importlib.import_module(f"workbench.{name}")
    raise AttributeError(f"module 'workbench' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
