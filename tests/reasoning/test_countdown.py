import itertools
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.errors import ParameterError
from workbench.reasoning.problems import (
    DOMAINS,
    Countdown,
    countdown,
    countdown_set,
    game_of_24,
    success_probability,
)

instances = st.tuples(st.lists(st.integers(1, 12), min_size=2, max_size=4), st.integers(1, 60)).map(
    lambda pair: countdown(*pair)
)


def results(a, b):
    """Every result of one operation by the rules, straight from their wording."""
    found = {("+", max(a, b), min(a, b)): a + b, ("*", max(a, b), min(a, b)): a * b}
    for x, y in ((a, b), (b, a)):
        if x - y > 0:
            found["-", x, y] = x - y
        if x % y == 0:
            found["/", x, y] = x // y
    return found


def all_ends(numbers):
    """The final number of every complete sequence of different steps, by brute force."""
    if len(numbers) == 1:
        return [numbers[0]]
    steps = {}
    for i, j in itertools.combinations(range(len(numbers)), 2):
        rest = tuple(n for k, n in enumerate(numbers) if k not in (i, j))
        for (sign, x, y), value in results(numbers[i], numbers[j]).items():
            steps[sign, x, y, tuple(sorted(rest))] = (*rest, value)
    return [end for after in steps.values() for end in all_ends(after)]


@settings(max_examples=60, deadline=None)
@given(instances)
def test_value_to_go_and_counts_equal_brute_force(task):
    ends = all_ends(task.numbers)
    assert task.n_paths() == len(ends)
    assert task.n_solutions() == ends.count(task.target)
    assert task.value_to_go(task.initial()) == float(task.target in ends)


@settings(max_examples=40, deadline=None)
@given(instances)
def test_success_probability_of_the_uniform_policy_equals_the_sum_over_paths(task):
    def uniform(state):
        steps = task.successors(state)
        return [(step.state, 1 / len(steps)) for step in steps]

    def over_paths(state, p):
        if task.is_terminal(state):
            return p * task.is_goal(state)
        return sum(over_paths(after, p * q) for after, q in uniform(state))

    exact = success_probability(task, uniform)
    assert exact == pytest.approx(over_paths(task.initial(), 1.0))


@settings(max_examples=40, deadline=None)
@given(instances, st.data())
def test_texts_lead_where_steps_lead_and_the_answer_evaluates_to_the_end(task, data):
    state, texts = task.initial(), []
    while not task.is_terminal(state):
        step = data.draw(st.sampled_from(task.successors(state)))
        assert task.follow(state, f" {step.text} ") == step.state
        state = step.state
        texts.append(step.text)
    assert value_of(task.answer(texts)) == state[0]
    assert sorted(numbers_in(task.answer(texts))) == sorted(task.numbers)


def numbers_in(expression):
    return [
        int(word)
        for word in expression.replace("(", " ").replace(")", " ").split()
        if word.isdigit()
    ]


def value_of(expression):
    """The value of a fully bracketed expression."""
    words = f"({expression})".replace("(", " ( ").replace(")", " ) ").split()
    stack = []
    for word in words:
        if word == ")":
            taken = []
            while (top := stack.pop()) != "(":
                taken.append(top)
            stack.append(combined(taken[::-1]))
        else:
            stack.append(Fraction(word) if word.isdigit() else word)
    return stack[0]


def combined(taken):
    if len(taken) == 1:
        return taken[0]
    left, sign, right = taken
    return {
        "+": left + right,
        "-": left - right,
        "*": left * right,
        "/": left / right if right else None,
    }[sign]


@settings(max_examples=40, deadline=None)
@given(instances)
def test_natural_rules_keep_positive_integers(task):
    for step in task.successors(task.initial()):
        assert all(isinstance(number, int) and number >= 1 for number in step.state)


def test_a_step_is_written_with_what_is_left():
    texts = [step.text for step in countdown([3, 7, 5, 9], 24).successors((3, 5, 7, 9))]
    assert "7 * 3 = 21 (left: 21 9 5)" in texts
    assert len(texts) == len(set(texts))


@pytest.mark.parametrize(
    ("numbers", "solvable"),
    [([3, 3, 8, 8], True), ([1, 1, 1, 1], False), ([4, 4, 10, 10], True), ([1, 5, 5, 5], True)],
)
def test_game_of_24_uses_exact_fractions(numbers, solvable):
    game = game_of_24(numbers)
    assert game.value_to_go(game.initial()) == float(solvable)


def test_fractions_are_what_the_natural_rules_lack():
    assert countdown([3, 3, 8, 8], 24).n_solutions() == 0


def test_a_set_is_graded_solvable_different_and_repeatable():
    tasks = countdown_set(12, size=4, seed=5)
    shares = [task.n_solutions() / task.n_paths() for task in tasks]
    assert shares == sorted(shares, reverse=True)
    assert min(shares) > 0
    assert len({task.hash for task in tasks}) == 12
    assert tasks == countdown_set(12, size=4, seed=5)
    assert tasks != countdown_set(12, size=4, seed=6)


def test_an_unfiltered_set_holds_unsolvable_instances():
    tasks = countdown_set(30, size=3, seed=0, solvable=False)
    assert any(task.n_solutions() == 0 for task in tasks)


def test_a_record_gives_the_instance_back():
    for task in (countdown([4, 6, 7], 31), game_of_24([3, 3, 8, 8])):
        assert DOMAINS["countdown"](task.record()) == task


@pytest.mark.parametrize(
    "arguments",
    [
        ((1,), 5),
        ((1, 2, 3, 4, 5, 6, 7), 5),
        ((0, 2), 5),
        ((1.5, 2), 5),
        ((1, 2), 0),
        ((1, 2), 2.0),
        ((1, 2), 3, "complex"),
    ],
)
def test_a_bad_instance_is_refused(arguments):
    with pytest.raises(ParameterError):
        Countdown(*arguments)


def test_a_text_that_is_no_step_leads_nowhere():
    task = countdown([2, 3, 4], 24)
    assert task.follow(task.initial(), "2 + 3 = 6 (left: 6 4)") is None
    assert task.answer(["nonsense"]) == ""
