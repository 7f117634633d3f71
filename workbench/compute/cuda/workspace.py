"""Workspace: every buffer that one batch shape needs, taken once and used again."""

from __future__ import annotations

from dataclasses import dataclass, field

import torch

from workbench.circuits.circuit import Circuit
from workbench.compute.cuda.matrices import Placement
from workbench.compute.cuda.steps import Lowered, ProductStep, Step, SumStep
from workbench.compute.layers import Tape
from workbench.compute.leaves import Inputs, inputs

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
    rows
        (batch, variable) float64, NaN where missing: what is given.
    missing
        (variable, 1) the code of a missing cell: the number of categories, 0 for continuous ones.
    inputs
        The batch as leaves read it, made of `rows` by the pass itself.
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
    tapes
        What leaves keep from the forward pass for their statistics, by the start of their step.
    """

    rows: torch.Tensor
    missing: torch.Tensor
    inputs: Inputs
    root_weights: torch.Tensor
    values: torch.Tensor
    flows: torch.Tensor
    scales: torch.Tensor
    errors: torch.Tensor
    lowest: torch.Tensor
    result: torch.Tensor
    scratch: tuple[torch.Tensor, torch.Tensor]
    tapes: dict[int, Tape] = field(default_factory=dict)

    @property
    def batch(self) -> int:
        """Rows of this shape."""
        return self.values.shape[1]

    @property
    def tiny(self) -> float:
        """The smallest number whose relative precision is full."""
        return float(torch.finfo(self.values.dtype).tiny)

    def read_rows(self) -> None:
        """Nothing; the inputs of the leaves are made of the rows, on the device."""
        columns = self.rows.t()
        torch.logical_not(torch.isnan(columns), out=self.inputs.seen)
        self.inputs.values.copy_(torch.where(self.inputs.seen, columns, 0.0))
        is_code = self.inputs.seen & (self.missing > 0)
        self.inputs.codes.copy_(torch.where(is_code, columns, self.missing))

    def temporary(self, which: int, *shape: int) -> torch.Tensor:
        """A part of a scratch buffer, until the next step."""
        size = 1
        for side in shape:
            size *= side
        return self.scratch[which][:size].view(shape)


def workspace(lowered: Lowered, circuit: Circuit, batch: int, place: Placement) -> Workspace:
    """Buffers for batches of `batch` rows, which are missing until others are given."""
    device, dtype = place.device, place.dtype
    rows = torch.full((batch, len(circuit.variables)), torch.nan, dtype=torch.float64)
    missing = [[float(variable.n_categories)] for variable in circuit.variables]
    table = torch.zeros((lowered.n_slots, batch), dtype=dtype, device=device)
    cells = batch * max((_temporary_rows(step) for step in lowered.steps), default=0)
    return Workspace(
        rows=rows.to(device),
        missing=torch.tensor(missing, dtype=torch.float64, device=device),
        inputs=inputs(rows.numpy(), circuit, device),
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
