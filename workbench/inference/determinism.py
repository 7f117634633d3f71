"""Which sums of a circuit are deterministic, one by one: bounds use those that are."""

from __future__ import annotations

import numpy as np

from workbench.circuits.circuit import Circuit, Kind
from workbench.circuits.supports import Known, Supports, overlap, supports
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
    for node in np.flatnonzero(circuit.kinds == Kind.SUM).tolist():
        sure[node] = _is_deterministic(found, node, known)
    return sure


def _is_deterministic(found: Supports, node: int, known: Known) -> bool:
    children = found.live_children(node)
    for place, child in enumerate(children.tolist()):
        later = children[place + 1 :]
        for other in later[found.meets(child, later)].tolist():
            if overlap(found, child, other, known) is not False:
                return False
    return True
