"""Studies: the embedded example, its steps as jobs, and how it is kept."""

from __future__ import annotations

from workbench.studies.demo import demo_study
from workbench.studies.excerpt import excerpt
from workbench.studies.live import LiveTree
from workbench.studies.portrait import portrait
from workbench.studies.recipe import Recipe
from workbench.studies.steps import (
    Described,
    Learned,
    describe,
    learn,
    original,
    pruned,
    rule_table,
)
from workbench.studies.study import Study, compute

__all__ = [
    "Described",
    "Learned",
    "LiveTree",
    "Recipe",
    "Study",
    "compute",
    "demo_study",
    "describe",
    "excerpt",
    "learn",
    "original",
    "portrait",
    "pruned",
    "rule_table",
]
