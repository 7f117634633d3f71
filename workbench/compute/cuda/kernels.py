"""Which kernels run the steps: Triton's, fused, or those of PyTorch, which run anywhere."""

from __future__ import annotations

import importlib.util
from typing import Protocol

import torch

from workbench.compute.cuda.fusing import fused
from workbench.compute.cuda.matrices import Placement
from workbench.compute.cuda.program import RUNNERS, Runner
from workbench.compute.cuda.steps import Lowered
from workbench.errors import ParameterError

LEAST_CAPABILITY = (7, 0)  # of a GPU that Triton compiles for


class Kernels(Protocol):
    """Makes the steps of a circuit run."""

    def runners(self, lowered: Lowered, place: Placement) -> list[Runner]:
        """One runner for each step, in the order of evaluation."""
        ...


class TorchKernels:
    """PyTorch's own kernels: batched products and passes over tables."""

    def runners(self, lowered: Lowered, place: Placement) -> list[Runner]:
        """One runner for each step, in the order of evaluation."""
        return [RUNNERS[type(step)](step, place) for step in lowered.steps]


class TritonKernels:
    """Kernels compiled for the circuit's steps; `precision` is "ieee" or "tf32"."""

    def __init__(self, precision: str = "ieee") -> None:
        self.precision = precision

    def runners(self, lowered: Lowered, place: Placement) -> list[Runner]:
        """One runner for each step, products joined to the sums above them where they fit."""
        from workbench.compute.cuda.triton_program import runner

        return [runner(step, place, self.precision) for step in fused(lowered).steps]


def has_triton() -> bool:
    """Whether Triton is installed."""
    return importlib.util.find_spec("triton") is not None


def kernels(name: str, device: torch.device, precision: str = "ieee") -> Kernels:
    """The kernels called `name`: "torch", "triton", or "auto": Triton's where they can run.

    Raises
    ------
    ParameterError
        When the name is unknown, or Triton is asked for and not installed.

    Examples
    --------
    >>> type(kernels("auto", torch.device("cpu"))).__name__
    'TorchKernels'
    """
    if name not in {"auto", "torch", "triton"}:
        raise ParameterError(
            "unknown kernels", given=repr(name), expected='"auto", "torch" or "triton"'
        )
    if name == "triton" and not has_triton():
        raise ParameterError(
            "cannot run the kernels of Triton, which is not installed",
            given="kernels='triton'",
            expected='"auto" or "torch"',
            remedy="PyTorch's Linux packages for CUDA bring Triton.",
        )
    if name == "triton" or (name == "auto" and runs_triton(device)):
        return TritonKernels(precision)
    return TorchKernels()


def runs_triton(device: torch.device) -> bool:
    """Whether Triton is installed and compiles for `device`."""
    if device.type != "cuda" or not has_triton():
        return False
    return torch.cuda.get_device_capability(device) >= LEAST_CAPABILITY
