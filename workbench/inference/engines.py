"""The engine that answers queries: float64, and kept for the circuits used last."""

from __future__ import annotations

from functools import lru_cache

from workbench.circuits.circuit import Circuit
from workbench.circuits.engine import Engine
from workbench.compute import engine


@lru_cache(maxsize=4)
def engine_of(circuit: Circuit) -> Engine:
    """The engine of `circuit`; equal circuits share one."""
    return engine(circuit)
