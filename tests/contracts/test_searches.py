"""The contract of every registered search algorithm, whatever it is."""

import hashlib
import json
import subprocess
import sys
from dataclasses import asdict, dataclass, fields, is_dataclass
from typing import ClassVar

import pytest
from interrupting import Shelf, interrupted

from workbench.core.checkpoints import NOWHERE
from workbench.errors import ParameterError
from workbench.reasoning import (
    Budget,
    Ledger,
    NodeState,
    algorithms,
    options,
    problems,
    prune_node,
    save_run,
    search,
    search_many,
)
from workbench.reasoning.events import Answer, Call, Node, Prune, RunEnd, Select, timeless
from workbench.reasoning.proposers import Proposal, Symbolic
from workbench.reasoning.searches import read_params
from workbench.reasoning.verifiers import Oracle

NAMES = sorted(algorithms())
TASK = problems.countdown([3, 5, 7, 9], 24)
NOISY = Oracle(noise=2.0)
BUDGETS = [
    Budget(tokens=0),
    Budget(tokens=40),
    Budget(tokens=150),
    Budget(verifier_calls=0),
    Budget(verifier_calls=5),
    Budget(nodes=7),
    Budget(tokens=90, nodes=9, verifier_calls=3),
    Budget(seconds=0.0),
]

every_algorithm = pytest.mark.parametrize("name", NAMES)


@dataclass(frozen=True)
class Backwards(Symbolic):
    """Answers each batch from the last request to the first, in calls of one."""

    kind: ClassVar[str] = "symbolic"

    def propose(self, requests):
        answers = [super(Backwards, self).propose([request])[0] for request in reversed(requests)]
        return answers[::-1]


@dataclass(frozen=True)
class Silent(Symbolic):
    """Has nothing to say after so many steps, and never ends its path."""

    after: int = 0

    def propose(self, requests):
        return [
            Proposal(whole.steps[: max(self.after - len(request.texts), 0)])
            for request, whole in zip(requests, super().propose(requests), strict=True)
        ]


@dataclass(frozen=True)
class Nonsense(Symbolic):
    """Says things that are no steps."""

    def propose(self, requests):
        return [
            Proposal(tuple(step._replace(text="2 + 2 = 5") for step in whole.steps))
            for whole in super().propose(requests)
        ]


def run_of(name, task=TASK, **options):
    return search(task, name, verifier=options.pop("verifier", NOISY), **options)


def suffix(run, after):
    return [timeless(event) for event in run.events[max(after, 1) :]]


def comparable(run):
    return hashlib.sha256(repr(suffix(run, 1)).encode()).hexdigest()


@every_algorithm
def test_params_are_frozen_have_defaults_and_say_what_they_do(name):
    entry = algorithms()[name]
    assert is_dataclass(entry.params)
    params = entry.params()
    with pytest.raises(AttributeError):
        setattr(params, fields(params)[0].name, 1)
    described = options(entry.params)
    assert {option.name for option in described} == set(asdict(params))
    assert all(option.help for option in described)
    assert read_params(entry.params, json.loads(json.dumps(asdict(params)))) == params
    with pytest.raises(ParameterError):
        read_params(entry.params, {"no such parameter": 1})


@every_algorithm
@pytest.mark.parametrize("budget", BUDGETS, ids=str)
def test_the_budget_is_never_exceeded_at_any_prefix(name, budget):
    run = run_of(name, budget=budget)
    for seq in range(len(run.events)):
        ledger = Ledger.of(run.events[: seq + 1])
        assert budget.tokens is None or ledger.tokens <= budget.tokens
        assert budget.nodes is None or ledger.nodes <= budget.nodes
        if budget.verifier_calls is not None:
            assert ledger.verifier_calls <= budget.verifier_calls
    assert run.status == "budget"


@every_algorithm
def test_totals_equal_the_fold_of_the_calls(name):
    run = run_of(name)
    end = run.events[-1]
    assert isinstance(end, RunEnd)
    assert end.totals == run.ledger.record()
    calls = list(run.events.of(Call))
    assert run.ledger.tokens == sum(call.generated_tokens for call in calls)
    assert run.ledger.tokens == sum(node.tokens for node in run.events.of(Node))
    assert run.ledger.used_tokens + run.ledger.discarded_tokens == run.ledger.tokens


@every_algorithm
def test_equal_arguments_give_equal_events_and_other_seeds_others(name):
    assert run_of(name, seed=3).events.hash == run_of(name, seed=3).events.hash
    assert run_of(name, seed=3).events.hash != run_of(name, seed=4).events.hash


@every_algorithm
def test_another_process_with_another_hash_seed_gives_the_same_events(name):
    script = (
        "from workbench.reasoning import problems, search\n"
        "from workbench.reasoning.verifiers import Oracle\n"
        f"run = search(problems.countdown([3, 5, 7, 9], 24), {name!r}, seed=5,"
        " verifier=Oracle(noise=2.0))\n"
        "print(run.events.hash)"
    )
    there = subprocess.run(
        [sys.executable, "-c", script],
        env={"PYTHONHASHSEED": "12345"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert there.stdout.strip() == run_of(name, seed=5).events.hash


@every_algorithm
@pytest.mark.parametrize("budget", [Budget(), Budget(tokens=120)], ids=str)
def test_a_fork_without_an_edit_goes_on_in_the_same_way(name, budget):
    run = run_of(name, budget=budget)
    for at in range(len(run.events)):
        again = run.fork(at=at).resume()
        assert suffix(again, 1) == suffix(run, 1), at
        assert again.status == run.status


@every_algorithm
def test_a_replay_is_a_prefix_and_resuming_it_gives_the_run(name):
    run = run_of(name)
    for seq in range(0, len(run.events), 7):
        part = run.replay(to=seq)
        assert part.events.events == run.events[: seq + 1]
        assert part.resume().events.hash == run.events.hash


@every_algorithm
def test_what_is_recorded_is_not_paid_for_again(name):
    class Counting:
        asked = 0

    @dataclass(frozen=True)
    class Counted(Symbolic):
        def propose(self, requests):
            Counting.asked += len(requests)
            return super().propose(requests)

    run = run_of(name, proposer=Counted())
    assert Counting.asked > 0
    Counting.asked = 0
    run.replay(to=len(run.events) - 2).resume()
    assert Counting.asked == 0


@every_algorithm
@pytest.mark.parametrize("budget", [Budget(), Budget(tokens=120)], ids=str)
def test_an_interrupted_search_goes_on_to_the_same_events(name, budget):
    whole, shelf = run_of(name, budget=budget), Shelf()
    run_of(name, budget=budget, checkpoints=shelf)
    assert shelf.n_saved > 0
    for at in range(1, shelf.n_saved + 1):
        found = interrupted(lambda kept: run_of(name, budget=budget, checkpoints=kept), [at, 1])
        assert found.events.hash == whole.events.hash
        assert found.status == whole.status


@every_algorithm
def test_interrupted_searches_go_on_to_the_same_events_and_pay_once(name):
    class Counting:
        asked = 0

    @dataclass(frozen=True)
    class Counted(Symbolic):
        def propose(self, requests):
            Counting.asked += len(requests)
            return super().propose(requests)

    def work(kept):
        return search_many(
            tasks, name, verifier=NOISY, proposer=Counted(), in_flight=2, checkpoints=kept
        )

    tasks = problems.countdown_set(4, size=3, seed=2)
    whole, n_asked, shelf = work(NOWHERE), Counting.asked, Shelf()
    work(shelf)
    for at in range(1, shelf.n_saved + 1, 2):
        Counting.asked = 0
        found = interrupted(work, [at])
        assert [run.events.hash for run in found] == [run.events.hash for run in whole]
        assert Counting.asked <= 2 * n_asked


@every_algorithm
def test_the_order_and_the_batching_of_calls_have_no_effect(name):
    alone = [run_of(name, task) for task in problems.countdown_set(4, size=3, seed=2)]
    together = search_many([run.task for run in alone], name, verifier=NOISY)
    backwards = search_many(
        [run.task for run in alone], name, verifier=NOISY, proposer=Backwards(), in_flight=2
    )
    assert [run.events.hash for run in alone] == [run.events.hash for run in together]
    assert [comparable(run) for run in alone] == [comparable(run) for run in backwards]


@every_algorithm
def test_pruning_any_node_at_its_birth_or_at_the_end_never_blocks(name):
    run = run_of(name)
    for node in run.events.of(Node):
        for at in (node.seq, len(run.events) - 1):
            after = run.fork(at=at, edits=[prune_node(node.id)]).resume()
            row = after.tree.row(node.id)
            cut = {node.id} | {
                int(after.tree.ids[r])
                for r in range(after.tree.n_nodes)
                if row in after.tree.path(r)
            }
            assert cut == {e.node for e in after.events.of(Prune) if e.by == "user"}
            chosen = [event.node for event in after.events.of(Select)]
            assert not cut.intersection(chosen)
            assert isinstance(after.events[-1], RunEnd)


@every_algorithm
def test_nothing_grows_below_a_pruned_node(name):
    run = run_of(name)
    for node in list(run.events.of(Node))[1:6]:
        after = run.fork(at=node.seq, edits=[prune_node(node.id)]).resume()
        edit = next(e for e in after.events if type(e).__name__ == "UserEdit")
        below = after.tree.row(node.id)
        for late in after.events.of(Node):
            if late.seq > edit.seq:
                assert below not in after.tree.path(after.tree.row(late.id))


@every_algorithm
@pytest.mark.parametrize("after", [0, 1, 2])
def test_a_proposer_with_nothing_to_say_ends_the_search(name, after):
    run = run_of(name, proposer=Silent(after=after))
    assert run.status == "done"
    assert run.answer is None
    assert not run.solved
    assert run.tree.depth.max() == after


@every_algorithm
def test_steps_that_are_not_allowed_end_their_path_as_wrong(name):
    run = run_of(name, proposer=Nonsense())
    assert not run.solved
    assert run.tree.depth.max() == 1
    assert set(run.tree.state[1:].tolist()) <= {NodeState.FAILED}


@every_algorithm
def test_one_sample_is_plain_sampling(name):
    entry = algorithms()[name]
    if "n" not in {option.name for option in options(entry.params)}:
        pytest.skip("the algorithm has no number of samples")
    proposer = Symbolic()
    for seed in range(5):
        run = run_of(name, seed=seed, params={"n": 1})
        plain = run_of("best_of_n", seed=seed, params={"n": 1})
        assert run.tree.n_nodes == TASK.max_steps + 1
        assert run.tree.ids.tolist() == plain.tree.ids.tolist()
        assert run.answer == plain.answer
        state, total = TASK.initial(), 0.0
        for row in range(1, run.tree.n_nodes):
            steps = proposer.distribution(TASK, state)
            place = [step.text for step in steps.steps].index(run.tree.text(row))
            total += steps.log_probability[place]
            state = steps.steps[place].state
        assert run.tree.log_probability[1:].sum() == pytest.approx(total)


@every_algorithm
def test_an_exact_verifier_never_picks_a_wrong_answer_beside_a_right_one(name):
    for seed in range(10):
        run = run_of(name, seed=seed, verifier=Oracle())
        kept = {event.node for event in run.events.of(Answer) if event.correct}
        dropped = {event.node for event in run.events.of(Prune)}
        assert run.solved == bool(kept - dropped)


@every_algorithm
def test_the_log_survives_a_file(name, tmp_path):
    from workbench.reasoning import load_run

    run = run_of(name, budget=Budget(tokens=200))
    loaded = load_run(save_run(run, tmp_path / "run.jsonl"))
    assert loaded.events.hash == run.events.hash
    assert loaded.plan == run.plan
    assert loaded.fork(at=5).resume().solved == run.solved
