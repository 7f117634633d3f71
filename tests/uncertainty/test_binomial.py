"""Binomial intervals against printed values, exact tests and coverage."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from workbench.errors import ParameterError
from workbench.uncertainty import INTERVALS, beta_posterior, clopper_pearson, interval, wilson

PRINTED = [
    (7, 10, (0.39678, 0.89221), (0.34755, 0.93326), (0.39026, 0.89074)),
    (0, 16, (0.0, 0.19361), (0.0, 0.20591), (0.00149, 0.19506)),
    (4, 16, (0.10182, 0.49498), (0.07266, 0.52377), (0.10314, 0.49899)),
    (95, 100, (0.88825, 0.97846), (0.88717, 0.98357), (0.88824, 0.97789)),
    (164, 164, (0.97711, 1.0), (0.97776, 1.0), (0.97789, 0.99985)),
]


@pytest.mark.parametrize(("c", "n", "by_score", "exact", "posterior"), PRINTED)
def test_printed_values(c, n, by_score, exact, posterior):
    for method, expected in (
        (wilson, by_score),
        (clopper_pearson, exact),
        (beta_posterior, posterior),
    ):
        found = method(c, n)
        assert (float(found.low), float(found.high)) == pytest.approx(expected, abs=6e-6)


def exact_coverage(method, n, p):
    c = np.arange(n + 1)
    found = method(c, n)
    inside = (found.low <= p) & (p <= found.high)
    return float(stats.binom.pmf(c, n, p)[inside].sum())


def test_exact_coverage_of_nominal_95():
    assert exact_coverage(wilson, 30, 0.9) == pytest.approx(0.9742, abs=5e-5)
    assert exact_coverage(clopper_pearson, 30, 0.9) == pytest.approx(0.9922, abs=5e-5)
    jeffreys = exact_coverage(lambda c, n: beta_posterior(c, n, prior=(0.5, 0.5)), 30, 0.9)
    assert jeffreys == pytest.approx(0.9318, abs=5e-5)
    assert exact_coverage(wilson, 30, 0.5) == pytest.approx(0.9572, abs=5e-5)


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 60), st.data(), st.sampled_from([0.5, 0.9, 0.99]))
def test_clopper_pearson_inverts_the_exact_test(n, data, level):
    c = data.draw(st.integers(0, n))
    found = clopper_pearson(c, n, level)
    tail = (1 - level) / 2
    if c > 0:
        assert stats.binom.sf(c - 1, n, found.low) == pytest.approx(tail, rel=1e-8)
    if c < n:
        assert stats.binom.cdf(c, n, found.high) == pytest.approx(tail, rel=1e-8)


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 400), st.data(), st.sampled_from([0.5, 0.9, 0.99]))
def test_wilson_inverts_the_score_test(n, data, level):
    c = data.draw(st.integers(0, n))
    found = wilson(c, n, level)
    z = stats.norm.isf((1 - level) / 2)
    for limit in (float(found.low), float(found.high)):
        if 0 < limit < 1:
            assert abs(c - n * limit) == pytest.approx(z * np.sqrt(n * limit * (1 - limit)))


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 200), st.data(), st.sampled_from(sorted(INTERVALS)))
def test_success_and_failure_are_mirror_images(n, data, method):
    c = data.draw(st.integers(0, n))
    one, other = interval(c, n, method), interval(n - c, n, method)
    assert float(one.low) == pytest.approx(1 - float(other.high), abs=1e-12)
    assert 0 <= float(one.low) < float(one.high) <= 1


@pytest.mark.parametrize("counts", [(3, 2), (-1, 5), (1.5, 4), (0, 0), (float("nan"), 3)])
def test_impossible_counts_are_named(counts):
    with pytest.raises(ParameterError, match="successes out of trials"):
        wilson(*counts)


def test_bad_arguments_teach():
    with pytest.raises(ParameterError, match="level=95"):
        wilson(1, 2, level=95)
    with pytest.raises(ParameterError, match="wilson"):
        interval(1, 2, "wald")
    with pytest.raises(ParameterError, match="prior"):
        beta_posterior(1, 2, prior=(0.0, 1.0))


def test_limits_are_arrays_of_the_shape_of_the_counts():
    found = wilson([[0, 1], [2, 3]], 3)
    assert found.low.shape == (2, 2)
    assert not found.low.flags.writeable
