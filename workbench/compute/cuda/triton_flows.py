"""Triton kernels of the flows of dense blocks."""

from __future__ import annotations

from workbench.compute.cuda.jit import jit, tl


@jit
def ratios(
    values: tl.tensor,
    flows: tl.tensor,
    slots: tl.tensor,
    columns: tl.tensor,
    is_used: tl.tensor,
    batch: tl.tensor,
    TINY: tl.constexpr,
) -> tl.tensor:
    """(slot, column) flow over value, 0 where there is no value."""
    own = slots[:, None] * batch + columns[None, :]
    value = tl.load(values + own, mask=is_used, other=0.0)
    flow = tl.load(flows + own, mask=is_used, other=0.0)
    return tl.where(value < TINY, 0.0, flow / tl.where(value < TINY, 1.0, value))


@jit
def give(
    flows: tl.tensor,
    slots: tl.tensor,
    columns: tl.tensor,
    amounts: tl.tensor,
    is_used: tl.tensor,
    batch: tl.tensor,
    UNIQUE: tl.constexpr,
) -> None:
    """Adds `amounts` to the flows of `slots`, which other programs may share."""
    goal = flows + slots[:, None] * batch + columns[None, :]
    if UNIQUE:
        tl.store(goal, tl.load(goal, mask=is_used, other=0.0) + amounts, mask=is_used)
    else:
        tl.atomic_add(goal, amounts, mask=is_used)


@jit
def dense_flow_kernel(
    values: tl.tensor,
    flows: tl.tensor,
    weights: tl.tensor,
    totals: tl.tensor,
    children: tl.tensor,
    counts: tl.tensor,
    factors: tl.tensor,
    start: tl.tensor,
    n_blocks: tl.tensor,
    n_sums: tl.tensor,
    width: tl.tensor,
    batch: tl.tensor,
    FACTORS: tl.constexpr,
    SUMS: tl.constexpr,
    WIDTH: tl.constexpr,
    COLUMNS: tl.constexpr,
    UNIQUE: tl.constexpr,
    FACTORS_UNIQUE: tl.constexpr,
    TINY: tl.constexpr,
    PRECISION: tl.constexpr,
) -> None:
    """Flows of a stripe of a block's children, of the edges to them, and of their own factors."""
    block = tl.program_id(0).to(tl.int64)
    inside = tl.program_id(1) * WIDTH + tl.arange(0, WIDTH)
    columns = tl.program_id(2) * COLUMNS + tl.arange(0, COLUMNS)
    in_batch = columns < batch
    is_child = inside < tl.load(counts + block)
    slots = tl.load(children + block * width + inside, mask=is_child, other=0)
    is_used = is_child[:, None] & in_batch[None, :]
    below = tl.load(values + slots[:, None] * batch + columns[None, :], mask=is_used, other=0.0)
    down = tl.zeros((WIDTH, COLUMNS), values.dtype.element_ty)
    for first in range(0, n_sums, SUMS):
        rows = first + tl.arange(0, SUMS)
        is_row = (rows < n_sums)[:, None] & in_batch[None, :]
        ratio = ratios(values, flows, start + block * n_sums + rows, columns, is_row, batch, TINY)
        cells = (block * n_sums + rows)[:, None] * width + inside[None, :]
        is_cell = (rows < n_sums)[:, None] & is_child[None, :]
        weight = tl.load(weights + cells, mask=is_cell, other=0.0)
        down = tl.dot(
            tl.trans(weight), ratio, down, input_precision=PRECISION, out_dtype=down.dtype
        )
        through = tl.dot(ratio, tl.trans(below), input_precision=PRECISION, out_dtype=down.dtype)
        tl.atomic_add(totals + cells, through, mask=is_cell)
    down *= below
    give(flows, slots, columns, down, is_used, batch, UNIQUE)
    for factor in tl.static_range(FACTORS):
        place = (factor * n_blocks + block) * width + inside
        given = tl.load(factors + place, mask=is_child, other=0)
        give(flows, given, columns, down, is_used, batch, FACTORS_UNIQUE)


@jit
def product_flow_kernel(
    flows: tl.tensor,
    children: tl.tensor,
    counts: tl.tensor,
    start: tl.tensor,
    n_groups: tl.tensor,
    width: tl.tensor,
    batch: tl.tensor,
    FACTORS: tl.constexpr,
    WIDTH: tl.constexpr,
    COLUMNS: tl.constexpr,
    UNIQUE: tl.constexpr,
) -> None:
    """The flow of each product of a group goes to all its factors."""
    group = tl.program_id(0).to(tl.int64)
    inside = tl.program_id(1) * WIDTH + tl.arange(0, WIDTH)
    columns = tl.program_id(2) * COLUMNS + tl.arange(0, COLUMNS)
    is_real = inside < tl.load(counts + group)
    is_used = is_real[:, None] & (columns < batch)[None, :]
    own = (start + group * width + inside)[:, None] * batch + columns[None, :]
    amounts = tl.load(flows + own, mask=is_used, other=0.0)
    for factor in tl.static_range(FACTORS):
        place = (factor * n_groups + group) * width + inside
        slots = tl.load(children + place, mask=is_real, other=0)
        give(flows, slots, columns, amounts, is_used, batch, UNIQUE)
