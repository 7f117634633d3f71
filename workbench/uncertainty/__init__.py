"""How sure a number is: intervals for proportions."""

from __future__ import annotations

from workbench.uncertainty.binomial import (
    INTERVALS,
    Interval,
    beta_posterior,
    clopper_pearson,
    interval,
    wilson,
)

__all__ = [
    "INTERVALS",
    "Interval",
    "beta_posterior",
    "clopper_pearson",
    "interval",
    "wilson",
]
