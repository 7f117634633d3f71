"""Exact pass@k and pass^k against printed values and the enumeration of all subsets."""

import itertools
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from workbench.budgets import log_spaced_ks, pass_at_k, pass_hat_k
from workbench.budgets.measures import MEASURES
from workbench.errors import LimitError, ParameterError

PYTHIA = Path(__file__).parents[2].parent / "shared/data/coverage/monkeys_math_pythia_counts.csv"


def by_enumeration(n, c, k, rule):
    outcomes = [True] * c + [False] * (n - c)
    chosen = [rule(subset) for subset in itertools.combinations(outcomes, k)]
    return sum(chosen) / len(chosen)


problems = st.integers(1, 9).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n)))


@settings(max_examples=60, deadline=None)
@given(st.lists(problems, min_size=1, max_size=4))
def test_every_k_equals_enumeration(counts):
    smallest = min(n for n, _ in counts)
    for estimate, rule in ((pass_at_k, any), (pass_hat_k, all)):
        curve = estimate(counts)
        assert curve.ks.tolist() == list(range(1, smallest + 1))
        expected = [
            [by_enumeration(n, c, k, rule) for k in range(1, smallest + 1)] for n, c in counts
        ]
        assert np.abs(curve.per_problem - expected).max() <= 1e-12
        assert np.abs(curve.value - np.mean(expected, axis=0)).max() <= 1e-12


@pytest.mark.parametrize(
    ("n", "c", "k", "expected"),
    [
        (10, 3, 5, 0.9166666666666666),
        (200, 10, 100, 0.9992289739372822),
        (100, 1, 10, 0.1),
        (10000, 32, 100, 0.27538356359832794),
        (16, 4, 16, 1.0),
        (4, 0, 2, 0.0),
    ],
)
def test_printed_values(n, c, k, expected):
    value = pass_at_k([(n, c)], ks=[k]).value.item()
    assert value == pytest.approx(expected, abs=1e-13)


def test_estimate_is_unbiased():
    n, p, k = 100, 0.05, 10
    c = np.arange(n + 1)
    weights = stats.binom.pmf(c, n, p)
    estimates = pass_at_k(np.stack([np.full(n + 1, n), c], axis=1), ks=[k]).per_problem[:, 0]
    mean = float(weights @ estimates)
    assert mean == pytest.approx(1 - 0.95**10, abs=1e-13)
    assert mean == pytest.approx(0.4012630607616208, abs=1e-13)
    assert np.sqrt(weights @ (estimates - mean) ** 2) == pytest.approx(0.138847, abs=5e-7)


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 300), st.data(), st.sampled_from(sorted(MEASURES)))
def test_the_two_forms_of_the_estimator_agree(n, data, name):
    c = np.array([data.draw(st.integers(0, n))])
    measure = MEASURES[name]
    every = measure.every(np.array([n]), c, n)
    at = measure.at(np.array([n]), c, np.arange(1, n + 1))
    assert np.abs(every - at).max() < 1e-9


@pytest.mark.parametrize("name", sorted(MEASURES))
def test_truth_under_a_beta_law_is_the_mean_of_the_truth_given_p(name):
    measure, ks = MEASURES[name], np.array([1, 3, 20])
    p = np.linspace(0, 1, 200_001)[1:-1]
    density = stats.beta.pdf(p, 2.5, 4.0)
    mean = (measure.given(p, ks) * density[:, None]).sum(axis=0) / density.sum()
    assert measure.under_beta(2.5, 4.0, ks) == pytest.approx(mean, abs=1e-6)


def test_published_coverage_is_reproduced():
    if not PYTHIA.exists():
        pytest.skip("the published counts are not beside this checkout")
    import pandas as pd

    frame = pd.read_csv(PYTHIA)
    rows = frame.loc[frame["model"] == "Pythia 12B", ["n", "c"]]
    curve = pass_at_k(rows, ks=[1, 10, 100, 1000, 10000])
    expected = [0.023191, 0.156819, 0.483429, 0.723253, 0.875000]
    assert curve.value == pytest.approx(expected, abs=5e-7)


@pytest.mark.parametrize(
    ("counts", "message"),
    [
        ([(3, 4)], "c <= n"),
        ([(5, 1), (3, -1)], r"problem 1.*no negative"),
        ([(5, 1.5)], "whole numbers"),
        ([(5, float("nan"))], "whole numbers"),
        ([(0, 0)], "at least one draw"),
        ([5, 1], "shape"),
        (np.empty((0, 2)), "shape"),
    ],
)
def test_impossible_counts_teach(counts, message):
    with pytest.raises(ParameterError, match=message):
        pass_at_k(counts)


@pytest.mark.parametrize(
    ("ks", "message"),
    [([0], "at least 1"), ([2.5], "whole"), ([], "at least 1"), ([11], r"k <= 10.*extrapolate")],
)
def test_impossible_budgets_teach(ks, message):
    with pytest.raises(ParameterError, match=message):
        pass_at_k([(10, 2), (20, 3)], ks=ks)


def test_a_curve_too_large_to_hold_is_refused():
    with pytest.raises(LimitError, match="log_spaced_ks"):
        pass_at_k([(10**9, 1)])


def test_curve_is_a_value():
    curve = pass_at_k([(10, 3), (10, 5)], ks=[5, 1, 5])
    assert curve.ks.tolist() == [1, 5]
    assert not curve.per_problem.flags.writeable
    assert list(curve.table) == ["k", "value"]
    assert curve.hash == pass_at_k([(10, 3), (10, 5)], ks=[1, 5]).hash
    assert curve.hash != pass_hat_k([(10, 3), (10, 5)], ks=[1, 5]).hash


def test_log_spaced_budgets():
    assert len(log_spaced_ks(10_000)) == 38
    assert log_spaced_ks(1).tolist() == [1]
