"""The cells of a sweep as one table: where each is, what it reported last, what came of it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike

from workbench.core.arrays import AnyArray
from workbench.core.tables import Table
from workbench.errors import FormatError
from workbench.jobs import records
from workbench.jobs.call import Argument, Ref
from workbench.jobs.records import Record
from workbench.store import Workspace

_HASH_CHARS: Final = 12


def cells_table(workspace: Workspace, parent: Record, cells: Sequence[Record]) -> Table:
    """One row per cell, in the order of the grid.

    The columns are those of the grid, then status, progress, text, what the cells
    reported last, seconds (NaN before they began), error, id and result (a hash).
    """
    told = records.last_values(workspace, parent.id)
    names = list(dict.fromkeys(name for values in told.values() for name in values))
    after: dict[str, ArrayLike] = {
        "status": [str(cell.status) for cell in cells],
        "progress": [cell.progress or 0.0 for cell in cells],
        "text": [cell.text for cell in cells],
        **{name: [told.get(cell.id, {}).get(name, math.nan) for cell in cells] for name in names},
        "seconds": [math.nan if cell.seconds is None else cell.seconds for cell in cells],
        "error": [str(cell.reason or "") for cell in cells],
        "id": [cell.id for cell in cells],
        "result": [cell.result or "" for cell in cells],
    }
    calls = [_arguments(cell) for cell in cells]
    grid: dict[str, ArrayLike] = {
        f"{name} given" if name in after else name: _column([call.get(name) for call in calls])
        for name in parent.grid
    }
    return Table({**grid, **after})


def shown(at: Argument) -> str:
    """A small argument as it is, a large one by the beginning of its hash.

    Examples
    --------
    >>> shown(0.5), shown(Ref("ab" * 32))
    ('0.5', 'abababababab')
    """
    return at.hash[:_HASH_CHARS] if isinstance(at, Ref) else str(at)


def _arguments(cell: Record) -> dict[str, Argument]:
    try:
        return dict(cell.what_to_do.arguments)
    except FormatError:
        return {}


def _column(values: Sequence[Argument]) -> AnyArray:
    """Numbers as numbers where all are, else texts."""
    kinds: set[Any] = {type(at) for at in values}
    is_numeric = kinds <= {int, float} or kinds == {bool}
    return np.asarray(values if is_numeric else [shown(at) for at in values])
