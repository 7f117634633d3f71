"""How circuits run, on CPU or CUDA. Importing it imports neither torch nor numba."""

from __future__ import annotations

from collections.abc import Callable

from workbench.circuits.circuit import Circuit
from workbench.circuits.engine import Engine
from workbench.compute.devices import Choice, choose, explain
from workbench.compute.evaluation import Leaf, Semiring, evaluate, node_elements
from workbench.compute.interactive_trace import Trace, retrace, trace
from workbench.compute.learner import Learner, Learns, Prior
from workbench.compute.memory import Memory, memory_needed, planned_hclt, require_runnable
from workbench.compute.plan import Plan, plan
from workbench.compute.semirings import (
    SEMIRINGS,
    gradient,
    intervals,
    mean_variance,
    polynomial,
)


def engine(
    circuit: Circuit,
    device: str = "auto",
    dtype: str = "float64",
    batch: int | None = None,
    threads: int | None = None,
) -> Engine:
    """An engine that evaluates `circuit`.

    Parameters
    ----------
    device
        "auto", "cpu" or "cuda".
    dtype
        "float64" or, about twice as fast and good for learning, "float32".
    batch
        Rows evaluated at a time; chosen by memory when omitted.
    threads
        CPU threads; chosen by the circuit's size when omitted.

    Raises
    ------
    LimitError
        When the CPU has too little memory for it; nothing was allocated.
    ParameterError
        When the device is not there, or a value is outside its range.

    Examples
    --------
    >>> import numpy as np
    >>> from workbench.circuits.build import Builder
    >>> from workbench.data.variables import categorical
    >>> build = Builder((categorical("x", 2),))
    >>> coin = build.circuit(build.categorical(0, [0.25, 0.75]))
    >>> np.exp(engine(coin, device="cpu").log_likelihood(np.array([[1.0]]))).round(2).tolist()
    [0.75]
    """
    choice = choose(circuit, device, dtype, batch, threads)
    return _EXECUTORS[choice.device.partition(":")[0]](circuit, choice)


def _on_cpu(circuit: Circuit, choice: Choice) -> Engine:
    from workbench.compute.cpu_engine import CpuEngine

    require_runnable(circuit, "batch", choice.dtype, choice.batch, choice.threads)
    return CpuEngine(circuit, choice)


def _on_cuda(circuit: Circuit, choice: Choice) -> Engine:
    from workbench.compute.cuda.engine import CudaEngine

    return CudaEngine(circuit, choice)


_EXECUTORS: dict[str, Callable[[Circuit, Choice], Engine]] = {"cpu": _on_cpu, "cuda": _on_cuda}


__all__ = [
    "SEMIRINGS",
    "Choice",
    "Leaf",
    "Learner",
    "Learns",
    "Memory",
    "Plan",
    "Prior",
    "Semiring",
    "Trace",
    "choose",
    "engine",
    "evaluate",
    "explain",
    "gradient",
    "intervals",
    "mean_variance",
    "memory_needed",
    "node_elements",
    "plan",
    "planned_hclt",
    "polynomial",
    "retrace",
    "trace",
]
