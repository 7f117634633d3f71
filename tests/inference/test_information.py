import numpy as np
import pytest
from deterministic import deterministic_circuits
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from strategies import circuits, rows_for

from workbench.circuits import Builder
from workbench.circuits.reference import completions, enumerate_log_likelihood
from workbench.data.variables import categorical, continuous
from workbench.errors import DataError
from workbench.inference import log_likelihood, mutual_information


def joint_table(circuit, row, columns):
    """Values of `columns` and their probabilities given `row`."""
    start = row.copy()
    rest = [v for v in circuit.scope if np.isnan(row[v]) and v not in columns]
    start[rest] = 0.0
    asked = completions(circuit, start)
    asked[:, rest] = np.nan
    logs = enumerate_log_likelihood(circuit, asked) - enumerate_log_likelihood(circuit, row[None])
    return asked[:, columns], np.exp(logs)


def brute_force(circuit, row, first, second):
    """Mean of log p(a, b) / p(a) p(b), marginals added up from the joint table."""
    values, chances = joint_table(circuit, row, first + second)
    parts = values[:, : len(first)], values[:, len(first) :]
    marginals = []
    for part in parts:
        _, place = np.unique(part, axis=0, return_inverse=True)
        marginals.append(np.bincount(place.ravel(), chances)[place.ravel()])
    live = chances > 0
    ratio = chances[live] / (marginals[0][live] * marginals[1][live])
    return chances[live] @ np.log(ratio)


def draw_question(data, circuit):
    row = data.draw(rows_for(circuit, max_rows=1, missing=0.9))[0]
    assume(log_likelihood(circuit, row[None])[0] > -np.inf)
    free = np.flatnonzero(np.isnan(row)).tolist()
    assume(len(free) > 1)
    cut = data.draw(st.integers(1, len(free) - 1))
    order = data.draw(st.permutations(free))
    keep = data.draw(st.integers(cut + 1, len(free)))
    return row, order[:cut], order[cut:keep]


@settings(max_examples=30)
@given(st.data())
def test_equals_enumeration(data):
    circuit = data.draw(circuits(normalised=False) | deterministic_circuits())
    row, first, second = draw_question(data, circuit)
    found = mutual_information(circuit, first, second, row)
    assert found.value == pytest.approx(brute_force(circuit, row, first, second), abs=1e-10)


@settings(max_examples=30)
@given(st.data())
def test_bounds_hold(data):
    circuit = data.draw(circuits() | deterministic_circuits())
    row, first, second = draw_question(data, circuit)
    by_hand = brute_force(circuit, row, first, second)
    found = mutual_information(circuit, first, second, row, rows=0)
    assert found.lower - 1e-10 <= by_hand <= found.upper + 1e-10
    assert found.lower >= 0.0


def test_independent_sets_tell_nothing():
    build = Builder([categorical("x", 3), categorical("y", 2), continuous("z")])
    leaves = [
        build.categorical(0, [1, 2, 3]),
        build.categorical(1, [1, 3]),
        build.gaussian(2, 0, 1),
    ]
    circuit = build.circuit(build.product(leaves))
    assert mutual_information(circuit, ["x", "z"], ["y"]).value == pytest.approx(0.0, abs=1e-12)


def test_a_category_with_a_density():
    build = Builder([categorical("x", 2), continuous("z")])
    pairs = [
        build.product([build.categorical(0, table), build.gaussian(1, mean, 1.0)])
        for table, mean in (([1, 0], -2.0), ([0, 1], 2.0))
    ]
    circuit = build.circuit(build.sum(pairs, [0.5, 0.5]))
    grid = np.linspace(-10, 10, 40_001)
    density = np.exp(log_likelihood(circuit, np.stack([np.full(40_001, np.nan), grid], axis=1)))
    entropy_z = np.trapezoid(-density * np.log(density), grid)
    by_hand = entropy_z - 0.5 * np.log(2 * np.pi * np.e)
    found = mutual_information(circuit, ["x"], ["z"])
    assert found.lower <= by_hand <= found.upper <= np.log(2) + 1e-12
    assert not found.exact


def test_bad_requests_are_errors(weather):
    with pytest.raises(DataError, match=r"\['sky'\] in both"):
        mutual_information(weather, ["sky"], ["sky", "rain"])
    with pytest.raises(DataError, match="in both"):
        mutual_information(weather, ["sky"], ["rain"], {"sky": 0})
    with pytest.raises(DataError, match="snow"):
        mutual_information(weather, ["sky"], ["snow"])
