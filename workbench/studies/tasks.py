"""What pages and the shell run as stored jobs: pure functions of what a workspace holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from workbench.circuits import Circuit
from workbench.core.checkpoints import NOWHERE, Checkpoints
from workbench.core.progress import Progress, scaled, silent
from workbench.core.tables import Table
from workbench.data import Dataset
from workbench.data import load as load_data
from workbench.jobs import register
from workbench.studies import cells  # noqa: F401  # its tasks may be in any study
from workbench.studies.steps import Described, Learned, describe, learn, original, pruned
from workbench.studies.unfamiliar import Doubt, class_circuits, doubt, unfamiliar_images
from workbench.theories import frontier


@dataclass(frozen=True, eq=False)
class Source:
    """A dataset with classes, binned, and the table of its original values.

    Examples
    --------
    >>> Source(load_data("iris", bins=3), original(load_data("iris"))).data.classes[0]
    'setosa'
    """

    data: Dataset
    frame: Any  # a pandas DataFrame


@dataclass(frozen=True, eq=False)
class Doubted:
    """Circuits of the classes of a table, and what they doubt.

    Examples
    --------
    >>> [field for field in Doubted.__dataclass_fields__]
    ['circuits', 'doubt']
    """

    circuits: tuple[Circuit, ...]
    doubt: Doubt


def learn_circuit(
    source: str | Dataset,
    bins: int | None = None,
    latents: int = 16,
    epochs: int = 20,
    seed: int = 0,
    structure: str = "hclt",
    on_progress: Progress = silent,
    checkpoints: Checkpoints = NOWHERE,
) -> Learned:
    """A circuit learned of a built-in table, by its name, or of one's own.

    `structure` is a name in :data:`workbench.circuits.STRUCTURES`.

    Examples
    --------
    >>> learn_circuit("iris", bins=3, latents=2, epochs=1).data.name
    'iris'
    """
    data = load_data(source, bins=bins, seed=seed) if isinstance(source, str) else source
    return learn(data, latents, epochs, seed, on_progress, checkpoints, structure)


def describe_class(
    source: str | Source,
    label: str,
    bins: int = 4,
    latents: int = 4,
    epochs: int = 20,
    seed: int = 0,
    on_progress: Progress = silent,
    checkpoints: Checkpoints = NOWHERE,
) -> Described:
    """A theory of one class of a built-in table, by its name, or of one's own.

    Examples
    --------
    >>> describe_class("iris", "setosa", latents=2, epochs=2).check.equal
    True
    """
    if isinstance(source, str):
        plain = load_data(source, seed=seed)
        source = Source(load_data(source, bins=bins, seed=seed), original(plain))
    return describe(
        source.data,
        source.frame,
        label,
        latents,
        epochs,
        seed,
        on_progress=on_progress,
        checkpoints=checkpoints,
    )


def try_thresholds(described: Described, on_progress: Progress = silent) -> Table:
    """The theories at every pair of thresholds, one row each, the best of their size marked.

    Examples
    --------
    >>> found = try_thresholds(describe_class("iris", "setosa", latents=2, epochs=2))
    >>> bool(found["is_best"].any())
    True
    """
    on_progress(0.05, "pruning at every pair of thresholds")
    data = described.data
    return frontier(
        described.circuit,
        data.rows_of("train", described.label),
        data.train,
        on_progress=scaled(on_progress, 0.05, 1.0),
    )


def measure_doubt(
    data: Dataset,
    circuits: tuple[Circuit, ...] | None = None,
    rate: float = 0.05,
    on_progress: Progress = silent,
) -> Doubted:
    """Circuits of the classes, learned unless they are given, and what they doubt.

    Raises
    ------
    DataError
        When the table has no images, or no classes.

    Examples
    --------
    >>> from workbench.errors import DataError
    >>> try:
    ...     measure_doubt(load_data("iris", bins=3))
    ... except DataError:
    ...     print("iris has no images")
    iris has no images
    """
    known = circuits or class_circuits(data, on_progress=scaled(on_progress, 0.0, 0.4))
    others = unfamiliar_images(data)
    found = doubt(data, known, others, rate, on_progress=scaled(on_progress, 0.4, 1.0))
    return Doubted(tuple(known), found)


for _task in (learn_circuit, pruned, describe_class, try_thresholds, measure_doubt):
    register(_task, f"studies.{_task.__name__}")
