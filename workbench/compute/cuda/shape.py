"""One batch shape: its buffers, and its passes recorded once."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import numpy as np
import torch

from workbench.circuits.circuit import Circuit
from workbench.compute.cuda.capture import Recorder, Run
from workbench.compute.cuda.passes import Passes
from workbench.compute.cuda.workspace import workspace
from workbench.core.arrays import FloatArray


class Shape:
    """Passes over batches of one size; a smaller batch is filled up with missing rows."""

    def __init__(self, passes: Passes, circuit: Circuit, batch: int, recorder: Recorder) -> None:
        self.batch = batch
        self.work = workspace(passes.lowered, circuit, batch, passes.place)
        self._recorder = recorder
        self._passes = {"forward": passes.forward, "flows": passes.flows}
        self._replays: dict[str, Run] = {}

    def is_recorded(self, name: str) -> bool:
        """Whether the pass "forward" or "flows" has been recorded."""
        return name in self._replays

    def replay(self, name: str) -> Run:
        """The recorded pass "forward" or "flows" over the loaded batch."""
        if name not in self._replays:
            run, work = self._passes[name], self.work  # no cycle: buffers go with this shape
            self._replays[name] = self._recorder.record(lambda: run(work))
        return self._replays[name]

    def pieces(self, n_rows: int) -> list[slice]:
        """Slices of at most `batch` rows."""
        return [slice(first, first + self.batch) for first in range(0, n_rows, self.batch)]

    def load(self, rows: FloatArray, share: FloatArray | None = None) -> None:
        """Nothing; `rows`, each counted `share` times, become the loaded batch."""
        padding = self.batch - len(rows)
        filled = np.pad(rows, ((0, padding), (0, 0)), constant_values=np.nan)
        self.work.rows.copy_(torch.from_numpy(filled))
        if share is not None:
            weights = torch.from_numpy(np.pad(share, (0, padding)))
            self.work.root_weights.copy_(weights)


@contextlib.contextmanager
def precision(name: str, device: torch.device) -> Iterator[None]:
    """Context of `device` in which float32 products are "ieee", or "tf32": ten bits, but faster."""
    before = torch.backends.cuda.matmul.fp32_precision
    torch.backends.cuda.matmul.fp32_precision = name
    here = torch.cuda.device(device) if device.type == "cuda" else contextlib.nullcontext()
    try:
        with here:
            yield
    finally:
        torch.backends.cuda.matmul.fp32_precision = before


def release(device: torch.device) -> None:
    """Nothing; memory that torch keeps for later goes back to the device."""
    if device.type == "cuda":
        torch.cuda.empty_cache()
