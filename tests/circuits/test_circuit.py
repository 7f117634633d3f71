from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from strategies import circuits

from workbench.circuits import Builder, Circuit, with_parameters
from workbench.circuits.circuit import node_row
from workbench.data.variables import categorical, continuous
from workbench.errors import ParameterError, StructureError


@pytest.fixture
def circuit():
    build = Builder((categorical("x", 2), continuous("y")))
    pairs = [
        build.product([build.categorical(0, p), build.gaussian(1, mean, 1.0)])
        for p, mean in (([0.9, 0.1], 0.0), ([0.2, 0.8], 5.0))
    ]
    return build.circuit(build.sum(pairs, [0.3, 0.7]))


def changed(array, place, value):
    copy = array.copy()
    copy[place] = value
    return copy


BREAKS = {
    "a child comes after its parent": lambda c: {"children": changed(c.children, 0, 6)},
    "an edge points to no node": lambda c: {"children": changed(c.children, 0, 99)},
    "has no parent": lambda c: {"children": changed(c.children, 0, 1)},
    "unknown kind": lambda c: {"kinds": changed(c.kinds, 0, 9)},
    "a leaf has children": lambda c: {"kinds": changed(c.kinds, 2, 0)},
    "offsets do not fit the edges": lambda c: {"offsets": changed(c.offsets, -1, 5)},
    "log-weights do not fit": lambda c: {"log_weights": c.log_weights[:-1]},
    "does not fit the nodes": lambda c: {"ids": c.ids[:-1]},
    "share an id": lambda c: {"ids": changed(c.ids, 0, 1)},
    "id is negative": lambda c: {"ids": changed(c.ids, 0, -4)},
    "id is not below next_id": lambda c: {"next_id": 3},
    "unknown variable": lambda c: {"leaf_variables": changed(c.leaf_variables, 0, 7)},
    "unknown family": lambda c: {"leaf_families": changed(c.leaf_families, 0, 77)},
    "does not fit its family": lambda c: {"leaf_families": changed(c.leaf_families, 0, 1)},
    "leaf offsets do not fit": lambda c: {"leaf_parameters": c.leaf_parameters[:-1]},
    "log-weight is NaN": lambda c: {"log_weights": changed(c.log_weights, -1, np.nan)},
    "log-weight is NaN or infinite": lambda c: {"log_weights": changed(c.log_weights, -1, np.inf)},
    "edge of a product has a weight": lambda c: {"log_weights": changed(c.log_weights, 0, -1.0)},
    "leaf parameter is NaN": lambda c: {"leaf_parameters": changed(c.leaf_parameters, 0, np.nan)},
}


@pytest.mark.parametrize("message", sorted(BREAKS))
def test_broken_arrays_are_refused_with_the_reason(circuit, message):
    with pytest.raises(StructureError, match=message):
        replace(circuit, **BREAKS[message](circuit))


def test_no_nodes_are_no_circuit(circuit):
    empty = np.empty(0)
    with pytest.raises(StructureError, match="no node"):
        Circuit((), empty, [0], empty, empty, empty, empty, [0], empty, empty, 0)


def test_arrays_are_read_only(circuit):
    for name in ("kinds", "children", "log_weights", "leaf_parameters", "ids", "packed_scopes"):
        with pytest.raises(ValueError, match="read-only"):
            getattr(circuit, name)[0] = 0


def test_counts_scopes_and_levels(circuit):
    assert (circuit.n_nodes, circuit.n_edges, circuit.n_parameters) == (7, 6, 2 + 4 + 4)
    assert circuit.scope == (0, 1)
    assert [circuit.scope_of(k) for k in (0, 1, 2)] == [(0,), (1,), (0, 1)]
    assert circuit.levels.tolist() == [0, 0, 1, 0, 0, 1, 2]


def test_equality_is_of_content_not_of_ids(circuit):
    assert circuit == replace(circuit, ids=circuit.ids + 10, next_id=100)
    moved = with_parameters(
        circuit,
        log_weights=circuit.log_weights - 0.1 * circuit.is_sum_edge,
        leaf_parameters=circuit.leaf_parameters,
    )
    assert moved != circuit
    assert len({circuit, moved}) == 2


def test_new_parameters_are_checked(circuit):
    weights, tables = circuit.log_weights, circuit.leaf_parameters
    with pytest.raises(ParameterError, match="log weights do not fit"):
        with_parameters(circuit, log_weights=weights[1:], leaf_parameters=tables)
    with pytest.raises(StructureError, match="NaN or infinite"):
        with_parameters(circuit, log_weights=weights * np.nan, leaf_parameters=tables)


def test_positions_are_found_by_id(circuit):
    shifted = replace(circuit, ids=circuit.ids + 10, next_id=100)
    assert shifted.position(13) == 3
    with pytest.raises(ParameterError, match="id 3"):
        shifted.position(3)


def test_inspector_row(circuit):
    assert node_row(circuit, 2) == {
        "id": 2,
        "kind": "product",
        "level": 1,
        "scope": ("x", "y"),
        "children": (0, 1),
    }


@settings(max_examples=30)
@given(circuits(mixed=True))
def test_packed_scopes_are_unions_of_the_children(circuit):
    for node in range(circuit.n_nodes):
        below = [set(circuit.scope_of(child)) for child in circuit.children_of(node).tolist()]
        expected = set().union(*below) if below else {int(circuit.leaf_variables[node])}
        assert set(circuit.scope_of(node)) == expected
