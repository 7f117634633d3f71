"""Mutual information of two sets of variables. Needs: smooth and decomposable.

Exact when the entropies of the first, the second and both are (each marginal circuit
deterministic, or few joint values); otherwise bounds that follow from theirs.
"""

from __future__ import annotations

from collections.abc import Sequence

from workbench.circuits.circuit import Circuit
from workbench.errors import DataError
from workbench.inference.bounded import Bounded, exactly
from workbench.inference.entropy import ROWS, entropy
from workbench.inference.rows import Evidence, columns_of


def mutual_information(
    circuit: Circuit,
    first: Sequence[str | int],
    second: Sequence[str | int],
    evidence: Evidence | None = None,
    rows: int = ROWS,
) -> Bounded:
    """How many nats `first` tells about `second` given one row of `evidence`.

    Parameters
    ----------
    first, second
        Variables by name or column; what is in neither is summed out.
    rows
        Up to how many joint values entropies are summed over all of them; see
        :func:`workbench.inference.entropy`.

    Raises
    ------
    StructureError
        When the circuit is not smooth or not decomposable.
    DataError
        When a variable is unknown, in both sets or already given, or the evidence is
        not one row that fits, or has probability zero.
    ParameterError
        When a leaf's family has no known entropy.

    Source: Cover and Thomas 2006, "Elements of information theory", equation 2.45.

    Examples
    --------
    >>> import numpy as np
    >>> from workbench.circuits.build import Builder
    >>> from workbench.data.variables import categorical
    >>> build = Builder((categorical("x", 2), categorical("y", 2)))
    >>> leaves = [[build.categorical(v, p) for v in (0, 1)] for p in ([1, 0], [0, 1])]
    >>> circuit = build.circuit(build.sum([build.product(pair) for pair in leaves], [0.5, 0.5]))
    >>> (mutual_information(circuit, ["x"], ["y"]).value / np.log(2)).round(6).item()
    1.0
    """
    one, two = columns_of(circuit, first).tolist(), columns_of(circuit, second).tolist()
    both = sorted({*one, *two})
    if len(both) < len(one) + len(two):
        shared = [circuit.variables[v].name for v in set(one) & set(two)]
        raise DataError("the two sets of variables overlap", given=f"{shared} in both")
    h_one, h_two, h_both = (entropy(circuit, evidence, part, rows) for part in (one, two, both))
    if h_one.exact and h_two.exact and h_both.exact:
        return exactly(max(h_one.value + h_two.value - h_both.value, 0.0), h_both.reason)
    upper = h_one.upper + h_two.upper - h_both.lower
    for part, alone in ((one, h_one), (two, h_two)):
        if all(circuit.variables[v].n_categories for v in part):
            upper = min(upper, alone.upper)
    lower = min(max(h_one.lower + h_two.lower - h_both.upper, 0.0), upper)
    vague = next(found for found in (h_both, h_one, h_two) if not found.exact)
    return Bounded(lower, upper, vague.reason)
