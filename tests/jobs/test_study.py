import job_tasks
import pytest
from living import PATIENCE_S, workers_here

from workbench import jobs, store
from workbench.errors import FormatError
from workbench.jobs import Processes, Status


def test_the_first_job_starts_the_runner_and_close_ends_it(tmp_path):
    before = workers_here()
    with jobs.open(tmp_path / "study.wb", door="notebook", executor=Processes(1)) as study:
        assert study.runner is None
        job = study.submit(job_tasks.total, [1.0, 2.0], save_as="sum")
        assert job.result(PATIENCE_S) == 3.0
        assert study.latest("sum").door == "notebook"
        sweep = study.sweep(job_tasks.total, {"values": [[1.0], [2.0]]}, place="page")
        assert sweep.wait(PATIENCE_S)
        assert study.jobs() == (sweep, job)
        assert study.jobs("page") == (sweep,)
        assert study.job(job.id) == job
    assert workers_here() == before


def test_a_job_left_over_goes_on_when_it_is_resumed_in_the_next_session(tmp_path):
    path = tmp_path / "study.wb"
    with jobs.open(path, run=False) as study:
        job = study.submit(job_tasks.total, [4.0])
        assert (job.cancel(), study.runner) == (True, None)
    with jobs.open(path, executor=Processes(1)) as study:
        [job] = study.jobs()
        assert job.resume()
        assert job.result(PATIENCE_S) == 4.0


def test_another_handle_starts_no_runner_here(tmp_path):
    with jobs.open(tmp_path / "study.wb") as study, store.open(tmp_path / "study.wb") as other:
        job = jobs.submit(other, job_tasks.total, [4.0])
        assert study.runner is None
        assert study.job(job.id).status is Status.QUEUED


def test_what_is_not_there_is_not_made_when_it_should_not(tmp_path):
    with pytest.raises(FormatError):
        jobs.open(tmp_path / "none.wb", create=False)
