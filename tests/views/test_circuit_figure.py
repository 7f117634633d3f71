from __future__ import annotations

import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.circuits.build import Builder
from workbench.circuits.circuit import Kind
from workbench.data.variables import categorical, continuous
from workbench.errors import LimitError, ParameterError
from workbench.limits import Limits
from workbench.views.circuit_figure import circuit_figure
from workbench.views.style import STYLE

module = sys.modules[circuit_figure.__module__]


def small():
    """Two mixtures over x and y: 4 leaves, 2 products, 1 sum."""
    build = Builder((categorical("x", 2), continuous("y")))
    x = [build.categorical(0, p) for p in ([0.9, 0.1], [0.2, 0.8])]
    y = [build.gaussian(1, mean, 1.0) for mean in (0.0, 3.0)]
    products = [build.product(pair) for pair in zip(x, y, strict=True)]
    return build.circuit(build.sum(products, [1.0, 3.0]))


@st.composite
def circuits(draw):
    """Random mixtures of products of mixtures: regions of several units each."""
    n_variables, width = draw(st.integers(1, 5)), draw(st.integers(1, 4))
    build = Builder([categorical(f"v{i}", 3) for i in range(n_variables)])
    random = np.random.default_rng(draw(st.integers(0, 1000)))
    regions = []
    for variable in range(n_variables):
        leaves = [build.categorical(variable, random.dirichlet([1] * 3)) for _ in range(width)]
        regions.append([build.sum(leaves, random.random(width)) for _ in range(width)])
    while len(regions) > 1:
        left, right = regions.pop(0), regions.pop(0)
        products = [build.product([a, b]) for a, b in zip(left, right, strict=True)]
        regions.append([build.sum(products, random.random(width)) for _ in range(width)])
    return build.circuit(build.sum(regions[0], random.random(width)))


def lies_below(spec):
    """Whether each child lies further along the direction of the figure than its parents."""
    nodes, edges = spec.tables["nodes"], spec.tables["edges"]
    along = nodes["y" if spec.encoding("direction").label == "down" else "x"]
    return np.all(along[edges["source"]] < along[edges["target"]])


def chain(n_levels):
    """Sums of one child each above a leaf: nothing is deeper for its width."""
    build = Builder((categorical("x", 2),))
    top = build.categorical(0, [0.5, 0.5])
    for _ in range(n_levels - 1):
        top = build.sum([top], [1.0])
    return build.circuit(top)


@given(circuits(), st.sampled_from(["auto", "down", "right"]))
@settings(max_examples=30, deadline=None)
def test_every_unit_and_edge_is_drawn(circuit, direction):
    spec = circuit_figure(circuit, direction=direction)
    nodes, edges = spec.tables["nodes"], spec.tables["edges"]
    np.testing.assert_array_equal(nodes["id"], circuit.ids)
    np.testing.assert_array_equal(edges["source"], circuit.edge_parents)
    np.testing.assert_array_equal(edges["target"], circuit.children)
    assert lies_below(spec)
    assert set(nodes["glyph"]) <= set(STYLE.glyphs)
    assert set(nodes["ring"]) - {""} <= set(STYLE.rings)


@given(circuits())
@settings(max_examples=30, deadline=None)
def test_weights_of_a_sum_are_shares_and_products_have_none(circuit):
    edges = circuit_figure(circuit).tables["edges"]
    is_sum = circuit.kinds[edges["source"]] == Kind.SUM
    assert np.all(np.isnan(edges["weight"][~is_sum]))
    total = np.bincount(edges["source"][is_sum], edges["weight"][is_sum], circuit.n_nodes)
    np.testing.assert_allclose(total[circuit.kinds == Kind.SUM], 1.0)


@given(circuits())
@settings(max_examples=30, deadline=None)
def test_regions_hold_every_unit_once_and_form_no_cycle(circuit):
    spec = circuit_figure(circuit, group="region")
    nodes, edges = spec.tables["nodes"], spec.tables["edges"]
    assert nodes["width"].sum() == circuit.n_nodes
    assert edges["n_edges"].sum() == circuit.n_edges
    assert lies_below(spec)
    by_hand = set(_regions_by_hand(circuit))
    assert nodes.n_rows == len(by_hand)


def test_only_deep_circuits_grow_to_the_right():
    assert circuit_figure(small()).encoding("direction").label == "down"
    assert circuit_figure(chain(40)).encoding("direction").label == "right"
    assert circuit_figure(chain(40), aspect=0.3).encoding("direction").label == "down"
    asked = circuit_figure(small(), direction="right")
    assert asked.encoding("direction").label == "right"
    assert asked.tables["nodes"]["x"].argmin() == asked.tables["nodes"].n_rows - 1  # the root


def test_regions_of_one_unit_each_stand_as_close_as_units():
    build = Builder([categorical(name, 2) for name in "abcd"])
    leaves = [build.categorical(variable, [0.5, 0.5]) for variable in range(4)]
    more = [build.categorical(variable, [0.1, 0.9]) for variable in range(4)]
    circuit = build.circuit(build.sum([build.product(leaves), build.product(more)], [1.0, 1.0]))
    nodes = circuit_figure(circuit, group="region").tables["nodes"]
    assert np.diff(np.sort(nodes["x"][nodes["kind"] == "leaf"])).tolist() == [1.0] * 3


def test_small_circuit_by_hand():
    nodes = circuit_figure(small()).tables["nodes"]
    assert nodes["kind"].tolist() == ["leaf"] * 4 + ["product"] * 2 + ["sum"]
    assert nodes["glyph"].tolist()[:4] == ["leaf_bernoulli"] * 2 + ["leaf_gaussian"] * 2
    assert nodes["scope"].tolist() == ["x", "x", "y", "y", "x, y", "x, y", "x, y"]
    assert nodes["ring"].tolist() == [""] * 6 + ["root"]
    assert nodes["label"].tolist()[-1] == "sum 6"
    assert nodes["n_children"].tolist() == [0, 0, 0, 0, 2, 2, 2]


def test_a_measure_fills_the_nodes_and_ranks_them():
    circuit = small()
    flow = np.array([0.25, 0.75, 0.25, 0.75, 0.25, 0.75, 1.0])
    spec = circuit_figure(circuit, "flow", flow, edge_flows=np.arange(6.0))
    nodes, edges = spec.tables["nodes"], spec.tables["edges"]
    np.testing.assert_array_equal(nodes["value"], flow)
    assert nodes["rank"].tolist() == [5, 2, 5, 2, 5, 2, 1]
    assert spec.encoding("colour").label == "flow"
    np.testing.assert_allclose(edges["weight"], np.arange(6) / 5)
    assert edges["flow"].tolist() == np.arange(6.0).tolist()


def test_a_region_shows_the_largest_flow_of_its_units():
    circuit = small()
    flow = np.array([0.25, 0.75, 0.4, 0.6, 0.25, 0.75, 1.0])
    spec = circuit_figure(circuit, "flow", flow, edge_flows=np.arange(6.0), group="region")
    nodes, edges = spec.tables["nodes"], spec.tables["edges"]
    assert dict(zip(nodes["scope"].tolist()[:2], nodes["value"], strict=False)) == {
        "x": 0.75,
        "y": 0.6,
    }
    assert nodes["value"].tolist()[2:] == [0.75, 1.0]
    assert nodes["width"].tolist() == [2, 2, 2, 1]
    assert nodes["label"].tolist()[2:] == [f"product {module.TIMES} 2", f"sum {module.TIMES} 1"]
    assert spec.encoding("colour").label == "largest flow in the region"
    assert edges["flow"].sum() == np.arange(6.0).sum()


@given(circuits(), st.integers(0, 100))
@settings(max_examples=20, deadline=None)
def test_groups_are_summarised_as_their_measure_says(circuit, seed):
    values = np.random.default_rng(seed).random(circuit.n_nodes)
    for measure, summary in (("flow", max), ("weight", max), ("entropy", sum)):
        nodes = circuit_figure(circuit, measure, values, group="region").tables["nodes"]
        members = {}
        for key, value in zip(_regions_by_hand(circuit), values, strict=True):
            members.setdefault(key, []).append(value)
        expected = [summary(group) for group in members.values()]
        assert sorted(nodes["value"]) == pytest.approx(sorted(expected))


def _regions_by_hand(circuit):
    scopes = (scope.tobytes() for scope in circuit.packed_scopes)
    return zip(circuit.levels.tolist(), circuit.kinds.tolist(), scopes, strict=True)


def test_missing_numbers_are_left_out_of_the_largest():
    flow = np.array([np.nan, 0.75, np.nan, np.nan, 0.25, 0.75, 1.0])
    nodes = circuit_figure(small(), "flow", flow, group="region").tables["nodes"]
    assert nodes["value"][nodes["scope"] == "x"].tolist() == [0.75]
    assert np.isnan(nodes["value"][nodes["scope"] == "y"]).all()


def test_removed_edges_are_dashed_and_stay_in_place():
    circuit = small()
    removed = np.arange(6) >= 4
    spec, before = circuit_figure(circuit, removed=removed), circuit_figure(circuit)
    assert spec.tables["edges"]["dashed"].tolist() == removed.tolist()
    np.testing.assert_array_equal(spec.tables["nodes"]["x"], before.tables["nodes"]["x"])


def test_failed_checks_are_ringed_by_id():
    nodes = circuit_figure(small(), failed=[4]).tables["nodes"]
    assert nodes["ring"][4] == "failed_check"


def test_equal_circuits_have_equal_figures():
    assert circuit_figure(small()).hash == circuit_figure(small()).hash


def test_inputs_that_do_not_fit_are_refused():
    circuit = small()
    with pytest.raises(ParameterError, match="measure"):
        circuit_figure(circuit, "flow")
    with pytest.raises(ParameterError, match="one value per node"):
        circuit_figure(circuit, "flow", [1.0])
    with pytest.raises(ParameterError, match="one value per edge"):
        circuit_figure(circuit, edge_flows=[1.0])
    with pytest.raises(ParameterError, match="groups"):
        circuit_figure(circuit, "log-likelihood", np.zeros(7), group="region")


def test_too_many_units_are_refused_before_any_work(monkeypatch):
    monkeypatch.setattr(module, "LIMITS", Limits(drawn_nodes=3))
    with pytest.raises(LimitError, match="region"):
        circuit_figure(small())
