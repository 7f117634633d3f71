"""Jobs in real worker processes, some of which are killed."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import job_tasks
import numpy as np
import pytest
from living import PATIENCE_S, eventually, living, workers_here

from workbench import jobs, learning, store
from workbench.circuits import hclt
from workbench.errors import DataError, LimitError, ParameterError
from workbench.jobs import Failure, Job, Processes, Runner, Status, records

HERE = Path(__file__).parent


@pytest.fixture
def runner(study):
    before = workers_here()
    with Runner(study, Processes(2, grace_s=0.5), checkpoint_s=0) as runner:
        yield runner
    assert workers_here() == before


@pytest.fixture(scope="module")
def submit(tmp_path_factory):
    """Submits to workers that several tests share."""
    path = tmp_path_factory.mktemp("shared") / "study.wb"
    with store.open(path) as study, Runner(study, Processes(1)):
        yield lambda *args, **kwargs: jobs.submit(study, *args, **kwargs)


def test_a_worker_does_one_job_after_the_other(submit):
    first = submit(job_tasks.whoami).result(PATIENCE_S)
    assert first != os.getpid()
    assert submit(job_tasks.whoami).result(PATIENCE_S) == first


def test_what_functions_print_and_read_stays_apart(submit):
    assert submit(job_tasks.noisy).result(PATIENCE_S) == ""
    assert submit(job_tasks.total, [1.0]).result(PATIENCE_S) == 1.0


def test_errors_come_back_as_what_they_are(submit, caplog):
    with pytest.raises(DataError, match="cell is bad"):
        submit(job_tasks.fails).result(PATIENCE_S)
    with pytest.raises(LimitError, match="fewer rows"):
        submit(job_tasks.huge).result(PATIENCE_S)
    job = submit(job_tasks.fails, "odd")
    with pytest.raises(Failure, match="KeyError") as caught:
        job.result(PATIENCE_S)
    assert caught.value.reference in caplog.text
    assert "in fails" in job.now.details


def test_out_of_memory_means_a_smaller_batch(submit):
    job = submit(job_tasks.crowded, 1)
    assert job.result(PATIENCE_S) == 64
    assert job.values["batch"] == (64.0,)


def test_learning_in_a_worker_is_learning_here_and_loads_no_page(submit):
    rows = np.random.default_rng(0).integers(0, 2, (60, 5)).astype(float)
    circuit = hclt(rows, latents=2)
    options = {"epochs": 3, "device": "cpu", "seed": 4}
    job = submit(learning.fit, circuit, rows, save_as="fit", **options)
    fit = job.result(PATIENCE_S)
    names = ["panel", "bokeh", "anywidget", "matplotlib"]
    assert submit(job_tasks.loaded, names).result(PATIENCE_S) == []
    here = learning.fit(circuit, rows, **options)
    assert fit.circuit.hash == here.circuit.hash
    np.testing.assert_array_equal(fit.history["train"], here.history["train"])
    assert job.values["train"]
    assert job.revision.seed == 4


def test_a_worker_computes_with_its_share_of_the_cores(submit):
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    assert submit(job_tasks.threads).result(PATIENCE_S) == cores  # one slot has them all
    assert Processes(64)._environment["NUMBA_NUM_THREADS"] == str(max(1, cores // 64))


def test_a_pool_has_a_slot():
    with pytest.raises(ParameterError, match="slots=0"):
        Processes(0)
    assert 1 <= Processes().n_slots <= 4


def test_idle_workers_are_ended(study):
    with Runner(study, Processes(1, idle_s=0.2)) as runner:
        first = jobs.submit(study, job_tasks.whoami).result(PATIENCE_S)
        eventually(lambda: not runner.executor.processes)
        assert living([first]) == []


def test_a_device_is_used_by_one_worker_after_the_other_job(study, monkeypatch):
    monkeypatch.setattr("workbench.jobs.processes.DEVICE_IDLE_S", 1.0)
    with Runner(study, Processes(2)) as runner:
        both = [jobs.submit(study, job_tasks.on_device_here, at, 1.0) for at in ("cpu", "cuda")]
        plain, used = (job.result(PATIENCE_S) for job in both)
        assert plain != used
        assert jobs.submit(study, job_tasks.on_device_here, "cpu").result(PATIENCE_S) == plain
        assert jobs.submit(study, job_tasks.on_device_here, "cuda").result(PATIENCE_S) == used
        monkeypatch.setattr("workbench.jobs.processes.DEVICE_IDLE_S", 0.1)
        eventually(lambda: used not in runner.executor.processes)
        assert len(runner.executor.processes) == 1


# -- cancel ---------------------------------------------------------------------------


def cancelled_once(study, door, index):
    """Seconds until the row said so, and until the worker was gone; the processes there were."""
    deaf = index % 2
    work = (job_tasks.stubborn, 600) if deaf else (job_tasks.chain, 10**6)
    job = jobs.submit(study, *work, **({} if deaf else {"pause_s": 0.01}))
    values = eventually(lambda: job.status is Status.RUNNING and job.values)
    pids = [int(values[name][0]) for name in ("worker", "child") if name in values]
    begun = time.monotonic()
    assert Job(door, job.id).cancel()
    assert Job(study, job.id).status is Status.CANCELLED
    acknowledged = time.monotonic() - begun
    assert job.wait(PATIENCE_S)
    eventually(lambda: not living(pids))
    return acknowledged, time.monotonic() - begun


def check_cancels(study, count):
    with store.open(study.path) as door:
        times = [cancelled_once(study, door, index) for index in range(count)]
    assert all(job.status is Status.CANCELLED and job.is_gone for job in jobs.jobs(study))
    acknowledged, gone = zip(*times, strict=True)
    return f"acknowledged within {max(acknowledged) * 1000:.0f} ms, gone in {max(gone):.2f} s"


def test_a_cancelled_job_leaves_no_process(study, runner):
    check_cancels(study, 2)


@pytest.mark.slow
def test_a_hundred_cancels(study, runner, record_property):
    record_property("cancels", check_cancels(study, 100))
    assert len(workers_here()) <= 2 + 1  # those of this runner, and the one that is shared


# -- death ----------------------------------------------------------------------------

STEPS = 30


def check_worker_kills(study, runner, count, at_once=3):
    """Kill workers at random until `count` are dead; every job ends as if none had been."""
    random.seed(count)
    seeds = iter(range(10**6))
    waiting, ended, killed = [], [], 0
    while killed < count or waiting:
        while killed < count and len(waiting) < at_once:
            options = {"pause_s": 0.01, "seed": next(seeds)}
            waiting.append(jobs.submit(study, job_tasks.chain, STEPS, **options))
        if killed < count:
            if random.random() < 0.8:  # amid the steps of some job, else perhaps at its start
                told = {job: len(job.values.get("norm", ())) for job in waiting}
                eventually(lambda told=told: any(has_moved(job, n) for job, n in told.items()))
            time.sleep(random.uniform(0.0, 0.3))
            killed += kill_one(runner)
        for job in [job for job in waiting if job.status.is_final]:
            if job.status is Status.FAILED:
                assert "died" in str(job.error)
                assert job.resume()
            else:
                waiting.remove(job)
                ended.append(job)
        time.sleep(0.01)
    for job in ended:
        check_uninterrupted(job)
    assert records.held(study) == ()
    return f"{killed} workers killed, {len(ended)} jobs ended, none in limbo"


def has_moved(job, n):
    return job.status is Status.DONE or len(job.values.get("norm", ())) > n


def kill_one(runner):
    busy = [worker for worker in runner.executor._workers if worker.order is not None]
    if not busy:
        return 0
    os.kill(random.choice(busy).process.pid, signal.SIGKILL)
    return 1


def check_uninterrupted(job):
    """The result is bit by bit, and every value reported once, as without interruption."""
    norms = []
    seed = job.call.arguments["seed"]
    wanted = job_tasks.chain(STEPS, seed, on_progress=lambda *a, norm: norms.append(norm))
    np.testing.assert_array_equal(job.result(0), wanted)
    assert job.status is Status.DONE
    assert list(job.values["norm"]) == norms


def test_a_killed_worker_loses_nothing(study, runner):
    check_worker_kills(study, runner, 2, at_once=2)


@pytest.mark.slow
def test_fifty_killed_workers(study, runner, record_property):
    record_property("kills", check_worker_kills(study, runner, 50))


def test_a_killed_worker_leaves_no_child(study, runner):
    job = jobs.submit(study, job_tasks.stubborn, 600)
    values = eventually(lambda: job.values)
    os.kill(int(values["worker"][0]), signal.SIGKILL)
    eventually(lambda: not living([int(values["child"][0])]))
    eventually(lambda: job.now.attempts == 2)
    job.cancel()
    assert job.wait(PATIENCE_S)


@pytest.mark.slow  # the default run has the same without processes
def test_a_job_that_kills_its_worker_fails_with_a_reason(submit):
    job = submit(job_tasks.dies)
    assert job.wait(PATIENCE_S)
    assert job.status is Status.FAILED
    assert "SIGKILL" in str(job.error)


SERVE = """
import sys, time
sys.path.insert(0, sys.argv[2])
import job_tasks
from workbench import jobs, store
study = store.open(sys.argv[1])
with jobs.Runner(study, jobs.Processes(2), checkpoint_s=0):
    print("serving", flush=True)
    sys.stdin.read()
"""


class Server:
    """Another process with a runner."""

    def __init__(self, path):
        command = [sys.executable, "-c", SERVE, str(path), str(HERE)]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        self.process = subprocess.Popen(command, **pipes)
        assert self.process.stdout.readline() == b"serving\n"

    def kill(self):
        self.process.kill()
        self.end()

    def end(self):
        self.process.communicate()


@pytest.fixture
def server():
    begun = []

    def begin(path):
        begun.append(Server(path))
        return begun[-1]

    yield begin
    for one in begun:
        if one.process.poll() is None:
            one.kill()


def check_server_kills(study, server, count, n_chains=4):
    """Kill a server amid work, again and again, then let the last one end it all."""
    random.seed(count)
    chains = [
        jobs.submit(study, job_tasks.chain, STEPS, pause_s=0.02, seed=seed)
        for seed in range(n_chains)
    ]
    deaf = jobs.submit(study, job_tasks.stubborn, 600)
    cancelled = jobs.submit(study, job_tasks.chain, 10**6, pause_s=0.01)
    for _ in range(count):
        one = server(study.path)
        eventually(lambda: records.held(study))
        time.sleep(random.uniform(0.0, 0.6))
        below = [child.pid for child in children_of(one.process.pid)]
        if not cancelled.status.is_final and cancelled.status is Status.RUNNING:
            cancelled.cancel()
        one.kill()
        eventually(lambda below=below: not living(below))
    deaf.cancel()
    cancelled.cancel()
    with Runner(study, Processes(2), checkpoint_s=0):
        for job in chains:
            while not job.wait(PATIENCE_S) or job.status is Status.FAILED:
                assert job.resume()
            check_uninterrupted(job)
        assert deaf.wait(PATIENCE_S)
        assert cancelled.wait(PATIENCE_S)
    assert {deaf.status, cancelled.status} == {Status.CANCELLED}
    assert records.held(study) == ()
    return f"{count} servers killed, {len(chains) + 2} jobs in a true state"


def children_of(pid):
    import psutil

    return psutil.Process(pid).children(recursive=True)


def test_a_killed_server_leaves_nothing_untrue(study, server):
    check_server_kills(study, server, 1, n_chains=1)


@pytest.mark.slow
def test_ten_killed_servers(study, server, record_property):
    record_property("servers", check_server_kills(study, server, 10))


def check_two_servers(study, server, count, notes):
    wanted = [jobs.submit(study, job_tasks.whoami, str(notes)) for _ in range(count)]
    servers = [server(study.path) for _ in range(2)]
    pids = [job.result(PATIENCE_S) for job in wanted]
    for one in servers:
        one.end()
    assert sorted(map(int, notes.read_text().split())) == sorted(pids)  # each ran once
    assert {job.now.attempts for job in wanted} == {1}
    return f"{count} jobs by {len(set(pids))} workers of two servers"


def test_two_servers_share_jobs_and_run_none_twice(study, server, tmp_path):
    check_two_servers(study, server, 12, tmp_path / "notes")


@pytest.mark.slow
def test_two_servers_share_a_thousand_jobs(study, server, tmp_path, record_property):
    record_property("shared", check_two_servers(study, server, 1000, tmp_path / "notes"))
