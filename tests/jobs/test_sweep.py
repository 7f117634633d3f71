import itertools

import job_tasks
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from manual import Manual, look, stepped

from workbench import jobs
from workbench.errors import DataError, LimitError, ParameterError
from workbench.jobs import Event, Status
from workbench.jobs.records import folded
from workbench.jobs.reports import error_fields


def test_a_cell_for_each_combination_with_its_values_in_the_table(study):
    sweep = jobs.sweep(study, job_tasks.chain, {"n": [3, 5], "seed": [0, 1, 2]}, pause_s=0.0)
    table = sweep.table()
    assert list(zip(table["n"], table["seed"], strict=True)) == list(
        itertools.product([3, 5], [0, 1, 2])
    )
    assert list(table) == [
        *("n", "seed", "status", "progress", "text", "seconds", "error", "id", "result")
    ]
    assert [child.call.arguments["seed"] for child in sweep.children] == [0, 1, 2] * 2
    assert all(child.parent == sweep.id for child in sweep.children)
    assert (sweep.status, sweep.text) == (Status.QUEUED, "0 of 6 done")


def test_large_values_are_kept_once_and_shown_by_their_hashes(study):
    rows = [np.arange(9.0), np.arange(3.0)]
    sweep = jobs.sweep(study, job_tasks.total, {"values": rows, "factor": [1.0, 2.0]})
    hashes = {child.call.refs["values"] for child in sweep.children}
    assert set(sweep.table()["values"]) == {found[:12] for found in hashes}
    assert len(study.rows("SELECT hash FROM blobs")) == 2


def test_a_sweep_is_what_its_cells_are(study):
    sweep = jobs.sweep(study, job_tasks.chain, {"seed": [0, 1, 2]}, n=4, save_as="chains")
    runner, hand = stepped(study, Manual(slots=2))
    assert (sweep.status, sweep.text) == (Status.RUNNING, "0 of 3 done, 2 running")
    hand.tell(1, 0.5, "half", norm=2.5)
    look(runner)
    assert sweep.progress == pytest.approx(0.5 / 3)
    table = sweep.table()
    assert table["progress"].tolist() == [0.5, 0.0, 0.0]
    assert table["norm"][0] == 2.5
    assert np.isnan(table["norm"][1:]).all()
    assert np.isnan(table["seconds"][2])
    for number in (1, 2):
        hand.end(number, result=study.put(number))
    look(runner)
    hand.end(3, result=study.put(3))
    look(runner)
    assert (sweep.status, sweep.progress, sweep.is_gone) == (Status.DONE, 1.0, True)
    assert study.load("chains, seed=1") == 2
    saved = study.load("chains")
    assert saved["result"].tolist() == sweep.result()["result"].tolist()
    assert sweep.revision == study.latest("chains")
    assert dict(sweep.revision.sources) == {
        f"cell {i}": child.result_hash for i, child in enumerate(sweep.children, 1)
    }


def test_half_a_sweep_is_cancelled_and_resumed(study):
    sweep = jobs.sweep(study, job_tasks.chain, {"seed": [0, 1, 2, 3]}, n=4)
    runner, hand = stepped(study, Manual(slots=2))
    hand.end(1, result=study.put(1))
    look(runner)
    assert sweep.cancel()
    assert sweep.status is Status.CANCELLED
    assert [child.status for child in sweep.children] == ["done", *["cancelled"] * 3]
    assert not sweep.is_gone
    look(runner)
    assert sorted(hand.stopped) == [2, 3]
    for number in (2, 3):
        hand.end(number, Event.CANCEL)
    look(runner)
    assert sweep.is_gone
    assert sweep.children[3].resume()
    look(runner)
    assert (sweep.status, len(hand.orders)) == (Status.RUNNING, 1)
    assert sweep.resume()
    for number in (4, 5, 6):
        look(runner)
        hand.end(number, result=study.put(number))
        look(runner)
    assert [child.status for child in sweep.children] == ["done"] * 4
    assert sweep.status is Status.DONE


def test_a_cell_that_fails_says_why_and_the_others_go_on(study):
    sweep = jobs.sweep(study, job_tasks.chain, {"seed": [0, 1]}, n=4, save_as="x")
    runner, hand = stepped(study, Manual(slots=2))
    hand.end(1, Event.FAIL, error=error_fields(DataError("bad cell")))
    hand.end(2, result=study.put(2))
    look(runner)
    assert (sweep.status, sweep.text) == (Status.FAILED, "1 of 2 done, 1 failed")
    assert sweep.table()["error"].tolist() == ["bad cell", ""]
    assert not study.has("x")
    assert sweep.result()["status"].tolist() == ["failed", "done"]


def test_names_of_parameters_do_not_hide_the_columns(study):
    sweep = jobs.sweep(study, job_tasks.odd_names, {"seconds": [1.5, None], "status": ["a", "b"]})
    table = sweep.table()
    assert table["seconds given"].tolist() == ["1.5", "1.5", "None", "None"]
    assert set(table["status"]) == {"queued"}


def test_cells_with_long_values_are_numbered(study):
    words = ["a" * 150, "b" * 150]
    sweep = jobs.sweep(
        study, job_tasks.odd_names, {"status": words, "seconds": [1]}, save_as="w" * 99
    )
    assert [child.save_as[-8:] for child in sweep.children] == [", cell 1", ", cell 2"]


@pytest.mark.parametrize("grid", [{}, {"seed": []}, {"seed": [1], "n": []}])
def test_an_empty_grid_is_refused(study, grid):
    with pytest.raises(ParameterError, match="cannot sweep"):
        jobs.sweep(study, job_tasks.chain, grid)


def test_a_huge_grid_is_refused_before_it_is_made(study):
    with pytest.raises(LimitError, match="cells of a sweep"):
        jobs.sweep(study, job_tasks.chain, {"n": range(10**6), "seed": range(10**6)})


@pytest.mark.parametrize("grid", [{"odd": [1]}, {"seed": [1]}])
def test_cells_that_could_not_be_called_are_refused(study, grid):
    with pytest.raises(ParameterError, match="cannot submit"):
        jobs.sweep(study, job_tasks.chain, grid)
    assert jobs.jobs(study) == ()


@given(st.lists(st.sampled_from(Status), min_size=1))
def test_a_sweep_has_ended_when_all_cells_have(statuses):
    counts = {status: statuses.count(status) for status in statuses}
    assert folded(counts).is_final == all(status.is_final for status in statuses)
    assert (folded(counts) is Status.DONE) == (set(statuses) == {Status.DONE})
    assert (folded(counts) is Status.QUEUED) == (set(statuses) == {Status.QUEUED})
