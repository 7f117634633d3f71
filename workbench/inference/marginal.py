"""Probability of evidence. Needs: smooth and decomposable."""

from __future__ import annotations

from workbench.circuits.circuit import Circuit
from workbench.core.arrays import FloatArray
from workbench.inference.engines import engine_of
from workbench.inference.requirements import require_where_missing
from workbench.inference.rows import Evidence, as_rows


def marginal(circuit: Circuit, evidence: Evidence) -> FloatArray:
    """(batch,) log-probability of `evidence` in nats, all other variables summed out.

    Parameters
    ----------
    evidence
        Rows with NaN for the other variables, or a mapping from variable to value.

    Raises
    ------
    DataError
        When the evidence does not fit the circuit's variables.
    StructureError
        When the circuit is not smooth or not decomposable.

    Examples
    --------
    >>> import numpy as np
    >>> from workbench.circuits.build import Builder
    >>> from workbench.data.variables import categorical
    >>> build = Builder((categorical("x", 2), categorical("y", 2)))
    >>> leaves = [build.categorical(0, [0.25, 0.75]), build.categorical(1, [0.5, 0.5])]
    >>> np.exp(marginal(build.circuit(build.product(leaves)), {"x": 1})).round(2).tolist()
    [0.75]
    """
    given = as_rows(circuit, evidence)
    require_where_missing(circuit, "marginal", given)
    return engine_of(circuit).log_likelihood(given)
