"""The same jobs on a real Dask cluster of this machine, whose workers are killed on the way."""

import logging
import os
import signal
import time

import job_tasks
import numpy as np
import psutil
import pytest

from workbench import jobs, store
from workbench.errors import DataError, FormatError, WorkbenchError
from workbench.jobs import Status
from workbench.jobs import cluster as cluster_module
from workbench.jobs.cluster import DaskExecutor
from workbench.jobs.cluster_local import LocalCluster
from workbench.store.codecs import encode
from workbench.studies.cells import learn_cell

# Importing Dask changes the loggers of the whole process, so other tests run without it.
pytestmark = pytest.mark.slow
LOG = logging.getLogger(__name__)


@pytest.fixture(scope="module")
def cluster():
    pytest.importorskip("distributed")
    with LocalCluster(2) as running:
        yield running


@pytest.fixture
def runner(cluster, study):
    with jobs.Runner(study, DaskExecutor(cluster.address), checkpoint_s=0.2) as running:
        yield running


def until(condition, patience_s=60.0):
    ends = time.monotonic() + patience_s
    while not condition():
        assert time.monotonic() < ends, "nothing happened"
        time.sleep(0.02)


def is_under_way(job):
    return job.status is Status.RUNNING and 0.1 < job.progress < 0.8


def kill(cluster, sweep, n_workers):
    """Kill workers in the middle of some cell."""
    until(lambda: any(map(is_under_way, sweep.children)))
    victims = cluster.processes[:n_workers]
    for victim in victims:
        os.kill(victim, signal.SIGKILL)
    until(lambda: not set(victims).intersection(cluster.processes))


def n_lost(sweep):
    """How many attempts were lost with their workers."""
    return sum(max(cell.now.attempts - 1, 0) for cell in sweep.children)


def results(sweep, patience_s):
    until(lambda: sweep.status.is_final, patience_s)
    return [(cell.status, cell.result_hash) for cell in sweep.children]


def test_a_sweep_with_a_killed_worker_gives_what_it_gives_here(study, cluster, runner):
    seeds = [0, 1, 2]
    sweep = jobs.sweep(study, job_tasks.chain, {"seed": seeds}, n=100, pause_s=0.01)
    kill(cluster, sweep, 1)
    found = results(sweep, 60)
    here = [encode(job_tasks.chain(100, seed)).root for seed in seeds]
    assert found == [(Status.DONE, root) for root in here]
    assert n_lost(sweep) > 0
    assert all(len(cell.values["norm"]) == 100 for cell in sweep.children)


@pytest.mark.slow
@pytest.mark.timeout(1500)
def test_the_same_sweep_here_and_there_with_killed_workers(study, cluster, runner, tmp_path):
    grid = {"seed": [0, 1, 2], "latents": [8, 16], "epochs": [100, 150], "batch": [128, 256]}
    fixed = {"data": "digits", "device": "cpu"}
    there = jobs.sweep(study, learn_cell, grid, **fixed)
    for n_kills in (1, 2):
        kill(cluster, there, 2)
        until(lambda n=n_kills: n_lost(there) >= n, 120)
    found = results(there, 600)
    with store.open(tmp_path / "here.wb") as other, jobs.Runner(other, jobs.Processes(2)):
        wanted = results(jobs.sweep(other, learn_cell, grid, **fixed), 600)
    assert found == wanted
    assert {status for status, _ in found} == {Status.DONE}
    LOG.info("%d cells, %d attempts lost with their workers", len(found), n_lost(there))


@pytest.mark.slow
def test_what_happens_to_a_job_there(study, cluster, runner):
    job = jobs.submit(study, job_tasks.total, np.arange(3_000_000.0), factor=2)
    assert job.result(60) == 2 * np.arange(3_000_000.0).sum()  # larger than one piece
    job = jobs.submit(study, job_tasks.chain, 30, pause_s=0.02)
    np.testing.assert_array_equal(job.result(60), job_tasks.chain(30))
    assert len(job.values["norm"]) == 30
    job = jobs.submit(study, job_tasks.fails)
    with pytest.raises(DataError, match="abc"):
        job.result(60)
    job = jobs.submit(study, job_tasks.total, [1.0])
    study.blobs.path(job.call.refs["values"]).unlink()
    with pytest.raises(FormatError):
        job.result(60)


@pytest.mark.slow
def test_a_cancelled_job_stops_and_goes_on_later(study, cluster, runner):
    job = jobs.submit(study, job_tasks.chain, 100, pause_s=0.02)
    until(lambda: job.progress > 0.2)
    begun = time.monotonic()
    job.cancel()
    assert job.status is Status.CANCELLED
    assert job.wait(5)
    LOG.info("stopped after %.2f s", time.monotonic() - begun)
    job.resume()
    np.testing.assert_array_equal(job.result(60), job_tasks.chain(100))


@pytest.mark.slow
def test_a_deaf_job_is_ended_with_its_worker(study, cluster, runner):
    before = set(cluster.processes)
    job = jobs.submit(study, job_tasks.chain, 2, pause_s=600)
    until(lambda: job.status is Status.RUNNING)
    time.sleep(1)
    job.cancel()
    assert job.wait(30)
    until(lambda: before != set(cluster.processes) and len(cluster.processes) == 2)
    assert jobs.submit(study, job_tasks.total, [1.0]).result(60) == 1.0


@pytest.mark.slow
def test_jobs_wait_while_the_scheduler_is_gone_and_go_on_elsewhere(study):
    cluster = LocalCluster(1)
    try:
        executor = DaskExecutor(cluster.address, silence_s=3.0)
        with jobs.Runner(study, executor, checkpoint_s=0.2):
            job = jobs.submit(study, job_tasks.chain, 200, pause_s=0.02)
            until(lambda: job.progress > 0.2)
            begun = time.monotonic()
            cluster.close()
            until(lambda: job.status is Status.QUEUED)
            LOG.info("waits again after %.1f s", time.monotonic() - begun)
            assert executor.n_slots == 0
    finally:
        cluster.close()
    assert job.status is Status.QUEUED
    with jobs.Runner(study, jobs.Processes(1)):
        np.testing.assert_array_equal(job.result(60), job_tasks.chain(200))
    assert job.now.attempts == 2


def test_the_cluster_listens_on_this_machine_only(cluster):
    family = psutil.Process().children(recursive=True)
    found = [at for process in [psutil.Process(), *family] for at in process.net_connections()]
    listening = [at.laddr.ip for at in found if at.status == psutil.CONN_LISTEN]
    assert set(listening) == {"127.0.0.1"}


def test_no_scheduler_is_told_with_its_address(monkeypatch):
    monkeypatch.setattr(cluster_module, "CONNECT_S", 0.3)
    with pytest.raises(WorkbenchError, match=r"127\.0\.0\.1:9"):
        DaskExecutor("tcp://127.0.0.1:9")
