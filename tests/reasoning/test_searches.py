"""What single algorithms promise beyond the contract of all."""

import itertools
import math

import numpy as np
import pytest
from scipy import stats

from workbench.reasoning import Budget, problems, search, search_many
from workbench.reasoning.events import Keep, Prune, Select
from workbench.reasoning.problems import countdown_set, success_probability
from workbench.reasoning.proposers import Symbolic
from workbench.reasoning.searches.best_of_n import AGGREGATES
from workbench.reasoning.verifiers import Oracle, Outcome

TASK = problems.countdown([3, 5, 7, 9], 24)


def exact_success(task, proposer):
    return success_probability(task, lambda state: proposer.policy(task, state))


@pytest.mark.parametrize("n", [1, 4, 16])
def test_best_of_n_with_a_perfect_verifier_succeeds_as_often_as_theory_says(n):
    proposer = Symbolic()
    n_runs = 400
    solved = sum(
        search(TASK, "best_of_n", seed=seed, params={"n": n}, verifier=Outcome()).solved
        for seed in range(n_runs)
    )
    p = 1.0 - (1.0 - exact_success(TASK, proposer)) ** n
    low, high = stats.binom.interval(0.999, n_runs, p)
    assert 0.05 < p < 0.95
    assert low <= solved <= high


def test_the_theory_differs_enough_between_n_for_the_test_to_fail_on_a_wrong_n():
    p = exact_success(TASK, Symbolic())
    bounds = [stats.binom.interval(0.999, 400, 1 - (1 - p) ** n) for n in (1, 4, 16)]
    assert all(high < low for (_, high), (low, _) in itertools.pairwise(bounds))


def test_a_verifier_that_is_blind_makes_best_of_n_plain_sampling():
    n_runs = 400
    blind = Oracle(noise=1e3, temperature=1e3)  # the truth is 4 nats in 1000 of noise
    solved = sum(
        search(TASK, "best_of_n", seed=seed, params={"n": 8}, verifier=blind).solved
        for seed in range(n_runs)
    )
    low, high = stats.binom.interval(0.999, n_runs, exact_success(TASK, Symbolic()))
    assert low <= solved <= high


@pytest.mark.parametrize("name", sorted(AGGREGATES))
def test_best_of_n_selects_by_the_aggregate_of_its_step_scores(name):
    run = search(TASK, "best_of_n", params={"n": 12, "aggregate": name}, verifier=Oracle(2.0))
    tree = run.tree
    by_hand = {"last": lambda s: s[-1], "min": np.min, "prod": np.prod, "mean": np.mean}[name]
    ends = np.flatnonzero(tree.terminal)
    values = [by_hand(tree.score[tree.path(end)[1:]]) for end in ends]
    selected = tree.row(next(run.events.of(Select)).node)
    assert selected == ends[int(np.argmax(values))]
    expected_calls = 12 if name == "last" else 12 * TASK.max_steps
    assert run.ledger.verifier_calls == expected_calls


def test_beam_with_full_width_and_an_exact_oracle_solves_every_solvable_task():
    tasks = countdown_set(12, size=4, seed=9)
    wide = {"n": 1_600, "width": 40, "distinct": True}
    assert all(run.solved for run in search_many(tasks, "beam", params=wide))
    unsolvable = [
        task for task in countdown_set(30, size=3, seed=1, solvable=False) if not task.n_solutions()
    ]
    assert unsolvable
    assert not any(run.solved for run in search_many(unsolvable, "beam", params=wide))


def test_beam_that_keeps_one_is_greedy():
    for seed in range(5):
        run = search(TASK, "beam", seed=seed, params={"n": 6, "width": 6}, verifier=Oracle(2.0))
        tree = run.tree
        node = 0
        while len(children := tree.children(node)):
            node = int(children[np.argmax(tree.score[children])])
        assert run.tree.row(next(run.events.of(Select)).node) == node
        assert tree.n_nodes == 1 + 6 * TASK.max_steps


def test_beam_keeps_the_best_share_of_each_depth():
    run = search(TASK, "beam", params={"n": 12, "width": 4}, verifier=Oracle(2.0))
    tree = run.tree
    kept = [tree.row(event.node) for event in run.events.of(Keep)]
    for depth in range(1, TASK.max_steps + 1):
        here = np.flatnonzero(tree.depth == depth)
        best = here[np.argsort(-tree.score[here], kind="stable")][:3]
        assert sorted(row for row in kept if tree.depth[row] == depth) == sorted(best)
    for event in run.events.of(Prune):
        assert event.margin == pytest.approx(tree.score[tree.row(event.node)] - event.threshold)
        assert event.margin <= 0


def test_a_beam_beats_sampling_at_equal_tokens():
    tasks = countdown_set(20, size=4, seed=0)
    budget = Budget(tokens=1_000)
    rate = {
        name: np.mean(
            [
                run.solved
                for seed in range(2)
                for run in search_many(
                    tasks, name, seed=seed, budget=budget, params=params, verifier=Oracle(2.0)
                )
            ]
        )
        for name, params in (("best_of_n", {"n": 500}), ("beam", {"n": 28, "width": 4}))
    }
    assert rate["beam"] > rate["best_of_n"] > 0


def test_common_random_numbers_make_the_first_steps_equal_across_algorithms():
    runs = [search(TASK, name, params={"n": 5}) for name in ("best_of_n", "beam")]
    firsts = [
        {int(run.tree.ids[row]): run.tree.text(row) for row in run.tree.children(0)} for run in runs
    ]
    assert firsts[0] == firsts[1]
    assert len(firsts[0]) == 5


def test_a_perfect_verifier_makes_success_exactly_any_correct_sample():
    for seed in range(20):
        run = search(TASK, "best_of_n", seed=seed, params={"n": 6}, verifier=Outcome())
        assert run.solved == any(run.tree.state == 3)
        assert not math.isnan(run.tree.score[run.tree.terminal].max())
