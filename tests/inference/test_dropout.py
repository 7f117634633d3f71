import importlib
import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from strategies import circuits_and_rows

from workbench.circuits import Builder, hclt
from workbench.circuits.reference import ReferenceEngine
from workbench.data.variables import categorical
from workbench.errors import DataError, LimitError, ParameterError, StructureError
from workbench.inference import dropout, dropout_samples, log_likelihood

SAMPLES = 100_000


@pytest.fixture
def tree():
    """Mixtures below products below a mixture: no random node has two parents."""
    build = Builder([categorical("x", 2), categorical("y", 2)])

    def mixed(variable):
        tables = ([0.3, 0.7], [0.9, 0.1], [0.5, 0.5])
        return build.sum([build.categorical(variable, t) for t in tables], [0.2, 0.3, 0.5])

    return build.circuit(
        build.sum([build.product([mixed(0), mixed(1)]) for _ in range(2)], [0.4, 0.6])
    )


@pytest.fixture
def diamond():
    """Two products share one mixture."""
    build = Builder([categorical("x", 2), categorical("y", 2)])
    shared = build.sum([build.categorical(0, t) for t in ([0.3, 0.7], [0.9, 0.1])], [0.5, 0.5])
    pairs = [
        build.product([shared, build.categorical(1, table)]) for table in ([0.2, 0.8], [0.6, 0.4])
    ]
    return build.circuit(build.sum(pairs, [0.5, 0.5]))


def by_enumeration(circuit, row, rate):
    """Mean and variance over every set of dropped edges."""
    edges = np.flatnonzero(circuit.is_sum_edge)
    engine, moments = ReferenceEngine(circuit), np.zeros(2)
    for kept in itertools.product([False, True], repeat=len(edges)):
        weights = circuit.log_weights.copy()
        weights[edges] = np.where(kept, weights[edges], -np.inf)
        engine.set_parameters(weights, circuit.leaf_parameters)
        value = np.exp(engine.log_likelihood(row)[0])
        moments += np.prod(np.where(kept, 1 - rate, rate)) * np.array([value, value**2])
    return moments[0], moments[1] - moments[0] ** 2


def assert_within_three_standard_errors(samples, mean, variance):
    squares = (samples - samples.mean()) ** 2
    assert abs(samples.mean() - mean) < 3 * samples.std() / np.sqrt(len(samples))
    assert abs(samples.var() - variance) < 3 * squares.std() / np.sqrt(len(samples))


def test_equals_monte_carlo_on_a_tree(tree):
    row = [[1.0, 0.0]]
    found = dropout(tree, row, rate=0.2)
    assert found.exact
    samples = np.exp(dropout_samples(tree, row, 0.2, SAMPLES, seed=3))
    mean, variance = np.exp([found.log_mean[0], found.log_variance[0]])
    assert_within_three_standard_errors(samples, mean, variance)


def test_samples_are_exact_on_shared_nodes_where_the_pass_is_not(diamond):
    row = np.array([[1.0, 0.0]])
    mean, variance = by_enumeration(diamond, row, 0.3)
    samples = np.exp(dropout_samples(diamond, row, 0.3, SAMPLES, seed=1))
    assert_within_three_standard_errors(samples, mean, variance)
    found = dropout(diamond, row, rate=0.3)
    assert np.exp(found.log_mean[0]) == pytest.approx(mean)
    assert np.exp(found.log_variance[0]) < 0.9 * variance  # the correlation is ignored
    assert not found.exact
    assert str(found.witness) == "node 2 is shared by nodes 4 and 6"


@settings(max_examples=20)
@given(circuits_and_rows(mixed=True))
def test_rescaled_mean_is_the_likelihood_and_nothing_is_nan(case):
    circuit, rows = case
    found = dropout(circuit, rows, rate=0.25, rescale=True)
    values = log_likelihood(circuit, rows)
    np.testing.assert_allclose(found.log_mean, values, atol=1e-10)
    assert not np.isnan(found.log_variance).any()
    np.testing.assert_array_equal(np.isnan(found.relative_deviation), values == -np.inf)


def test_a_learnt_circuit_has_finite_deviations_and_says_they_are_approximate():
    random = np.random.default_rng(0)
    flips = random.random((400, 10)) < 0.2
    rows = (np.cumsum(flips, axis=1) % 2).astype(float)  # a chain of neighbours
    circuit = hclt(rows, latents=4, seed=0)
    found = dropout(circuit, rows[:50], rate=0.1)
    assert not found.exact
    assert np.isfinite(found.relative_deviation).all()


def test_samples_repeat_with_the_seed_and_in_small_batches(tree, monkeypatch):
    first = dropout_samples(tree, [1.0, 1.0], 0.3, 50, seed=7)
    np.testing.assert_array_equal(first, dropout_samples(tree, [1.0, 1.0], 0.3, 50, seed=7))
    assert dropout_samples(tree, [1.0, 1.0], 0.3, 0).shape == (0,)
    module = importlib.import_module("workbench.inference.dropout")
    monkeypatch.setattr(module, "_ENTRIES_AT_ONCE", 100)
    assert len(dropout_samples(tree, [1.0, 1.0], 0.3, 50, seed=7)) == 50


def test_bad_requests_are_errors(tree):
    with pytest.raises(ParameterError, match=r"dropout=1\.5"):
        dropout(tree, [[0, 0]], rate=1.5)
    with pytest.raises(ParameterError, match=r"rate=1\.0, n=5"):
        dropout_samples(tree, [0, 0], 1.0, 5)
    with pytest.raises(DataError, match="2 rows"):
        dropout_samples(tree, [[0, 0], [1, 1]], 0.1, 5)
    with pytest.raises(LimitError):
        dropout_samples(tree, [0, 0], 0.1, 10**9)
    build = Builder([categorical("x", 2)])
    twice = build.circuit(build.product([build.categorical(0, [0.5, 0.5])] * 2))
    with pytest.raises(StructureError, match="decomposable"):
        dropout(twice, [[0]], rate=0.1)
