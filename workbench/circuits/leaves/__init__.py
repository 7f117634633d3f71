"""Leaf families, one file each; :data:`FAMILIES` is the table everyone dispatches on."""

from __future__ import annotations

from workbench.circuits.leaves.base import Family
from workbench.circuits.leaves.binomial import BINOMIAL, binomial_parameters
from workbench.circuits.leaves.categorical import CATEGORICAL
from workbench.circuits.leaves.discretised_logistic import (
    DISCRETISED_LOGISTIC,
    logistic_parameters,
)
from workbench.circuits.leaves.gaussian import GAUSSIAN
from workbench.circuits.leaves.indicator import indicated, indicator_parameters
from workbench.circuits.leaves.poisson import POISSON, poisson_parameters
from workbench.circuits.leaves.uniform import UNIFORM, uniform_parameters

FAMILIES: dict[int, Family] = {
    family.code: family
    for family in (CATEGORICAL, GAUSSIAN, BINOMIAL, POISSON, DISCRETISED_LOGISTIC, UNIFORM)
}

__all__ = [
    "BINOMIAL",
    "CATEGORICAL",
    "DISCRETISED_LOGISTIC",
    "FAMILIES",
    "GAUSSIAN",
    "POISSON",
    "UNIFORM",
    "Family",
    "binomial_parameters",
    "indicated",
    "indicator_parameters",
    "logistic_parameters",
    "poisson_parameters",
    "uniform_parameters",
]
