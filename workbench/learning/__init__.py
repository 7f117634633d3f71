"""How circuits get better: learning parameters and pruning, one file each."""

from __future__ import annotations

from workbench.learning.fit import METHODS, Fit, fit
from workbench.learning.grow import grow
from workbench.learning.prune import SCORES, Pruned, prune
from workbench.learning.prune_and_grow import prune_and_grow
from workbench.learning.trajectory import Trajectory

__all__ = [
    "METHODS",
    "SCORES",
    "Fit",
    "Pruned",
    "Trajectory",
    "fit",
    "grow",
    "prune",
    "prune_and_grow",
]
