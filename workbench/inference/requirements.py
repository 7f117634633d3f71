"""What a query needs of a circuit, checked once for each circuit, refused with the witness."""

from __future__ import annotations

from functools import lru_cache

from workbench.circuits.circuit import Circuit
from workbench.circuits.properties import Properties, check
from workbench.errors import StructureError


@lru_cache(maxsize=8)
def properties_of(circuit: Circuit) -> Properties:
    """The properties of `circuit`; equal circuits are checked once."""
    return check(circuit)


def require(circuit: Circuit, query: str, *names: str, remedy: str = "") -> None:
    """Nothing, or :class:`StructureError` with the witness of the first property that fails."""
    for name in names:
        found = getattr(properties_of(circuit), name)
        if not found:
            raise StructureError(
                f"cannot give the {query}: this circuit is not known to be {name}",
                given=found.witness,
                remedy=remedy,
            )
