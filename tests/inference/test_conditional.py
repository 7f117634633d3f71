import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import circuits, rows_for

from workbench.circuits.reference import enumerate_log_likelihood
from workbench.errors import DataError
from workbench.inference import conditional


@settings(max_examples=30)
@given(st.data())
def test_is_joint_over_evidence(data):
    circuit = data.draw(circuits(zeros=False))
    row = data.draw(rows_for(circuit, max_rows=1, missing=0.0))
    is_known = np.array(
        data.draw(st.lists(st.booleans(), min_size=len(row[0]), max_size=len(row[0])))
    )
    evidence = np.where(is_known, row, np.nan)
    query = np.where(is_known, np.nan, row)
    by_hand = enumerate_log_likelihood(circuit, row) - enumerate_log_likelihood(circuit, evidence)
    np.testing.assert_allclose(conditional(circuit, query, evidence), by_hand, atol=1e-10)
    np.testing.assert_allclose(conditional(circuit, row, evidence), by_hand, atol=1e-10)


def test_a_query_that_cannot_be_has_minus_infinity(weather, never):
    assert conditional(never, {"x": 1}, {"y": 0}).tolist() == [-np.inf]


def test_one_row_of_evidence_serves_all_queries(weather):
    queries = [[0, np.nan, np.nan], [1, np.nan, np.nan]]
    np.testing.assert_allclose(np.exp(conditional(weather, queries, {"rain": 1})), [0.2, 0.8])


def test_impossible_evidence_is_an_error(never):
    with pytest.raises(DataError, match="evidence in row 0 has probability zero"):
        conditional(never, {"y": 1}, {"x": 1})


def test_contradiction_is_an_error(weather):
    with pytest.raises(DataError, match="contradict each other in row 0: given 'rain' = 1 asked"):
        conditional(weather, {"rain": 1}, {"rain": 0})


def test_lengths_must_fit(weather):
    with pytest.raises(DataError, match="2 and 3 rows"):
        conditional(weather, np.full((2, 3), np.nan), np.full((3, 3), np.nan))
