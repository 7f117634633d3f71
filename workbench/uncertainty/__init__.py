"""How sure a number is: intervals, errors of estimates, how well scores tell groups apart."""

from __future__ import annotations

from workbench.uncertainty.auroc import auroc
from workbench.uncertainty.binomial import (
    INTERVALS,
    Interval,
    beta_posterior,
    clopper_pearson,
    interval,
    wilson,
)
from workbench.uncertainty.estimate import Estimate, deviation
from workbench.uncertainty.separation import Score, Separation, separation

__all__ = [
    "INTERVALS",
    "Estimate",
    "Interval",
    "Score",
    "Separation",
    "auroc",
    "beta_posterior",
    "clopper_pearson",
    "deviation",
    "interval",
    "separation",
    "wilson",
]
