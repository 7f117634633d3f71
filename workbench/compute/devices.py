"""Which device, precision, threads and batch size a circuit runs with, and why."""

from __future__ import annotations

import ctypes
import os
from dataclasses import dataclass
from functools import lru_cache

from workbench.circuits.circuit import Circuit
from workbench.compute.probe import probe
from workbench.core.memory import available_memory, gibibytes
from workbench.errors import ParameterError

DTYPES = ("float32", "float64")
TABLE_BYTES = 192 * 2**20  # of the tables of values, flows and products of a batch
LARGEST_BATCH = 4096
THREADS_FROM_EDGES = 200_000  # under this a second thread costs more than it brings
WORTH_IT = 1.2  # times the work of one thread, from which more are used
FEW_ROWS = 4  # under which a tile would be mostly empty
CUDA_FROM_EDGES = 50_000  # under this a GPU only waits for launches


@dataclass(frozen=True, slots=True)
class Choice:
    """How an engine runs.

    Parameters
    ----------
    device
        "cpu" or "cuda", perhaps with a number.
    dtype
        "float32" or "float64".
    threads
        Shares of the work on the CPU; sums over rows depend on it by rounding.
    workers
        CPU threads that do the shares; no number depends on it.
    batch
        Rows evaluated at a time.
    reasons
        One sentence for each choice.
    """

    device: str
    dtype: str
    threads: int
    workers: int
    batch: int
    reasons: tuple[str, ...]


def choose(
    circuit: Circuit,
    device: str = "auto",
    dtype: str = "float64",
    batch: int | None = None,
    threads: int | None = None,
) -> Choice:
    """The choice for `circuit`; what is given is kept, the rest follows its size.

    Only the number of workers comes from a probe, and no result depends on it:
    equal inputs give equal results on one machine.

    Raises
    ------
    ParameterError
        When the device is not there, or a value is outside its range.

    Examples
    --------
    >>> from workbench.circuits.build import Builder
    >>> from workbench.data.variables import categorical
    >>> build = Builder((categorical("x", 2),))
    >>> choose(build.circuit(build.categorical(0, [0.5, 0.5])), device="cpu").threads
    1
    """
    if dtype not in DTYPES:
        raise ParameterError("unknown precision", given=repr(dtype), expected=f"one of {DTYPES}")
    place, why_device = _device(device, circuit.n_edges)
    n_threads, workers, why_threads = _threads(threads, circuit.n_edges)
    size, why_batch = _batch(batch, circuit.n_nodes, 4 if dtype == "float32" else 8)
    return Choice(place, dtype, n_threads, workers, size, (why_device, why_threads, why_batch))


def explain(device: str = "auto") -> str:
    """What this machine offers and how circuits of different sizes would run, as lines of text.

    Examples
    --------
    >>> print(explain("cpu").splitlines()[0])
    device: cpu, as asked
    """
    small, large = _device(device, 0)[1], _device(device, CUDA_FROM_EDGES)[1]
    lines = [f"device: {small}"]
    if large != small:
        lines.append(f"device from {CUDA_FROM_EDGES:,} edges: {large}")
    lines += [
        f"few rows: node by node in the log domain, up to {FEW_ROWS - 1} at a time",
        "more rows: tiles of up to 256 in the linear domain, again in a wider range where needed",
        f"threads: {_threads(None, 0)[2]}",
        f"threads from {THREADS_FROM_EDGES:,} edges: {_threads(None, THREADS_FROM_EDGES)[2]}",
        f"batch: {_batch(None, 100_000, 4)[1]}, for a circuit of 100,000 nodes in float32",
        "precision: float32 to learn, float64 to answer queries",
        *_memory_lines(),
        *_gpu_lines(),
    ]
    return "\n".join(lines)


def usable_cpus() -> int:
    """How many CPU cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@lru_cache(maxsize=1)
def has_cuda() -> bool:
    """Whether torch can use a GPU; it is not imported where there is no driver for one."""
    try:
        ctypes.CDLL("nvcuda.dll" if os.name == "nt" else "libcuda.so.1")
    except OSError:
        return False
    import torch

    return bool(torch.cuda.is_available())


def _memory_lines() -> list[str]:
    available = available_memory()
    return [] if available is None else [f"memory: {gibibytes(available)} available"]


def _gpu_lines() -> list[str]:
    if not has_cuda():
        return ["GPU: none that can be used; circuits run on the CPU"]
    from workbench.compute.cuda.report import cuda_lines

    return cuda_lines()


def _device(asked: str, n_edges: int) -> tuple[str, str]:
    if asked == "auto":
        if not has_cuda():
            return "cpu", "cpu, because there is no CUDA device"
        if n_edges < CUDA_FROM_EDGES:
            return "cpu", f"cpu, because {n_edges:,} edges are too few to keep a GPU busy"
        return "cuda", f"cuda, because {n_edges:,} edges keep a GPU busy"
    name = asked.partition(":")[0]
    if name not in {"cpu", "cuda"} or (name == "cuda" and not has_cuda()):
        raise ParameterError(
            "cannot use this device",
            given=repr(asked),
            expected='"auto", "cpu" or, where torch sees a GPU, "cuda"',
            remedy="Run `workbench doctor` to see what this machine offers.",
        )
    return asked, f"{asked}, as asked"


def _threads(asked: int | None, n_edges: int) -> tuple[int, int, str]:
    """Shares of the work, threads that do them, and why."""
    if asked is not None:
        if asked < 1:
            raise ParameterError("bad number of threads", given=asked, expected="1 or more")
        return asked, asked, f"{asked}, as asked"
    cpus = usable_cpus()
    if n_edges < THREADS_FROM_EDGES or cpus == 1:
        return 1, 1, "1, because on small layers threads wait for each other"
    found = probe(cpus)
    what = f"{cpus} did {found.speedup:.1f} times the work of one ({found.rate:.0f} GFLOP/s)"
    if found.speedup < WORTH_IT:
        return cpus, 1, f"1, because {what}"
    return cpus, cpus, f"{cpus}, because {what}"


def _batch(asked: int | None, n_nodes: int, item: int) -> tuple[int, str]:
    if asked is not None:
        if asked < 1:
            raise ParameterError("bad batch size", given=asked, expected="1 or more rows")
        return asked, f"batches of {asked:,} rows, as asked"
    free = available_memory()
    allowed = TABLE_BYTES if free is None else min(TABLE_BYTES, free // 8)
    rows = max(1, min(LARGEST_BATCH, allowed // (item * n_nodes)))
    most = f"{allowed / 2**20:,.0f} MiB"
    return rows, f"batches of {rows:,} rows, so that a thread's tables take at most {most}"
