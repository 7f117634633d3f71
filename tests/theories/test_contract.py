import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.data.variables import categorical
from workbench.errors import ParameterError
from workbench.theories import FALSE, Literal, Rule, Theory, contract, measures, theory_of

VARIABLES = tuple(categorical(f"v{i}", 2) for i in range(4))


def literal(variable, *codes):
    return Literal(variable, frozenset(codes))


@settings(max_examples=40, deadline=None)
@given(st.data(), st.integers(0, 2**32 - 1), st.sampled_from([0.0, 0.01, 0.2]))
def test_the_score_stays_within_the_tolerance_and_no_literal_is_added(
    theories, data, seed, tolerance
):
    theory = data.draw(theories())
    random = np.random.default_rng(seed)
    rows = np.stack([random.integers(0, size, 60) for size in theory.space.sizes], 1).astype(float)
    positives, background = rows[:20], rows[20:]
    shorter = contract(theory, positives, background, tolerance)
    before, after = (measures(t, positives, background).score for t in (theory, shorter))
    assert after >= before * (1.0 - tolerance) - 1e-12
    assert shorter.n_literals <= theory.n_literals


def test_useless_literals_and_rules_are_dropped_and_useful_ones_kept():
    random = np.random.default_rng(0)
    rows = random.integers(0, 2, (400, 4)).astype(float)
    truth = (rows[:, 0] == 1) & (rows[:, 1] == 1)
    useful = Rule((literal(0, 1), literal(1, 1), literal(2, 0)), (5,))
    twin = Rule((literal(0, 1), literal(1, 1), literal(2, 1)), (6,))
    useless = Rule((literal(0, 0), literal(1, 0), literal(2, 0), literal(3, 0)))
    theory = theory_of(VARIABLES, [useful, twin, useless])
    shorter = contract(theory, rows[truth], rows[~truth])
    assert [frozenset(rule.literals) for rule in shorter.rules] == [
        frozenset({literal(0, 1), literal(1, 1)})
    ]


def test_a_two_sided_range_is_opened_when_that_costs_nothing():
    variable = categorical("pixel", 10)
    theory = Theory((variable,), literal(0, 3, 4, 5, 6))
    rows = np.array([3.0, 4.0, 5.0, 6.0])[:, None]
    shorter = contract(theory, rows, np.array([0.0, 1.0, 2.0] * 4)[:, None])
    assert str(shorter) == "pixel >= 3"


def test_a_theory_that_never_holds_stays_as_it_is():
    theory = Theory(VARIABLES, FALSE)
    assert contract(theory, np.ones((2, 4)), np.zeros((2, 4))).tree == FALSE


def test_contracting_is_deterministic_and_named():
    random = np.random.default_rng(1)
    rows = random.integers(0, 2, (200, 4)).astype(float)
    theory = theory_of(VARIABLES, [Rule((literal(0, 1), literal(2, 0))), Rule((literal(1, 1),))])
    results = [contract(theory, rows[:50], rows[50:]) for _ in range(2)]
    assert results[0] == results[1]
    assert results[0].source == "contracted"


@pytest.mark.parametrize("tolerance", [-0.1, 1.0])
def test_a_bad_tolerance_is_refused(tolerance):
    with pytest.raises(ParameterError, match="tolerance"):
        contract(Theory(VARIABLES, FALSE), np.ones((1, 4)), np.ones((1, 4)), tolerance)
