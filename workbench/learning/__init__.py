"""How circuits get better: learning parameters and pruning, one file each."""

from __future__ import annotations

from workbench.learning.fit import METHODS, Fit, fit
from workbench.learning.grow import grow
from workbench.learning.prune import SCORES, Pruned, prune

__all__ = ["METHODS", "SCORES", "Fit", "Pruned", "fit", "grow", "prune"]
