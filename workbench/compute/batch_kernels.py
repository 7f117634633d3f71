"""The compiled kernels of the batch executor: one tile of rows up through all units.

Values are linear, and every unit has an exponent for each row of data: after
the products are formed, the largest of a unit is brought to [1, 2) by a power
of two, exactly, by integer arithmetic on the bits of the numbers. So the pass
takes no exponential, and one logarithm per row of data. Importing this module
imports numba.
"""

from __future__ import annotations

from typing import NamedTuple

from workbench.compute.products import Entries, Matrix, matrix_product, sparse_product
from workbench.compute.program import COPY, EDGES, Units
from workbench.core.arrays import AnyArray
from workbench.core.compiled import compiled

NEVER = -(2**30)  # the exponent of zero
LEAST = -(2**29)  # below any exponent of a number


class Precision(NamedTuple):
    """The layout of a floating-point type, and where its numbers become too small.

    Parameters
    ----------
    mantissa, bias
        Bits of the fraction, and the stored exponent of 1.0.
    flush
        A column whose exponent is this far below the largest of its unit counts as 0.
    """

    mantissa: int
    bias: int
    flush: int


class Tables(NamedTuple):
    """Parameters in the linear domain.

    Parameters
    ----------
    weights
        (n_weights,) dense cells, then listed edges.
    column_weights
        (listed edges,) the weights of listed edges by column.
    masses
        Flat table of the leaves, with the 1.0 of a missing cell after each.
    doubts
        (units,) the bits of the sum below which terms may have been lost.
    has_lost_weight
        Whether a positive weight is 0 in this precision, or lost digits.
    """

    weights: AnyArray
    column_weights: AnyArray
    masses: AnyArray
    doubts: AnyArray
    has_lost_weight: bool


class Tile(NamedTuple):
    """The workspace of one tile of rows.

    Parameters
    ----------
    codes
        (variable, tile) category codes, the number of categories where missing.
    values
        (rows, tile) results of the units, relative to their exponents.
    columns
        (columns, tile) products below the sums: of all units when `column_step`
        is 1, of the present unit alone when it is 0.
    exponents
        (scales, tile) powers of two; those of leaves with a formula come first.
    peaks, shifts
        (tile,) and (widest unit, tile) scratch.
    doubtful
        (tile,) whether terms were lost that a result may need.
    value_bits, column_bits, peak_bits
        The same memory as `values`, `columns` and `peaks`, as integers.
    """

    codes: AnyArray
    values: AnyArray
    value_bits: AnyArray
    columns: AnyArray
    column_bits: AnyArray
    exponents: AnyArray
    peaks: AnyArray
    peak_bits: AnyArray
    shifts: AnyArray
    doubtful: AnyArray
    column_step: int


@compiled
def forward(
    units: Units, tables: Tables, tile: Tile, precision: Precision, n_formulas: int
) -> None:
    """Nothing; `tile` holds the values and exponents of every unit."""
    columns, peaks, doubts = tile.columns, tile.peaks, tables.doubts
    for unit in range(len(units.mode)):
        begin = units.columns[unit]
        first = begin * tile.column_step
        last = first + units.children[unit]
        exponents = tile.exponents[n_formulas + unit]
        if units.is_aligned[unit]:
            _products(units, tables, tile, unit, first)
            _add_scales(units, tile.exponents, begin, exponents)
            _peak(tile.column_bits, first, last, tile.peak_bits)
            _to_power(tile.peak_bits, exponents, precision)
            _rescale(columns, first, last, peaks)
        else:
            _scaled_products(units, tables, tile, precision, unit, first)
            _align(columns, first, last, tile.shifts, peaks, tile.peak_bits, exponents, precision)
        _sums(units, tables, tile, unit, first)
        rows = units.rows[unit]
        if _least(tile.value_bits, rows, rows + units.sums[unit], doubts[unit], tile.peak_bits):
            _doubt(units, tables, tile, precision, unit, first)


@compiled
def _products(units: Units, tables: Tables, tile: Tile, unit: int, first: int) -> None:
    """Nothing; columns are the products of their factors, and 0 where they are padding."""
    begin, columns = units.columns[unit], tile.columns
    for column in range(begin, units.columns[unit + 1]):
        place = first + column - begin
        start, stop = units.factors[column], units.factors[column + 1]
        if start == stop:
            columns[place] = 0
        for position in range(start, stop):
            factor = units.factor[position]
            if factor < 0:
                masses = tables.masses[units.leaf_starts[-1 - factor] :]
                variable = units.leaf_variables[-1 - factor]
                if position == start:
                    _put_masses(columns, place, masses, tile.codes, variable)
                else:
                    _multiply_masses(columns, place, masses, tile.codes, variable)
            elif position == start:
                _put(columns, place, tile.values, factor)
            else:
                _multiply(columns, place, tile.values, factor)


@compiled
def _put(columns: AnyArray, place: int, values: AnyArray, row: int) -> None:
    """Nothing; a column is a row of values."""
    for k in range(columns.shape[1]):
        columns[place, k] = values[row, k]


@compiled
def _multiply(columns: AnyArray, place: int, values: AnyArray, row: int) -> None:
    """Nothing; a column is multiplied by a row of values."""
    for k in range(columns.shape[1]):
        columns[place, k] *= values[row, k]


@compiled
def _put_masses(
    columns: AnyArray, place: int, masses: AnyArray, codes: AnyArray, variable: int
) -> None:
    """Nothing; a column is the masses of a leaf at the codes of its variable."""
    for k in range(columns.shape[1]):
        columns[place, k] = masses[codes[variable, k]]


@compiled
def _multiply_masses(
    columns: AnyArray, place: int, masses: AnyArray, codes: AnyArray, variable: int
) -> None:
    """Nothing; a column is multiplied by the masses of a leaf at the codes of its variable."""
    for k in range(columns.shape[1]):
        columns[place, k] *= masses[codes[variable, k]]


@compiled
def _add_scales(units: Units, scales: AnyArray, column: int, exponents: AnyArray) -> None:
    """Nothing; `exponents` are those of a column's factors together."""
    exponents[:] = 0
    for position in range(units.factors[column], units.factors[column + 1]):
        if units.factor[position] >= 0:
            _add(exponents, scales[units.scales[units.factor[position]]])


@compiled
def _scaled_products(
    units: Units, tables: Tables, tile: Tile, precision: Precision, unit: int, first: int
) -> None:
    """Nothing; columns are products in [1, 2), and the shifts their exponents."""
    begin, columns, bits, shifts = units.columns[unit], tile.columns, tile.column_bits, tile.shifts
    for column in range(begin, units.columns[unit + 1]):
        place = first + column - begin
        start, stop = units.factors[column], units.factors[column + 1]
        shifts[column - begin] = 0
        columns[place] = 0 if start == stop else 1
        for position in range(start, stop):
            factor = units.factor[position]
            if factor < 0:
                masses = tables.masses[units.leaf_starts[-1 - factor] :]
                variable = units.leaf_variables[-1 - factor]
                _multiply_masses(columns, place, masses, tile.codes, variable)
            else:
                _multiply(columns, place, tile.values, factor)
                _add(shifts[column - begin], tile.exponents[units.scales[factor]])
            _normalise(bits, place, shifts, column - begin, precision)


@compiled
def _add(totals: AnyArray, terms: AnyArray) -> None:
    """Nothing; terms are added to the totals."""
    for k in range(len(totals)):
        totals[k] += terms[k]


@compiled
def _normalise(
    bits: AnyArray, place: int, shifts: AnyArray, row: int, precision: Precision
) -> None:
    """Nothing; the numbers of a column are brought to [1, 2), and their powers go to `shifts`."""
    fraction = (1 << precision.mantissa) - 1
    one = precision.bias << precision.mantissa
    for k in range(bits.shape[1]):
        stored = bits[place, k] >> precision.mantissa
        is_zero = stored == 0
        shifts[row, k] = NEVER if is_zero else shifts[row, k] + stored - precision.bias
        bits[place, k] = 0 if is_zero else (bits[place, k] & fraction) | one


@compiled
def _peak(bits: AnyArray, first: int, last: int, peaks: AnyArray) -> None:
    """Nothing; `peaks` are the largest of the columns.

    Numbers that are not negative are in the order of their bits, and vector units
    compare integers faster than numbers that might be NaN.
    """
    peaks[:] = 0
    for place in range(first, last):
        for k in range(len(peaks)):
            peaks[k] = max(peaks[k], bits[place, k])


@compiled
def _to_power(bits: AnyArray, exponents: AnyArray, precision: Precision) -> None:
    """Nothing; peaks become the powers of two that bring them to [1, 2)."""
    for k in range(len(bits)):
        stored = bits[k] >> precision.mantissa
        power = stored - precision.bias if stored > 0 else 0
        exponents[k] += power
        bits[k] = (precision.bias - power) << precision.mantissa


@compiled
def _rescale(columns: AnyArray, first: int, last: int, powers: AnyArray) -> None:
    """Nothing; columns are multiplied by powers."""
    for place in range(first, last):
        for k in range(len(powers)):
            columns[place, k] *= powers[k]


@compiled
def _align(
    columns: AnyArray,
    first: int,
    last: int,
    shifts: AnyArray,
    powers: AnyArray,
    bits: AnyArray,
    exponents: AnyArray,
    precision: Precision,
) -> None:
    """Nothing; columns with powers of their own are brought to the largest of these."""
    exponents[:] = NEVER
    for child in range(last - first):
        for k in range(len(exponents)):
            exponents[k] = max(exponents[k], shifts[child, k])
    for child in range(last - first):
        for k in range(len(exponents)):
            power = shifts[child, k] - exponents[k]
            is_lost = power < -precision.flush
            bits[k] = 0 if is_lost else (precision.bias + power) << precision.mantissa
        for k in range(len(exponents)):
            columns[first + child, k] *= powers[k]
    for k in range(len(exponents)):
        exponents[k] = 0 if exponents[k] < LEAST else exponents[k]


@compiled
def _sums(units: Units, tables: Tables, tile: Tile, unit: int, first: int) -> None:
    """Nothing; the weighted sums of the unit's columns are in its rows."""
    row, width = units.rows[unit], units.columns[unit + 1] - units.columns[unit]
    height = units.rows[unit + 1] - row
    if units.mode[unit] == COPY:
        _put(tile.values, row, tile.columns, first)
    elif units.mode[unit] == EDGES:
        entries = Entries(units.edge_starts, units.edge_columns, tables.weights, units.weights[-1])
        sparse_product(entries, row, height, tile.columns, first, tile.values, row)
    else:
        matrix = Matrix(tables.weights, units.weights[unit], height, width, width, 1)
        matrix_product(matrix, tile.columns, first, tile.values, row)


@compiled
def _least(bits: AnyArray, begin: int, end: int, doubt: int, least: AnyArray) -> bool:
    """Whether a row has a sum below `doubt`; the least, or `doubt`, is in `least`. All are bits."""
    least[:] = doubt
    for row in range(begin, end):
        for k in range(len(least)):
            least[k] = min(least[k], bits[row, k])
    lowest = doubt
    for k in range(len(least)):
        lowest = min(lowest, least[k])
    return bool(lowest < doubt)


@compiled
def _doubt(
    units: Units, tables: Tables, tile: Tile, precision: Precision, unit: int, first: int
) -> None:
    """Nothing; rows of data are marked whose small sums have terms that lost digits."""
    begin, columns = units.columns[unit], tile.columns
    smallest = 1 << precision.mantissa  # the bits of the smallest number with all its digits
    for k in range(len(tile.doubtful)):
        if tile.doubtful[k] or tile.peak_bits[k] >= tables.doubts[unit]:
            continue
        lost = tables.has_lost_weight
        for child in range(units.children[unit]):
            if not lost and tile.column_bits[first + child, k] < smallest:
                is_zero = columns[first + child, k] == 0
                lost = not (is_zero and _has_zero(units, tables, tile, begin + child, k))
        tile.doubtful[k] = lost


@compiled
def _has_zero(units: Units, tables: Tables, tile: Tile, column: int, k: int) -> bool:
    """Whether a factor of the column is truly 0 for row `k` of the data."""
    for factor in units.factor[units.factors[column] : units.factors[column + 1]]:
        if factor >= 0:
            value = tile.values[factor, k]
        else:
            code = tile.codes[units.leaf_variables[-1 - factor], k]
            value = tables.masses[units.leaf_starts[-1 - factor] + code]
        if value == 0:
            return True
    return False
