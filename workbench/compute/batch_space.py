"""The workspace of one thread of the batch executor: a tile of rows, and totals of flows."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from workbench.compute.batch_flows import Down, backward
from workbench.compute.batch_kernels import LEAST, Tile, forward
from workbench.compute.batch_tables import BITS, PRECISIONS, Parameters
from workbench.compute.program import Program
from workbench.core.arrays import AnyArray, BoolArray, FloatArray, IdArray
from workbench.core.compiled import compiled
from workbench.data.variables import Variable
from workbench.errors import ParameterError

LOG_2 = math.log(2.0)


class Space:
    """Arrays for tiles of up to `width` rows; used by one thread at a time."""

    def __init__(
        self,
        program: Program,
        variables: tuple[Variable, ...],
        dtype: str,
        width: int,
        keeps_columns: bool,
    ) -> None:
        self._program = program
        self._precision = PRECISIONS[dtype]
        self._dtype = np.dtype(dtype)
        sizes = [variable.n_categories for variable in variables]
        self._sizes: IdArray = np.array(sizes, dtype=np.int64)
        self.width = width
        n_formulas = len(program.formulas)
        widest = int(np.diff(program.units.columns).max(initial=1))
        values = self._empty(program.n_rows)
        columns = self._empty(program.n_columns if keeps_columns else widest)
        peaks = np.empty(width, dtype=dtype)
        self.tile = Tile(
            codes=np.empty((len(sizes), width), dtype=np.uint32),
            values=values,
            value_bits=values.view(BITS[dtype]),
            columns=columns,
            column_bits=columns.view(BITS[dtype]),
            exponents=np.zeros((n_formulas + program.n_units, width), dtype=np.int32),
            peaks=peaks,
            peak_bits=peaks.view(BITS[dtype]),
            shifts=np.empty((widest, width), dtype=np.int32),
            doubtful=np.empty(width, dtype=np.bool_),
            column_step=int(keeps_columns),
        )
        self._logs = np.empty((width, n_formulas))
        self._rows = np.full((width, len(sizes)), np.nan)
        n_kept = 1 if keeps_columns else 0
        down = Down(
            flows=self._empty(n_kept * program.n_rows),
            columns=self._empty(n_kept * widest),
            weights=np.zeros(n_kept * program.n_weights, dtype=dtype),
            masses=np.zeros(n_kept * int(program.units.leaf_starts[-1]), dtype=dtype),
            smallest=np.finfo(dtype).tiny,
        )
        self.totals = Totals(down, np.zeros((n_formulas, 3)))

    def log_likelihood(
        self, rows: FloatArray, parameters: Parameters
    ) -> tuple[FloatArray, BoolArray]:
        """(batch,) nats of a tile of rows, and which of them may be wrong."""
        if len(rows) > self.width:  # compiled code would write past the end of its arrays
            raise ParameterError(
                "too many rows for a workspace", given=len(rows), expected=f"at most {self.width}"
            )
        n_formulas = len(self._program.formulas)
        self.tile.doubtful[:] = False
        self._read(rows, parameters, n_formulas)
        forward(self._program.units, parameters.tables, self.tile, self._precision, n_formulas)
        root = self._program.root
        values = self.tile.values[root, : len(rows)].astype(np.float64)
        exponents = self.tile.exponents[self._program.units.scales[root], : len(rows)]
        with np.errstate(divide="ignore"):  # an impossible row has log 0
            found: FloatArray = np.log(values) + LOG_2 * exponents
        return found, self.tile.doubtful[: len(rows)].copy()

    def add_flows(self, shares: FloatArray, parameters: Parameters) -> None:
        """Nothing; the flows of the tile last evaluated are added; at the root are `shares`.

        Only for a workspace that keeps its columns.
        """
        down = self.totals.down
        down.flows[:] = 0
        down.flows[self._program.root, : len(shares)] = shares
        backward(self._program.units, parameters.tables, self.tile, down)
        n_formulas = len(self._program.formulas)
        if n_formulas:
            flows = np.ascontiguousarray(down.flows[:n_formulas].T)
            ones, begins = np.ones(self.width), 3 * np.arange(n_formulas)
            flat = self.totals.moments.reshape(-1)
            for leaves in parameters.formulas:
                leaves.add_statistics(self._rows, flows, ones, begins, flat)

    def _read(self, rows: FloatArray, parameters: Parameters, n_formulas: int) -> None:
        _read_codes(rows, self._sizes, self.tile.codes)
        if n_formulas:
            self._rows[: len(rows)] = rows
            self._rows[len(rows) :] = np.nan
            for leaves in parameters.formulas:
                leaves.fill(self._rows, self._logs)
            _split_logs(
                self._logs,
                self.tile.values,
                self.tile.exponents,
                self.tile.doubtful,
                -LEAST // len(self._sizes),
            )

    def _empty(self, n_rows: int) -> AnyArray:
        """Zeros, so that a padding row is never NaN."""
        return np.zeros((n_rows, self.width), dtype=self._dtype)


@dataclass(frozen=True, eq=False)
class Totals:
    """Totals of flows in the engine's precision, and the moments of leaves with a formula."""

    down: Down
    moments: FloatArray


@compiled
def _read_codes(rows: FloatArray, sizes: IdArray, codes: AnyArray) -> None:
    """Nothing; missing cells, and rows that a tile has no data for, get the code after the last."""
    for variable in range(len(sizes)):
        own = codes[variable]
        own[:] = sizes[variable]
        if sizes[variable] > 0:
            for k in range(len(rows)):
                value = rows[k, variable]
                if value == value:  # noqa: PLR0124  # NaN is not equal to itself
                    own[k] = int(value)


@compiled
def _split_logs(
    logs: FloatArray, values: AnyArray, exponents: AnyArray, doubtful: AnyArray, furthest: int
) -> None:
    """Nothing; log-densities become a number in [1, 2) and an exponent, or 0 and 0.

    Rows of data with an exponent further from 0 than `furthest` are doubtful:
    sums of more such exponents would leave the range of the integers.
    """
    for k in range(len(logs)):
        for row in range(logs.shape[1]):
            exponents[row, k] = 0
            values[row, k] = 0.0
            if logs[k, row] > -np.inf:
                power = math.floor(logs[k, row] / LOG_2)
                doubtful[k] |= abs(power) > furthest
                if abs(power) <= furthest:
                    exponents[row, k] = power
                    values[row, k] = np.exp(logs[k, row] - power * LOG_2)
