import importlib

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from strategies import circuits, rows_for

from workbench.circuits import Builder
from workbench.circuits.leaves import POISSON, UNIFORM, poisson_parameters, uniform_parameters
from workbench.circuits.reference import ReferenceEngine, completions
from workbench.data.variables import categorical, continuous
from workbench.errors import DataError, LimitError, StructureError
from workbench.inference import log_likelihood, moments, sample
from workbench.limits import Limits


@settings(max_examples=60)
@given(st.data())
def test_equal_enumeration(data):
    circuit = data.draw(circuits(normalised=False))
    row = data.draw(rows_for(circuit, max_rows=1, missing=0.7))[0]
    log_evidence = log_likelihood(circuit, row[None])[0]
    assume(log_evidence > -np.inf)
    full = completions(circuit, row)
    chances = np.exp(ReferenceEngine(circuit).log_likelihood(full) - log_evidence)
    mean = chances @ full
    centred = full - mean
    found = moments(circuit, row)
    assert found.log_evidence == pytest.approx(log_evidence, abs=1e-10)
    np.testing.assert_allclose(found.mean, mean, atol=1e-10)
    np.testing.assert_allclose(found.covariance, (centred.T * chances) @ centred, atol=1e-10)


@settings(max_examples=20)
@given(circuits(mixed=True))
def test_covariance_is_positive_semidefinite_and_near_that_of_samples(circuit):
    found = moments(circuit)
    assert np.linalg.eigvalsh(found.covariance).min() > -1e-10
    draws = sample(circuit, 4000, seed=1)
    errors = 6 * np.sqrt(found.variance / len(draws)) + 1e-9
    assert (np.abs(draws.mean(axis=0) - found.mean) < errors).all()


def test_a_mixture_by_hand(weather):
    found = moments(weather, {"rain": 1, "sky": "grey"})
    np.testing.assert_allclose(found.mean, [1.0, 1.0, 15.0])
    np.testing.assert_allclose(found.covariance, np.diag([0.0, 0.0, 16.0]))
    whole = moments(weather)
    mean = 0.6 * 25 + 0.4 * 15
    assert whole.mean[2] == pytest.approx(mean)
    assert whole.variance[2] == pytest.approx(0.6 * (9 + 625) + 0.4 * (16 + 225) - mean**2)
    # cov(sky, heat): the components' means of sky are 0.1 and 0.8
    assert whole.covariance[0, 2] == pytest.approx(0.24 * (0.1 - 0.8) * (25 - 15))


def test_a_distant_mean_costs_no_digits():
    build = Builder([continuous("x")])
    bells = [build.gaussian(0, 1e8 + shift, 1.0) for shift in (-1.0, 1.0)]
    found = moments(build.circuit(build.sum(bells, [0.5, 0.5])))
    assert found.variance[0] == pytest.approx(2.0, rel=1e-12)


def test_other_families_have_their_textbook_moments():
    build = Builder([continuous("count"), continuous("share")])
    pair = [
        build.leaf(0, POISSON, poisson_parameters(3.0)),
        build.leaf(1, UNIFORM, uniform_parameters(2.0, 5.0)),
    ]
    found = moments(build.circuit(build.product(pair)))
    np.testing.assert_allclose(found.mean, [3.0, 3.5])
    np.testing.assert_allclose(found.covariance, np.diag([3.0, 0.75]))


def test_everything_known_has_no_variance(weather):
    found = moments(weather, [1.0, 0.0, 20.0])
    assert found.mean.tolist() == [1.0, 0.0, 20.0]
    assert not found.covariance.any()


def test_bad_requests_are_errors(never, monkeypatch):
    with pytest.raises(DataError, match="probability zero"):
        moments(never, {"x": 1})
    with pytest.raises(DataError, match="2 rows"):
        moments(never, np.full((2, 2), np.nan))
    module = importlib.import_module("workbench.inference.moments")
    monkeypatch.setattr(module, "LIMITS", Limits(result_bytes=10))
    with pytest.raises(LimitError, match="means of all nodes"):
        moments(never)


def test_a_circuit_that_is_not_smooth_is_refused():
    build = Builder([categorical("x", 2), categorical("y", 2)])
    leaves = [build.categorical(v, [0.5, 0.5]) for v in (0, 1)]
    with pytest.raises(StructureError, match="not known to be smooth: given sum 2: child"):
        moments(build.circuit(build.sum(leaves, [0.5, 0.5])))
