import numpy as np
import pytest
from deterministic import deterministic_circuits
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import stats
from strategies import circuits, rows_for

from workbench.circuits import Builder, hclt
from workbench.circuits.leaves import POISSON, UNIFORM, poisson_parameters, uniform_parameters
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


def test_all_missing_is_the_best_row_of_all(weather):
    found = mpe(weather)
    np.testing.assert_array_equal(found.assignment, mpe(weather, {}).assignment)
    assert found.assignment[:2].tolist() == [0.0, 0.0]
    assert found.exact
    heat = np.linspace(10, 35, 250_001)
    rows = [[[sky, rain, h] for h in heat] for sky in (0, 1) for rain in (0, 1)]
    values = log_likelihood(weather, np.concatenate(rows))
    assert 0 <= found.log_value - values.max() < 1e-9
    assert found.assignment[2] == pytest.approx(heat[values.argmax() % len(heat)], abs=1e-4)
    assert found.assignment[2] < 25.0  # the other component pulls it away from its own mode


def test_all_known_is_the_likelihood(weather):
    row = [1.0, 0.0, 20.0]
    found = mpe(weather, row)
    assert found.log_value == pytest.approx(log_likelihood(weather, row)[0])
    assert found.assignment.tolist() == row
    assert found.exact


def bells(means, deviations, weights):
    """A mixture of products of Gaussians; `means` and `deviations` are (components, variables)."""
    means, deviations = np.atleast_2d(means), np.atleast_2d(deviations)
    build = Builder([continuous(f"x{k}") for k in range(means.shape[1])])
    parts = [
        build.product([build.gaussian(k, m, s) for k, (m, s) in enumerate(zip(*both, strict=True))])
        for both in zip(means, deviations, strict=True)
    ]
    return build.circuit(build.sum(parts, weights))


def grid_maximum(circuit, low, high, points):
    axes = [np.linspace(low, high, points)] * len(circuit.variables)
    rows = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, len(axes))
    return log_likelihood(circuit, rows).max()


def test_two_equal_bells_close_together_have_one_mode_between():
    """Of equal deviation s and less than 2 s apart: the mode is the middle (closed form)."""
    circuit = bells([[-0.9], [0.9]], [[1.0], [1.0]], [0.5, 0.5])
    found = mpe(circuit)
    assert found.exact
    assert found.assignment[0] == pytest.approx(0.0, abs=1e-4)
    assert found.log_value == pytest.approx(stats.norm.logpdf(0.9), abs=1e-10)


def test_bells_whose_modes_are_worse_than_a_point_between():
    """Three faint neighbours add up to more than any of their modes, far from the best tree."""
    circuit = bells([[-6.0], [0.0], [0.3], [0.6]], [[0.9], [1.0], [1.0], [1.0]],
                    [0.28, 0.24, 0.24, 0.24])  # fmt: skip
    found = mpe(circuit)
    assert found.exact
    assert found.assignment[0] == pytest.approx(0.3, abs=1e-3)
    assert 0 <= found.log_value - grid_maximum(circuit, -8, 3, 200_001) < 1e-8


@settings(max_examples=15)
@given(st.integers(0, 10**6), st.integers(1, 2), st.integers(2, 4))
def test_gaussian_mixtures_equal_a_dense_grid(seed, n_variables, n_parts):
    random = np.random.default_rng(seed)
    circuit = bells(
        random.uniform(-3, 3, (n_parts, n_variables)),
        random.uniform(0.4, 1.5, (n_parts, n_variables)),
        random.dirichlet(np.ones(n_parts)),
    )
    found = mpe(circuit)
    assert found.exact
    best = grid_maximum(circuit, -3, 3, 200_001 if n_variables == 1 else 501)
    assert -1e-11 <= found.log_value - best < (1e-8 if n_variables == 1 else 1e-3)
    assert found.log_value == pytest.approx(log_likelihood(circuit, found.assignment)[0])


@settings(max_examples=25)
@given(st.data())
def test_bounds_hold_with_continuous_variables_however_soon_the_search_stops(data):
    circuit = data.draw(circuits(max_variables=4, mixed=True))
    nodes = data.draw(st.sampled_from([1, 3, 30]))
    found = mpe(circuit, nodes=nodes)
    column = len(circuit.variables) - 1
    grid = np.linspace(-3, 3, 601) if not circuit.variables[column].n_categories else [np.nan]
    nothing = np.full((1, len(circuit.variables)), np.nan)
    best = -np.inf
    for value in grid:
        nothing[0, column] = value
        best = max(best, brute_force(circuit, nothing[0]))
    assert found.lower <= found.upper
    assert best <= found.upper + 1e-10


def test_a_histogram_with_a_bell_jumps_at_its_edges():
    build = Builder([continuous("x")])
    flat = [build.leaf(0, UNIFORM, uniform_parameters(*e)) for e in ((0.0, 1.0), (0.7, 2.0))]
    bell = build.gaussian(0, 1.6, 0.5)
    circuit = build.circuit(build.sum([*flat, bell], [0.4, 0.4, 0.2]))
    found = mpe(circuit)
    grid = np.append(np.linspace(-1, 3, 400_001), np.nextafter(1.0, 0.0))
    assert found.log_value == pytest.approx(log_likelihood(circuit, grid[:, None]).max(), abs=1e-9)
    assert found.assignment[0] == pytest.approx(1.0, abs=1e-9)  # just before the first bar ends
    assert found.assignment[0] < 1.0
    assert found.exact


def test_counts_are_split_between_whole_numbers():
    build = Builder([continuous("n"), categorical("x", 2)])
    parts = [
        build.product([build.leaf(0, POISSON, poisson_parameters(rate)), build.categorical(1, p)])
        for rate, p in ((3.0, [0.6, 0.4]), (5.5, [0.5, 0.5]), (40.0, [0.1, 0.9]))
    ]
    circuit = build.circuit(build.sum(parts, [0.3, 0.4, 0.3]))
    found = mpe(circuit)
    rows = np.array([[n, x] for n in range(80) for x in (0, 1)], dtype=float)
    values = log_likelihood(circuit, rows)
    assert found.exact
    assert found.log_value == pytest.approx(values.max(), abs=1e-12)
    assert found.assignment.tolist() == rows[values.argmax()].tolist()


def test_evidence_may_make_a_circuit_deterministic():
    build = Builder([categorical("x", 2), categorical("y", 2)])
    parts = [
        build.product([build.categorical(0, p), build.categorical(1, q)])
        for p, q in (([1, 0], [0.3, 0.7]), ([0, 1], [0.6, 0.4]), ([0, 1], [0.1, 0.9]))
    ]
    circuit = build.circuit(build.sum(parts, [0.4, 0.3, 0.3]))
    sure, unsure = mpe(circuit, {"x": 0}), mpe(circuit, {"x": 1})
    assert (sure.nodes, sure.exact) == (0, True)
    assert sure.reason == "the circuit is {y}-deterministic given the evidence"
    assert unsure.nodes > 0
    assert unsure.exact


def test_a_family_without_known_shape_is_bounded_but_not_split(monkeypatch):
    circuit = bells([[-1.0], [1.0]], [[1.0], [1.0]], [0.5, 0.5])
    monkeypatch.setattr("workbench.inference.bounds.SHAPES", {})
    found = mpe(circuit)
    best = grid_maximum(circuit, -2, 2, 4001)
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


def test_no_time_still_gives_bounds():
    random = np.random.default_rng(3)
    circuit = hclt((random.random((50, 10)) < 0.5).astype(float), latents=4, seed=1)
    found = mpe(circuit, seconds=0.0)
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
