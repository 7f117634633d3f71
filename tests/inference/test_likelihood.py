import numpy as np
import pytest
from hypothesis import given, settings
from strategies import circuits_and_rows

from workbench.circuits.reference import ReferenceEngine, enumerate_log_likelihood
from workbench.errors import DataError
from workbench.inference import flows, log_likelihood, marginal, node_flows, node_values


def test_by_hand(weather):
    found = np.exp(log_likelihood(weather, [[0, 1, np.nan], [np.nan, np.nan, np.nan]]))
    np.testing.assert_allclose(found, [0.4 * 0.2 * 0.5, 1.0])


@settings(max_examples=20)
@given(circuits_and_rows(mixed=True))
def test_equals_enumeration(case):
    circuit, rows = case
    expected = enumerate_log_likelihood(circuit, rows)
    np.testing.assert_allclose(log_likelihood(circuit, rows), expected, atol=1e-10)
    np.testing.assert_allclose(marginal(circuit, rows), expected, atol=1e-10)


@settings(max_examples=15)
@given(circuits_and_rows(mixed=True))
def test_flows_and_values_equal_the_reference(case):
    circuit, rows = case
    reference = ReferenceEngine(circuit)
    expected = reference.flows(rows)
    np.testing.assert_allclose(flows(circuit, rows), expected.edges, atol=1e-10)
    np.testing.assert_allclose(node_flows(circuit, rows), expected.nodes, atol=1e-10)
    np.testing.assert_allclose(node_values(circuit, rows), reference.node_values(rows), atol=1e-10)


def test_flows_of_one_row_are_posterior_probabilities(weather):
    wet = 0.4 * 0.8 / (0.6 * 0.1 + 0.4 * 0.8)
    edges = flows(weather, [1, np.nan, np.nan])
    np.testing.assert_allclose(edges[weather.is_sum_edge], [1 - wet, wet])


def test_impossible_row_has_minus_infinity(never):
    assert log_likelihood(never, [[1, 0]])[0] == -np.inf


def test_no_rows_give_no_values(weather):
    empty = np.empty((0, 3))
    assert log_likelihood(weather, empty).shape == (0,)
    assert node_values(weather, empty).shape == (weather.n_nodes, 0)
    assert not flows(weather, empty).any()


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([[0, 0]], "shape"),
        ([[2, 0, 1.0]], "row 0, column 'sky'"),
        ([[0, 0, np.inf]], "row 0, column 'heat'"),
    ],
)
def test_rows_that_do_not_fit_are_named(weather, rows, message):
    for query in (log_likelihood, marginal, flows, node_flows, node_values):
        with pytest.raises(DataError, match=message):
            query(weather, rows)
