import numpy as np
import pytest

from workbench.circuits import Builder
from workbench.circuits.reference import ReferenceEngine, completions, enumerate_log_likelihood
from workbench.data.variables import categorical, continuous
from workbench.errors import LimitError, ParameterError


@pytest.fixture
def mixture():
    """0.3 [x=1 w.p. .1][y=1 w.p. .5] + 0.7 [x=1 w.p. .8][y=1 w.p. .9], by hand."""
    build = Builder((categorical("x", 2), categorical("y", 2)))
    x = [build.categorical(0, p) for p in ([0.9, 0.1], [0.2, 0.8])]
    y = [build.categorical(1, p) for p in ([0.5, 0.5], [0.1, 0.9])]
    pairs = [build.product(pair) for pair in zip(x, y, strict=True)]
    return build.circuit(build.sum(pairs, [0.3, 0.7]))


def test_log_likelihood_by_hand(mixture):
    rows = np.array([[1, 1], [0, 1], [1, np.nan], [np.nan, np.nan]])
    expected = [
        0.3 * 0.1 * 0.5 + 0.7 * 0.8 * 0.9,
        0.3 * 0.9 * 0.5 + 0.7 * 0.2 * 0.9,
        0.3 * 0.1 + 0.7 * 0.8,
        1.0,
    ]
    np.testing.assert_allclose(np.exp(ReferenceEngine(mixture).log_likelihood(rows)), expected)
    np.testing.assert_allclose(np.exp(enumerate_log_likelihood(mixture, rows)), expected)


def test_flows_by_hand(mixture):
    second = 0.7 * 0.8 * 0.9 / (0.3 * 0.1 * 0.5 + 0.7 * 0.8 * 0.9)
    flows = ReferenceEngine(mixture).flows(np.array([[1.0, 1.0]]), np.array([2.0]))
    np.testing.assert_allclose(flows.edges[mixture.is_sum_edge], [2 - 2 * second, 2 * second])
    first = 2 - 2 * second
    np.testing.assert_allclose(
        flows.leaf_statistics, [0, first, 0, 2 * second, 0, first, 0, 2 * second], atol=1e-12
    )


def test_gaussian_by_hand():
    build = Builder((continuous("x"),))
    engine = ReferenceEngine(build.circuit(build.gaussian(0, 1.0, 2.0)))
    expected = -0.5 * ((3.0 - 1.0) / 2.0) ** 2 - np.log(2.0 * np.sqrt(2 * np.pi))
    assert engine.log_likelihood(np.array([[3.0]]))[0] == pytest.approx(expected)


def test_completions_fill_only_what_is_missing(mixture):
    assert completions(mixture, np.array([1.0, np.nan])).tolist() == [[1, 0], [1, 1]]


def test_continuous_variables_are_not_enumerated():
    build = Builder((continuous("x"),))
    with pytest.raises(ParameterError, match="'x'"):
        completions(build.circuit(build.gaussian(0, 0, 1)), np.array([np.nan]))


def test_too_many_completions_are_refused_before_they_are_made():
    build = Builder([categorical(f"x{k}", 2) for k in range(60)])
    circuit = build.circuit(build.product([build.categorical(k, [1, 1]) for k in range(60)]))
    with pytest.raises(LimitError, match="1,152,921,504,606,846,976"):
        completions(circuit, np.full(60, np.nan))
