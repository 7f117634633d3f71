"""Both engines against brute force, and against each other, on random circuits."""

from unittest import mock

import numpy as np
import pytest
from hypothesis import given, settings
from strategies import circuits, circuits_and_rows, every_row

from workbench.circuits import Kind, with_parameters
from workbench.circuits.leaves import FAMILIES
from workbench.circuits.reference import ReferenceEngine, enumerate_log_likelihood
from workbench.compute import engine

FIELDS = ("log_likelihood", "edges", "nodes", "leaf_statistics")
TOLERANCE = {"float64": 1e-10, "float32": 1e-4}


def assert_same_flows(found, expected, tolerance):
    for name in FIELDS:
        actual, wanted = getattr(found, name), getattr(expected, name)
        assert not np.isnan(actual).any(), name
        np.testing.assert_allclose(actual, wanted, rtol=tolerance, atol=tolerance, err_msg=name)


@settings(max_examples=60)
@given(circuits_and_rows(mixed=True, normalised=False))
def test_reference_equals_the_sum_over_all_completions(case):
    circuit, rows = case
    found = ReferenceEngine(circuit).log_likelihood(rows)
    np.testing.assert_allclose(found, enumerate_log_likelihood(circuit, rows), atol=1e-10)


@settings(max_examples=30)
@given(circuits(max_variables=6))
def test_probabilities_of_all_rows_add_to_one(circuit):
    total = np.exp(engine(circuit).log_likelihood(every_row(circuit))).sum()
    assert total == pytest.approx(1.0, abs=1e-10)


@settings(max_examples=30)
@given(circuits_and_rows(mixed=True))
def test_reference_sum_values_are_by_hand_the_weighted_sums(case):
    circuit, rows = case
    values = np.exp(ReferenceEngine(circuit).node_values(rows))
    for node in np.flatnonzero(circuit.kinds == Kind.SUM):
        span = slice(circuit.offsets[node], circuit.offsets[node + 1])
        by_hand = np.exp(circuit.log_weights[span]) @ values[circuit.children[span]]
        np.testing.assert_allclose(values[node], by_hand, rtol=1e-10)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@settings(max_examples=50)
@given(case=circuits_and_rows(mixed=True))
def test_torch_equals_reference(dtype, case):
    circuit, rows = case
    torch_engine, reference = engine(circuit, "cpu", dtype), ReferenceEngine(circuit)
    tolerance = TOLERANCE[dtype]
    np.testing.assert_allclose(
        torch_engine.node_values(rows), reference.node_values(rows), rtol=tolerance, atol=tolerance
    )
    weights = np.linspace(0.5, 2.0, len(rows))
    assert_same_flows(torch_engine.flows(rows), reference.flows(rows), tolerance)
    assert_same_flows(
        torch_engine.flows(rows, weights), reference.flows(rows, weights), 2 * tolerance
    )


@settings(max_examples=40)
@given(circuits_and_rows(mixed=True))
def test_edge_lists_equal_reference(case):
    circuit, rows = case
    with (
        mock.patch("workbench.compute.plan.SPARSE_FROM", 0),
        mock.patch("workbench.compute.plan.SPARSE_BELOW", 1.1),
        mock.patch("workbench.compute.layers.MOST_CELLS", 8),
    ):
        found = engine(circuit, "cpu").flows(rows)
    assert_same_flows(found, ReferenceEngine(circuit).flows(rows), 1e-10)


@settings(max_examples=30)
@given(circuits_and_rows(mixed=True, max_rows=7))
def test_small_batches_change_nothing(case):
    circuit, rows = case
    expected = ReferenceEngine(circuit).flows(rows)
    assert_same_flows(engine(circuit, "cpu", batch=2).flows(rows), expected, 1e-10)


@settings(max_examples=30)
@given(circuits_and_rows(mixed=True))
def test_flow_is_conserved(case):
    circuit, rows = case
    found = engine(circuit, "cpu").flows(rows)
    possible = (found.log_likelihood > -np.inf).sum()
    assert found.nodes[-1] == pytest.approx(possible)
    into = np.bincount(circuit.children, weights=found.edges, minlength=circuit.n_nodes)
    np.testing.assert_allclose(into[:-1], found.nodes[:-1], atol=1e-10)
    out = np.bincount(circuit.edge_parents, weights=found.edges, minlength=circuit.n_nodes)
    is_sum = circuit.kinds == Kind.SUM
    np.testing.assert_allclose(out[is_sum], found.nodes[is_sum], atol=1e-10)
    for variable in circuit.scope:
        leaves = circuit.leaf_variables == variable
        assert found.nodes[leaves].sum() == pytest.approx(possible)


@settings(max_examples=20)
@given(circuits_and_rows(mixed=True, zeros=False, max_rows=3))
def test_flows_are_derivatives_by_log_weights(case):
    circuit, rows = case
    flows, reference = engine(circuit, "cpu").flows(rows).edges, ReferenceEngine(circuit)
    width = 1e-5
    for edge in np.flatnonzero(circuit.is_sum_edge)[:25]:
        ends = []
        for step in (width, -width):
            moved = circuit.log_weights.copy()
            moved[edge] += step
            reference.set_parameters(moved, circuit.leaf_parameters)
            ends.append(reference.log_likelihood(rows).sum())
        assert flows[edge] == pytest.approx((ends[0] - ends[1]) / (2 * width), abs=1e-6)


@settings(max_examples=20)
@given(circuits_and_rows(mixed=True, missing=0.5))
def test_leaf_statistics_are_flow_weighted(case):
    circuit, rows = case
    for row in rows[:2]:
        found = engine(circuit, "cpu").flows(row[None])
        by_hand = []
        for leaf in np.flatnonzero(circuit.kinds == Kind.LEAF):
            column = circuit.leaf_variables[leaf]
            family = FAMILIES[int(circuit.leaf_families[leaf])]
            size = family.n_statistics(circuit.variables[column])
            if np.isnan(row[column]):
                by_hand.append(np.zeros(size))
                continue
            statistics = family.statistics(row[[column]], circuit.variables[column])[0]
            by_hand.append(found.nodes[leaf] * statistics)
        np.testing.assert_allclose(found.leaf_statistics, np.concatenate(by_hand), atol=1e-10)


@settings(max_examples=30)
@given(circuits_and_rows(zeros=True, missing=0.0))
def test_impossible_rows_have_minus_infinity_and_no_flow(case):
    circuit, rows = case
    for dtype in ("float64", "float32"):
        found = engine(circuit, "cpu", dtype)
        for row in rows:
            flows = found.flows(row[None])
            is_impossible = enumerate_log_likelihood(circuit, row[None])[0] == -np.inf
            assert (flows.log_likelihood[0] == -np.inf) == is_impossible
            assert flows.nodes[-1] == (0.0 if is_impossible else 1.0)
            if is_impossible:
                assert not flows.edges.any()
                assert not flows.leaf_statistics.any()


@settings(max_examples=20)
@given(circuits_and_rows(mixed=True))
def test_new_parameters_take_effect(case):
    circuit, rows = case
    found = engine(circuit, "cpu")
    weights = np.where(circuit.is_sum_edge, circuit.log_weights - 0.5, 0.0)
    found.set_parameters(weights, circuit.leaf_parameters)
    changed = with_parameters(circuit, log_weights=weights, leaf_parameters=circuit.leaf_parameters)
    assert found.circuit == changed
    np.testing.assert_allclose(
        found.log_likelihood(rows), ReferenceEngine(changed).log_likelihood(rows), atol=1e-10
    )
