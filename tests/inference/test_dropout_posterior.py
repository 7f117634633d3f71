import numpy as np
import pytest

from workbench.circuits import Builder, hclt
from workbench.data.variables import categorical
from workbench.errors import DataError, ParameterError
from workbench.inference import (
    dropout_posterior,
    dropout_posterior_samples,
    exact_dropout,
    log_likelihood,
)
from workbench.uncertainty import deviation

SAMPLES = 100_000


def mixture(*tables):
    """Trees: two variables, each with a mixture of its own."""
    build = Builder([categorical("x", 2), categorical("y", 2)])
    sums = [
        build.sum([build.categorical(v, t) for t in tables], np.ones(len(tables)) / len(tables))
        for v in (0, 1)
    ]
    return build.circuit(build.product(sums))


@pytest.fixture
def classes():
    return [
        mixture([0.9, 0.1], [0.7, 0.3], [0.8, 0.2], [0.6, 0.4]),
        mixture([0.3, 0.7], [0.2, 0.8], [0.5, 0.5], [0.4, 0.6]),
        mixture([0.6, 0.4], [0.5, 0.5], [0.4, 0.6], [0.5, 0.5]),
    ]


ROWS = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 1.0]])


def test_without_dropout_it_is_the_posterior(classes):
    found = dropout_posterior(classes, ROWS, 0.0, prior=[1, 2, 1])
    joint = np.exp(np.stack([log_likelihood(c, ROWS) for c in classes], axis=1)) * [1, 2, 1]
    expected = joint / joint.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(found.probability, expected, rtol=1e-12)
    np.testing.assert_allclose(found.mean, expected, rtol=1e-12)
    np.testing.assert_array_equal(found.variance, 0.0)
    np.testing.assert_array_equal(found.predicted, expected.argmax(axis=1))
    np.testing.assert_allclose(found.entropy, -(expected * np.log(expected)).sum(axis=1))
    assert found.likelihood.exact
    np.testing.assert_allclose(found.likelihood.log_mean, np.log(joint.sum(axis=1) / 4))
    np.testing.assert_array_equal(found.likelihood.relative_deviation, 0.0)


def spread(n_components):
    """Two classes of mixtures in which no edge matters much when there are many."""
    random = np.random.default_rng(0)
    first, second = random.beta(8, 4, n_components), random.beta(4, 8, n_components)
    return [mixture(*zip(p, 1 - p, strict=True)) for p in (first, second)]


def measured(circuits, row, rate):
    """The probability of the predicted class: the pass and Monte Carlo dropout."""
    found = dropout_posterior(circuits, row[None], rate)
    samples = dropout_posterior_samples(circuits, row, rate, SAMPLES, seed=1)
    return found, samples[:, found.predicted[0]]


@pytest.mark.parametrize("row", ROWS)
def test_equals_monte_carlo_where_no_edge_matters_much(row):
    found, samples = measured(spread(40), row, 0.1)
    monte_carlo = deviation(samples)
    left_out = 0.02 * found.deviation[0]  # third order and beyond
    error = abs(monte_carlo.value - found.deviation[0])
    assert error < 3 * monte_carlo.standard_error + left_out
    error = abs(samples.mean() - found.mean[0, found.predicted[0]])
    assert error < 3 * samples.std() / np.sqrt(SAMPLES) + 0.1 * found.variance.max()


def test_the_error_of_the_second_order_falls_as_edges_matter_less():
    errors = []
    for n_components in (3, 30):
        found, samples = measured(spread(n_components), ROWS[0], 0.1)
        errors.append(abs(samples.std() / found.deviation[0] - 1))
    assert errors[1] < errors[0] / 3


def test_variances_add_to_nothing_more_than_they_should(classes):
    found = dropout_posterior(classes, ROWS, 0.1)
    np.testing.assert_allclose(found.mean.sum(axis=1), 1.0)  # probabilities add to one
    assert (found.variance > 0).all()
    two = dropout_posterior(classes[:2], ROWS, 0.1).variance
    np.testing.assert_allclose(two[:, 0], two[:, 1])  # p and 1 - p vary alike


def test_shared_nodes_are_named_and_can_be_counted_exactly():
    random = np.random.default_rng(0)
    rows = (np.cumsum(random.random((300, 6)) < 0.2, axis=1) % 2).astype(float)
    circuits = [hclt(part, latents=2, seed=0) for part in (rows[:150], rows[150:])]
    found = dropout_posterior(circuits, rows[:5], 0.02)
    exact = dropout_posterior(circuits, rows[:5], 0.02, moments=exact_dropout)
    assert not found.likelihood.exact
    assert "is shared by" in str(found.likelihood.witness)
    assert exact.likelihood.exact
    assert exact.likelihood.witness is None
    assert (exact.deviation > found.deviation).all()
    np.testing.assert_allclose(exact.probability, found.probability)


def test_samples_repeat_with_the_seed_and_fall_back_on_the_prior(classes):
    first = dropout_posterior_samples(classes, ROWS[0], 0.3, 50, seed=7)
    np.testing.assert_array_equal(
        first, dropout_posterior_samples(classes, ROWS[0], 0.3, 50, seed=7)
    )
    np.testing.assert_allclose(first.sum(axis=1), 1.0)
    often = dropout_posterior_samples(classes, ROWS[0], 0.99, 200, prior=[2, 1, 1])
    assert (often[np.ptp(often, axis=1) < 1].round(9) == [0.5, 0.25, 0.25]).all(axis=1).any()


def test_bad_requests_are_errors(classes):
    with pytest.raises(DataError, match="0 circuits"):
        dropout_posterior([], ROWS, 0.1)
    other = Builder([categorical("z", 2)])
    with pytest.raises(DataError, match="same variables"):
        dropout_posterior([classes[0], other.circuit(other.categorical(0, [1, 1]))], ROWS, 0.1)
    with pytest.raises(ParameterError, match=r"\[1, 0, 1\]"):
        dropout_posterior(classes, ROWS, 0.1, prior=[1, 0, 1])
    never = [mixture([1.0, 0.0]), mixture([1.0, 0.0])]
    with pytest.raises(DataError, match=r"row 2.*larger pseudocount"):
        dropout_posterior(never, ROWS[[0, 0, 2]], 0.1)
