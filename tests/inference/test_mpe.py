import numpy as np
import pytest
from deterministic import deterministic_circuits
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from strategies import circuits, rows_for

from workbench.circuits import Builder, hclt
from workbench.circuits.reference import ReferenceEngine, completions
from workbench.data.variables import categorical, continuous
from workbench.errors import Cancelled, DataError, ParameterError, StructureError
from workbench.inference import log_likelihood, mpe


def brute_force(circuit, row):
    """The greatest log-value of all completions."""
    return ReferenceEngine(circuit).log_likelihood(completions(circuit, row)).max()


def draw_possible_row(data, circuit, missing):
    row = data.draw(rows_for(circuit, max_rows=1, missing=missing))[0]
    assume(log_likelihood(circuit, row[None])[0] > -np.inf)
    return row


@settings(max_examples=60)
@given(st.data())
def test_equals_enumeration_whether_deterministic_or_not(data):
    kinds = circuits(normalised=False) | deterministic_circuits()
    circuit = data.draw(kinds)
    row = draw_possible_row(data, circuit, missing=0.7)
    found = mpe(circuit, row)
    assert found.exact
    assert found.log_value == pytest.approx(brute_force(circuit, row), abs=1e-10)
    assert found.log_value == pytest.approx(log_likelihood(circuit, found.assignment)[0], abs=1e-10)
    known = ~np.isnan(row)
    np.testing.assert_array_equal(found.assignment[known], row[known])


@settings(max_examples=30)
@given(st.data())
def test_bounds_hold_when_the_search_is_stopped(data):
    circuit = data.draw(circuits(max_variables=6))
    found = mpe(circuit, nodes=1)
    nothing = np.full(len(circuit.variables), np.nan)
    best = brute_force(circuit, nothing)
    assert found.lower - 1e-10 <= best <= found.upper + 1e-10
    assert found.exact == (found.upper == found.lower)
    assert not np.isnan(found.assignment).any()


@settings(max_examples=20)
@given(deterministic_circuits(max_variables=6))
def test_a_deterministic_circuit_needs_no_search(circuit):
    found = mpe(circuit)
    assert (found.exact, found.nodes, found.reason) == (True, 0, "the circuit is deterministic")


@pytest.fixture
def spflow_mixture():
    """The heavier component prefers all zeros, barely; the lighter one is sure of all ones."""
    build = Builder([categorical(f"x{k}", 2) for k in range(4)])
    faint = build.product([build.categorical(k, [0.5623, 0.4377]) for k in range(4)])
    sure = build.product([build.categorical(k, [0.0359, 0.9641]) for k in range(4)])
    return build.circuit(build.sum([faint, sure], [0.55, 0.45]))


def test_spflow_1_1_wrong_mpe_of_a_mixture(spflow_mixture):
    """SPFlow 1.1 follows the heaviest weight to (0, 0, 0, 0), which is 7.4 times less probable."""
    found = mpe(spflow_mixture)
    assert found.assignment.tolist() == [1, 1, 1, 1]
    assert np.exp(found.log_value) == pytest.approx(0.409, abs=5e-4)
    assert np.exp(log_likelihood(spflow_mixture, [[0, 0, 0, 0]]))[0] == pytest.approx(
        0.055, abs=5e-4
    )
    assert found.exact


def test_max_product_is_wrong_where_components_add_up():
    """The best tree says (0, 0); three other components together prefer (1, 1)."""
    build = Builder([categorical("x", 2), categorical("y", 2)])
    sure = build.product([build.categorical(v, [1, 0]) for v in (0, 1)])
    others = [build.product([build.categorical(v, [0.1, 0.9]) for v in (0, 1)]) for _ in range(3)]
    circuit = build.circuit(build.sum([sure, *others], [0.31, 0.23, 0.23, 0.23]))
    found = mpe(circuit)
    assert found.assignment.tolist() == [1, 1]
    assert np.exp(found.log_value) == pytest.approx(0.69 * 0.81)
    assert found.exact


def test_spflow_1_1_nan_of_a_fair_coin():
    """SPFlow 1.1 returns NaN for a Bernoulli(0.5); of equal values the first is taken."""
    build = Builder([categorical("x", 2)])
    found = mpe(build.circuit(build.categorical(0, [0.5, 0.5])))
    assert found.assignment.tolist() == [0.0]
    assert np.exp(found.log_value) == pytest.approx(0.5)
    assert found.exact


def test_all_missing_is_the_best_row_of_all(weather):
    found = mpe(weather)
    np.testing.assert_array_equal(found.assignment, mpe(weather, {}).assignment)
    assert found.assignment.tolist() == [0.0, 0.0, 25.0]
    assert found.lower <= found.upper


def test_all_known_is_the_likelihood(weather):
    row = [1.0, 0.0, 20.0]
    found = mpe(weather, row)
    assert found.log_value == pytest.approx(log_likelihood(weather, row)[0])
    assert found.assignment.tolist() == row
    assert found.exact


def test_bounds_of_a_continuous_mixture_hold_the_maximum():
    build = Builder([continuous("height")])
    bells = [build.gaussian(0, mean, 1.0) for mean in (-1.0, 1.0)]
    circuit = build.circuit(build.sum(bells, [0.5, 0.5]))
    found = mpe(circuit)
    best = log_likelihood(circuit, np.linspace(-2, 2, 4001)[:, None]).max()
    assert found.lower <= best <= found.upper
    assert not found.exact
    assert "still apart" in found.reason


def test_digits_sized_bounds_close_with_time():
    random = np.random.default_rng(0)
    rows = (random.random((60, 12)) < random.random((60, 1))).astype(float)
    circuit = hclt(rows, latents=4, seed=0)
    short, long = mpe(circuit, nodes=1), mpe(circuit, nodes=3000)
    assert short.lower <= long.lower <= long.upper <= short.upper
    history = long.history
    assert (np.diff(history["lower"]) >= 0).all()
    assert history["nodes"][-1] == long.nodes
    assert long.log_value == pytest.approx(brute_force(circuit, np.full(12, np.nan)), abs=1e-10)
    assert long.exact


def test_variables_outside_the_scope_stay_unknown():
    build = Builder([categorical("x", 2), categorical("unused", 2)])
    found = mpe(build.circuit(build.categorical(0, [0.2, 0.8])))
    np.testing.assert_array_equal(found.assignment, [1.0, np.nan])


def test_no_time_still_gives_bounds(spflow_mixture):
    found = mpe(spflow_mixture, seconds=0.0)
    assert np.isfinite([found.lower, found.upper]).all()


def test_cancelling_goes_through():
    def cancel(share, text="", /, **values):
        raise Cancelled

    random = np.random.default_rng(1)
    circuit = hclt((random.random((50, 14)) < 0.5).astype(float), latents=4, seed=1)
    with pytest.raises(Cancelled):
        mpe(circuit, on_progress=cancel)


def test_impossible_evidence_is_an_error(never):
    with pytest.raises(DataError, match="probability zero"):
        mpe(never, {"x": 1})


def test_bad_requests_are_errors(weather, nothing_known):
    with pytest.raises(DataError, match="2 rows"):
        mpe(weather, np.repeat(nothing_known, 2, axis=0))
    with pytest.raises(ParameterError, match="nodes=0"):
        mpe(weather, nodes=0)


def test_a_circuit_that_is_not_decomposable_is_refused():
    build = Builder([categorical("x", 2)])
    twice = build.product([build.categorical(0, [0.5, 0.5]), build.categorical(0, [0.9, 0.1])])
    with pytest.raises(StructureError, match="not known to be decomposable: given product 2"):
        mpe(build.circuit(twice))
