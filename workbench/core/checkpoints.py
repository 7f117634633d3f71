"""How long work keeps what it has done, so that it can go on after an interruption."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Protocol

from workbench.core.arrays import AnyArray

State = Mapping[str, AnyArray]


class Checkpoints(Protocol):
    """Where a long function leaves its state, and finds that of an earlier attempt.

    The result after going on from a state must be the one that an uninterrupted
    call gives, bit by bit on the same CPU.
    """

    @property
    def is_due(self) -> bool:
        """Whether enough has been done since the last state to keep a new one; cheap to ask."""
        ...

    def load(self) -> State | None:
        """The named arrays that an earlier attempt left; None when there was none."""
        ...

    def save(self, state: State) -> None:
        """Keep `state` instead of the one before."""
        ...


class Nowhere:
    """Keeps nothing.

    Examples
    --------
    >>> NOWHERE.is_due, NOWHERE.load()
    (False, None)
    """

    @property
    def is_due(self) -> bool:
        """Never."""
        return False

    def load(self) -> State | None:
        """Nothing was kept."""
        return None

    def save(self, state: State) -> None:
        """Let go of `state`."""


NOWHERE: Final[Checkpoints] = Nowhere()
