"""Studies: the embedded example, its steps as jobs, and how it is kept."""

from __future__ import annotations

from workbench.studies.cache import load_study, save_study
from workbench.studies.demo import demo_study
from workbench.studies.excerpt import excerpt
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
    sampled,
)
from workbench.studies.study import Study, compute

__all__ = [
    "Described",
    "Learned",
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
    "sampled",
    "save_study",
]
