"""Compiled products of a small or sparse matrix with rows of a tile, and inner products of rows.

BLAS is made for large matrices: at 16 x 16 it reaches half the rate of these
loops, which keep four rows of a tile and four results in registers, and at
64 x 64 the same. All are written for plain arrays and places in them, since
a compiled function that slices is slow to compile and to call. Importing this
module imports numba.
"""

from __future__ import annotations

from typing import NamedTuple

from workbench.core.arrays import AnyArray
from workbench.core.compiled import reassociated


class Matrix(NamedTuple):
    """A dense matrix within an array; both sides are multiples of 4.

    Entry (i, j) is at ``start + i * row_step + j * column_step`` of `weights`, so
    that a matrix can be read transposed.
    """

    weights: AnyArray
    start: int
    n_rows: int
    n_columns: int
    row_step: int
    column_step: int


class Entries(NamedTuple):
    """A sparse matrix within arrays.

    The entries of row i of the whole are from ``starts[i]``: their columns in
    `columns`, their weights in `weights`, there `listed` places on.
    """

    starts: AnyArray
    columns: AnyArray
    weights: AnyArray
    listed: int


@reassociated
def matrix_product(matrix: Matrix, columns: AnyArray, first: int, out: AnyArray, row: int) -> None:
    """Nothing; a matrix times rows `first`, ... of `columns` is in rows `row`, ... of `out`."""
    weights, down, right = matrix.weights, matrix.row_step, matrix.column_step
    for i in range(0, matrix.n_rows, 4):
        for k in range(out.shape[1]):
            out[row + i, k] = 0
            out[row + i + 1, k] = 0
            out[row + i + 2, k] = 0
            out[row + i + 3, k] = 0
        for j in range(0, matrix.n_columns, 4):
            place = matrix.start + i * down + j * right
            a0, a1, a2, a3 = _four(weights, place, right)
            b0, b1, b2, b3 = _four(weights, place + down, right)
            c0, c1, c2, c3 = _four(weights, place + 2 * down, right)
            d0, d1, d2, d3 = _four(weights, place + 3 * down, right)
            for k in range(out.shape[1]):
                x0, x1 = columns[first + j, k], columns[first + j + 1, k]
                x2, x3 = columns[first + j + 2, k], columns[first + j + 3, k]
                out[row + i, k] += a0 * x0 + a1 * x1 + a2 * x2 + a3 * x3
                out[row + i + 1, k] += b0 * x0 + b1 * x1 + b2 * x2 + b3 * x3
                out[row + i + 2, k] += c0 * x0 + c1 * x1 + c2 * x2 + c3 * x3
                out[row + i + 3, k] += d0 * x0 + d1 * x1 + d2 * x2 + d3 * x3


@reassociated
def _four(weights: AnyArray, place: int, step: int) -> tuple[float, float, float, float]:
    """Four weights, `step` apart."""
    return (
        weights[place],
        weights[place + step],
        weights[place + 2 * step],
        weights[place + 3 * step],
    )


@reassociated
def inner_products(matrix: Matrix, left: AnyArray, row: int, right: AnyArray, first: int) -> None:
    """Nothing; each entry of a matrix gains the inner product of two rows of tiles.

    Those are row `row` + i of `left` and `first` + j of `right`; the steps of the
    matrix are those of an array by rows.
    """
    zero = left.dtype.type(0)
    for i in range(0, matrix.n_rows, 2):
        for j in range(0, matrix.n_columns, 4):
            a0, a1, a2, a3 = zero, zero, zero, zero
            b0, b1, b2, b3 = zero, zero, zero, zero
            for k in range(left.shape[1]):
                x, y = left[row + i, k], left[row + i + 1, k]
                u0, u1 = right[first + j, k], right[first + j + 1, k]
                u2, u3 = right[first + j + 2, k], right[first + j + 3, k]
                a0 += x * u0
                a1 += x * u1
                a2 += x * u2
                a3 += x * u3
                b0 += y * u0
                b1 += y * u1
                b2 += y * u2
                b3 += y * u3
            place = matrix.start + i * matrix.row_step + j
            _add_four(matrix.weights, place, a0, a1, a2, a3)
            _add_four(matrix.weights, place + matrix.row_step, b0, b1, b2, b3)


@reassociated
def _add_four(
    totals: AnyArray, place: int, term0: float, term1: float, term2: float, term3: float
) -> None:
    """Nothing; four terms are added to four neighbours."""
    totals[place] += term0
    totals[place + 1] += term1
    totals[place + 2] += term2
    totals[place + 3] += term3


@reassociated
def sparse_product(
    entries: Entries,
    begin: int,
    n_rows: int,
    columns: AnyArray,
    first: int,
    out: AnyArray,
    row: int,
) -> None:
    """Nothing; rows `begin`, ... of a sparse matrix times `columns` from `first` are in `out`."""
    starts, numbers, weights = entries.starts, entries.columns, entries.weights
    for i in range(n_rows):
        edge, end = starts[begin + i], starts[begin + i + 1]
        for k in range(out.shape[1]):
            out[row + i, k] = 0
        while edge + 4 <= end:
            w0, w1, w2, w3 = _four(weights, entries.listed + edge, 1)
            p0, p1 = first + numbers[edge], first + numbers[edge + 1]
            p2, p3 = first + numbers[edge + 2], first + numbers[edge + 3]
            for k in range(out.shape[1]):
                out[row + i, k] += (
                    w0 * columns[p0, k]
                    + w1 * columns[p1, k]
                    + w2 * columns[p2, k]
                    + w3 * columns[p3, k]
                )
            edge += 4
        while edge < end:
            weight, place = weights[entries.listed + edge], first + numbers[edge]
            for k in range(out.shape[1]):
                out[row + i, k] += weight * columns[place, k]
            edge += 1


@reassociated
def edge_products(
    entries: Entries,
    begin: int,
    n_rows: int,
    left: AnyArray,
    row: int,
    right: AnyArray,
    first: int,
) -> None:
    """Nothing; each entry of a sparse matrix gains the inner product of two rows of tiles.

    For the entry of row `begin` + i and column j those are row `row` + i of
    `left` and `first` + j of `right`.
    """
    starts, numbers, totals = entries.starts, entries.columns, entries.weights
    zero = left.dtype.type(0)
    for i in range(n_rows):
        edge, end = starts[begin + i], starts[begin + i + 1]
        while edge + 4 <= end:
            p0, p1 = first + numbers[edge], first + numbers[edge + 1]
            p2, p3 = first + numbers[edge + 2], first + numbers[edge + 3]
            a0, a1, a2, a3 = zero, zero, zero, zero
            for k in range(left.shape[1]):
                x = left[row + i, k]
                a0 += x * right[p0, k]
                a1 += x * right[p1, k]
                a2 += x * right[p2, k]
                a3 += x * right[p3, k]
            _add_four(totals, entries.listed + edge, a0, a1, a2, a3)
            edge += 4
        while edge < end:
            place, total = first + numbers[edge], zero
            for k in range(left.shape[1]):
                total += left[row + i, k] * right[place, k]
            totals[entries.listed + edge] += total
            edge += 1
