import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from strategies import circuits, rows_for

from workbench.circuits.reference import completions, enumerate_log_likelihood
from workbench.errors import DataError, ParameterError
from workbench.inference import log_likelihood, marginal_map, mpe


def brute_force(circuit, row, query):
    """The greatest log-probability of all values of `query`, the other variables summed out."""
    fixed = row.copy()
    fixed[[v for v in circuit.scope if v not in query and np.isnan(row[v])]] = 0.0
    tried = completions(circuit, fixed)
    tried[:, [v for v in circuit.scope if v not in query]] = row[
        [v for v in circuit.scope if v not in query]
    ]
    return enumerate_log_likelihood(circuit, tried).max()


@settings(max_examples=50)
@given(st.data())
def test_equals_enumeration(data):
    circuit = data.draw(circuits(normalised=False))
    row = data.draw(rows_for(circuit, max_rows=1, missing=0.8))[0]
    assume(log_likelihood(circuit, row[None])[0] > -np.inf)
    free = np.flatnonzero(np.isnan(row)).tolist()
    assume(free)
    query = data.draw(st.lists(st.sampled_from(free), unique=True, min_size=1))
    found = marginal_map(circuit, query, row)
    assert found.exact
    assert found.log_value == pytest.approx(brute_force(circuit, row, query), abs=1e-10)
    again = log_likelihood(circuit, found.assignment)[0]
    assert again == pytest.approx(found.log_value, abs=1e-10)
    assert set(np.flatnonzero(~np.isnan(found.assignment))) == set(query) | set(
        np.flatnonzero(~np.isnan(row))
    )


@settings(max_examples=20)
@given(st.data())
def test_bounds_hold_when_the_search_is_stopped(data):
    circuit = data.draw(circuits(max_variables=6))
    row = np.full(len(circuit.variables), np.nan)
    query = data.draw(st.lists(st.sampled_from(circuit.scope), unique=True, min_size=1))
    found = marginal_map(circuit, query, nodes=1)
    assert found.lower - 1e-10 <= brute_force(circuit, row, query) <= found.upper + 1e-10


@settings(max_examples=20)
@given(circuits())
def test_asking_for_everything_is_the_most_probable_row(circuit):
    names = [variable.name for variable in circuit.variables]
    assert marginal_map(circuit, names).log_value == pytest.approx(mpe(circuit).log_value)


def test_nothing_asked_is_the_probability_of_the_evidence(weather):
    found = marginal_map(weather, [], {"rain": 1})
    assert np.exp(found.log_value) == pytest.approx(0.2)
    assert found.exact


def test_the_best_part_is_not_part_of_the_best_row(weather):
    asked = marginal_map(weather, "sky", {"rain": 0})
    by_hand = {0: 0.6 * 0.9 + 0.4 * 0.2 * 0.5, 1: 0.6 * 0.1 + 0.4 * 0.8 * 0.5}
    assert asked.assignment[0] == max(by_hand, key=by_hand.get)
    assert np.exp(asked.log_value) == pytest.approx(max(by_hand.values()))


def test_bad_requests_are_errors(weather, never):
    with pytest.raises(DataError, match=r"\['snow'\]"):
        marginal_map(weather, ["snow"])
    with pytest.raises(DataError, match=r"'sky'.*both query and evidence"):
        marginal_map(weather, ["sky"], {"sky": 0})
    with pytest.raises(DataError, match="probability zero"):
        marginal_map(never, ["y"], {"x": 1})
    with pytest.raises(ParameterError, match="nodes=-1"):
        marginal_map(weather, ["sky"], nodes=-1)
