"""Studies: the embedded example, its steps as jobs, and how it is kept."""

from __future__ import annotations

from workbench.studies.cache import load_study, save_study
from workbench.studies.demo import demo_study
from workbench.studies.excerpt import excerpt
from workbench.studies.live import LiveTree
from workbench.studies.portrait import portrait
from workbench.studies.recipe import Recipe
from workbench.studies.steps import (
    Described,
    Learned,
    describe,
    examples,
    graded_tasks,
    judged,
    learn,
    original,
    pruned,
    repeated,
    rule_table,
    sampled,
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
    "examples",
    "excerpt",
    "graded_tasks",
    "judged",
    "learn",
    "load_study",
    "original",
    "portrait",
    "pruned",
    "repeated",
    "rule_table",
    "sampled",
    "save_study",
]
