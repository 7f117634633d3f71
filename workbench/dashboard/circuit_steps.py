"""What the Circuits page shows, and the jobs that make it: learn, prune, open."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from workbench.circuits import Circuit
from workbench.circuits import load as load_circuit
from workbench.core.arrays import BoolArray, FloatArray
from workbench.core.progress import Progress, silent
from workbench.core.tables import Table
from workbench.dashboard.page import with_file
from workbench.data import Dataset
from workbench.data import load as load_data
from workbench.inference import sample
from workbench.learning import Pruned
from workbench.studies import Learned, learn, pruned

SAMPLES = 16


@dataclass(frozen=True, eq=False)
class Shown:
    """What the page shows: a learned circuit, what was pruned from it, and samples of it.

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


def samples_of(circuit: Circuit, seed: int = 0) -> FloatArray:
    """A few samples to look at."""
    return sample(circuit, SAMPLES, seed=seed)


def learned(
    source: str | Dataset,
    bins: int | None,
    latents: int,
    epochs: int,
    seed: int,
    on_progress: Progress = silent,
) -> Shown:
    """A circuit learned of a built-in table, by its name, or of one's own."""
    data = load_data(source, bins=bins, seed=seed) if isinstance(source, str) else source
    learned = learn(data, latents, epochs, seed, on_progress)
    return Shown(learned, samples_of(learned.circuit, seed))


def pruned_to(shown: Shown, keep: float, on_progress: Progress = silent) -> Shown:
    """The learned circuit pruned to a share of its sum edges, measured again."""
    found = pruned(shown.learned, keep, on_progress)
    circuit = shown.learned.circuit
    left = set(_edge_names(found.circuit))
    removed = np.array([name not in left for name in _edge_names(circuit)])
    after = Learned(shown.learned.data, found.circuit, shown.learned.history).measured()
    samples = samples_of(found.circuit)
    return replace(shown, pruning=found, removed=removed, samples=samples, after=after)


def _edge_names(circuit: Circuit) -> list[tuple[int, int]]:
    parents, children = circuit.ids[circuit.edge_parents], circuit.ids[circuit.children]
    return list(zip(parents.tolist(), children.tolist(), strict=True))


def opened_data(
    name: str,
    content: bytes,
    target: str | None,
    bins: int | None,
    on_progress: Progress = silent,
) -> Dataset:
    """The table in a dropped file."""

    def read(path: Path) -> Dataset:
        return load_data(path, target=target, bins=bins)

    data: Dataset = with_file(name, content, read, on_progress)
    return data


def opened_circuit(name: str, content: bytes, on_progress: Progress = silent) -> Shown:
    """The circuit in a dropped file, with rows sampled from itself."""
    circuit: Circuit = with_file(name, content, load_circuit, on_progress)
    on_progress(0.5, "sampling")
    rows = sample(circuit, 256, seed=0)
    data = Dataset(
        Path(name).name, circuit.variables, rows, rows[:0], rows,
        source="rows sampled from the circuit itself",
    )  # fmt: skip
    nothing = Table({"epoch": [], "train": [], "valid": [], "seconds": []})
    return Shown(Learned(data, circuit, nothing).measured(), rows[:SAMPLES])
