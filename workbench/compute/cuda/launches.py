"""Launches: which Triton kernel runs with which arguments, before any device is asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import torch

from workbench.compute.cuda.matrices import Placement
from workbench.compute.cuda.workspace import Workspace
from workbench.core.arrays import AnyArray

# Sides of the rectangles that one program multiplies: with these, every kernel keeps within the
# 99 KiB of fast memory that a program has on the smallest of the GPUs that we compile for.
WIDTH, SUMS = 64, 32
COLUMN_BYTES = 256  # rows of the batch, by the size of their numbers
LEAST_SIDE = 16  # of a rectangle that tensor cores multiply
EDGE_COLUMNS = 256  # rows of the batch of a program that follows single edges


@dataclass(frozen=True, eq=False)
class Launch:
    """One kernel over a grid of programs.

    Parameters
    ----------
    arguments
        What changes nothing in the compiled kernel: tensors and counts.
    constants
        What is compiled in.
    """

    kernel: Any
    grid: tuple[int, ...]
    arguments: Mapping[str, torch.Tensor | int]
    constants: Mapping[str, int | float | bool | str]
    options: ClassVar[Mapping[str, int]] = {"num_warps": 4, "num_stages": 2}

    def run(self) -> None:
        """Nothing; the kernel is launched on the current stream."""
        self.kernel[self.grid](**self.arguments, **self.constants, **self.options)


def side(size: int, most: int) -> int:
    """A power of two from LEAST_SIDE to `most` that holds `size`, where it can.

    Examples
    --------
    >>> side(3, 64), side(40, 64), side(500, 64)
    (16, 64, 64)
    """
    return max(LEAST_SIDE, min(most, 1 << max(size - 1, 0).bit_length()))


def columns(work: Workspace) -> int:
    """Rows of the batch that one program handles."""
    return side(work.batch, COLUMN_BYTES // work.values.element_size())


def pieces(size: int, piece: int) -> int:
    """How many programs share `size` things, `piece` each."""
    return -(-size // piece)


def tables(work: Workspace) -> dict[str, torch.Tensor | int]:
    """The tables that a forward kernel reads and fills."""
    return {
        "values": work.values,
        "scales": work.scales,
        "errors": work.errors,
        "lowest": work.lowest,
    }


def indices(numbers: AnyArray, place: Placement) -> torch.Tensor:
    """`numbers`, flat, on the device."""
    return torch.tensor(numbers.ravel(), dtype=torch.int64, device=place.device)
