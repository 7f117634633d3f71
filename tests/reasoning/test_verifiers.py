import math

import numpy as np
import pytest
from scipy import stats

from workbench.errors import ParameterError
from workbench.reasoning.problems import countdown
from workbench.reasoning.verifiers import VERIFIERS, Oracle, Outcome, ScoreRequest
from workbench.reasoning.verifiers.oracle import FLOOR

TASK = countdown([2, 3, 4], 24)
GOOD, DEAD = (4, 6), (1, 1)


def asked(state, nodes=(1,)):
    return [ScoreRequest(TASK, state, (), node) for node in nodes]


def logit(p):
    return math.log(p / (1 - p))


def test_an_exact_oracle_reports_the_value_to_go():
    for state in (GOOD, DEAD, (24,), (23,)):
        (judged,) = Oracle().score(asked(state))
        assert judged.exact == TASK.value_to_go(state)
        assert judged.value == pytest.approx(1 - FLOOR if judged.exact else FLOOR)


def test_noise_is_normal_in_the_logit_and_named_by_seed_and_node():
    values = [j.value for j in Oracle(noise=1.5, seed=3).score(asked(GOOD, range(4_000)))]
    noise = (np.array([logit(value) for value in values]) - logit(1 - FLOOR)) / 1.5
    assert stats.kstest(noise, "norm").pvalue > 1e-3
    again = [j.value for j in Oracle(noise=1.5, seed=3).score(asked(GOOD, [7, 5]))]
    assert again == [values[7], values[5]]
    assert Oracle(noise=1.5, seed=4).score(asked(GOOD, [7]))[0].value != values[7]


def test_bias_adds_to_the_logit_by_closeness_and_can_fool():
    near = (23, 1)
    plain, biased = Oracle().score(asked(near))[0], Oracle(bias=9.0).score(asked(near))[0]
    added = logit(biased.value) - logit(plain.value)
    assert added == pytest.approx(9.0 * TASK.closeness(near))


def test_temperature_divides_the_logit():
    cold, hot = (Oracle(temperature=t).score(asked(DEAD))[0].value for t in (1.0, 4.0))
    assert logit(hot) == pytest.approx(logit(cold) / 4.0)


def test_outcome_is_silent_before_the_end():
    values = [Outcome().score(asked(state))[0].value for state in ((24,), (23,), GOOD)]
    assert values == [1.0, 0.0, 0.5]


@pytest.mark.parametrize("verifier", [Oracle(1.0, 2.0, 3.0, 4), Outcome()])
def test_a_record_gives_the_verifier_back(verifier):
    record = verifier.record()
    assert VERIFIERS[record["kind"]](record) == verifier


@pytest.mark.parametrize(
    "bad", [{"noise": -1.0}, {"noise": math.inf}, {"bias": math.nan}, {"temperature": 0.0}]
)
def test_a_bad_oracle_is_refused(bad):
    with pytest.raises(ParameterError):
        Oracle(**bad)


@pytest.mark.parametrize("verifier", [Oracle(), Outcome()])
def test_a_step_that_is_not_allowed_is_worth_nothing(verifier):
    assert verifier.score(asked(None))[0].value < 0.1
