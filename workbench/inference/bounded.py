"""Bounded: a number between two proved bounds, exact when they are equal."""

from __future__ import annotations

from dataclasses import dataclass

from workbench.errors import StructureError


@dataclass(frozen=True)
class Bounded:
    """A number in nats between proved bounds, and why they are what they are.

    Examples
    --------
    >>> Bounded(1.5, 1.5, "the circuit is deterministic").value
    1.5
    >>> str(Bounded(1.0, 2.0, "sum 4 is not deterministic"))
    '1 .. 2 nats (sum 4 is not deterministic)'
    """

    lower: float
    upper: float
    reason: str

    @property
    def exact(self) -> bool:
        """Whether the bounds are equal."""
        return self.lower == self.upper

    @property
    def value(self) -> float:
        """The number itself.

        Raises
        ------
        StructureError
            When only bounds are known.
        """
        if not self.exact:
            raise StructureError(
                "only bounds are known",
                given=str(self),
                remedy="Read .lower and .upper, or ask a circuit with the property named.",
            )
        return self.lower

    def __str__(self) -> str:
        shown = f"{self.lower:g}" if self.exact else f"{self.lower:g} .. {self.upper:g}"
        return f"{shown} nats ({self.reason})"


def exactly(value: float, reason: str) -> Bounded:
    """Equal bounds."""
    return Bounded(value, value, reason)
