"""How the Circuits page draws a circuit: unit by unit, or by regions, with a measure."""

from __future__ import annotations

import numpy as np

from workbench.circuits import Circuit
from workbench.core.arrays import BoolArray, FloatArray
from workbench.studies import Shown
from workbench.views.circuit_figure import circuit_figure
from workbench.views.spec import FigureSpec

# Every row uses one unit of each region, so summed flow tells units apart but not regions.
REGION_MEASURES = {"Kind of unit": "", "Evenness of use": "entropy"}
UNIT_MEASURES = {"Flow of the rows": "flow", "Heaviest weight": "weight", "Kind of unit": ""}


def flow_by_id(shown: Shown) -> dict[int, float]:
    """The flow of the rows through each unit, by its id."""
    return dict(zip(shown.circuit.ids.tolist(), shown.now.node_flow.tolist(), strict=True))


def unit_figure(
    circuit: Circuit, measure: str, flow: dict[int, float], removed: BoolArray | None = None
) -> FigureSpec:
    """Every unit of `circuit`, filled by a measure of :data:`UNIT_MEASURES`."""
    values = {
        "flow": lambda: np.array([flow.get(node, 0.0) for node in circuit.ids.tolist()]),
        "weight": lambda: _heaviest(circuit),
    }
    if measure not in values:
        return circuit_figure(circuit, removed=removed)
    return circuit_figure(circuit, measure, values[measure](), removed=removed)


def _heaviest(circuit: Circuit) -> FloatArray:
    """(n_nodes,) the largest weight of a sum edge into each unit; NaN where there is none."""
    largest = np.full(circuit.n_nodes, np.nan)
    edges = circuit.is_sum_edge
    np.fmax.at(largest, circuit.children[edges], np.exp(circuit.log_weights[edges]))
    return largest


def region_figure(shown: Shown, *, even: bool) -> FigureSpec:
    """One glyph per region, filled by the entropy of which of its units a row uses."""
    circuit = shown.learned.circuit
    if not even:
        return circuit_figure(circuit, removed=shown.removed, group="region")
    flow = flow_by_id(shown)
    used = np.array([flow.get(node, 0.0) for node in circuit.ids.tolist()])
    surprise = -used * np.log(np.maximum(used, 1e-300))
    return circuit_figure(circuit, "entropy", surprise, removed=shown.removed, group="region")
