"""A job's life on a real workspace against a model that is a few dictionaries."""

import shutil
import tempfile
from pathlib import Path

import job_tasks
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from manual import Manual, look, stepped

from workbench import jobs, store
from workbench.errors import WorkbenchError
from workbench.jobs import Event, Job, Status, after
from workbench.jobs.holders import release
from workbench.jobs.outcomes import MAX_ATTEMPTS
from workbench.jobs.reports import error_fields

SLOTS = 2


class Life(RuleBasedStateMachine):
    """Doors submit, cancel and resume; workers report, end and die; runners come and go."""

    @initialize()
    def open(self):
        self.folder = Path(tempfile.mkdtemp())
        self.study = store.open(self.folder / "study.wb")
        self.door = store.open(self.folder / "study.wb", door="other")  # writes beside it
        self.status, self.attempts, self.values, self.kept = {}, {}, {}, {}
        self.attempt, self.told = {}, {}
        self.runner = None
        self.new_runner()

    def new_runner(self):
        self.runner, self.hand = stepped(self.study, Manual(SLOTS))
        self.settle()

    def settle(self):
        """Let the runner look until nothing changes, and the model start what it starts."""
        for _ in range(3):
            look(self.runner)
        self.attempt = {run.job: number for number, run in self.runner._running.items()}
        for job in sorted(self.attempt):
            if self.status[job] is Status.QUEUED and self.attempt[job] not in self.told:
                self.status[job] = after(self.status[job], Event.START)
                self.attempts[job] += 1
                number = self.attempt[job]
                kept = self.kept[job]
                self.told[number] = self.values[job] = list(kept or [])
                self.hand.begin(number, step=len(self.values[job]))
        look(self.runner)

    def at_work(self):
        return [job for job, number in self.attempt.items() if number in self.hand.orders]

    def is_current(self, job):
        return (
            self.status[job] is Status.RUNNING
            and self.told[self.attempt[job]] is (self.values[job])
        )

    @precondition(lambda self: len(self.status) < 2 * SLOTS)
    @rule()
    def submit(self):
        job = jobs.submit(self.door, job_tasks.chain, 5).id
        self.status[job], self.attempts[job] = Status.QUEUED, 0
        self.values[job], self.kept[job] = [], None
        self.settle()

    @precondition(lambda self: self.at_work())
    @rule(data=st.data(), value=st.integers(0, 99))
    def report(self, data, value):
        job = data.draw(st.sampled_from(self.at_work()))
        self.hand.tell(self.attempt[job], value / 100, v=value)
        if self.is_current(job):
            self.values[job].append(float(value))
        self.settle()

    @precondition(lambda self: self.at_work())
    @rule(data=st.data())
    def keep(self, data):
        job = data.draw(st.sampled_from(self.at_work()))
        self.hand.keep(self.attempt[job], self.study.put({"job": job, "values": self.values[job]}))
        if self.is_current(job):
            self.kept[job] = list(self.values[job])
        self.settle()

    @precondition(lambda self: self.at_work())
    @rule(data=st.data(), event=st.sampled_from(["succeed", "fail", "lose", "cancel"]))
    def end(self, data, event):
        job = data.draw(st.sampled_from(self.at_work()))
        is_current = self.is_current(job)
        result = self.study.put(job) if event == "succeed" else None
        error = error_fields(WorkbenchError("died")) if event in {"fail", "lose"} else None
        self.hand.end(self.attempt[job], Event(event), result, error)
        if is_current:
            self.happen(job, Event(event))
        self.settle()

    def happen(self, job, event):
        if event is Event.LOSE and self.attempts[job] >= MAX_ATTEMPTS:
            event = Event.FAIL
        self.status[job] = after(self.status[job], event)

    @precondition(lambda self: self.status)
    @rule(data=st.data())
    def cancel(self, data):
        job = data.draw(st.sampled_from(sorted(self.status)))
        self.happen(job, Event.CANCEL)
        assert Job(self.door, job).cancel() == (self.status[job] is Status.CANCELLED)
        self.settle()

    @precondition(lambda self: self.status)
    @rule(data=st.data())
    def resume(self, data):
        job = data.draw(st.sampled_from(sorted(self.status)))
        can = self.status[job].is_resumable
        assert Job(self.door, job).resume() == can
        if can:
            self.status[job], self.attempts[job] = Status.QUEUED, 0
        self.settle()

    @precondition(lambda self: self.at_work())
    @rule(data=st.data())
    def cancel_and_resume(self, data):
        """While the worker still has to be stopped."""
        job = data.draw(st.sampled_from(self.at_work()))
        if Job(self.door, job).cancel():
            assert Job(self.door, job).resume()
            self.status[job], self.attempts[job] = Status.QUEUED, 0
        self.settle()

    @rule(in_peace=st.booleans())
    def runner_ends(self, in_peace):
        current = [job for job in self.at_work() if self.is_current(job)]
        if in_peace:
            self.runner.close()
        else:
            release(self.runner.holder)  # as when its process is killed
        for job in current:
            self.attempts[job] -= in_peace
            if in_peace:
                self.status[job] = Status.QUEUED
            else:
                self.happen(job, Event.LOSE)
        self.told, self.attempt = {}, {}
        self.new_runner()

    @invariant()
    def the_rows_are_as_the_model_says(self):
        for job, status in getattr(self, "status", {}).items():
            now = Job(self.door, job).now
            assert (now.status, now.attempts) == (status, self.attempts[job])
            if status is Status.RUNNING:
                assert list(now.values.get("v", ())) == self.values[job]
            assert (now.error is not None) == (status is Status.FAILED)
            assert (Job(self.door, job).result_hash is not None) == (status is Status.DONE)

    @invariant()
    def slots_are_used_and_nothing_is_in_limbo(self):
        if not hasattr(self, "study"):
            return
        n_busy = len(self.runner._running)
        waiting = [job for job, status in self.status.items() if status is Status.QUEUED]
        held = set(self.attempt)
        assert n_busy == SLOTS or set(waiting) <= held  # those that wait for their old worker
        running = {job for job, status in self.status.items() if status is Status.RUNNING}
        assert running <= held

    def teardown(self):
        if hasattr(self, "study"):
            self.runner.close()
            self.study.close()
            self.door.close()
            shutil.rmtree(self.folder)


def bounded(max_examples, steps):
    checks = [HealthCheck.too_slow]
    return settings(
        max_examples=max_examples,
        stateful_step_count=steps,
        deadline=None,
        suppress_health_check=checks,
    )


TestLife = Life.TestCase
TestLife.settings = bounded(6, 15)


@pytest.mark.slow
class TestLongLife(Life.TestCase):
    settings = bounded(200, 50)
