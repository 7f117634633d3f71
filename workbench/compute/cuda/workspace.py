"""Workspace: every buffer that one batch shape needs, taken once and used again."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from workbench.circuits.circuit import Circuit
from workbench.compute.cuda.matrices import Placement
from workbench.compute.cuda.steps import Lowered, ProductStep, Step, SumStep
from workbench.compute.leaves import Inputs, inputs
from workbench.core.arrays import FloatArray

# Relative error that vanished terms may cause; a row in which they might cause more is computed
# again in the log domain.
MOST_LOST = {torch.float32: 1e-6, torch.float64: 1e-13}


@dataclass
class Workspace:
    """Buffers on the device.

    The value of slot s in row b is ``values[s, b] * exp(scales[g, b])``, g being
    the group of s, and it is too small by at most ``errors[g, b]`` in the unit
    of ``values``. Values and errors lie in [0, 1].

    Parameters
    ----------
    inputs
        The batch.
    root_weights
        (batch,) how often each row counts, at most 1.
    values, flows
        (n_slots, batch).
    scales
        (n_groups, batch) nats, float64: they add up over the whole depth.
    errors, lowest
        (n_groups, batch); `lowest` is at most the least value of the group.
    result
        (2, batch) float64: log-likelihoods in nats, and 1 where a row has to be computed again.
    scratch
        Two flat buffers for the temporaries of one step.
    """

    inputs: Inputs
    root_weights: torch.Tensor
    values: torch.Tensor
    flows: torch.Tensor
    scales: torch.Tensor
    errors: torch.Tensor
    lowest: torch.Tensor
    result: torch.Tensor
    scratch: tuple[torch.Tensor, torch.Tensor]

    @property
    def batch(self) -> int:
        """Rows of this shape."""
        return self.values.shape[1]

    @property
    def tiny(self) -> float:
        """The smallest number whose relative precision is full."""
        return float(torch.finfo(self.values.dtype).tiny)

    def fill(self, batch: Inputs) -> None:
        """Nothing; `batch`, of this shape, becomes the input."""
        self.inputs.codes.copy_(batch.codes)
        self.inputs.values.copy_(batch.values)
        self.inputs.seen.copy_(batch.seen)

    def temporary(self, which: int, *shape: int) -> torch.Tensor:
        """A part of a scratch buffer, until the next step."""
        size = 1
        for side in shape:
            size *= side
        return self.scratch[which][:size].view(shape)


def workspace(lowered: Lowered, circuit: Circuit, rows: FloatArray, place: Placement) -> Workspace:
    """Buffers for batches of the shape of `rows`."""
    batch, device, dtype = len(rows), place.device, place.dtype
    table = torch.zeros((lowered.n_slots, batch), dtype=dtype, device=device)
    cells = batch * max((_temporary_rows(step) for step in lowered.steps), default=0)
    return Workspace(
        inputs=inputs(rows, circuit, device),
        root_weights=torch.zeros(batch, dtype=dtype, device=device),
        values=table,
        flows=torch.zeros_like(table),
        scales=torch.zeros((lowered.n_groups, batch), dtype=torch.float64, device=device),
        errors=torch.zeros((lowered.n_groups, batch), dtype=dtype, device=device),
        lowest=torch.zeros((lowered.n_groups, batch), dtype=dtype, device=device),
        result=torch.zeros((2, batch), dtype=torch.float64, device=device),
        scratch=(
            torch.empty(cells, dtype=dtype, device=device),
            torch.empty(cells, dtype=dtype, device=device),
        ),
    )


def row_bytes(lowered: Lowered, itemsize: int) -> int:
    """Bytes of a workspace for each row of a batch."""
    temporary = max((_temporary_rows(step) for step in lowered.steps), default=0)
    in_dtype = 2 * (lowered.n_slots + lowered.n_groups) + 2 * temporary
    return itemsize * in_dtype + 8 * lowered.n_groups


def _temporary_rows(step: Step) -> int:
    match step:
        case ProductStep():
            return int(step.children[0].size)
        case SumStep():
            return max(int(step.children.size), len(step.children) * step.n_sums)
        case _:
            return 0
