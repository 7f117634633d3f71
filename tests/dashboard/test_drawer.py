"""The drawer of jobs: what it reads, when, and what it hands on."""

import pytest

from workbench import store
from workbench.dashboard.drawer import JobsDrawer
from workbench.jobs import submit, sweep


@pytest.fixture
def study(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    with store.open(tmp_path / "study.wb") as workspace:
        yield workspace


def search(study, seed=0, **options):
    return submit(study, "reasoning.search", "a task", "beam", seed=seed, **options)


def ask(drawer, kind, job):
    told = drawer.list.told.get("seq", 0)
    drawer.list.asked = {"actions": [{"seq": told + 1, "type": kind, "ids": [str(job.id)]}]}


def test_it_is_closed_at_first_and_reads_when_opened(study):
    job, drawer = search(study, save_as="run"), JobsDrawer(study)
    drawer.poll()
    assert (drawer.is_open, drawer.list.rows) == (False, [])
    drawer.toggle()
    assert drawer.is_open
    assert [row["id"] for row in drawer.list.rows] == [str(job.id)]
    assert drawer.list.rows[0]["name"] == "run"


def test_an_open_drawer_sees_new_jobs_and_changes(study):
    drawer, told = JobsDrawer(study), []
    drawer.on_toggle(lambda: told.append(drawer.is_open))
    drawer.toggle()
    job = search(study)
    drawer.list._rests_until = 0.0
    drawer.poll()
    assert drawer.list.rows[0]["status"] == "queued"
    job.cancel()
    drawer.list._rests_until = 0.0
    drawer.poll()
    assert drawer.list.rows[0]["status"] == "cancelled"
    drawer.toggle()
    assert told == [True, False]


def test_a_cancel_is_in_the_workspace_when_it_is_answered(study):
    job, drawer = search(study), JobsDrawer(study)
    drawer.toggle()
    ask(drawer, "cancel", job)
    assert str(job.status) == drawer.list.rows[0]["status"] == "cancelled"
    assert drawer.list.told == {"seq": 1, "error": "", "remedy": ""}
    ask(drawer, "resume", job)
    assert str(job.status) == drawer.list.rows[0]["status"] == "queued"


def test_a_cell_alone_is_cancelled_and_handed_on(study):
    whole = sweep(study, "reasoning.search", {"seed": [0, 1, 2]}, task="a task", place="runs")
    asked = []
    drawer = JobsDrawer(study, on_open=asked.append)
    drawer.toggle()
    drawer.list.opened = [str(whole.id)]
    columns = [column["name"] for column in drawer.list.tables[str(whole.id)]["columns"]]
    assert columns[:2] == ["seed", "status"]
    ask(drawer, "cancel", whole.children[1])
    assert whole.table()["status"].tolist() == ["queued", "cancelled", "queued"]
    ask(drawer, "open", whole.children[2])
    assert asked == [whole.children[2]]
