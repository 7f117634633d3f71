"""How circuits get better: learning parameters and pruning, one file each."""

from __future__ import annotations

from workbench.learning.fit import METHODS, Fit, fit

__all__ = ["METHODS", "Fit", "fit"]
