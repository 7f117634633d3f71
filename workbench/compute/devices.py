"""Which device, precision, threads and batch size a circuit runs with, and why."""

from __future__ import annotations

import os
from dataclasses import dataclass

from workbench.circuits.circuit import Circuit
from workbench.errors import ParameterError

DTYPES = ("float32", "float64")
TABLE_BYTES = 64 * 2**20  # of one table of values (slot, batch)
LARGEST_BATCH = 4096
THREADS_FROM_EDGES = 200_000  # under this a second thread costs more than it brings
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
        CPU threads.
    batch
        Rows evaluated at a time.
    reasons
        One sentence for each choice.
    """

    device: str
    dtype: str
    threads: int
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

    It never probes by timing, so equal inputs run equally on one machine.

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
    if batch is not None and batch < 1:
        raise ParameterError("bad batch size", given=batch, expected="1 or more rows")
    place, why_device = _device(device, circuit.n_edges)
    n_threads, why_threads = _threads(threads, circuit.n_edges)
    size, why_batch = _batch(batch, circuit.n_nodes, 4 if dtype == "float32" else 8)
    return Choice(place, dtype, n_threads, size, (why_device, why_threads, why_batch))


def explain(device: str = "auto") -> str:
    """What this machine offers and how circuits of different sizes would run, as lines of text.

    Examples
    --------
    >>> print(explain("cpu").splitlines()[1])
    device: cpu, as asked
    """
    small, large = _device(device, 0)[1], _device(device, CUDA_FROM_EDGES)[1]
    lines = [f"torch {_torch_version()}, {cuda_text()}", f"device: {small}"]
    if large != small:
        lines.append(f"device from {CUDA_FROM_EDGES:,} edges: {large}")
    lines += [
        f"threads: {_threads(None, 0)[1]}",
        f"threads from {THREADS_FROM_EDGES:,} edges: {_threads(None, THREADS_FROM_EDGES)[1]}",
        "precision: float32 to learn, float64 to answer queries",
    ]
    return "\n".join(lines)


def cuda_text() -> str:
    """The CUDA devices in words."""
    import torch

    if not torch.cuda.is_available():
        return "no CUDA device"
    names = [torch.cuda.get_device_name(k) for k in range(torch.cuda.device_count())]
    return f"CUDA: {', '.join(names)}"


def usable_cpus() -> int:
    """How many CPU cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _torch_version() -> str:
    import torch

    return str(torch.__version__)


def _device(asked: str, n_edges: int) -> tuple[str, str]:
    import torch

    has_cuda = torch.cuda.is_available()
    if asked == "auto":
        if not has_cuda:
            return "cpu", "cpu, because there is no CUDA device"
        if n_edges < CUDA_FROM_EDGES:
            return "cpu", f"cpu, because {n_edges:,} edges are too few to keep a GPU busy"
        return "cuda", f"cuda, because {n_edges:,} edges keep a GPU busy"
    name = asked.partition(":")[0]
    if name not in {"cpu", "cuda"} or (name == "cuda" and not has_cuda):
        raise ParameterError(
            "cannot use this device",
            given=repr(asked),
            expected='"auto", "cpu" or, where torch sees a GPU, "cuda"',
            remedy="Run `workbench doctor` to see what this machine offers.",
        )
    return asked, f"{asked}, as asked"


def _threads(asked: int | None, n_edges: int) -> tuple[int, str]:
    if asked is not None:
        if asked < 1:
            raise ParameterError("bad number of threads", given=asked, expected="1 or more")
        return asked, f"{asked}, as asked"
    cpus = usable_cpus()
    if n_edges < THREADS_FROM_EDGES:
        return 1, "1, because on small layers threads wait for each other"
    return cpus, f"{cpus}, one for each usable core"


def _batch(asked: int | None, n_nodes: int, item: int) -> tuple[int, str]:
    if asked is not None:
        return asked, f"batches of {asked:,} rows, as asked"
    rows = max(1, min(LARGEST_BATCH, TABLE_BYTES // (item * n_nodes)))
    return rows, f"batches of {rows:,} rows, so that a table of values takes at most 64 MiB"
