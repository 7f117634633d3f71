"""What a circuit is: flat arrays, structures, formats and the slow, obvious evaluator."""

from __future__ import annotations

from workbench.circuits.build import Builder
from workbench.circuits.circuit import Circuit, Kind, with_parameters

__all__ = ["Builder", "Circuit", "Kind", "with_parameters"]
