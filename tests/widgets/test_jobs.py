"""Jobs as entries, cells as lines, and what is asked of them, in both hosts."""

import importlib
import math
import sys
import threading
import time
from pathlib import Path

import pytest

from workbench.errors import ParameterError
from workbench.widgets import cells, show
from workbench.widgets.jobs import rows_of

sys.path.append(str(Path(__file__).parent))
from fake_jobs import FakeJob, FakeWorkspace, Revision, sweep  # beside this file

HOSTS = ["notebook", "panel"]


@pytest.fixture(params=HOSTS)
def host(request):
    return importlib.import_module(f"workbench.widgets.{request.param}")


def act(view, kind, *ids):
    """What the front end sends: one more action beside those not answered yet."""
    told = view.told.get("seq", 0)
    open_ = [one for one in view.asked.get("actions", []) if one["seq"] > told]
    seq = max([told, *(one["seq"] for one in open_)]) + 1
    view.asked = {"actions": [*open_, {"seq": seq, "type": kind, "ids": list(ids)}]}


def test_an_entry_says_how_far_a_job_is_and_what_can_be_asked():
    job = FakeJob(
        7, status="running", progress=0.25, text="epoch 5 of 20", rate=0.05, remaining_s=15.0
    )
    job.set(values={"nats": tuple(float(i) for i in range(1000))})
    (row,) = rows_of(job)
    assert (row["id"], row["name"], row["status"], row["progress"]) == ("7", "fit", "running", 0.25)
    assert (row["rate"], row["remaining"], row["can"]) == (0.05, 15.0, ["cancel"])
    assert row["values"][0]["last"] == 999.0
    assert row["values"][0]["n"] == 1000
    assert len(row["values"][0]["points"]) == 60
    assert row["values"][0]["points"][0] == 0.0


@pytest.mark.parametrize(
    ("status", "can"),
    [
        ("queued", ["cancel"]),
        ("running", ["cancel"]),
        ("done", ["open"]),
        ("failed", ["resume"]),
        ("cancelled", ["resume"]),
    ],
)
def test_what_can_be_asked_follows_from_the_state(status, can):
    assert rows_of(FakeJob(1, status=status))[0]["can"] == can


def test_a_failure_tells_what_and_what_to_do():
    error = ParameterError("cannot fit", given="no rows", remedy="Give some rows.")
    (row,) = rows_of(FakeJob(1, status="failed", error=error, details="Traceback", attempts=3))
    assert row["error"] == "cannot fit: given no rows."
    assert row["remedy"] == "Give some rows."
    assert row["details"] == "Traceback"
    assert ["attempts", "3"] in row["facts"]


def test_the_origin_of_a_result_is_told():
    job = FakeJob(1, status="done")
    job.save_as, job.revision = "circuit", Revision()
    facts = dict(rows_of(job)[0]["facts"])
    assert facts["saved as"] == "circuit"
    assert facts["revision"] == "12, circuit, 2,048 bytes"
    assert facts["made from"] == f"data {'d' * 12}"
    assert (facts["seed"], facts["version"], facts["recipe"]) == ("0", "0.4.0", "hclt")


def test_elapsed_seconds_count_from_the_start_to_the_end():
    job = FakeJob(1, status="running")
    assert rows_of(job)[0]["elapsed"] is None
    job.started = time.time() - 5
    assert rows_of(job)[0]["elapsed"] == pytest.approx(5, abs=2)
    job.ended = job.started + 3
    assert rows_of(job)[0]["elapsed"] == pytest.approx(3)


def test_numbers_that_json_cannot_carry_are_missing():
    job = FakeJob(1, status="running", rate=math.inf, values={"nats": (math.nan,)})
    (row,) = rows_of(job)
    assert row["rate"] is None
    assert row["values"][0]["last"] is None


def test_cells_belong_to_their_sweep_and_are_counted():
    parent = sweep(n=6)
    parent.children[0].set(status="done")
    (row,) = rows_of([parent, *parent.children])
    assert row["cells"] == {"done": 1, "queued": 5}


def test_a_sweep_can_be_resumed_while_some_of_it_still_runs():
    parent = sweep(n=3)
    parent.children[1].set(status="failed")
    assert rows_of(parent)[0]["can"] == ["cancel", "resume"]


def test_only_lines_that_changed_are_sent_again_until_many_have():
    parent = sweep(n=100)
    sent = cells.Tables()
    first = sent.fields({"1": cells.cell_table(parent)})
    assert len(first["tables"]["1"]["lines"]) == 100
    parent.children[3].set(status="running", progress=0.5)
    second = sent.fields({"1": cells.cell_table(parent)})
    assert list(second["changes"]["1"]["lines"]) == ["3"]
    assert second["changes"]["1"]["version"] == second["tables"]["1"]["version"]
    assert second["tables"] == first["tables"]
    for cell in parent.children[:40]:
        cell.set(status="done")
    third = sent.fields({"1": cells.cell_table(parent)})
    assert third["changes"] == {}
    assert third["tables"]["1"]["version"] > first["tables"]["1"]["version"]


def test_a_table_with_new_columns_is_sent_whole():
    parent = sweep(n=3)
    sent = cells.Tables()
    sent.fields({"1": cells.cell_table(parent)})
    parent.children[0].set(values={"nats": (-3.0,)})
    fields = sent.fields({"1": cells.cell_table(parent)})
    assert {"name": "nats", "role": "value"} in fields["tables"]["1"]["columns"]
    assert fields["changes"] == {}


def test_cancel_and_resume_reach_the_job_and_are_shown_at_once(host):
    job = FakeJob(7, status="running")
    view = host.JobList(job, follow=False)
    act(view, "cancel", "7")
    assert job.now.status == "cancelled"
    assert view.rows[0]["status"] == "cancelled"
    assert view.told["seq"] == 1
    act(view, "resume", "7")
    assert (job.now.status, view.rows[0]["can"], view.told["seq"]) == ("queued", ["cancel"], 2)


def test_an_action_is_done_once_however_often_it_is_sent(host):
    job = FakeJob(7, status="running")
    view = host.JobList(job, follow=False)
    cancel = {"seq": 1, "type": "cancel", "ids": ["7"]}
    view.asked = {"actions": [cancel]}
    job.set(status="running")
    view.asked = {"actions": [cancel, {"seq": 2, "type": "open", "ids": ["7"]}]}
    assert job.now.status == "running"
    assert view.told["seq"] == 2


def test_a_refusal_is_told(host):
    job = FakeJob(7, status="running")
    job.refuses = True
    view = host.JobList(job, follow=False)
    act(view, "cancel", "7")
    assert view.told["error"] == "the workspace cannot be written."
    assert view.told["remedy"] == "Free some space."


def test_cells_are_cancelled_alone(host):
    parent = sweep(n=4)
    view = host.JobList(parent, follow=False)
    view.opened = ["1"]
    assert len(view.tables["1"]["lines"]) == 4
    act(view, "cancel", "10001", "10002")
    states = [cell.now.status for cell in parent.children]
    assert states == ["queued", "cancelled", "cancelled", "queued"]
    assert view.rows[0]["cells"] == {"cancelled": 2, "queued": 2}


def test_tables_are_sent_for_opened_sweeps_only(host):
    view = host.JobList([sweep(1), sweep(2)], follow=False)
    assert view.tables == {}
    view.opened = ["2", "no such job"]
    assert list(view.tables) == ["2"]
    view.opened = []
    assert view.tables == {}


@pytest.mark.parametrize(
    "sent",
    [
        {"actions": "cancel"},
        {"actions": [1, None, {"seq": "1"}, {"seq": 1, "type": "cancel", "ids": 7}]},
        {"actions": [{"seq": 1, "type": "__class__", "ids": ["7"]}]},
        {"actions": [{"seq": 1, "type": "cancel", "ids": ["8"]}]},
        {},
    ],
)
def test_what_a_view_sends_is_not_trusted(host, sent):
    job = FakeJob(7, status="running")
    view = host.JobList(job, follow=False)
    view.asked = sent
    assert job.now.status == "running"


def test_opening_a_result_calls_back_until_unsubscribed(host):
    job, seen = FakeJob(7, status="done"), []
    view = host.JobList(job, follow=False)
    end = view.on_open(seen.append)
    act(view, "open", "7")
    end()
    act(view, "open", "7")
    assert seen == [job]


def test_a_workspace_is_read_only_when_it_has_moved(host):
    workspace = FakeWorkspace(FakeJob(1, status="running"))
    view = host.JobList(workspace, follow=False)
    assert workspace.reads == 1
    view.poll()
    assert workspace.reads == 1
    workspace.listed.append(FakeJob(2))
    workspace.position += 1
    view._rests_until = 0.0
    view.poll()
    assert [row["id"] for row in view.rows] == ["2", "1"]  # the newest first


def test_nothing_is_sent_while_nothing_changes():
    job = FakeJob(1, status="running")
    job.started = time.time()
    view = importlib.import_module("workbench.widgets.panel").JobList(job, follow=False)
    sent = []
    view.param.watch(
        lambda *events: sent.extend(event.name for event in events), ["rows", "tables"]
    )
    view.poll(anew=True)
    assert sent == []
    job.set(progress=0.5)
    view.poll(anew=True)
    assert sent == ["rows"]


def test_a_notebook_widget_follows_until_all_have_ended():
    job = FakeJob(1, status="running")
    view = show(job, host="notebook")
    job.set(status="done", progress=1.0)
    eventually(lambda: view.rows[0]["status"] == "done")
    eventually(lambda: view._end is None)
    assert not [one for one in threading.enumerate() if one.name == "JobList follows"]


def test_a_job_that_was_cancelled_is_followed_because_it_may_be_resumed_elsewhere():
    job = FakeJob(1, status="cancelled")
    view = show(job, host="notebook")
    job.resume()
    eventually(lambda: view.rows[0]["status"] == "queued")
    job.set(status="done")
    eventually(lambda: view._end is None)
    assert view.rows[0]["status"] == "done"


def test_a_closed_widget_follows_no_more():
    view = show(FakeWorkspace(FakeJob(1, status="done")), host="notebook")
    assert view._end is not None
    view.close()
    eventually(lambda: view._end is None)


def test_a_saved_notebook_says_how_it_was():
    view = show(FakeJob(1, status="running", progress=0.5, text="epoch 2"), host="notebook")
    view.close()
    again = importlib.import_module("workbench.widgets.notebook").JobList(
        FakeJob(1, status="done", progress=1.0), follow=False
    )
    data, _ = again._repr_mimebundle_()
    assert data["text/plain"] == "fit: done, 100%"
    assert view.plain == "fit: running, 50% epoch 2"


@pytest.mark.parametrize("thing", [FakeJob(1), [FakeJob(1), FakeJob(2)], (), FakeWorkspace()])
def test_show_lists_jobs(thing):
    shown = show(thing, host="panel", follow=False)
    assert type(shown).__name__ == "JobList"


def test_what_is_no_job_is_refused(host):
    with pytest.raises(ParameterError, match="cannot list this as jobs"):
        host.JobList(3)


def eventually(holds, seconds=10.0):
    end = time.monotonic() + seconds
    while not holds() and time.monotonic() < end:
        time.sleep(0.05)
    assert holds()
