import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest
from strategies import circuits, every_row, rows_for

from workbench.circuits import Builder
from workbench.circuits.reference import enumerate_log_likelihood
from workbench.data.variables import categorical
from workbench.errors import DataError, LimitError, ParameterError
from workbench.inference import sample


@settings(max_examples=15)
@given(st.data())
def test_frequencies_fit_the_conditional_distribution(data):
    circuit = data.draw(circuits(max_variables=3, zeros=False))
    evidence = data.draw(rows_for(circuit, max_rows=1, missing=0.7))
    rows = every_row(circuit)
    rows = rows[(np.isnan(evidence) | (rows == evidence)).all(axis=1)]
    expected = np.exp(
        enumerate_log_likelihood(circuit, rows) - enumerate_log_likelihood(circuit, evidence)
    )
    drawn = sample(circuit, 2000, evidence=evidence, seed=3)
    for row, probability in zip(rows, expected, strict=True):
        hits = int((drawn == row).all(axis=1).sum())
        assert binomtest(hits, 2000, min(probability, 1.0)).pvalue > 1e-7


def test_continuous_samples_have_the_mixture_moments(weather):
    heat = sample(weather, 20_000, seed=1)[:, 2]
    assert heat.mean() == pytest.approx(21.0, abs=0.2)
    dry = sample(weather, 20_000, evidence={"rain": 1}, seed=1)[:, 2]
    assert dry.mean() == pytest.approx(15.0, abs=0.15)
    assert dry.std() == pytest.approx(4.0, abs=0.15)


def test_each_sample_may_have_its_own_evidence(weather):
    evidence = np.array([[0, np.nan, np.nan], [1, np.nan, np.nan]] * 500)
    drawn = sample(weather, 1000, evidence=evidence, seed=0)
    assert (drawn[:, 0] == evidence[:, 0]).all()
    rainy = drawn[:, 1] == 1
    assert rainy[evidence[:, 0] == 1].mean() > rainy[evidence[:, 0] == 0].mean() + 0.2


def test_seed_decides(weather):
    np.testing.assert_array_equal(sample(weather, 20, seed=5), sample(weather, 20, seed=5))
    assert not np.array_equal(sample(weather, 20, seed=5), sample(weather, 20, seed=6))


def test_variables_out_of_scope_stay_missing():
    build = Builder((categorical("x", 2), categorical("y", 2)))
    assert np.isnan(sample(build.circuit(build.categorical(0, [1, 1])), 4)[:, 1]).all()


def test_no_samples(weather):
    assert sample(weather, 0).shape == (0, 3)


def test_bad_requests_are_named(weather, never):
    with pytest.raises(ParameterError, match="n=-1"):
        sample(weather, -1)
    with pytest.raises(LimitError):
        sample(weather, 10**9)
    with pytest.raises(DataError, match="3 rows"):
        sample(weather, 2, evidence=np.full((3, 3), np.nan))
    with pytest.raises(DataError, match="probability zero"):
        sample(never, 2, evidence={"x": 1})
