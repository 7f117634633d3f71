"""Jobs of a real workspace, carried out by hand."""

import json
import os
import time

import job_tasks
import numpy as np
import pytest
from manual import Manual, look, stepped

from workbench import jobs, store
from workbench.core.files import Files, replaced_by
from workbench.errors import Cancelled, DataError, ParameterError, StorageError, WorkbenchError
from workbench.jobs import Event, Job, Status, records
from workbench.jobs.holders import release
from workbench.jobs.outcomes import MAX_ATTEMPTS
from workbench.jobs.reports import error_fields


def test_a_job_is_done_and_saved_with_what_it_was_made_from(study):
    job = jobs.submit(study, job_tasks.total, [1.0, 2.0], factor=3, place="page", save_as="sum")
    runner, hand = stepped(study)
    assert (job.status, job.is_gone, list(hand.orders)) == (Status.RUNNING, False, [1])
    hand.begin(1)
    hand.end(1, result=study.put(9.0))
    look(runner)
    assert (job.status, job.progress, job.is_gone) == (Status.DONE, 1.0, True)
    assert job.result() == study.load("sum") == 9.0
    saved = study.latest("sum")
    assert job.revision == saved
    assert saved.sources == (("values", job.call.refs["values"]),)
    assert saved.recipe == "job_tasks.total(factor=3)"
    assert [made.kind for made in study.provenance("sum")] == ["json", "json"]


def test_the_seed_is_kept_also_where_it_was_the_default(study):
    job = jobs.submit(study, job_tasks.chain, 3, save_as="state")
    runner, hand = stepped(study)
    hand.end(1, result=study.put(np.eye(3)))
    look(runner)
    assert job.call.arguments["seed"] == study.latest("state").seed == 0


def test_less_memory_is_part_of_the_recipe(study):
    jobs.submit(study, job_tasks.crowded, 1, save_as="x")
    runner, hand = stepped(study)
    hand.tell(1, 0.0, "out of memory", batch=128)
    hand.tell(1, 0.0, "out of memory", batch=64)
    hand.end(1, result=study.put(64))
    look(runner)
    recipe = study.latest("x").recipe
    assert recipe == "job_tasks.crowded(n=1), with batch=64 for want of memory"


def test_progress_values_and_pace_are_there_for_every_door(study):
    jobs.submit(study, job_tasks.chain, 3)
    runner, hand = stepped(study)
    hand.begin(1)
    for i in range(50):
        hand.tell(1, i / 100, f"step {i}", norm=i, odd=float("nan"))
    look(runner)
    time.sleep(0.01)
    hand.tell(1, 0.5, "", norm=50.0)
    look(runner)
    with store.open(study.path) as other:
        now = Job(other, 1).now
    assert now.values["norm"] == tuple(map(float, range(51)))
    assert np.isnan(now.values["odd"]).all()
    assert (now.progress, now.text, now.attempts) == (0.5, "step 49", 1)
    assert now.rate > 0
    assert now.remaining_s == pytest.approx(0.5 / now.rate)


def test_progress_is_written_a_few_times_each_second_and_lost_never(study):
    jobs.submit(study, job_tasks.chain, 3)
    runner, hand = stepped(study)
    begun, before = time.monotonic(), study.position
    for i in range(300):
        hand.tell(1, i / 300, norm=i)
        runner.step()
    seconds = time.monotonic() - begun
    assert study.position - before <= 5 * seconds + 2
    hand.end(1, result=study.put(0))
    runner.step()
    assert len(Job(study, 1).values["norm"]) == 300


def test_a_result_that_is_not_there_yet_says_so(study):
    job = jobs.submit(study, job_tasks.total, [1.0])
    with pytest.raises(WorkbenchError, match="has no result yet"):
        job.result(0.01)
    assert not job.wait(0.01)


def test_an_error_is_kept_with_its_details(study):
    job = jobs.submit(study, job_tasks.fails)
    runner, hand = stepped(study)
    hand.end(1, Event.FAIL, error=error_fields(DataError("bad", given=3)))
    look(runner)
    assert job.status is Status.FAILED
    with pytest.raises(DataError, match="bad: given 3"):
        job.result()


def test_a_cancelled_job_says_so_at_once_and_its_worker_is_stopped(study):
    job = jobs.submit(study, job_tasks.chain, 3, save_as="x")
    runner, hand = stepped(study)
    assert job.cancel()
    assert (job.status, job.is_gone) == (Status.CANCELLED, False)
    runner.step()
    assert hand.stopped == [1]
    hand.tell(1, 0.9, "too late", norm=1.0)
    hand.end(1, result=study.put(1))
    look(runner)
    assert (job.status, job.is_gone, job.values) == (Status.CANCELLED, True, {})
    assert not study.has("x")
    with pytest.raises(Cancelled):
        job.result()


def test_cancel_before_the_start_and_after_the_end(study):
    first, second = (jobs.submit(study, job_tasks.total, [1.0]) for _ in range(2))
    first.cancel()
    runner, hand = stepped(study)
    assert [runner._running[number].job for number in hand.orders] == [second.id]
    hand.end(1, result=study.put(1))
    look(runner)
    assert not second.cancel()
    assert (first.is_gone, second.status) == (True, Status.DONE)


def test_a_resumed_job_goes_on_from_its_state_and_without_void_values(study):
    job = jobs.submit(study, job_tasks.chain, 9)
    runner, hand = stepped(study)
    hand.begin(1)
    for i in range(6):
        hand.tell(1, i / 9, norm=i)
        if i == 3:
            hand.keep(1, study.put({"step": 4}))
    look(runner)
    assert job.cancel()
    assert job.resume()
    runner.step()
    assert (job.status, hand.stopped, len(hand.orders)) == (Status.QUEUED, [1], 1)
    hand.end(1, Event.CANCEL)
    look(runner)
    assert (job.status, job.text) == (Status.RUNNING, "")
    assert hand.orders[2].checkpoint == study.put({"step": 4})
    hand.begin(2, step=4)
    hand.tell(2, 0.5, norm=40)
    look(runner)
    assert job.values["norm"] == (0, 1, 2, 3, 40)


def test_states_that_were_followed_by_others_are_given_back(study, monkeypatch):
    monkeypatch.setattr("workbench.jobs.runner.RELEASE_S", 0.0)
    job = jobs.submit(study, job_tasks.chain, 9)
    runner, hand = stepped(study)
    states = [study.put({"step": step}) for step in range(3)]
    for found in states:
        os.utime(study.blobs.path(found), (0, 0))
        hand.keep(1, found)
        look(runner)
    look(runner)
    assert [study.blobs.has(found) for found in states] == [False, False, True]
    hand.end(1, result=study.put("done"))
    for _ in range(2):
        look(runner)
    assert not study.blobs.has(states[2])
    assert job.result() == "done"
    assert study.damage() == ()


def test_a_worker_that_dies_is_followed_by_another_until_enough_died(study):
    job = jobs.submit(study, job_tasks.chain, 9)
    runner, hand = stepped(study)
    for number in range(1, MAX_ATTEMPTS + 1):
        assert (job.status, job.now.attempts) == (Status.RUNNING, number)
        hand.end(number, Event.LOSE, error=error_fields(WorkbenchError("the worker died")))
        look(runner)
    assert job.status is Status.FAILED
    assert "the worker died" in str(job.error)
    assert job.resume()
    look(runner)
    assert (job.status, job.now.attempts, job.error) == (Status.RUNNING, 1, None)


def test_single_jobs_go_before_cells_and_old_ones_before_new(study):
    sweep = jobs.sweep(study, job_tasks.chain, {"n": [1, 2]})
    first, second = (jobs.submit(study, job_tasks.total, [1.0]) for _ in range(2))
    runner, hand = stepped(study, Manual(slots=3))
    order = [runner._running[number].job for number in sorted(hand.orders)]
    assert order == [first.id, second.id, sweep.children[0].id]


def test_jobs_are_listed_newest_first_by_place_without_cells(study):
    first = jobs.submit(study, job_tasks.total, [1.0], place="a")
    sweep = jobs.sweep(study, job_tasks.chain, {"n": [1, 2]}, place="b")
    assert jobs.jobs(study) == (sweep, first)
    assert jobs.jobs(study, "a") == (first,)
    assert jobs.job(study, first.id) == first
    assert len({first, jobs.job(study, first.id)}) == 1
    with pytest.raises(ParameterError, match="there is no job 99"):
        jobs.job(study, 99)


@pytest.mark.parametrize(
    ("args", "options", "message"),
    [
        ((), {}, "missing a required argument"),
        (([1.0], 2, 3), {}, "too many"),
        (([1.0],), {"odd": 1}, "odd"),
        (([1.0],), {"on_progress": print}, "the job itself"),
        (([1.0],), {"save_as": "\n"}, "cannot be a name"),
        ((print,), {}, "store"),
    ],
)
def test_what_cannot_be_a_job_is_refused_before_it_is_one(study, args, options, message):
    with pytest.raises(ParameterError, match=message):
        jobs.submit(study, job_tasks.total, *args, **options)
    assert jobs.jobs(study) == ()


def test_a_function_that_is_not_registered_is_refused(study):
    with pytest.raises(ParameterError, match="is registered"):
        jobs.submit(study, json.dumps, 1)


# -- runners ------------------------------------------------------------------------


def test_two_runners_never_take_the_same_job(study):
    wanted = [jobs.submit(study, job_tasks.total, [float(i)]).id for i in range(8)]
    with store.open(study.path) as other:
        runners = [stepped(each, Manual(slots=3)) for each in (study, other, study)]
        taken = [running.job for runner, _ in runners for running in runner._running.values()]
        assert sorted(taken) == wanted
        for runner, _ in runners:
            runner.close()


def test_a_new_runner_takes_over_what_a_dead_one_held(study):
    finished, cancelled, lost = (jobs.submit(study, job_tasks.chain, 5) for _ in range(3))
    runner, hand = stepped(study, Manual(slots=3))
    hand.end(1, result=study.put(1))
    look(runner)
    cancelled.cancel()
    release(runner.holder)  # its process is gone
    assert (cancelled.is_gone, lost.status) == (False, Status.RUNNING)
    _, fresh = stepped(study, Manual(slots=3))
    assert finished.status is Status.DONE
    assert (cancelled.status, cancelled.is_gone) == (Status.CANCELLED, True)
    assert (lost.status, lost.now.attempts, len(fresh.orders)) == (Status.RUNNING, 2, 1)
    hand.end(3, result=study.put(1))
    look(runner)  # the one that was taken for dead changes nothing any more
    assert lost.status is Status.RUNNING


def test_a_job_under_which_every_runner_dies_fails_with_a_reason(study):
    job = jobs.submit(study, job_tasks.chain, 5)
    for _ in range(MAX_ATTEMPTS):
        runner, _hand = stepped(study)
        assert job.status is Status.RUNNING
        release(runner.holder)
    stepped(study)
    assert job.status is Status.FAILED
    assert "the program that ran this job ended" in str(job.error)


def test_a_runner_that_is_closed_hands_its_jobs_back(study):
    done, waits = (jobs.submit(study, job_tasks.chain, 5) for _ in range(2))
    runner, hand = stepped(study)
    hand.tell(2, 0.5, norm=1.0)
    hand.end(1, result=study.put(1))
    runner.close()
    assert hand.is_closed
    assert done.status is Status.DONE
    assert (waits.status, waits.now.attempts, waits.values) == (Status.QUEUED, 0, {"norm": (1.0,)})
    assert records.held(study) == ()


def test_a_full_disk_is_waited_for_and_nothing_is_lost(study):
    class Full(Files):
        def write(self, descriptor, payload):
            raise OSError(28, "No space left on device")

    job = jobs.submit(study, job_tasks.total, [1.0], save_as="sum")
    runner, hand = stepped(study)
    found = study.put(5.0)
    hand.end(1, result=found)
    before, study.transaction = study.transaction, _full
    with replaced_by(Full()), pytest.raises(StorageError):
        look(runner)
    study.transaction = before
    assert job.status is Status.RUNNING
    look(runner)
    assert (job.status, study.load("sum")) == (Status.DONE, 5.0)


def _full(**_):
    raise StorageError("the disk is full")


def test_a_task_that_nobody_here_knows_waits_and_says_so(study):
    job = jobs.submit(study, job_tasks.total, [1.0])
    with study.transaction() as cursor:
        cursor.execute("UPDATE jobs SET task = 'os.system'")
    runner, hand = stepped(study)
    look(runner)
    assert (job.status, hand.orders) == (Status.QUEUED, {})
    assert "knows its task" in job.text
    assert job.cancel()


@pytest.mark.parametrize("call", ["{}", "null", '{"task": 3, "arguments": {}}'])
def test_a_row_without_a_call_fails_with_a_reason(study, call):
    job = jobs.submit(study, job_tasks.total, [1.0])
    with study.transaction() as cursor:
        cursor.execute("UPDATE jobs SET call = ?", (call,))
    runner, hand = stepped(study)
    look(runner)
    assert (job.status, hand.orders) == (Status.FAILED, {})
    assert "it names no task" in str(job.error)


def test_a_row_may_name_one_task_and_call_another(study):
    job = jobs.submit(study, job_tasks.total, [1.0])
    with study.transaction() as cursor:
        cursor.execute("UPDATE jobs SET call = replace(call, 'job_tasks.total', 'os.system')")
    runner, hand = stepped(study)
    look(runner)
    assert (job.status, hand.orders) == (Status.FAILED, {})
    assert "not registered" in str(job.error)


def test_rows_that_somebody_made_up_do_no_harm(study):
    job = jobs.submit(study, job_tasks.total, [1.0], save_as="x")
    runner, hand = stepped(study)
    with study.transaction() as cursor:
        cursor.execute("UPDATE jobs SET save_as = '\n'")
    hand.end(1, result=study.put(1))
    look(runner)
    assert job.status is Status.FAILED
    with study.transaction() as cursor:
        cursor.execute("UPDATE jobs SET status = 'odd', error = '[1', holder = 'a:b', beat = 0")
    assert (job.status, str(job.error)) == (Status.FAILED, "failed")
    look(runner)
    assert job.is_gone


def test_what_cannot_be_kept_ends_a_job_and_not_the_runner(study, monkeypatch, caplog):
    job, other = (jobs.submit(study, job_tasks.total, [1.0]) for _ in range(2))
    runner, hand = stepped(study)
    monkeypatch.setattr("workbench.jobs.outcomes.settle", lambda *a: 1 / 0)
    hand.end(1, result=study.put(1))
    runner.step()
    monkeypatch.undo()
    assert "is lost" in caplog.text
    assert hand.stopped == [1]
    hand.end(2, result=study.put(1))
    look(runner)
    assert other.status is Status.DONE
    assert job.status is Status.RUNNING  # again
    assert job.now.attempts == 2


def test_a_job_that_was_deleted_ends_quietly(study):
    jobs.submit(study, job_tasks.total, [1.0])
    runner, hand = stepped(study)
    with study.transaction() as cursor:
        cursor.execute("DELETE FROM jobs")
    runner.step()
    assert hand.stopped == [1]
    hand.tell(1, 0.5, x=1.0)
    hand.end(1, result=study.put(1))
    look(runner)
    assert runner._running == {}


def test_a_worker_that_cannot_be_started_is_a_reason(study):
    class Broken(Manual):
        def start(self, order, workspace):
            raise OSError(11, "Resource temporarily unavailable")

    job = jobs.submit(study, job_tasks.total, [1.0])
    runner, _ = stepped(study, Broken())
    look(runner)
    assert job.status is Status.FAILED
    assert "Resource temporarily unavailable" in str(job.error)
