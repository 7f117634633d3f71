"""The interactive engine against the reference, on leaves of every family."""

import numpy as np
import pytest
from families import every_family
from hypothesis import given, settings
from strategies import circuits_and_rows

from workbench.circuits import Builder, Kind, with_parameters
from workbench.circuits.leaves import (
    GAUSSIAN,
)
from workbench.circuits.reference import ReferenceEngine
from workbench.compute import interactive_kernels
from workbench.compute.devices import choose
from workbench.compute.interactive import InteractiveEngine
from workbench.data.dataset import check_rows
from workbench.data.variables import continuous
from workbench.errors import DataError, ParameterError

FIELDS = ("log_likelihood", "edges", "nodes", "leaf_statistics")
TOLERANCE = {"float64": 1e-10, "float32": 1e-4}
DTYPES = pytest.mark.parametrize("dtype", ["float64", "float32"])


def interactive(circuit, dtype="float64", batch=None):
    return InteractiveEngine(circuit, choose(circuit, "cpu", dtype, batch))


def assert_same_flows(found, expected, tolerance):
    for name in FIELDS:
        actual, wanted = getattr(found, name), getattr(expected, name)
        assert not np.isnan(actual).any(), name
        np.testing.assert_allclose(actual, wanted, rtol=tolerance, atol=tolerance, err_msg=name)


@DTYPES
@settings(max_examples=40, deadline=None)
@given(case=circuits_and_rows(mixed=True, normalised=False))
def test_it_equals_the_reference(dtype, case):
    circuit, rows = case
    found, reference = interactive(circuit, dtype), ReferenceEngine(circuit)
    tolerance = TOLERANCE[dtype]
    np.testing.assert_allclose(
        found.node_values(rows), reference.node_values(rows), rtol=tolerance, atol=tolerance
    )
    np.testing.assert_allclose(
        found.log_likelihood(rows), reference.log_likelihood(rows), rtol=tolerance, atol=tolerance
    )
    weights = np.linspace(0.5, 2.0, len(rows))
    assert_same_flows(found.flows(rows), reference.flows(rows), tolerance)
    assert_same_flows(found.flows(rows, weights), reference.flows(rows, weights), 2 * tolerance)


@DTYPES
def test_leaves_of_every_family_equal_the_reference(dtype):
    circuit, rows = every_family()
    found, reference = interactive(circuit, dtype, batch=7), ReferenceEngine(circuit)
    tolerance = TOLERANCE[dtype]
    np.testing.assert_allclose(
        found.node_values(rows), reference.node_values(rows), rtol=tolerance, atol=tolerance
    )
    assert_same_flows(found.flows(rows), reference.flows(rows), 10 * tolerance)


def test_values_outside_the_support_are_impossible():
    circuit, rows = every_family()
    full = np.nan_to_num(rows)
    engine = interactive(circuit)
    for column, cell in ((4, -1.0), (4, 0.5), (5, -3.0), (5, 2.0), (4, 1e308)):
        row = full[:1].copy()
        row[0, column] = cell
        flows = engine.flows(row)
        assert flows.log_likelihood[0] == -np.inf
        assert not flows.edges.any()
        assert not flows.nodes.any()
        assert not flows.leaf_statistics.any()


def test_a_family_without_machine_code_uses_its_formula(monkeypatch):
    circuit, rows = every_family()
    expected = interactive(circuit).node_values(rows)
    monkeypatch.setattr(interactive_kernels, "FILLERS", {})
    np.testing.assert_allclose(interactive(circuit).node_values(rows), expected, rtol=1e-12)


def test_a_gaussian_of_no_width_is_no_riddle():
    build = Builder((continuous("x"),))
    circuit = build.circuit(build.leaf(0, GAUSSIAN, [1.0, -800.0]))
    found = interactive(circuit).log_likelihood(np.array([[1.0], [1.5]]))
    assert found[0] == pytest.approx(800.0 - 0.5 * np.log(2 * np.pi))
    assert found[1] == -np.inf


@DTYPES
def test_statistics_survive_a_large_offset(dtype):
    build = Builder((continuous("x"),))
    circuit = build.circuit(build.gaussian(0, 1e6, 1.0))
    rows = 1e6 + np.random.default_rng(0).normal(size=(500, 1))
    count, total, squares = interactive(circuit, dtype).flows(rows).leaf_statistics
    assert squares / count - (total / count) ** 2 == pytest.approx(rows.var(), rel=1e-3)


@settings(max_examples=20, deadline=None)
@given(circuits_and_rows(mixed=True, max_rows=7))
def test_small_batches_change_nothing(case):
    circuit, rows = case
    all_at_once, two = interactive(circuit), interactive(circuit, batch=2)
    assert two.node_values(rows).tolist() == all_at_once.node_values(rows).tolist()
    assert_same_flows(two.flows(rows), all_at_once.flows(rows), 1e-12)


@settings(max_examples=20, deadline=None)
@given(circuits_and_rows(mixed=True))
def test_new_parameters_take_effect(case):
    circuit, rows = case
    engine = interactive(circuit)
    weights = np.where(circuit.is_sum_edge, circuit.log_weights - 0.5, 0.0)
    engine.set_parameters(weights, circuit.leaf_parameters)
    changed = with_parameters(circuit, log_weights=weights, leaf_parameters=circuit.leaf_parameters)
    assert engine.circuit == changed
    np.testing.assert_allclose(
        engine.log_likelihood(rows), ReferenceEngine(changed).log_likelihood(rows), atol=1e-10
    )


BAD_ROWS = {
    "code too large": [[3.0, 0, 0, 0, 0, 0]],
    "negative code": [[-1.0, 0, 0, 0, 0, 0]],
    "half a code": [[0, 1.5, 0, 0, 0, 0]],
    "infinite": [[0, 0, 0, np.inf, 0, 0]],
    "minus infinite code": [[0, 0, -np.inf, 0, 0, 0]],
    "in the second row": [[0.0] * 6, [0, 0, 5.0, 0, 0, 0]],
    "too few columns": [[0.0, 0.0]],
    "one row as a vector": [0.0] * 6,
    "three axes": [[[0.0] * 6]],
}


@pytest.mark.parametrize("rows", BAD_ROWS.values(), ids=BAD_ROWS)
@pytest.mark.parametrize("method", ["log_likelihood", "node_values", "flows"])
def test_bad_rows_get_the_error_of_every_engine(method, rows):
    circuit, _ = every_family()
    table = np.array(rows)
    with pytest.raises(DataError) as expected:
        check_rows(table, circuit.variables)
    with pytest.raises(DataError) as found:
        getattr(interactive(circuit), method)(table)
    assert str(found.value) == str(expected.value)


def test_rows_of_any_layout_and_type_are_read():
    circuit, rows = every_family()
    full = np.nan_to_num(rows).astype(int)
    engine = interactive(circuit)
    expected = engine.log_likelihood(full.astype(float))
    read_only = full.astype(float)
    read_only.flags.writeable = False
    for table in (full, np.asfortranarray(full.astype(float)), read_only, full.tolist()):
        assert engine.log_likelihood(table).tolist() == expected.tolist()


def test_weights_must_fit_the_rows():
    circuit, rows = every_family()
    with pytest.raises(ParameterError, match="weights do not fit"):
        interactive(circuit).flows(rows, np.ones(3))


def test_no_rows_give_no_values():
    circuit, rows = every_family()
    engine = interactive(circuit)
    assert engine.log_likelihood(rows[:0]).shape == (0,)
    assert engine.node_values(rows[:0]).shape == (circuit.n_nodes, 0)
    assert not engine.flows(rows[:0]).nodes.any()


def test_a_large_weight_of_a_row_does_not_overflow():
    circuit, rows = every_family()
    found = interactive(circuit, "float32").flows(rows[:2], np.array([1e30, 1.0]))
    assert np.isfinite(found.edges).all()
    assert found.nodes[-1] == pytest.approx(1e30)


@settings(max_examples=20, deadline=None)
@given(circuits_and_rows(mixed=True))
def test_flow_is_conserved(case):
    circuit, rows = case
    found = interactive(circuit).flows(rows)
    into = np.bincount(circuit.children, weights=found.edges, minlength=circuit.n_nodes)
    np.testing.assert_allclose(into[:-1], found.nodes[:-1], atol=1e-10)
    out = np.bincount(circuit.edge_parents, weights=found.edges, minlength=circuit.n_nodes)
    is_sum = circuit.kinds == Kind.SUM
    np.testing.assert_allclose(out[is_sum], found.nodes[is_sum], atol=1e-10)
