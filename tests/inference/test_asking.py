"""Evidence as values, sets and intervals: against enumeration and closed forms."""

import itertools

import numpy as np
import pytest
from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st
from scipy.stats import norm

from workbench.circuits import check
from workbench.circuits.build import Builder
from workbench.circuits.leaves import (
    BINOMIAL,
    POISSON,
    UNIFORM,
    binomial_parameters,
    poisson_parameters,
    uniform_parameters,
)
from workbench.data.variables import categorical, continuous
from workbench.errors import DataError
from workbench.inference import (
    ask,
    box_probability,
    condition,
    given,
    log_likelihood,
    mpe,
    posteriors,
    sample,
)

SIZES = (2, 3, 4)


def mixture(seed=0, n=4):
    """Three categorical variables, the last with binomial leaves; a shared leaf."""
    rng = np.random.default_rng(seed)
    variables = [categorical(name, size) for name, size in zip("abc", SIZES, strict=True)]
    build = Builder(variables)
    shared = build.categorical(0, rng.dirichlet(np.ones(2)))
    products = []
    for place in range(n):
        a = shared if place % 2 else build.categorical(0, rng.dirichlet(np.ones(2)))
        b = build.categorical(1, rng.dirichlet(np.ones(3)))
        c = build.leaf(2, BINOMIAL, binomial_parameters(variables[2], rng.uniform(0.1, 0.9)))
        products.append(build.product([build.sum([build.product([a, b])], [1.0]), c]))
    return build.circuit(build.sum(products, rng.dirichlet(np.ones(n))))


def rows():
    return np.array(list(itertools.product(*(range(size) for size in SIZES))), dtype=float)


SETS = st.tuples(*(st.sets(st.integers(0, size - 1), min_size=1) for size in SIZES))


@settings(max_examples=25)
@drawn(SETS, st.integers(0, 5))
def test_a_box_of_sets_conditions_every_row(sets, seed):
    circuit = mixture(seed)
    box = dict(zip("abc", sets, strict=True))
    inside = np.array([all(v in s for v, s in zip(row, sets, strict=True)) for row in rows()])
    probabilities = np.exp(log_likelihood(circuit, rows())) * inside
    expected = probabilities / probabilities.sum()
    conditioned = condition(circuit, box)
    assert np.exp(log_likelihood(conditioned, rows())) == pytest.approx(expected, abs=1e-12)
    answer = ask(circuit, box)
    assert np.exp(answer.log_probability) == pytest.approx(probabilities.sum(), rel=1e-10)
    for column, found in enumerate(answer.after.probabilities):
        wanted = np.bincount(rows()[:, column].astype(int), weights=expected)
        assert found == pytest.approx(wanted, abs=1e-10)


def test_values_and_sets_mix_and_every_query_may_follow():
    circuit = mixture()
    found = given(circuit, {"a": 1, 2: [0, 3]})
    assert found.known == {0: 1.0, 2: frozenset({0, 3})}
    assert found.row.tolist() == pytest.approx([1.0, np.nan, np.nan], nan_ok=True)
    everything = np.exp(log_likelihood(circuit, rows()))
    inside = (rows()[:, 0] == 1) & np.isin(rows()[:, 2], [0, 3])
    assert np.exp(found.log_probability) == pytest.approx(everything[inside].sum())
    drawn_rows = sample(found.circuit, 200, found.row, seed=1)
    assert set(drawn_rows[:, 0]) == {1.0}
    assert set(drawn_rows[:, 2]) == {0.0, 3.0}
    best = mpe(found.circuit, found.row)
    assert best.exact
    assert np.exp(best.log_value + found.log_sets) == pytest.approx(everything[inside].max())


def test_the_structure_survives_and_ids_stay():
    circuit = mixture()
    conditioned = condition(circuit, {"c": {1}})
    assert set(conditioned.ids) <= set(circuit.ids)
    found = check(conditioned)
    assert found.smooth
    assert found.decomposable


def gaussians():
    build = Builder((continuous("h"), continuous("w"), categorical("k", 2)))
    means = [(0.0, 10.0), (4.0, 20.0)]
    parts = [
        build.product(
            [
                build.gaussian(0, h, 1.0),
                build.gaussian(1, w, 2.0),
                build.categorical(2, [1 - p, p]),
            ]
        )
        for (h, w), p in zip(means, (0.1, 0.8), strict=True)
    ]
    return build.circuit(build.sum(parts, [0.5, 0.5]))


def test_an_interval_weighs_the_parts_by_their_mass_in_it():
    answer = ask(gaussians(), {"h": (-1.0, 1.5)})
    masses = 0.5 * np.array([norm.cdf(1.5 - m) - norm.cdf(-1.0 - m) for m in (0.0, 4.0)])
    assert np.exp(answer.log_probability) == pytest.approx(masses.sum(), rel=1e-10)
    shares = masses / masses.sum()
    assert answer.after.of("k")[1] == pytest.approx(shares @ [0.1, 0.8], rel=1e-9)
    assert answer.after.means[1] == pytest.approx(shares @ [10.0, 20.0], rel=1e-9)
    density = answer.densities[0]
    inside = (density.points >= -1.0) & (density.points <= 1.5)
    wanted = sum(0.5 * norm.pdf(density.points - m) for m in (0.0, 4.0)) / masses.sum()
    assert density.after[inside] == pytest.approx(wanted[inside], rel=1e-9)
    assert not density.after[~inside].any()
    weight = answer.densities[1]
    wanted = shares @ [norm.pdf(weight.points, m, 2.0) for m in (10.0, 20.0)]
    assert weight.after == pytest.approx(wanted, rel=1e-9)


def test_an_interval_and_another_value_agree_with_the_joint():
    answer = ask(gaussians(), {"h": (-1.0, 1.5), "k": 1})
    masses = np.array([norm.cdf(1.5 - m) - norm.cdf(-1.0 - m) for m in (0.0, 4.0)])
    joint = 0.5 * masses * [0.1, 0.8]
    assert np.exp(answer.log_probability) == pytest.approx(joint.sum(), rel=1e-10)
    density = answer.densities[0]
    fine = np.trapezoid(density.after, density.points)
    assert fine == pytest.approx(1.0, abs=0.08)  # the grid cuts the ends


def test_one_value_of_a_continuous_variable_has_a_density():
    answer = ask(gaussians(), {"h": 0.5})
    wanted = np.log(sum(0.5 * norm.pdf(0.5 - m) for m in (0.0, 4.0)))
    assert answer.log_probability == pytest.approx(wanted)
    assert np.isnan(answer.densities[0].after).all()
    assert answer.change[0] == 1.0
    assert np.isnan(ask(gaussians(), {"h": 0.5, "w": 9.0}).densities[1].after).all()
    assert ask(gaussians(), {"h": (0.5, 0.5)}).given.known == {0: 0.5}


def test_counts_are_asked_at_whole_numbers_and_uniform_leaves_take_intervals():
    build = Builder((continuous("n"), continuous("u")))
    parts = [
        build.product(
            [
                build.leaf(0, POISSON, poisson_parameters(rate)),
                build.leaf(1, UNIFORM, uniform_parameters(0.0, top)),
            ]
        )
        for rate, top in ((2.0, 1.0), (6.0, 2.0))
    ]
    circuit = build.circuit(build.sum(parts, [0.5, 0.5]))
    density = ask(circuit).densities[0]
    assert (density.points == np.round(density.points)).all()
    assert density.before.sum() == pytest.approx(1.0, abs=0.01)
    found = ask(circuit, {"u": (1.5, 3.0)})
    assert np.exp(found.log_probability) == pytest.approx(0.5 * 0.25)
    assert found.after.means[0] == pytest.approx(6.0)


def test_no_evidence_changes_nothing():
    for circuit in (mixture(), gaussians()):
        answer = ask(circuit)
        assert answer.log_probability == pytest.approx(0.0, abs=1e-12)
        assert answer.change == pytest.approx(np.zeros(len(circuit.scope)), abs=1e-12)


@pytest.mark.parametrize(
    ("evidence", "words"),
    [
        ({"z": 1}, r"'z'.*expected some of \['a', 'b', 'c'\]"),
        ({"a": 5}, "no such value of 'a'.*given 5.*from 0 to 1"),
        ({"a": float("nan")}, "no such value of 'a'.*missing"),
        ({"a": "two"}, "unknown category of 'a'"),
        ({"a": []}, "no value of 'a' is allowed"),
        ({"a": [0, 7]}, "no such category of 'a'"),
        ({"a": 0, 0: 1}, "evidence twice"),
        ([("a", 1)], "evidence is a mapping"),
    ],
)
def test_bad_evidence_is_named(evidence, words):
    with pytest.raises(DataError, match=words):
        given(mixture(), evidence)


@pytest.mark.parametrize("value", [(3.0, 1.0), float("inf"), "tall"])
def test_bad_values_of_continuous_variables_are_named(value):
    with pytest.raises(DataError, match="'h'"):
        given(gaussians(), {"h": value})


@pytest.mark.parametrize("evidence", [{"x": 1, "y": 0}, {"x": [1, 2], "y": 0}, {"x": [1, 2]}])
def test_impossible_evidence_is_told_in_words(evidence):
    build = Builder((categorical("x", 3), categorical("y", 2)))
    parts = [build.product([build.categorical(0, [1, 0, 0]), build.categorical(1, [0.5, 0.5])])]
    circuit = build.circuit(build.sum(parts, [1.0]))
    with pytest.raises(DataError, match=r"has probability zero.*x = 1.*take back") as caught:
        ask(circuit, evidence)
    assert "row 0" not in str(caught.value)


def test_posteriors_of_a_restricted_variable_stay_in_its_set():
    circuit = condition(mixture(), {"b": {0, 2}})
    assert posteriors(circuit, {}).of("b")[1] == 0.0
    assert box_probability(circuit, {"b": {0, 2}}) == pytest.approx(0.0, abs=1e-12)
