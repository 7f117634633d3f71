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
from workbench.studies.unfamiliar import Doubt, class_circuits, doubt, unfamiliar_images

__all__ = [
    "Described",
    "Doubt",
    "Learned",
    "LiveTree",
    "Recipe",
    "Study",
    "class_circuits",
    "compute",
    "demo_study",
    "describe",
    "doubt",
    "excerpt",
    "learn",
    "original",
    "portrait",
    "pruned",
    "rule_table",
    "unfamiliar_images",
]
