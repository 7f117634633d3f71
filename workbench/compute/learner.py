"""What learning asks of an engine: running counts and the parameters that maximise them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from workbench.circuits.circuit import Circuit
from workbench.core.arrays import FloatArray
from workbench.core.checkpoints import State


@dataclass(frozen=True, eq=False)
class Prior:
    """Observations added to the expected counts, per row of data.

    Parameters
    ----------
    per_sum
        Observations of each sum, spread evenly over its edges.
    leaves
        The statistics of a leaf's observations, by the code of its family and the
        column of its variable.
    is_relative
        Whether each sum and leaf gets these observations times its own expected flow per
        row, so that a unit that is seldom used is not drowned in them; otherwise each
        gets them all.

    Examples
    --------
    >>> import numpy as np
    >>> Prior(0.5, {(0, 0): np.array([0.25, 0.25])}).leaves[0, 0].sum().item()
    0.5
    """

    per_sum: float
    leaves: Mapping[tuple[int, int], FloatArray]
    is_relative: bool = False


class Learner(Protocol):
    """Stepwise EM on one engine, whose parameters change with every step."""

    def start(self, rows: FloatArray) -> FloatArray:
        """(batch,) nats of `rows`, whose expected counts are those to begin with."""
        ...

    def step(self, rows: FloatArray, size: float) -> FloatArray:
        """(batch,) nats of `rows` before the step; counts move a share `size` to theirs."""
        ...

    def snapshot(self) -> Callable[[], Circuit]:
        """The present parameters; called, the circuit that has them."""
        ...

    def state(self) -> State:
        """Copies of the arrays that steps change, each in its own precision; after a step."""
        ...

    def restore(self, state: State) -> None:
        """Nothing; goes on as the learner, made of the same circuit and prior, that had `state`.

        Raises
        ------
        ParameterError
            When it is of another circuit or engine; nothing was changed.
        """
        ...


@runtime_checkable
class Learns(Protocol):
    """An engine that maximises expected counts in place, without handing them out."""

    def learner(self, prior: Prior) -> Learner:
        """A learner that begins with the engine's present parameters."""
        ...
