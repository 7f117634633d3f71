import job_tasks
import pytest
from manual import Manual, look, stepped

from workbench import jobs, store
from workbench.jobs import Status, devices, register
from workbench.jobs.devices import try_lock


@pytest.fixture
def submit(study):
    register(job_tasks.on_device)
    return lambda device="cuda": jobs.submit(study, job_tasks.on_device, device)


def test_one_job_at_a_time_for_each_device(study, submit):
    first, second, other, free = (submit(device) for device in ("cuda", "cuda:0", "cuda:1", "cpu"))
    runner, hand = stepped(study, Manual(slots=4))
    assert [job.status for job in (first, second, other, free)] == [
        *(Status.RUNNING, Status.QUEUED, Status.RUNNING, Status.RUNNING)
    ]
    hand.end(1, result=study.put(1))
    look(runner)
    assert (first.status, second.status) == (Status.DONE, Status.RUNNING)
    runner.close()
    with try_lock("cuda:0"), try_lock("cuda:1"):
        assert try_lock("cuda:0") is None


def test_a_busy_device_does_not_hide_what_waits_behind(study, submit):
    with try_lock("cuda:0"):
        waits, free = submit(), submit("cpu")
        stepped(study, Manual(slots=1))
        assert (waits.status, free.status) == (Status.QUEUED, Status.RUNNING)


def test_workspaces_share_a_device(study, submit, tmp_path):
    first = submit()
    runner, hand = stepped(study)
    with store.open(tmp_path / "other.wb") as other:
        second = jobs.submit(other, job_tasks.on_device, "cuda")
        elsewhere, _ = stepped(other)
        assert (first.status, second.status) == (Status.RUNNING, Status.QUEUED)
        hand.end(1, result=study.put(1))
        look(runner)
        look(elsewhere)
        assert second.status is Status.RUNNING
        elsewhere.close()


def test_a_cancelled_job_holds_its_device_until_its_worker_is_gone(study, submit):
    first, second = submit(), submit()
    runner, hand = stepped(study)
    first.cancel()
    look(runner)
    assert second.status is Status.QUEUED
    hand.end(1)
    look(runner)
    assert second.status is Status.RUNNING
    runner.close()


@pytest.mark.parametrize(
    ("visible", "names"),
    [("", "cuda-0"), ("3,5", "cuda-3"), ("GPU-8a,GPU-9b", "cuda-gpu-8a")],
)
def test_a_device_has_one_lock_whatever_number_a_process_gives_it(
    tmp_path, monkeypatch, visible, names
):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    with try_lock("cuda:0", tmp_path):
        assert [path.stem for path in tmp_path.iterdir()] == [names]


def test_a_machine_without_a_device_node_has_none(monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "-1")
    devices.has_gpu.cache_clear()
    assert not devices.has_gpu()
    devices.has_gpu.cache_clear()
