"""Which products and sums one kernel can run together."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np

from workbench.compute.cuda.steps import (
    Dense,
    FusedStep,
    Lowered,
    ProductStep,
    Step,
    SumStep,
)

WIDEST = 128  # children of a block that one program of a GPU holds at once


def fused(lowered: Lowered) -> Lowered:
    """`lowered` with each step of products joined to the sums that alone read it.

    Examples
    --------
    >>> import numpy as np
    >>> from workbench.circuits.structures import hclt
    >>> from workbench.compute.cuda.lowering import lower
    >>> from workbench.compute.plan import plan
    >>> circuit = hclt(np.eye(4)[:, :3], latents=4)
    >>> steps = fused(lower(plan(circuit), circuit)).steps
    >>> sorted({type(step).__name__ for step in steps})
    ['FusedStep', 'LeafStep']
    """
    readers = Counter(group for step in lowered.steps for group in _read(step))
    made_at = {step.start: step for step in lowered.steps if isinstance(step, ProductStep)}
    joined: dict[int, FusedStep] = {}
    for step in lowered.steps:
        if isinstance(step, SumStep):
            below = made_at.get(int(step.children[0, 0]))
            if below is not None and _fit(below, step) and _reads_once(below, readers):
                joined[step.start] = FusedStep(below, step)
    gone = {pair.products.start for pair in joined.values()}
    steps = [
        step if isinstance(step, FusedStep) else joined.get(step.start, step)
        for step in lowered.steps
        if isinstance(step, FusedStep) or step.start not in gone
    ]
    return replace(lowered, steps=tuple(steps))


def _fit(products: ProductStep, sums: SumStep) -> bool:
    """Whether block g reads the whole of group g, and a program can hold it."""
    _, n_groups, width = products.children.shape
    own = products.start + np.arange(n_groups * width).reshape(n_groups, width)
    is_dense = isinstance(sums.matrix, Dense) and not sums.is_mixed
    return is_dense and width <= WIDEST and np.array_equal(own, sums.children)


def _reads_once(products: ProductStep, readers: Counter[int]) -> bool:
    groups = products.first_group + np.arange(products.children.shape[1])
    return all(readers[group] == 1 for group in groups.tolist())


def _read(step: Step) -> list[int]:
    """The groups that a step reads, each once."""
    if isinstance(step, ProductStep | SumStep):
        return list(np.unique(step.below).tolist())
    return []
