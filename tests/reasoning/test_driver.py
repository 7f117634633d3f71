import asyncio
import threading
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytest

from workbench.errors import BudgetError, Cancelled, ParameterError, StructureError, WorkbenchError
from workbench.reasoning import (
    Budget,
    Control,
    EventLog,
    TreeFold,
    counts,
    outcomes,
    problems,
    prune_node,
    search,
    search_many,
)
from workbench.reasoning.events import Call, Node, RunStart, UserEdit, timeless
from workbench.reasoning.proposers import Proposal, StepSample, Symbolic
from workbench.reasoning.verifiers import Judgement, Oracle, Outcome

TASK = problems.countdown([3, 5, 7, 9], 24)


def test_batches_hold_the_requests_of_all_runs_in_flight(tasks):
    sizes = []

    @dataclass(frozen=True)
    class Watched(Symbolic):
        def propose(self, requests):
            sizes.append(len({request.problem.hash for request in requests}))
            return super().propose(requests)

    search_many(tasks, "beam", proposer=Watched(), params={"n": 4})
    assert sizes == [len(tasks)] * TASK.max_steps
    sizes.clear()
    search_many(tasks, "beam", proposer=Watched(), params={"n": 4}, in_flight=2)
    assert max(sizes) == 2


def test_a_model_may_be_asynchronous():
    @dataclass(frozen=True)
    class Remote(Symbolic):
        async def propose(self, requests):
            await asyncio.sleep(0.001)
            return Symbolic.propose(self, requests)

    plain, remote = search(TASK, "beam"), search(TASK, "beam", proposer=Remote())
    assert plain.events.hash == remote.events.hash


def test_search_works_inside_a_running_loop():
    async def cell():
        return search(TASK, "beam", seed=2)

    assert asyncio.run(cell()).events.hash == search(TASK, "beam", seed=2).events.hash


def test_events_arrive_in_order_and_fold_to_the_same_tree():
    heard, fold = [], TreeFold()

    def listen(events):
        heard.extend(events)
        fold.extend(events)

    run = search(TASK, "beam", on_events=listen)
    assert tuple(heard) == run.events.events
    live = fold.tree(run.events.texts)
    assert np.array_equal(live.state, run.tree.state)
    assert np.array_equal(live.selected, run.tree.selected)


def test_progress_rises_to_the_share_of_the_budget_or_of_the_tasks(tasks):
    shares = []
    search(
        TASK,
        "beam",
        budget=Budget(tokens=500),
        on_progress=lambda share, text="", /, **values: shares.append(share),
    )
    assert shares == sorted(shares)
    shares.clear()
    search_many(tasks, on_progress=lambda share, text="", /, **values: shares.append(share))
    assert shares[-1] == 1.0


@pytest.mark.parametrize("many", [False, True])
def test_cancelling_through_progress_is_let_through(tasks, many):
    def stop(share, text="", /, **values):
        raise Cancelled

    begin = search_many if many else search
    with pytest.raises(Cancelled):
        begin(tasks if many else TASK, "beam", on_progress=stop)


def test_an_error_of_a_model_reaches_the_caller(tasks):
    @dataclass(frozen=True)
    class Broken(Symbolic):
        def propose(self, requests):
            raise WorkbenchError("the server is away")

    with pytest.raises(WorkbenchError, match="away"):
        search_many(tasks, "beam", proposer=Broken())


def test_a_model_that_answers_too_little_or_too_much_is_refused():
    @dataclass(frozen=True)
    class Short(Symbolic):
        def propose(self, requests):
            return []

    @dataclass(frozen=True)
    class Talker(Symbolic):
        def propose(self, requests):
            return [Proposal((StepSample("a" * 9, -1.0, 999),)) for _ in requests]

    with pytest.raises(WorkbenchError, match="0 results"):
        search(TASK, "beam", proposer=Short())
    with pytest.raises(BudgetError, match="more than it had announced"):
        search(TASK, "beam", proposer=Talker())


def test_a_control_cancels_and_the_run_can_be_resumed():
    control = Control()
    run = search(TASK, "beam", on_events=lambda events: control.cancel(), control=control)
    assert run.status == "cancelled"
    assert len(run.events) == 2
    assert run.resume().events.hash == search(TASK, "beam").events.hash


def test_a_paused_search_waits_steps_and_goes_on():
    control, rounds = Control(), []
    control.pause()
    done = []
    thread = threading.Thread(
        target=lambda: done.append(
            search(TASK, "beam", control=control, on_events=lambda e: rounds.append(len(e)))
        )
    )
    thread.start()
    while not rounds:
        threading.Event().wait(0.005)
    threading.Event().wait(0.05)
    assert len(rounds) == 1
    control.step()
    while len(rounds) < 2:
        threading.Event().wait(0.005)
    threading.Event().wait(0.05)
    assert len(rounds) == 2
    control.go()
    thread.join(timeout=20)
    assert done[0].events.hash == search(TASK, "beam").events.hash


def test_a_live_edit_is_logged_and_replays_in_the_same_place():
    control = Control()
    seen = []

    def prune_first(events):
        seen.extend(events)
        firsts = [e for e in seen if isinstance(e, Node) and e.depth == 1]
        if firsts and not control.taken:
            control.taken = True
            control.edit(prune_node(firsts[0].id, note="by hand"))

    control.taken = False
    run = search(TASK, "beam", control=control, on_events=prune_first, verifier=Oracle(2.0))
    edits = list(run.events.of(UserEdit))
    assert len(edits) == 1
    assert edits[0].note == "by hand"
    for at in range(len(run.events)):
        again = run.fork(at=at).resume()
        kept = edits if at >= edits[0].seq else []
        assert list(again.events.of(UserEdit)) == kept
        if kept:
            assert list(map(timeless, again.events[1:])) == list(map(timeless, run.events[1:]))


def test_an_edit_of_no_node_is_refused():
    run = search(TASK, "beam")
    for edit in (prune_node(5), UserEdit("paint", int(run.tree.ids[1]))):
        with pytest.raises(ParameterError):
            run.fork(at=3, edits=[edit]).resume()


def test_a_log_of_other_models_cannot_be_replayed():
    run = search(TASK, "beam")
    forged = list(run.events.events)
    at = next(i for i, e in enumerate(forged) if isinstance(e, Node) and e.parents)
    forged[at] = forged[at]._replace(depth=7)
    other = type(run)(run.plan, EventLog(tuple(forged[:-5]), run.events.texts), "paused")
    with pytest.raises(StructureError, match="cannot replay"):
        other.resume()


def test_a_finished_run_cannot_be_resumed_and_a_missing_seq_not_forked():
    run = search(TASK, "beam")
    with pytest.raises(ParameterError):
        run.resume()
    for seq in (-1, len(run.events)):
        with pytest.raises(ParameterError):
            run.fork(at=seq)


def test_a_fork_names_its_parent():
    run = search(TASK, "beam")
    fork = run.fork(at=9).resume()
    start = fork.events[0]
    assert isinstance(start, RunStart)
    assert (start.parent_run, start.fork_at) == (run.id, 9)
    assert fork.id != run.id


def test_a_budget_of_flops_needs_models_that_report_them():
    with pytest.raises(ParameterError, match="FLOPs"):
        search(TASK, budget=Budget(flops=1e9))


@dataclass(frozen=True)
class Priced(Symbolic):
    @property
    def flops_per_token(self):
        return 10.0


@dataclass(frozen=True)
class Judge:
    kind: ClassVar[str] = "judge"
    flops_per_token: ClassVar[float] = 2.0
    most_tokens: ClassVar[int] = 3

    def score(self, requests):
        return [Judgement(0.5, None, 2) for _ in requests]

    def record(self):
        return {"kind": self.kind}


def test_priced_models_are_billed_and_held_to_a_budget_of_flops():
    free = search(TASK, "beam", proposer=Priced(), verifier=Judge())
    calls = list(free.events.of(Call))
    verifier = [call for call in calls if call.role == "verifier"]
    assert all(call.generated_tokens == 2 * call.passes for call in verifier)
    assert all(
        call.flops == 2.0 * (call.prompt_tokens + call.generated_tokens) for call in verifier
    )
    proposer = [call for call in calls if call.role == "proposer"]
    assert all(
        call.flops == 10.0 * (call.prompt_tokens - call.cached_tokens + call.generated_tokens)
        for call in proposer
    )
    assert free.ledger.flops == sum(call.flops for call in calls)
    assert free.replay(to=len(free.events) - 4).resume().events.hash == free.events.hash
    held = search(TASK, "beam", proposer=Priced(), verifier=Judge(), budget=Budget(flops=5_000))
    assert 0 < held.ledger.flops <= 5_000
    assert held.status == "budget"


def test_a_budget_is_spent_as_far_as_whole_samples_fit():
    most = Symbolic().most_tokens(TASK, TASK.initial(), None)
    run = search(TASK, "best_of_n", params={"n": 1000}, budget=Budget(tokens=500))
    assert 500 - most < run.ledger.tokens <= 500


def test_outcomes_hold_one_row_for_each_answer_and_feed_counts(tasks):
    runs = [
        run
        for seed in (0, 1)
        for run in search_many(tasks, seed=seed, params={"n": 8}, verifier=Outcome())
    ]
    table = outcomes(runs)
    assert table.n_rows == len(tasks) * 2 * 8
    assert counts(table)[:, 0].tolist() == [16] * len(tasks)
    by_hand = [
        sum((run.tree.state == 3).sum() for run in runs if run.task == task) for task in tasks
    ]
    assert counts(table)[:, 1].tolist() == by_hand
    assert table["selected"].sum() == len(runs)
    assert table["tokens"].sum() == sum(run.ledger.tokens for run in runs)
    assert outcomes([]).n_rows == 0


def test_a_run_says_what_it_is():
    run = search(TASK, "beam", seed=4, budget=Budget(tokens=900))
    assert (run.seed, run.algorithm, run.task) == (4, "beam", TASK)
    assert run.budget.tokens == 900
    assert run.params.n == 16
    assert run.proposer == Symbolic()
    assert run.verifier == Oracle()
    assert "beam" in repr(run)


def test_a_resumed_fork_replays_its_edit_once():
    run = search(TASK, "beam", verifier=Oracle(2.0))
    fork = run.fork(at=9, edits=[prune_node(int(run.tree.ids[1]))]).resume()
    for seq in range(len(fork.events) - 1):
        again = fork.replay(to=seq).resume()
        assert again.events.hash == fork.events.hash, seq
        if seq > 9:
            branch = fork.fork(at=seq).resume()
            edits = [e for e in fork.events.of(UserEdit) if e.seq <= seq]
            assert list(branch.events.of(UserEdit)) == edits
