"""Triton kernels of surviving tiles and of single edges."""

from __future__ import annotations

from workbench.compute.cuda.jit import jit, tl
from workbench.compute.cuda.triton_flows import give, ratios
from workbench.compute.cuda.triton_kernels import pass_on


@jit
def tiles_kernel(
    values: tl.tensor,
    scales: tl.tensor,
    errors: tl.tensor,
    lowest: tl.tensor,
    weights: tl.tensor,
    norms: tl.tensor,
    least_weights: tl.tensor,
    children: tl.tensor,
    below: tl.tensor,
    stripes: tl.tensor,
    offsets: tl.tensor,
    start: tl.tensor,
    first_group: tl.tensor,
    stripes_of_block: tl.tensor,
    width: tl.tensor,
    batch: tl.tensor,
    SIZE: tl.constexpr,
    COLUMNS: tl.constexpr,
    TINY: tl.constexpr,
    PRECISION: tl.constexpr,
) -> None:
    """The sums of one stripe of rows, over its surviving tiles."""
    stripe = tl.program_id(0).to(tl.int64)
    columns = tl.program_id(1) * COLUMNS + tl.arange(0, COLUMNS)
    in_batch = columns < batch
    inside = tl.arange(0, SIZE)
    total = tl.zeros((SIZE, COLUMNS), values.dtype.element_ty)
    for tile in range(tl.load(offsets + stripe), tl.load(offsets + stripe + 1)):
        slots = tl.load(children + tl.load(stripes + tile) * SIZE + inside)
        found = tl.load(
            values + slots[:, None] * batch + columns[None, :], mask=in_batch[None, :], other=0.0
        )
        weight = tl.load(weights + tile * SIZE * SIZE + inside[:, None] * SIZE + inside[None, :])
        total = tl.dot(weight, found, total, input_precision=PRECISION, out_dtype=total.dtype)
    own = (start + stripe * SIZE + inside)[:, None] * batch + columns[None, :]
    tl.store(values + own, total, mask=in_batch[None, :])
    if stripe % stripes_of_block == 0:
        pass_on(
            scales, errors, lowest, below, norms, least_weights,
            stripe // stripes_of_block, first_group, width, columns, batch, TINY,
        )  # fmt: skip


@jit
def tiles_flow_kernel(
    values: tl.tensor,
    flows: tl.tensor,
    weights: tl.tensor,
    totals: tl.tensor,
    children: tl.tensor,
    counts: tl.tensor,
    stripes: tl.tensor,
    offsets: tl.tensor,
    order: tl.tensor,
    start: tl.tensor,
    width: tl.tensor,
    batch: tl.tensor,
    SIZE: tl.constexpr,
    COLUMNS: tl.constexpr,
    UNIQUE: tl.constexpr,
    TINY: tl.constexpr,
    PRECISION: tl.constexpr,
) -> None:
    """Flows of one stripe of children and of the edges to them, over the tiles above it."""
    stripe = tl.program_id(0).to(tl.int64)
    columns = tl.program_id(1) * COLUMNS + tl.arange(0, COLUMNS)
    in_batch = columns < batch
    inside = tl.arange(0, SIZE)
    places = stripe * SIZE + inside
    is_child = places % width < tl.load(counts + places // width)
    slots = tl.load(children + places)
    is_used = is_child[:, None] & in_batch[None, :]
    below = tl.load(values + slots[:, None] * batch + columns[None, :], mask=is_used, other=0.0)
    down = tl.zeros((SIZE, COLUMNS), values.dtype.element_ty)
    for number in range(tl.load(offsets + stripe), tl.load(offsets + stripe + 1)):
        tile = tl.load(order + number)
        rows = start + tl.load(stripes + tile) * SIZE + inside
        ratio = ratios(values, flows, rows, columns, in_batch[None, :], batch, TINY)
        cells = tile * SIZE * SIZE + inside[:, None] * SIZE + inside[None, :]
        weight = tl.load(weights + cells)
        down = tl.dot(
            tl.trans(weight), ratio, down, input_precision=PRECISION, out_dtype=down.dtype
        )
        through = tl.dot(ratio, tl.trans(below), input_precision=PRECISION, out_dtype=down.dtype)
        tl.atomic_add(totals + cells, through)
    give(flows, slots, columns, down * below, is_used, batch, UNIQUE)


@jit
def edges_kernel(
    values: tl.tensor,
    scales: tl.tensor,
    errors: tl.tensor,
    lowest: tl.tensor,
    weights: tl.tensor,
    norms: tl.tensor,
    least_weights: tl.tensor,
    children: tl.tensor,
    below: tl.tensor,
    ends: tl.tensor,
    offsets: tl.tensor,
    start: tl.tensor,
    first_group: tl.tensor,
    n_sums: tl.tensor,
    width: tl.tensor,
    batch: tl.tensor,
    COLUMNS: tl.constexpr,
    TINY: tl.constexpr,
) -> None:
    """One sum, edge by edge."""
    row = tl.program_id(0).to(tl.int64)
    columns = tl.program_id(1) * COLUMNS + tl.arange(0, COLUMNS)
    in_batch = columns < batch
    total = tl.zeros((COLUMNS,), values.dtype.element_ty)
    for edge in range(tl.load(offsets + row), tl.load(offsets + row + 1)):
        slot = tl.load(children + tl.load(ends + edge))
        found = tl.load(values + slot * batch + columns, mask=in_batch, other=0.0)
        total += tl.load(weights + edge) * found
    tl.store(values + (start + row) * batch + columns, total, mask=in_batch)
    if row % n_sums == 0:
        pass_on(
            scales, errors, lowest, below, norms, least_weights,
            row // n_sums, first_group, width, columns, batch, TINY,
        )  # fmt: skip


@jit
def edges_flow_kernel(
    values: tl.tensor,
    flows: tl.tensor,
    weights: tl.tensor,
    totals: tl.tensor,
    children: tl.tensor,
    counts: tl.tensor,
    starts: tl.tensor,
    offsets: tl.tensor,
    order: tl.tensor,
    start: tl.tensor,
    width: tl.tensor,
    batch: tl.tensor,
    COLUMNS: tl.constexpr,
    UNIQUE: tl.constexpr,
    TINY: tl.constexpr,
) -> None:
    """The flow of one child and of the edges to it."""
    place = tl.program_id(0).to(tl.int64)
    columns = tl.program_id(1) * COLUMNS + tl.arange(0, COLUMNS)
    is_used = (columns < batch) & (place % width < tl.load(counts + place // width))
    slot = tl.load(children + place)
    below = tl.load(values + slot * batch + columns, mask=is_used, other=0.0)
    down = tl.zeros((COLUMNS,), values.dtype.element_ty)
    for number in range(tl.load(offsets + place), tl.load(offsets + place + 1)):
        edge = tl.load(order + number)
        above = (start + tl.load(starts + edge)) * batch + columns
        value = tl.load(values + above, mask=is_used, other=0.0)
        flow = tl.load(flows + above, mask=is_used, other=0.0)
        ratio = tl.where(value < TINY, 0.0, flow / tl.where(value < TINY, 1.0, value))
        down += tl.load(weights + edge) * ratio
        tl.atomic_add(totals + edge, tl.sum(ratio * below, axis=0))
    goal = flows + slot * batch + columns
    if UNIQUE:
        tl.store(goal, tl.load(goal, mask=is_used, other=0.0) + down * below, mask=is_used)
    else:
        tl.atomic_add(goal, down * below, mask=is_used)
