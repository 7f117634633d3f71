"""Adapters: circuits to and from the objects of other packages, one file each.

A package is imported when its adapter is used. What it cannot express is
refused with the node that is in the way; what it stores less exactly is said
in the docstring of the adapter.
"""

from __future__ import annotations

from workbench.circuits.adapters.pyjuice import from_pyjuice, to_pyjuice
from workbench.circuits.adapters.spflow import from_spflow, to_spflow

__all__ = ["from_pyjuice", "from_spflow", "to_pyjuice", "to_spflow"]
