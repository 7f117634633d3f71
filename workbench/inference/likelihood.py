"""Log-likelihood of rows. Needs: smooth and decomposable where values are missing."""

from __future__ import annotations

from numpy.typing import ArrayLike

from workbench.circuits.circuit import Circuit
from workbench.core.arrays import FloatArray
from workbench.inference.engines import engine_of
from workbench.inference.requirements import require_where_missing
from workbench.inference.rows import as_rows


def log_likelihood(circuit: Circuit, rows: ArrayLike) -> FloatArray:
    """(batch,) nats of `rows` ``(batch, variable)``; NaN cells are marginalised.

    A row that the circuit holds for impossible has -inf.

    Raises
    ------
    DataError
        When a row does not fit the circuit's variables.
    StructureError
        When values are missing and the circuit is not smooth or not decomposable.

    Examples
    --------
    >>> import numpy as np
    >>> from workbench.circuits.build import Builder
    >>> from workbench.data.variables import categorical
    >>> build = Builder((categorical("x", 2),))
    >>> coin = build.circuit(build.categorical(0, [0.25, 0.75]))
    >>> np.exp(log_likelihood(coin, [[1.0], [np.nan]])).round(2).tolist()
    [0.75, 1.0]
    """
    given = as_rows(circuit, rows)
    require_where_missing(circuit, "log-likelihood", given)
    return engine_of(circuit).log_likelihood(given)
