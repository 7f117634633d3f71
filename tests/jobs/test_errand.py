import threading
import time

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from workbench.core.progress import silent
from workbench.errors import Cancelled, DataError, WorkbenchError
from workbench.jobs import Errand, Failure, Pool, Status

PATIENCE = 20.0


class Controlled:
    """A function that a test steps through: it reports, then returns or raises when told."""

    def __init__(self):
        self.started = threading.Event()
        self.order = threading.Event()
        self.end = None

    def __call__(self, on_progress=silent):
        self.started.set()
        while not self.order.wait(0.002):
            on_progress(0.5, "waiting")
        if isinstance(self.end, Exception):
            raise self.end
        return self.end

    def finish(self, end):
        self.end = end
        self.order.set()


@pytest.fixture
def pool():
    pool = Pool(slots=2)
    yield pool
    assert pool.close(PATIENCE)


def test_progress_text_and_values_are_kept(pool):
    def work(n, on_progress=silent):
        for i in range(n):
            on_progress((i + 1) / n, f"step {i}", loss=float(-i))
        return n

    job = pool.submit(work, 3)
    assert job.result(PATIENCE) == 3
    assert job.status is Status.DONE
    assert job.values == {"loss": (0.0, -1.0, -2.0)}
    assert (job.progress, job.text) == (1.0, "step 2")


def test_a_function_without_progress_runs_too(pool):
    assert pool.submit(len, [1, 2]).result(PATIENCE) == 2


def test_an_own_reporter_is_not_replaced(pool):
    seen = []
    job = pool.submit(
        lambda on_progress: on_progress(0.25), on_progress=lambda share, *a, **k: seen.append(share)
    )
    job.result(PATIENCE)
    assert seen == [0.25]


def test_an_expected_error_is_kept_as_it_is(pool):
    def work():
        raise DataError("cell is bad", given="'abc'")

    job = pool.submit(work)
    with pytest.raises(DataError, match="cell is bad: given 'abc'"):
        job.result(PATIENCE)
    assert job.status is Status.FAILED
    assert "in work" in job.now.details


def test_an_unexpected_error_gets_a_reference_that_the_log_has(pool, caplog):
    job = pool.submit(lambda: {}["missing"])
    with pytest.raises(Failure, match="KeyError") as caught:
        job.result(PATIENCE)
    assert caught.value.reference in str(caught.value)
    assert caught.value.reference in caplog.text


def test_cancel_is_acknowledged_before_the_worker_is_gone(pool):
    hold, started = threading.Event(), threading.Event()

    def stubborn(on_progress=silent):
        started.set()
        hold.wait(PATIENCE)
        on_progress(1.0)
        return "too late"

    job = pool.submit(stubborn)
    assert started.wait(PATIENCE)
    assert job.cancel()
    assert job.status is Status.CANCELLED
    assert not job.is_gone
    with pytest.raises(Cancelled):
        job.result(0)
    hold.set()
    assert job.wait(PATIENCE)
    assert job.status is Status.CANCELLED


def test_a_result_that_is_not_there_yet_says_so(pool):
    work = Controlled()
    job = pool.submit(work)
    with pytest.raises(WorkbenchError, match="has no result yet"):
        job.result(0.01)
    work.finish(1)
    assert job.result(PATIENCE) == 1


def test_a_done_job_cannot_be_cancelled(pool):
    job = pool.submit(int)
    job.result(PATIENCE)
    assert not job.cancel()
    assert job.result() == 0


def test_a_queued_job_that_is_cancelled_never_starts():
    pool = Pool(slots=1)
    first, second = Controlled(), Controlled()
    running, queued = pool.submit(first), pool.submit(second)
    assert queued.status is Status.QUEUED
    assert queued.cancel()
    assert queued.is_gone
    first.finish(0)
    assert running.result(PATIENCE) == 0
    assert pool.close(PATIENCE)
    assert not second.started.is_set()


def test_running_a_job_releases_its_arguments():
    job = Errand(len, ([1],), {})
    job.run()
    assert job._call[1] == ()


def test_no_thread_is_left_after_many_cancels():
    before = threading.active_count()
    pool = Pool(slots=4)
    jobs = [pool.submit(Controlled()) for _ in range(100)]
    for job in jobs:
        job.cancel()
    assert all(job.wait(PATIENCE) for job in jobs)
    assert pool.close(PATIENCE)
    assert threading.active_count() == before


class PoolMachine(RuleBasedStateMachine):
    """Random submits, ends and cancels against a model that is one dictionary."""

    @initialize(slots=st.integers(1, 3))
    def open(self, slots):
        self.pool = Pool(slots)
        self.work = {}
        self.expected = {}

    @rule()
    def submit(self):
        work = Controlled()
        self.work[self.pool.submit(work)] = work

    @precondition(lambda self: self.undecided())
    @rule(data=st.data(), good=st.booleans())
    def finish(self, data, good):
        job = data.draw(st.sampled_from(self.undecided()))
        if not self.work[job].started.wait(0.05):
            return
        self.work[job].finish("value" if good else DataError("bad"))
        assert job.wait(PATIENCE)
        self.expected[job] = Status.DONE if good else Status.FAILED

    @precondition(lambda self: self.work)
    @rule(data=st.data())
    def cancel(self, data):
        job = data.draw(st.sampled_from(list(self.work)))
        assert job.cancel() == (self.expected.setdefault(job, Status.CANCELLED) == "cancelled")

    def undecided(self):
        return [job for job in self.work if job not in self.expected]

    @invariant()
    def what_was_decided_stays(self):
        for job, status in getattr(self, "expected", {}).items():
            assert job.status is status

    @invariant()
    def slots_are_kept_and_used(self):
        if not hasattr(self, "pool"):
            return
        assert self.pool.n_running <= self.pool.slots
        for _ in range(1000):
            alive = [job for job in self.work if not job.is_gone]
            if self.pool.n_running == min(len(alive), self.pool.slots):
                break
            time.sleep(0.002)  # a cancelled worker is on its way out
        assert self.pool.n_running == min(
            len([job for job in self.work if not job.is_gone]), self.pool.slots
        )

    def teardown(self):
        if hasattr(self, "pool"):
            assert self.pool.close(PATIENCE)
            assert all(job.wait(PATIENCE) for job in self.work)


TestPoolMachine = PoolMachine.TestCase
TestPoolMachine.settings = settings(
    max_examples=15,
    stateful_step_count=15,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
