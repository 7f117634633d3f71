"""Leaf families, one file each; :data:`FAMILIES` is the table everyone dispatches on."""

from __future__ import annotations

from workbench.circuits.leaves.base import Family
from workbench.circuits.leaves.categorical import CATEGORICAL
from workbench.circuits.leaves.gaussian import GAUSSIAN

FAMILIES: dict[int, Family] = {family.code: family for family in (CATEGORICAL, GAUSSIAN)}

__all__ = ["CATEGORICAL", "FAMILIES", "GAUSSIAN", "Family"]
