import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from workbench.errors import ParameterError
from workbench.reasoning.keys import node_id, stream_key, uniform
from workbench.reasoning.problems import countdown
from workbench.reasoning.proposers import StepRequest, Symbolic, count_tokens

TASK = countdown([3, 5, 7, 9], 24)
STREAM = stream_key(TASK.hash, 0)
policies = st.builds(Symbolic, st.floats(0.0, 5.0), st.floats(0.05, 1.0))


def requests(n, **changes):
    plain = StepRequest(TASK, TASK.initial(), (), STREAM, 17, 0)._replace(**changes)
    return [plain._replace(draw=draw) for draw in range(n)]


@settings(max_examples=40, deadline=None)
@given(policies)
def test_probabilities_sum_to_one_and_agree_with_their_logarithms(proposer):
    steps = proposer.distribution(TASK, TASK.initial())
    assert steps.probability.sum() == pytest.approx(1.0)
    assert np.exp(steps.log_probability) == pytest.approx(steps.probability)


@settings(max_examples=40, deadline=None)
@given(policies)
def test_a_nucleus_is_the_smallest_set_that_holds_top_p(proposer):
    whole = Symbolic(proposer.temperature).distribution(TASK, TASK.initial())
    kept = proposer.distribution(TASK, TASK.initial())
    by_text = dict(zip((s.text for s in whole.steps), whole.probability, strict=True))
    held = sorted(by_text[step.text] for step in kept.steps)
    assert sum(held) >= proposer.top_p - 1e-9
    assert sum(held[1:]) < proposer.top_p + 1e-9
    assert max((p for p in by_text.values()), default=0.0) == pytest.approx(held[-1])


def test_draws_follow_the_distribution():
    proposer = Symbolic()
    steps = proposer.distribution(TASK, TASK.initial())
    texts = [step.text for step in steps.steps]
    drawn = [proposal.steps[0].text for proposal in proposer.propose(requests(20_000))]
    observed = np.array([drawn.count(text) for text in texts])
    result = stats.chisquare(observed, steps.probability * len(drawn))
    assert result.pvalue > 1e-3  # fixed draws: this cannot flicker


def test_draws_without_replacement_are_all_steps_once_then_none():
    proposer = Symbolic()
    n_steps = len(TASK.successors(TASK.initial()))
    proposals = proposer.propose(requests(n_steps + 2, distinct=True))
    texts = [proposal.steps[0].text for proposal in proposals[:n_steps]]
    assert sorted(texts) == sorted(step.text for step in TASK.successors(TASK.initial()))
    assert all(not proposal.steps for proposal in proposals[n_steps:])


def test_the_first_draw_without_replacement_follows_the_distribution():
    proposer = Symbolic()
    steps = proposer.distribution(TASK, TASK.initial())
    texts = [step.text for step in steps.steps]
    asked = [requests(1, node=node, distinct=True)[0] for node in range(5_000)]
    drawn = [proposal.steps[0].text for proposal in proposer.propose(asked)]
    observed = np.array([drawn.count(text) for text in texts])
    assert stats.chisquare(observed, steps.probability * len(drawn)).pvalue > 1e-3


def test_a_whole_path_is_its_steps_asked_for_one_by_one():
    proposer = Symbolic()
    whole = proposer.propose(requests(3, steps=None))[2].steps
    state, node, draw = TASK.initial(), 17, 2
    for step in whole:
        one = proposer.propose([StepRequest(TASK, state, (), STREAM, node, draw)])[0].steps
        assert one == (step,)
        state, node, draw = TASK.follow(state, step.text), node_id(STREAM, node, draw), 0
    assert TASK.is_terminal(state)


def test_temperature_zero_always_takes_the_most_promising_step():
    drawn = {p.steps[0] for p in Symbolic(0.0).propose(requests(50))}
    best = max(TASK.heuristic(step.state) for step in TASK.successors(TASK.initial()))
    assert len(drawn) == 1
    (step,) = drawn
    assert step.log_probability == 0.0
    assert TASK.heuristic(TASK.follow(TASK.initial(), step.text)) == best


@pytest.mark.parametrize("steps", [1, 2, None])
def test_most_tokens_is_the_exact_maximum_of_what_can_be_said(steps):
    proposer = Symbolic()

    def longest(state, left):
        if left == 0 or TASK.is_terminal(state):
            return 0
        return max(
            count_tokens(step.text) + longest(step.state, left - 1)
            for step in TASK.successors(state)
        )

    expected = longest(TASK.initial(), TASK.max_steps if steps is None else steps)
    assert proposer.most_tokens(TASK, TASK.initial(), steps) == expected


def test_tokens_are_counted_as_documented():
    assert count_tokens("") == 1
    assert count_tokens("1234 + 5") == 5  # 123 4 + 5 and the end of the line
    assert count_tokens("(left: 21 5)") == 7


@pytest.mark.parametrize(
    "bad", [{"temperature": -1.0}, {"temperature": float("nan")}, {"top_p": 0.0}, {"top_p": 1.5}]
)
def test_a_bad_policy_is_refused(bad):
    with pytest.raises(ParameterError):
        Symbolic(**bad)


def test_named_uniform_numbers_are_uniform():
    numbers = [uniform("test", place) for place in range(5_000)]
    assert stats.kstest(numbers, "uniform").pvalue > 1e-3
