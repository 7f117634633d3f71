"""Recorders: what turns a pass over fixed buffers into something that is run again cheaply."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import torch

WARM_UPS = 3  # before a capture, kernels are compiled and libraries take their workspaces

Run = Callable[[], None]


class Recorder(Protocol):
    """Records passes."""

    def record(self, run: Run) -> Run:
        """What does the same as `run` on the same buffers; `run` may be called on the way."""
        ...


class Eager:
    """Runs a pass as it is, on any device.

    Examples
    --------
    >>> Eager().record(lambda: print("pass"))()
    pass
    """

    def record(self, run: Run) -> Run:
        """`run` itself."""
        return run


class Graphs:
    """Captures a pass as one CUDA graph: a replay launches all its kernels at once."""

    def record(self, run: Run) -> Run:
        """The replay of the captured pass."""
        side = torch.cuda.Stream()  # type: ignore[no-untyped-call]
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):
            for _ in range(WARM_UPS):
                run()
        torch.cuda.current_stream().wait_stream(side)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            run()
        return graph.replay


def recorder(device: torch.device) -> Recorder:
    """Graphs on CUDA, else the eager one."""
    return Graphs() if device.type == "cuda" else Eager()
