"""Structures that build a circuit from data, one file each; :data:`STRUCTURES` is their table."""

from __future__ import annotations

from collections.abc import Callable

from workbench.circuits.circuit import Circuit
from workbench.circuits.structures.hclt import hclt

STRUCTURES: dict[str, Callable[..., Circuit]] = {"hclt": hclt}

__all__ = ["STRUCTURES", "hclt"]
