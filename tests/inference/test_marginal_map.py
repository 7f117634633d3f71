import numpy as np
import pytest
from deterministic import deterministic_circuits
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from strategies import circuits, rows_for

from workbench.circuits import Builder, x_deterministic
from workbench.circuits.reference import completions, enumerate_log_likelihood
from workbench.data.variables import categorical
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


@settings(max_examples=40)
@given(st.data())
def test_determinism_in_the_query_needs_no_search(data):
    circuit = data.draw(deterministic_circuits(max_variables=4))
    query = data.draw(st.lists(st.sampled_from(circuit.scope), unique=True, min_size=1))
    found = marginal_map(circuit, query)
    nothing = np.full(len(circuit.variables), np.nan)
    assert found.exact
    assert found.log_value == pytest.approx(brute_force(circuit, nothing, query), abs=1e-10)
    if x_deterministic(circuit, query):
        assert found.nodes == 0
        assert "deterministic" in found.reason


def test_summed_out_mixtures_do_not_disturb_a_determined_query():
    build = Builder([categorical("x", 2), categorical("y", 3)])
    y = build.sum([build.categorical(1, p) for p in ([1, 2, 1], [3, 1, 1])], [0.5, 0.5])
    x = [build.categorical(0, p) for p in ([1, 0], [0, 1])]
    circuit = build.circuit(build.sum([build.product([leaf, y]) for leaf in x], [0.3, 0.7]))
    found = marginal_map(circuit, ["x"])
    assert (found.assignment[0], found.nodes) == (1.0, 0)
    assert found.reason == "the circuit is {x}-deterministic"
    assert np.exp(found.log_value) == pytest.approx(0.7)
    given = marginal_map(circuit, ["x"], {"y": 0})
    assert given.reason == "the circuit is {x}-deterministic given the evidence"
    assert np.exp(given.log_value) == pytest.approx(0.7 * 0.5 * (0.25 + 0.6))
    assert marginal_map(circuit, ["y"]).nodes > 0


def test_a_continuous_query_with_the_rest_summed_out(weather):
    found = marginal_map(weather, ["heat"])
    grid = np.full((200_001, 3), np.nan)
    grid[:, 2] = np.linspace(5, 35, len(grid))
    values = log_likelihood(weather, grid)
    assert found.exact
    assert 0 <= found.log_value - values.max() < 1e-8
    assert found.assignment[2] == pytest.approx(grid[values.argmax(), 2], abs=1e-3)
    assert np.isnan(found.assignment[:2]).all()
