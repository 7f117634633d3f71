"""Triton kernels of the steps.

Each program handles one group, block or stripe for `COLUMNS` rows of the batch;
tables are ``(slot, batch)``, so neighbouring threads read neighbouring numbers.
A scalar argument would be rounded to float32: what must stay exact is a constant.
"""

from __future__ import annotations

from workbench.compute.cuda.jit import jit, tl


@jit
def factors_product(
    values: tl.tensor,
    children: tl.tensor,
    places: tl.tensor,
    columns: tl.tensor,
    is_used: tl.tensor,
    n_products: tl.tensor,
    batch: tl.tensor,
    FACTORS: tl.constexpr,
) -> tl.tensor:
    """(place, column) products of the children of the products at `places`."""
    slots = tl.load(children + places, mask=places < n_products, other=0)
    result = tl.load(values + slots[:, None] * batch + columns[None, :], mask=is_used, other=0.0)
    for factor in tl.static_range(1, FACTORS):
        slots = tl.load(children + factor * n_products + places, mask=places < n_products, other=0)
        result *= tl.load(
            values + slots[:, None] * batch + columns[None, :], mask=is_used, other=0.0
        )
    return result


@jit
def scales_below(
    scales: tl.tensor,
    errors: tl.tensor,
    below: tl.tensor,
    group: tl.tensor,
    n_groups: tl.tensor,
    columns: tl.tensor,
    batch: tl.tensor,
    COLUMNS: tl.constexpr,
    FACTORS: tl.constexpr,
) -> tl.tensor:
    """(column,) sums of the scales and of the errors of the groups below a group."""
    in_batch = columns < batch
    scale = tl.zeros((COLUMNS,), tl.float64)
    lost = tl.zeros((COLUMNS,), errors.dtype.element_ty)
    for factor in tl.static_range(FACTORS):
        origin = tl.load(below + factor * n_groups + group) * batch + columns
        scale += tl.load(scales + origin, mask=in_batch, other=0.0)
        lost += tl.load(errors + origin, mask=in_batch, other=0.0)
    return scale, lost


@jit
def product_kernel(
    values: tl.tensor,
    scales: tl.tensor,
    errors: tl.tensor,
    lowest: tl.tensor,
    children: tl.tensor,
    below: tl.tensor,
    start: tl.tensor,
    first_group: tl.tensor,
    n_groups: tl.tensor,
    width: tl.tensor,
    batch: tl.tensor,
    FACTORS: tl.constexpr,
    WIDTH: tl.constexpr,
    COLUMNS: tl.constexpr,
    TINY: tl.constexpr,
) -> None:
    """Gathers the factors of a group's products, multiplies and rescales them."""
    group = tl.program_id(0).to(tl.int64)
    columns = tl.program_id(1) * COLUMNS + tl.arange(0, COLUMNS)
    in_batch = columns < batch
    scale, lost = scales_below(
        scales, errors, below, group, n_groups, columns, batch, COLUMNS, FACTORS
    )
    largest = tl.zeros((COLUMNS,), values.dtype.element_ty)
    least = largest + 1.0
    for first in range(0, width, WIDTH):
        inside = first + tl.arange(0, WIDTH)
        is_used = (inside < width)[:, None] & in_batch[None, :]
        places = group * width + inside
        found = factors_product(
            values, children, places, columns, is_used, n_groups * width, batch, FACTORS
        )
        largest = tl.maximum(largest, tl.max(found, axis=0))
        least = tl.minimum(least, tl.min(tl.where(is_used, found, 1.0), axis=0))
        own = (start + places)[:, None] * batch + columns[None, :]
        tl.store(values + own, found, mask=is_used)
    lost += tl.where(least < TINY, FACTORS * TINY, 0.0)
    norm = tl.where(in_batch, largest + lost, 1.0)
    for first in range(0, width, WIDTH):
        inside = first + tl.arange(0, WIDTH)
        is_used = (inside < width)[:, None] & in_batch[None, :]
        own = (start + group * width + inside)[:, None] * batch + columns[None, :]
        found = tl.load(values + own, mask=is_used, other=0.0)
        tl.store(values + own, found / norm[None, :], mask=is_used)
    goal = (first_group + group) * batch + columns
    tl.store(scales + goal, scale + tl.log(norm.to(tl.float64)), mask=in_batch)
    tl.store(errors + goal, tl.minimum(lost / norm, 1.0), mask=in_batch)
    tl.store(lowest + goal, least / norm, mask=in_batch)


@jit
def pass_scale(
    scales: tl.tensor,
    errors: tl.tensor,
    scale: tl.tensor,
    lost: tl.tensor,
    least: tl.tensor,
    norms: tl.tensor,
    least_weights: tl.tensor,
    block: tl.tensor,
    first_group: tl.tensor,
    width: tl.tensor,
    columns: tl.tensor,
    batch: tl.tensor,
    TINY: tl.constexpr,
) -> None:
    """Stores scale and error of the sums of a block, given those of its children."""
    in_batch = columns < batch
    goal = (first_group + block) * batch + columns
    is_lost = least * tl.load(least_weights + block) < TINY
    lost += tl.where(is_lost, (tl.zeros_like(lost) + 2 * TINY) * width, 0.0)
    tl.store(scales + goal, scale + tl.load(norms + block), mask=in_batch)
    tl.store(errors + goal, tl.minimum(lost, 1.0), mask=in_batch)


@jit
def pass_on(
    scales: tl.tensor,
    errors: tl.tensor,
    lowest: tl.tensor,
    below: tl.tensor,
    norms: tl.tensor,
    least_weights: tl.tensor,
    block: tl.tensor,
    first_group: tl.tensor,
    width: tl.tensor,
    columns: tl.tensor,
    batch: tl.tensor,
    TINY: tl.constexpr,
) -> None:
    """Stores scale and error of the sums of a block from those of the group below."""
    in_batch = columns < batch
    origin = tl.load(below + block) * batch + columns
    scale = tl.load(scales + origin, mask=in_batch, other=0.0)
    lost = tl.load(errors + origin, mask=in_batch, other=0.0)
    least = tl.load(lowest + origin, mask=in_batch, other=1.0)
    pass_scale(
        scales, errors, scale, lost, least, norms, least_weights,
        block, first_group, width, columns, batch, TINY,
    )  # fmt: skip


@jit
def dense_kernel(
    values: tl.tensor,
    scales: tl.tensor,
    errors: tl.tensor,
    lowest: tl.tensor,
    weights: tl.tensor,
    norms: tl.tensor,
    least_weights: tl.tensor,
    children: tl.tensor,
    below: tl.tensor,
    start: tl.tensor,
    first_group: tl.tensor,
    n_sums: tl.tensor,
    width: tl.tensor,
    batch: tl.tensor,
    SUMS: tl.constexpr,
    WIDTH: tl.constexpr,
    COLUMNS: tl.constexpr,
    TINY: tl.constexpr,
    PRECISION: tl.constexpr,
) -> None:
    """Gathers the children of a block and multiplies them by a stripe of its weights."""
    block = tl.program_id(0).to(tl.int64)
    rows = tl.program_id(1) * SUMS + tl.arange(0, SUMS)
    columns = tl.program_id(2) * COLUMNS + tl.arange(0, COLUMNS)
    in_batch = columns < batch
    total = tl.zeros((SUMS, COLUMNS), values.dtype.element_ty)
    for first in range(0, width, WIDTH):
        inside = first + tl.arange(0, WIDTH)
        slots = tl.load(children + block * width + inside, mask=inside < width, other=0)
        found = tl.load(
            values + slots[:, None] * batch + columns[None, :],
            mask=(inside < width)[:, None] & in_batch[None, :],
            other=0.0,
        )
        cells = (block * n_sums + rows)[:, None] * width + inside[None, :]
        is_cell = (rows < n_sums)[:, None] & (inside < width)[None, :]
        weight = tl.load(weights + cells, mask=is_cell, other=0.0)
        total = tl.dot(weight, found, total, input_precision=PRECISION, out_dtype=total.dtype)
    own = (start + block * n_sums + rows)[:, None] * batch + columns[None, :]
    tl.store(values + own, total, mask=(rows < n_sums)[:, None] & in_batch[None, :])
    if tl.program_id(1) == 0:
        pass_on(
            scales, errors, lowest, below, norms, least_weights,
            block, first_group, width, columns, batch, TINY,
        )  # fmt: skip


@jit
def fused_kernel(
    values: tl.tensor,
    scales: tl.tensor,
    errors: tl.tensor,
    lowest: tl.tensor,
    weights: tl.tensor,
    norms: tl.tensor,
    least_weights: tl.tensor,
    children: tl.tensor,
    below: tl.tensor,
    products_start: tl.tensor,
    products_group: tl.tensor,
    start: tl.tensor,
    first_group: tl.tensor,
    n_blocks: tl.tensor,
    n_sums: tl.tensor,
    width: tl.tensor,
    batch: tl.tensor,
    FACTORS: tl.constexpr,
    SUMS: tl.constexpr,
    WIDTH: tl.constexpr,
    COLUMNS: tl.constexpr,
    TINY: tl.constexpr,
    PRECISION: tl.constexpr,
) -> None:
    """Products of a group, rescaled, and the sums over them, without leaving the program."""
    block = tl.program_id(0).to(tl.int64)
    columns = tl.program_id(1) * COLUMNS + tl.arange(0, COLUMNS)
    in_batch = columns < batch
    scale, lost = scales_below(
        scales, errors, below, block, n_blocks, columns, batch, COLUMNS, FACTORS
    )
    inside = tl.arange(0, WIDTH)
    is_used = (inside < width)[:, None] & in_batch[None, :]
    places = block * width + inside
    found = factors_product(
        values, children, places, columns, is_used, n_blocks * width, batch, FACTORS
    )
    found = tl.where(is_used, found, 0.0)
    least = tl.min(tl.where(is_used, found, 1.0), axis=0)
    lost += tl.where(least < TINY, FACTORS * TINY, 0.0)
    norm = tl.where(in_batch, tl.max(found, axis=0) + lost, 1.0)
    found = found / norm[None, :]
    scale += tl.log(norm.to(tl.float64))
    lost = tl.minimum(lost / norm, 1.0)
    least = least / norm
    own = (products_start + places)[:, None] * batch + columns[None, :]
    tl.store(values + own, found, mask=is_used)
    goal = (products_group + block) * batch + columns
    tl.store(scales + goal, scale, mask=in_batch)
    tl.store(errors + goal, lost, mask=in_batch)
    tl.store(lowest + goal, least, mask=in_batch)
    for first in range(0, n_sums, SUMS):
        rows = first + tl.arange(0, SUMS)
        cells = (block * n_sums + rows)[:, None] * width + inside[None, :]
        is_cell = (rows < n_sums)[:, None] & (inside < width)[None, :]
        weight = tl.load(weights + cells, mask=is_cell, other=0.0)
        total = tl.dot(weight, found, input_precision=PRECISION, out_dtype=found.dtype)
        above = (start + block * n_sums + rows)[:, None] * batch + columns[None, :]
        tl.store(values + above, total, mask=(rows < n_sums)[:, None] & in_batch[None, :])
    pass_scale(
        scales, errors, scale, lost, least, norms, least_weights,
        block, first_group, width, columns, batch, TINY,
    )  # fmt: skip
