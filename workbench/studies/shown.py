"""What a page shows of a circuit: how it was learned, what was pruned from it, samples of it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from workbench.circuits import Circuit
from workbench.core.arrays import BoolArray, FloatArray
from workbench.core.progress import Progress, silent
from workbench.core.tables import Table
from workbench.data import Dataset
from workbench.inference import sample
from workbench.learning import Pruned
from workbench.studies.steps import Learned

SAMPLES = 16
SAMPLED_ROWS = 256


@dataclass(frozen=True, eq=False)
class Shown:
    """A learned circuit, what was pruned from it, and samples of what is left.

    `removed` marks the edges of the learned circuit that are pruned; `after` is
    the pruned circuit with its own measures.
    """

    learned: Learned
    samples: FloatArray
    pruning: Pruned | None = None
    removed: BoolArray | None = None
    after: Learned | None = None

    @property
    def now(self) -> Learned:
        """The circuit as it is now, with its measures."""
        return self.after or self.learned

    @property
    def circuit(self) -> Circuit:
        """The circuit as it is now."""
        return self.now.circuit


def shown(learned: Learned, pruning: Pruned | None = None, on_progress: Progress = silent) -> Shown:
    """What there is to see of `learned`, or of what `pruning` left of it; all measures are taken.

    Examples
    --------
    >>> from workbench.data import load
    >>> from workbench.studies import learn, pruned
    >>> learned = learn(load("iris"), latents=4, epochs=1)
    >>> bool(shown(learned, pruned(learned, 0.5)).removed.any())
    True
    """
    on_progress(0.1, "measuring the circuit")
    whole = Shown(learned.measured(), samples_of(learned.circuit))
    if pruning is None:
        return whole
    on_progress(0.5, "measuring what pruning left")
    left = set(_edge_names(pruning.circuit))
    return replace(
        whole,
        pruning=pruning,
        removed=np.array([name not in left for name in _edge_names(learned.circuit)]),
        samples=samples_of(pruning.circuit),
        after=Learned(learned.data, pruning.circuit, learned.history).measured(),
    )


def samples_of(circuit: Circuit, seed: int = 0) -> FloatArray:
    """(16, n_variables) a few rows of the circuit to look at.

    Examples
    --------
    >>> from workbench.circuits import hclt
    >>> from workbench.data import load
    >>> samples_of(hclt(load("iris", bins=3), latents=2)).shape
    (16, 4)
    """
    return sample(circuit, SAMPLES, seed=seed)


def as_learned(circuit: Circuit, name: str) -> Learned:
    """A circuit from elsewhere as one that can be shown: rows sampled from itself are its data.

    Examples
    --------
    >>> from workbench.circuits import hclt
    >>> from workbench.data import load
    >>> as_learned(hclt(load("iris", bins=3), latents=2), "a file").history.n_rows
    0
    """
    rows = sample(circuit, SAMPLED_ROWS, seed=0)
    data = Dataset(
        name, circuit.variables, rows, rows[:0], rows,
        source="rows sampled from the circuit itself",
    )  # fmt: skip
    empty = {name: np.empty(0) for name in ("train", "valid", "seconds")}
    return Learned(data, circuit, Table({"epoch": np.empty(0, dtype=np.int64), **empty}))


def _edge_names(circuit: Circuit) -> list[tuple[int, int]]:
    parents, children = circuit.ids[circuit.edge_parents], circuit.ids[circuit.children]
    return list(zip(parents.tolist(), children.tolist(), strict=True))
