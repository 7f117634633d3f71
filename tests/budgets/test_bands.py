"""Bands: what they must always hold, and their measured simultaneous coverage."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.special import betaln

from workbench.budgets import band, fit_beta_law, log_spaced_ks, pass_at_k, pass_hat_k
from workbench.budgets.bands import landmarks
from workbench.core.seeds import stream
from workbench.errors import ParameterError

PYTHIA = Path(__file__).parents[2].parent / "shared/data/coverage/monkeys_math_pythia_counts.csv"
METHODS = ("pointwise", "sup_t", "calibrated")
QUESTIONS = ("population", "fixed")
LAW = (0.2955, 12.4)


def simulated(q, n, seed, law=LAW):
    rng = stream(seed, "bands test", q, n)
    p = rng.beta(*law, q)
    return np.stack([np.full(q, n), rng.binomial(n, p)], axis=1), p


counts = st.lists(
    st.integers(2, 30).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n))),
    min_size=2,
    max_size=6,
)


@settings(max_examples=25, deadline=None)
@given(counts, st.sampled_from(METHODS), st.sampled_from(QUESTIONS), st.sampled_from([0.5, 0.95]))
def test_band_holds_the_curve_and_never_vanishes(rows, method, question, level):
    for curve in (pass_at_k(rows), pass_hat_k(rows)):
        found = band(curve, level=level, method=method, question=question)
        assert np.isfinite([found.low, found.high]).all()
        assert (found.low >= 0).all()
        assert (found.high <= 1).all()
        assert (found.low <= curve.value).all()
        assert (curve.value <= found.high).all()
        assert found.high[0] - found.low[0] > 1e-6


@pytest.mark.parametrize("q", [2, 40])
def test_all_or_nothing_problems_keep_some_doubt(q):
    found = band(pass_at_k([(2, 0), (2, 2)] * (q // 2)), question="fixed", method="sup_t")
    assert (found.high - found.low > 1e-3).all()


@pytest.mark.parametrize("successes", [0, 20])
@pytest.mark.parametrize("question", QUESTIONS)
def test_degenerate_columns_widen(successes, question):
    curve = pass_at_k([(20, successes)] * 10)
    found = band(curve, question=question)
    assert found.high[0] - found.low[0] > 1e-3
    if question == "population":
        z2 = found.critical**2
        expected = z2 / (10 + z2) if successes == 0 else 10 / (10 + z2)
        limit = found.high if successes == 0 else found.low
        assert limit == pytest.approx(expected)


def test_simultaneous_is_wider_than_pointwise_and_calibrated_than_plain():
    curve = pass_at_k(simulated(30, 64, 0)[0])
    widths = [(found.high - found.low).mean() for found in (band(curve, method=m) for m in METHODS)]
    assert widths == sorted(widths)


def test_level_widens_the_band():
    curve = pass_at_k(simulated(30, 64, 0)[0])
    narrow, wide = band(curve, level=0.8), band(curve, level=0.99)
    assert (wide.high - wide.low > narrow.high - narrow.low).all()


def test_fixed_benchmark_has_less_noise_than_a_population():
    curve = pass_at_k(simulated(60, 128, 1)[0], ks=[1, 8, 64])
    one, other = band(curve, question="fixed"), band(curve, question="population")
    assert (one.high - one.low < other.high - other.low).all()


def test_pointwise_limits_at_one_sample_are_the_t_interval_on_the_loglog_scale():
    rows, _ = simulated(40, 50, 2)
    share = rows[:, 1] / 50
    curve = pass_at_k(rows, ks=[1])
    found = band(curve, method="pointwise")
    mean, error = share.mean(), share.std(ddof=1) / np.sqrt(40)
    half = stats.t.isf(0.025, 39) * error / ((1 - mean) * -np.log1p(-mean))
    centre = np.log(-np.log1p(-mean))
    expected = 1 - np.exp(-np.exp([centre - half, centre + half]))
    assert [found.low.item(), found.high.item()] == pytest.approx(expected)


def test_one_column_needs_no_simultaneous_correction():
    curve = pass_at_k(simulated(40, 50, 2)[0], ks=[5])
    found = band(curve, method="sup_t")
    assert found.critical == pytest.approx(stats.t.isf(0.025, 39), abs=0.05)


def test_landmarks_stand_for_every_budget():
    curve = pass_at_k(simulated(50, 200, 3)[0])
    assert len(landmarks(curve.ks)) <= 33
    few = band(pass_at_k(curve.counts, ks=log_spaced_ks(200, 60)), method="sup_t")
    assert band(curve, method="sup_t").critical == pytest.approx(few.critical, abs=0.06)


def test_limits_are_monotone_where_the_truth_is():
    rows, _ = simulated(12, 40, 4)
    rising, falling = band(pass_at_k(rows)), band(pass_hat_k(rows))
    assert (np.diff(rising.low) >= 0).all()
    assert (np.diff(rising.high) >= 0).all()
    assert (np.diff(falling.low) <= 0).all()
    assert (np.diff(falling.high) <= 0).all()


def test_same_seed_same_band():
    curve = pass_at_k(simulated(80, 64, 5)[0])
    one, two, other = band(curve), band(curve), band(curve, seed=1)
    assert one.table.hash == two.table.hash
    assert one.critical == pytest.approx(other.critical, abs=0.15)
    assert one.critical != other.critical


def test_statement_says_what_was_asked():
    curve = pass_at_k(simulated(20, 30, 5)[0])
    assert "20 problems taken as a sample" in band(curve).statement
    assert "only the noise of sampling" in band(curve, question="fixed").statement
    assert "95% pointwise" in band(curve, method="pointwise").statement


def test_beta_law_is_recovered():
    rows, _ = simulated(3000, 256, 6)
    law = fit_beta_law(rows)
    assert law.a == pytest.approx(LAW[0], rel=0.08)
    assert law.b == pytest.approx(LAW[1], rel=0.15)
    assert str(law).startswith("Beta(0.")


def test_published_benchmark_reproduces_known_laws_and_errors():
    if not PYTHIA.exists():
        pytest.skip("the published counts are not beside this checkout")
    import pandas as pd

    frame = pd.read_csv(PYTHIA)
    rows = frame.loc[frame["model"] == "Pythia 12B", ["n", "c"]].to_numpy()
    law = fit_beta_law(rows)
    assert law.a == pytest.approx(0.2955, abs=5e-4)
    assert law.b == pytest.approx(12.37, abs=0.01)
    curve = pass_at_k(rows, ks=[1, 10, 100, 1000, 10000])
    spread = curve.per_problem.std(axis=0, ddof=1) / np.sqrt(128)
    assert spread == pytest.approx([0.0039, 0.0198, 0.0351, 0.0345, 0.0294], abs=1e-4)
    fixed = band(curve, question="fixed", method="pointwise")
    half = (fixed.high - fixed.low) / 2 / stats.norm.isf(0.025)
    assert half[:3] == pytest.approx([0.00012, 0.00072, 0.0021], rel=0.1)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"level": 95}, "level=95"),
        ({"method": "wald"}, "calibrated"),
        ({"question": "both"}, "population"),
    ],
)
def test_unknown_choices_list_the_known(arguments, message):
    with pytest.raises(ParameterError, match=message):
        band(pass_at_k([(5, 1), (5, 2)]), **arguments)


def test_one_problem_is_no_population():
    curve = pass_at_k([(16, 4)])
    with pytest.raises(ParameterError, match="fixed"):
        band(curve)
    assert (band(curve, question="fixed").low < curve.value).all()


def coverage(q, repetitions, method):
    ks = log_spaced_ks(256, 17)
    truth = -np.expm1(betaln(LAW[0], LAW[1] + ks) - betaln(*LAW))
    hits = 0
    for seed in range(repetitions):
        found = band(pass_at_k(simulated(q, 256, seed)[0], ks), method=method)
        hits += bool(((found.low <= truth) & (truth <= found.high)).all())
    return hits / repetitions


@pytest.mark.slow
def test_simultaneous_coverage_of_nominal_95():
    assert 0.92 <= coverage(30, 300, "calibrated") <= 0.985
    assert 0.92 <= coverage(128, 150, "calibrated") <= 0.985
    assert coverage(30, 300, "pointwise") < 0.9
