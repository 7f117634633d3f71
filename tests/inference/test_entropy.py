import numpy as np
import pytest
from deterministic import deterministic_circuits
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import stats
from strategies import circuits, rows_for

from workbench.circuits import Builder
from workbench.circuits.leaves import POISSON, UNIFORM, poisson_parameters, uniform_parameters
from workbench.circuits.reference import completions, enumerate_log_likelihood
from workbench.data.variables import categorical, continuous
from workbench.errors import DataError, StructureError
from workbench.inference import entropy, log_likelihood


def brute_force(circuit, row, of):
    """Entropy of the columns `of` given `row`, by summing over their joint values."""
    start = row.copy()
    rest = [v for v in circuit.scope if np.isnan(row[v]) and v not in of]
    start[rest] = 0.0
    asked = completions(circuit, start)
    asked[:, rest] = np.nan
    logs = enumerate_log_likelihood(circuit, asked) - enumerate_log_likelihood(circuit, row[None])
    live = logs > -np.inf
    return -np.exp(logs[live]) @ logs[live]


def draw_question(data, circuit, missing=0.7):
    row = data.draw(rows_for(circuit, max_rows=1, missing=missing))[0]
    assume(log_likelihood(circuit, row[None])[0] > -np.inf)
    free = np.flatnonzero(np.isnan(row)).tolist()
    assume(free)
    return row, data.draw(st.lists(st.sampled_from(free), unique=True, min_size=1))


@settings(max_examples=25)
@given(st.data())
def test_small_questions_are_summed_exactly(data):
    circuit = data.draw(circuits(normalised=False))
    row, of = draw_question(data, circuit)
    assert entropy(circuit, row, of).value == pytest.approx(
        brute_force(circuit, row, of), abs=1e-10
    )


@settings(max_examples=25)
@given(st.data())
def test_deterministic_circuits_need_no_summation(data):
    circuit = data.draw(deterministic_circuits())
    row, _ = draw_question(data, circuit)
    found = entropy(circuit, row, rows=0)
    by_hand = brute_force(circuit, row, np.flatnonzero(np.isnan(row)).tolist())
    assert found.reason == "the circuit is deterministic"
    assert found.value == pytest.approx(by_hand, abs=1e-10)


@settings(max_examples=30)
@given(st.data())
def test_bounds_hold_the_entropy(data):
    circuit = data.draw(circuits() | deterministic_circuits())
    row, of = draw_question(data, circuit)
    found = entropy(circuit, row, of, rows=0)
    by_hand = brute_force(circuit, row, of)
    assert found.lower - 1e-10 <= by_hand <= found.upper + 1e-10
    if found.exact:
        assert found.value == pytest.approx(by_hand, abs=1e-10)


def mixture_of_bells(*means):
    build = Builder([continuous("x")])
    bells = [build.gaussian(0, mean, 1.0) for mean in means]
    return build.circuit(build.sum(bells, np.ones(len(bells)) / len(bells)))


@pytest.mark.parametrize("apart", [0.5, 2.0, 6.0])
def test_bounds_hold_a_continuous_entropy(apart):
    circuit = mixture_of_bells(0.0, apart)
    grid = np.linspace(-12, 18, 60_001)
    logs = log_likelihood(circuit, grid[:, None])
    by_hand = np.trapezoid(-np.exp(logs) * logs, grid)
    found = entropy(circuit)
    assert found.lower <= by_hand <= found.upper
    assert not found.exact
    assert "sum 2" in found.reason
    with pytest.raises(StructureError, match="only bounds are known"):
        _ = found.value


@pytest.mark.parametrize(
    ("family", "parameters", "reference"),
    [
        (POISSON, poisson_parameters(4.0), stats.poisson(4.0)),
        (POISSON, poisson_parameters(0.01), stats.poisson(0.01)),
        (UNIFORM, uniform_parameters(-1.0, 3.0), stats.uniform(-1.0, 4.0)),
    ],
)
def test_leaves_have_their_textbook_entropy(family, parameters, reference):
    build = Builder([continuous("x")])
    circuit = build.circuit(build.leaf(0, family, parameters))
    assert entropy(circuit).value == pytest.approx(float(reference.entropy()), abs=1e-10)
    assert entropy(mixture_of_bells(3.0)).value == pytest.approx(stats.norm.entropy())


def test_nothing_missing_is_certain(weather):
    assert entropy(weather, [0, 0, 20.0]).value == 0.0


def test_bad_requests_are_errors(weather, never):
    with pytest.raises(DataError, match=r"sky.*in both"):
        entropy(weather, {"sky": 0}, of=["sky"])
    with pytest.raises(DataError, match="snow"):
        entropy(weather, of=["snow"])
    with pytest.raises(DataError, match="probability zero"):
        entropy(never, {"x": 1})
    build = Builder([categorical("x", 2), categorical("y", 2)])
    leaves = [build.categorical(v, [0.5, 0.5]) for v in (0, 1)]
    with pytest.raises(StructureError, match="not known to be smooth"):
        entropy(build.circuit(build.sum(leaves, [0.5, 0.5])))
