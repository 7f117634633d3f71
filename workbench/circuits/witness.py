"""Witness and Property: whether something holds, and the nodes that show it when it does not."""

from __future__ import annotations

from dataclasses import dataclass

from workbench.circuits.circuit import Circuit


@dataclass(frozen=True)
class Witness:
    """Why a property fails: the stable ids of the nodes concerned, and a sentence.

    Examples
    --------
    >>> str(Witness((41, 12, 15), "sum 41: children 12 and 15 both accept x3=1"))
    'sum 41: children 12 and 15 both accept x3=1'
    """

    nodes: tuple[int, ...]
    sentence: str

    def __str__(self) -> str:
        return self.sentence


@dataclass(frozen=True)
class Property:
    """Whether a circuit has a property; true in a condition when it is known to hold.

    Parameters
    ----------
    holds
        True only when it was shown.
    witness
        Why it does not hold, or why that cannot be told; None when it holds.
    decided
        False when the test could not tell.

    Examples
    --------
    >>> bool(Property("smooth", holds=True))
    True
    """

    name: str
    holds: bool
    witness: Witness | None = None
    decided: bool = True

    def __bool__(self) -> bool:
        return self.holds

    def __str__(self) -> str:
        state = "yes" if self.holds else "no" if self.decided else "undecided"
        return f"{self.name}: {state}" + (f" ({self.witness})" if self.witness else "")


def ids_of(circuit: Circuit, *nodes: int) -> tuple[int, ...]:
    """The stable ids of the nodes at these positions.

    Examples
    --------
    >>> from workbench.circuits.build import Builder
    >>> from workbench.data.variables import categorical
    >>> build = Builder((categorical("x", 2),))
    >>> ids_of(build.circuit(build.categorical(0, [0.5, 0.5])), 0)
    (0,)
    """
    return tuple(int(circuit.ids[node]) for node in nodes)


def fails(name: str, witness: Witness | None, *, decided: bool = True) -> Property:
    """The property `name`, refuted or left open by `witness`.

    Examples
    --------
    >>> str(fails("smooth", Witness((3,), "child 0 lacks y"), decided=False))
    'smooth: undecided (child 0 lacks y)'
    """
    return Property(name, holds=False, witness=witness, decided=decided)
