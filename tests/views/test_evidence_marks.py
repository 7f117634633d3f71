import numpy as np
import pytest

from workbench.circuits import hclt
from workbench.data import load
from workbench.views import circuit_figure
from workbench.views.evidence_marks import with_evidence


@pytest.mark.parametrize("group", [None, "region"])
def test_leaves_of_known_variables_are_marked_and_nothing_else_changes(group):
    circuit = hclt(load("iris", bins=3), latents=2, seed=0)
    figure = circuit_figure(circuit, group=group)
    marked = with_evidence(figure, circuit, {1: "sepal width = low"})
    before, after = figure.tables["nodes"], marked.tables["nodes"]
    is_marked = after["glyph"] == "evidence"
    expected = [
        bool(circuit.leaf_variables[circuit.position(int(node))] == 1)
        for node in before["id"].tolist()
    ]
    assert is_marked.tolist() == expected
    assert is_marked.any()
    assert set(after["label"][is_marked].tolist()) == {"sepal width = low"}
    assert after["glyph"][~is_marked].tolist() == before["glyph"][~is_marked].tolist()
    for name in ("x", "y", "id"):
        assert np.array_equal(before[name], after[name])
    assert marked.tables["edges"] is figure.tables["edges"]


def test_without_evidence_the_figure_is_the_same():
    circuit = hclt(load("iris", bins=3), latents=2, seed=0)
    figure = circuit_figure(circuit)
    assert with_evidence(figure, circuit, {}) is figure
