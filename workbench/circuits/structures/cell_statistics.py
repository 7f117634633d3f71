"""The sufficient statistics of every cell of a table, side by side, for structures that count."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from workbench.circuits.leaves import Family
from workbench.circuits.structures.hclt_memory import FAMILY_OF_KIND
from workbench.core.arrays import FloatArray, IdArray
from workbench.core.memory import require_memory
from workbench.data.variables import Variable


@dataclass(frozen=True, eq=False)
class CellStatistics:
    """A block of columns for each variable, as its family of leaves counts; zero where missing.

    Continuous columns are counted in standard units, so that sums of squares keep
    their digits.

    Parameters
    ----------
    variables
        What the blocks are about.
    values
        (rows, width) one-hot codes of categorical cells; one, value and squared value of
        continuous ones.
    begins
        (variables + 1,) where the block of each variable begins.
    centres, units
        (variables,) mean and deviation of continuous columns; 0 and 1 for categorical.
    """

    variables: tuple[Variable, ...]
    values: FloatArray
    begins: IdArray
    centres: FloatArray
    units: FloatArray

    @property
    def width(self) -> int:
        """How many columns all blocks have."""
        return int(self.begins[-1])

    def places(self, chosen: Sequence[int] | IdArray) -> IdArray:
        """The columns of the blocks of the variables `chosen`, in order."""
        blocks = [np.arange(self.begins[v], self.begins[v + 1]) for v in chosen]
        return np.concatenate([np.empty(0, np.int64), *blocks])

    def family(self, variable: int) -> Family:
        """The family of leaves of a variable."""
        return FAMILY_OF_KIND[self.variables[variable].kind]

    def estimate(self, variable: int, statistics: FloatArray) -> FloatArray:
        """(leaves, n_parameters) of the likeliest leaves, from sums of its block (leaves, block).

        Examples
        --------
        >>> from workbench.data.variables import continuous
        >>> cells = cell_statistics(np.array([[1.0], [3.0]]), (continuous("x"),))
        >>> cells.estimate(0, cells.values.sum(axis=0)[None]).tolist()
        [[2.0, 0.0]]
        """
        tables = self.family(variable).estimate(statistics)
        if self.variables[variable].kind == "categorical":
            return tables
        unit = self.units[variable]
        shift = np.array([self.centres[variable], np.log(unit)])
        in_own_unit: FloatArray = tables * np.array([unit, 1.0]) + shift
        return in_own_unit


def cell_statistics(rows: FloatArray, variables: Sequence[Variable]) -> CellStatistics:
    """The statistics of the cells of `rows` ``(rows, variable)``.

    Raises
    ------
    LimitError
        When they do not fit in memory; nothing was allocated.

    Examples
    --------
    >>> from workbench.data.variables import categorical
    >>> cell_statistics(np.array([[1.0], [np.nan]]), (categorical("x", 2),)).values.tolist()
    [[0.0, 1.0], [0.0, 0.0]]
    """
    known = tuple(variables)
    widths = [FAMILY_OF_KIND[v.kind].n_statistics(v) for v in known]
    begins = np.concatenate([[0], np.cumsum(widths)]).astype(np.int64)
    require_memory(
        f"count {len(known):,} variables of {begins[-1]:,} categories over {len(rows):,} rows",
        8 * len(rows) * int(begins[-1]),
        "Take fewer variables, categories or rows.",
    )
    values = np.zeros((len(rows), begins[-1]))
    centres, units = np.zeros(len(known)), np.ones(len(known))
    for number, variable in enumerate(known):
        column = rows[:, number]
        seen = ~np.isnan(column)
        if variable.kind == "continuous" and seen.any():
            centres[number], units[number] = column[seen].mean(), column[seen].std() or 1.0
        standard = (column[seen] - centres[number]) / units[number]
        family = FAMILY_OF_KIND[variable.kind]
        values[seen, begins[number] : begins[number + 1]] = family.statistics(standard, variable)
    return CellStatistics(known, values, begins, centres, units)
