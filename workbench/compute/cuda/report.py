"""What a GPU would be used with on this machine, in words."""

from __future__ import annotations

import importlib.metadata

import torch

from workbench.compute.cuda.kernels import has_triton, runs_triton

MEBIBYTE = 2**20


def cuda_lines() -> list[str]:
    """Lines for `workbench doctor`: devices with their memory, graphs, and which kernels run.

    Examples
    --------
    >>> any(line.startswith("kernels: ") for line in cuda_lines())
    True
    """
    return [*_devices(), _graphs(), _kernels(), _rounding()]


def _devices() -> list[str]:
    if not torch.cuda.is_available():
        return ["GPU: none that torch can use; circuits run on the CPU"]
    return [_device(number) for number in range(torch.cuda.device_count())]


def _device(number: int) -> str:
    free, total = torch.cuda.mem_get_info(number)
    name = torch.cuda.get_device_name(number)
    major, minor = torch.cuda.get_device_capability(number)
    return (
        f"GPU {number}: {name}, compute capability {major}.{minor}, "
        f"{free // MEBIBYTE:,} of {total // MEBIBYTE:,} MiB free"
    )


def _graphs() -> str:
    if not torch.cuda.is_available():
        return "graphs: off, passes run step by step"
    return "graphs: each batch shape is captured once and replayed; one shape is held at a time"


def _kernels() -> str:
    if not has_triton():
        return "kernels: PyTorch's own, because Triton is not installed"
    version = importlib.metadata.version("triton")
    if torch.cuda.is_available() and runs_triton(torch.device("cuda")):
        return f"kernels: Triton {version}, products joined to the sums above them"
    return f"kernels: PyTorch's own; Triton {version} is installed, but no GPU that it compiles for"


def _rounding() -> str:
    return "float32 products: full precision; TF32 only where it is asked for by name"
