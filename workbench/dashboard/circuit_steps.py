"""What the Circuits page does on threads: open files and stored circuits."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from workbench.circuits import Circuit
from workbench.circuits import load as load_circuit
from workbench.core.progress import Progress, silent
from workbench.core.tables import Table
from workbench.dashboard.circuit_form import BUILT_IN
from workbench.dashboard.page import with_file
from workbench.dashboard.sweep_form import Grid
from workbench.data import Dataset
from workbench.data import load as load_data
from workbench.errors import FormatError
from workbench.jobs import Job, sweep
from workbench.learning import Pruned
from workbench.store import Workspace
from workbench.studies import Learned, Shown, as_learned, shown
from workbench.studies.cells import LearnedCell, learn_cell


@dataclass(frozen=True)
class Key:
    """Under which hashes what is shown is stored: the learned circuit and what pruning left."""

    learned: str
    pruned: str = ""

    @property
    def state(self) -> dict[str, str]:
        """The key as JSON."""
        return {"learned": self.learned, "pruned": self.pruned}


def key_from(state: Any) -> Key | None:
    """The key that JSON describes; None when it describes none."""
    if not isinstance(state, dict):
        return None
    learned, pruned = state.get("learned"), state.get("pruned", "")
    known = isinstance(learned, str) and isinstance(pruned, str) and learned
    return Key(str(learned), str(pruned)) if known else None


@dataclass(frozen=True, eq=False)
class Held:
    """What the page shows, and under which hashes it is stored."""

    key: Key
    shown: Shown


def held(workspace: Workspace, key: Key, on_progress: Progress = silent) -> Held:
    """What lies in `workspace` under `key`, with all measures.

    Raises
    ------
    FormatError
        When there is something else than a learned circuit and what pruning left of it.
    """
    on_progress(0.0, "reading the circuit")
    learned = workspace.get(key.learned)
    if isinstance(learned, LearnedCell):
        learned = of_cell(workspace, key.learned, learned)
    elif isinstance(learned, Circuit):
        learned = as_learned(learned, "a circuit")
    pruning = workspace.get(key.pruned) if key.pruned else None
    if not isinstance(learned, Learned) or not isinstance(pruning, Pruned | None):
        raise FormatError(workspace.path, "the circuit shown", "it is something else")
    return Held(key, shown(learned, pruning, on_progress))


def of_cell(workspace: Workspace, stored: str, cell: LearnedCell) -> Learned:
    """The circuit of a sweep's cell with the table that it was learned of.

    Where that is not stored, rows sampled from the circuit itself stand in its place.
    """
    tables = [dict(one.sources).get("data", "") for one in workspace.find(stored)]
    data = workspace.get(tables[0]) if tables and tables[0] else None
    if not isinstance(data, Dataset):
        return as_learned(cell.circuit, "a circuit of a sweep")
    unknown = np.full(cell.history.n_rows, np.nan)
    columns = {name: cell.history[name] for name in cell.history}
    return Learned(data, cell.circuit, Table({**columns, "seconds": unknown}))


def swept(
    workspace: Workspace,
    name: str,
    bins: int | None,
    grid: Grid,
    place: str,
    on_progress: Progress = silent,
) -> Job:
    """The sweep that learns a circuit of the table called `name` for each cell of `grid`."""
    on_progress(0.1, f"reading {name}")
    data = load_data(name, bins=bins) if name in BUILT_IN else workspace.load(name)
    on_progress(0.5, "submitting the cells")
    return sweep(workspace, learn_cell, grid, place=place, save_as=f"sweep of {name}", data=data)


def opened_data(
    name: str,
    content: bytes,
    target: str | None,
    bins: int | None,
    workspace: Workspace,
    on_progress: Progress = silent,
) -> Dataset:
    """The table in a dropped file, now stored under its name."""

    def read(path: Path) -> Dataset:
        return load_data(path, target=target, bins=bins)

    data: Dataset = with_file(name, content, read, on_progress)
    on_progress(0.8, "storing")
    workspace.save(data, data.name, recipe=f"opened from {name}")
    return data


def opened_circuit(
    name: str, content: bytes, workspace: Workspace, on_progress: Progress = silent
) -> Held:
    """The circuit in a dropped file, now stored under its name, with rows sampled from itself."""
    circuit: Circuit = with_file(name, content, load_circuit, on_progress)
    on_progress(0.5, "sampling")
    learned = as_learned(circuit, Path(name).name)
    revision = workspace.save(learned, learned.data.name, recipe=f"opened from {name}")
    return Held(Key(revision.hash), shown(learned))
