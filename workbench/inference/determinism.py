"""Which sums of a circuit are deterministic, one by one: bounds use those that are."""

from __future__ import annotations

import numpy as np

from workbench.circuits.circuit import Circuit, Kind
from workbench.circuits.determinism import meeting_pairs
from workbench.circuits.supports import Known, overlap, supports
from workbench.core.arrays import BoolArray
from workbench.errors import LimitError


def deterministic_sums(circuit: Circuit) -> BoolArray:
    """(n_nodes,) the sums of which at most one child can be positive; never claimed wrongly.

    Needs: decomposable.
    """
    sure = np.zeros(circuit.n_nodes, dtype=np.bool_)
    try:
        found = supports(circuit)
    except LimitError:
        return sure
    known: Known = {}
    is_sum = circuit.kinds == Kind.SUM
    sure[is_sum] = found.separated[is_sum]
    for node in np.flatnonzero(is_sum & ~found.separated).tolist():
        pairs = meeting_pairs(found, node)
        sure[node] = all(overlap(found, *pair, known) is False for pair in pairs)
    return sure
