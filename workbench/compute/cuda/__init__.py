"""The executor for GPUs: the plan lowered to steps, run in the linear domain, captured as graphs.

`steps` says what is run, `lowering` makes it from a plan, `formats` lays out the edges, `matrices`
multiplies by them, `program` runs the steps, `passes` both passes, `shape` records them for one
batch shape by a recorder of `capture`, and `engine` answers queries. All of it also runs on a CPU.
"""

from __future__ import annotations

from workbench.compute.cuda.engine import CudaEngine
from workbench.compute.cuda.report import cuda_lines

__all__ = ["CudaEngine", "cuda_lines"]
