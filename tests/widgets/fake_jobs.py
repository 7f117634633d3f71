"""Jobs that do nothing by themselves, for tests of what shows them."""

from dataclasses import dataclass, field, replace
from typing import Any

from workbench.core.tables import Table
from workbench.errors import WorkbenchError


@dataclass(frozen=True)
class Now:
    status: str = "queued"
    progress: float = 0.0
    text: str = ""
    values: Any = field(default_factory=dict)
    error: Any = None
    details: str = ""
    rate: Any = None
    remaining_s: Any = None
    attempts: int = 1


@dataclass(frozen=True)
class Revision:
    number: int = 12
    kind: str = "circuit"
    n_bytes: int = 2048
    hash: str = "c" * 64
    sources: tuple = (("data", "d" * 64),)
    recipe: str = "hclt"
    seed: int = 0
    version: str = "0.4.0"


class FakeJob:
    """A job whose state is set by the test."""

    def __init__(self, number, name="fit", grid=None, parent=None, children=(), **now):
        self.id, self.name, self.task, self.grid = number, name, "learning.fit", grid or {}
        self.place, self.save_as, self.parent = "circuits", "", parent
        self.children = tuple(children)
        self.sweep = None
        for cell in self.children:
            cell.sweep = self
        self.created = self.started = self.ended = self.revision = None
        self._now = Now(**now)
        self.refuses = False

    @property
    def now(self):
        return self._now

    def set(self, **changes):
        self._now = replace(self._now, **changes)
        if self.sweep is not None:
            self.sweep.set()  # a sweep changes with its cells

    def table(self):
        if not self.children:
            return None
        cells = self.children
        values = {name: None for cell in cells for name in cell.now.values}
        columns = {"id": [cell.id for cell in cells]}
        columns |= {name: [cell.grid[name] for cell in cells] for name in cells[0].grid}
        columns["status"] = [str(cell.now.status) for cell in cells]
        columns["progress"] = [cell.now.progress for cell in cells]
        for name in values:
            lasts = [(cell.now.values.get(name) or [float("nan")])[-1] for cell in cells]
            columns[name] = lasts
        columns["seconds"] = [float("nan")] * len(cells)
        columns["error"] = [str(cell.now.error or "") for cell in cells]
        return Table(columns)

    def cancel(self):
        if self.refuses:
            raise WorkbenchError("the workspace cannot be written", remedy="Free some space.")
        for job in self.children or (self,):
            if str(job.now.status) in {"queued", "running"}:
                job.set(status="cancelled")
        self.set(status="cancelled")
        return True

    def resume(self):
        for job in self.children or (self,):
            if str(job.now.status) in {"failed", "cancelled"}:
                job.set(status="queued")
        self.set(status="queued")


class FakeWorkspace:
    """Counts how often its jobs are read, and moves when a test says so."""

    def __init__(self, *jobs):
        self.listed, self.position, self.reads = list(jobs), 0, 0

    def jobs(self):
        self.reads += 1
        return tuple(self.listed)


def sweep(number=1, n=6, **now):
    """A sweep of `n` cells over a grid of two names."""
    cells = [
        FakeJob(
            number * 10_000 + i, grid={"latents": 4 * (1 + i % 3), "seed": i // 3}, parent=number
        )
        for i in range(n)
    ]
    return FakeJob(number, f"sweep of {n} x fit", children=cells, status="running", **now)
