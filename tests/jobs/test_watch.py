import io

import job_tasks
import pytest
from manual import look, stepped
from rich.console import Console

from workbench import jobs
from workbench.errors import DataError
from workbench.jobs import Event, Snapshot, Status, send, watch
from workbench.jobs.reports import error_fields
from workbench.jobs.watch import pace_words, words


def watched(job):
    paper = io.StringIO()
    assert watch(job, console=Console(file=paper, width=120)) is job
    return paper.getvalue()


def test_the_end_of_a_stored_job_is_shown(study):
    job = jobs.submit(study, job_tasks.chain, 3, save_as="[bold]state")
    runner, hand = stepped(study)
    hand.tell(1, 0.5, "[red]half", norm=2.5)
    hand.end(1, Event.FAIL, error=error_fields(DataError("bad [/] cell")))
    look(runner)
    text = watched(job)
    assert "[bold]state" in text  # never markup
    assert "failed: bad [/] cell" in text


def test_an_errand_is_shown_too():
    assert "done" in watched(send(sorted, [2, 1]))


@pytest.mark.parametrize(
    ("remaining_s", "text"), [(5.4, "0:05 left"), (65.0, "1:05 left"), (3661.0, "1:01:01 left")]
)
def test_the_time_that_remains(remaining_s, text):
    assert pace_words(Snapshot(rate=0.001, remaining_s=remaining_s)).endswith(text)


def test_a_pace_that_is_not_known_is_not_told():
    assert pace_words(Snapshot()) == ""
    assert words(Snapshot(status=Status.CANCELLED)) == "cancelled"
