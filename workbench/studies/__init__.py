"""Studies: the embedded example, its steps as jobs, and the kinds of values that it keeps."""

from __future__ import annotations

from workbench.studies.counts import Coverage, CurveChoice, Outcomes, Records, coverage
from workbench.studies.demo import demo_study, fill, keep_run
from workbench.studies.excerpt import excerpt
from workbench.studies.live import LiveTree, begun, watched
from workbench.studies.portrait import portrait
from workbench.studies.recipe import Recipe
from workbench.studies.records import KINDS
from workbench.studies.shown import Shown, as_learned, samples_of, shown
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
from workbench.studies.tasks import (
    Doubted,
    Source,
    describe_class,
    learn_circuit,
    measure_doubt,
    try_thresholds,
)
from workbench.studies.unfamiliar import Doubt, class_circuits, doubt, unfamiliar_images

__all__ = [
    "KINDS",
    "Coverage",
    "CurveChoice",
    "Described",
    "Doubt",
    "Doubted",
    "Learned",
    "LiveTree",
    "Outcomes",
    "Recipe",
    "Records",
    "Shown",
    "Source",
    "Study",
    "as_learned",
    "begun",
    "class_circuits",
    "compute",
    "coverage",
    "demo_study",
    "describe",
    "describe_class",
    "doubt",
    "excerpt",
    "fill",
    "keep_run",
    "learn",
    "learn_circuit",
    "measure_doubt",
    "original",
    "portrait",
    "pruned",
    "rule_table",
    "samples_of",
    "shown",
    "try_thresholds",
    "unfamiliar_images",
    "watched",
]
