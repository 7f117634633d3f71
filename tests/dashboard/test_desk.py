import time

import pytest

from workbench.core.progress import silent
from workbench.dashboard.desk import Desk, Task
from workbench.dashboard.parts import FileDrop, Notices
from workbench.errors import DataError
from workbench.jobs import Status
from workbench.studies import learn_circuit


@pytest.fixture
def desk():
    desk = Desk(Notices())
    yield desk
    desk.cancel()


def until_idle(desk, seconds=20.0):
    deadline = time.monotonic() + seconds
    while desk.is_busy and time.monotonic() < deadline:
        desk.poll()
        time.sleep(0.005)
    assert not desk.is_busy


def waits(on_progress=silent):
    while True:
        on_progress(0.25, "waiting")
        time.sleep(0.002)


def test_a_result_is_handed_over_once(desk):
    results = []
    desk.start("Adding", sum, [1, 2], finish=results.append)
    until_idle(desk)
    desk.poll()
    assert results == [3]
    assert not desk.notices.job["active"]


def test_progress_is_shown(desk):
    desk.start("Waiting", waits)
    while desk.notices.job.get("share") != 0.25:
        desk.poll()
        time.sleep(0.002)
    assert desk.notices.job["detail"] == "waiting"


def test_an_error_becomes_a_message_with_its_details(desk):
    def fail():
        raise DataError("cell is bad", given="'x'", remedy="Correct the cell.")

    desk.start("Opening t.csv", fail)
    until_idle(desk)
    (message,) = desk.notices.messages
    assert message["what"] == "Opening t.csv did not finish"
    assert message["lines"] == ["cell is bad: given 'x'.", "Correct the cell."]
    assert "in fail" in message["details"]


def test_an_error_of_the_handler_is_a_message_too(desk):
    def refuse(result):
        raise DataError("cannot draw this")

    desk.start("Drawing", len, "", finish=refuse)
    until_idle(desk)
    assert desk.notices.messages[0]["what"] == "Drawing: the result cannot be shown"


def test_cancel_is_acknowledged_at_once(desk):
    job = desk.start("Waiting", waits)
    desk.notices.event = {"sequence": 1, "type": "cancel"}
    assert not desk.is_busy
    assert desk.notices.messages[0]["what"] == "Waiting was cancelled"
    assert job.wait(20.0)


def test_a_newer_job_cancels_the_older(desk):
    results = []
    first = desk.start("Waiting", waits, finish=results.append)
    desk.start("Adding", sum, [1], finish=results.append)
    until_idle(desk)
    assert first.wait(20.0)
    assert results == [1]


def test_stop_keeps_what_the_function_returns(desk):
    ended, results = [], []

    def patient(on_progress=silent):
        while not ended:
            time.sleep(0.002)
        return "what I have"

    desk.start("Searching", patient, finish=results.append, stop=lambda: ended.append(1))
    desk.notices.event = {"sequence": 1, "type": "cancel"}
    until_idle(desk)
    assert results == ["what I have"]


def test_messages_are_dismissed_and_at_most_three():
    notices = Notices()
    for number in range(5):
        notices.say(f"message {number}")
    assert [one["what"] for one in notices.messages] == ["message 2", "message 3", "message 4"]
    notices.dismiss(notices.messages[0]["id"])
    assert len(notices.messages) == 2


def pieces(name, content, size, count, transfer=1):
    step = -(-len(content) // count)
    for place in range(count):
        yield {
            "transfer": transfer,
            "name": name,
            "piece": place,
            "pieces": count,
            "size": size,
            "data": content[place * step : (place + 1) * step],
        }


def test_a_file_arrives_in_pieces():
    files, errors = [], []
    drop = FileDrop(lambda *file: files.append(file), lambda *error: errors.append(error))
    for piece in pieces("a.csv", b"abcdefg", 7, 3):
        drop.piece = piece
        assert drop.received == {"transfer": 1, "piece": piece["piece"]}
    assert files == [("a.csv", b"abcdefg")]
    assert errors == []


def test_a_file_is_refused_by_its_size_whatever_it_claims():
    files, errors = [], []
    drop = FileDrop(
        lambda *file: files.append(file), lambda *error: errors.append(error), limit_bytes=5
    )
    for piece in pieces("a.csv", b"abcdefg", 1, 7):
        drop.piece = piece
    assert files == []
    assert "too many bytes" in str(errors[0][0])


def test_a_transfer_with_a_missing_piece_gives_no_file():
    files = []
    drop = FileDrop(lambda *file: files.append(file), lambda *_: None)
    sent = list(pieces("a.csv", b"abcdef", 6, 3))
    for piece in (sent[0], sent[2]):
        drop.piece = piece
    assert files == []


@pytest.fixture
def bench(shelf):
    """A desk of a workspace, and what its task was handed."""
    taken = []
    desk = Desk(Notices(), shelf.open("digits"), "circuits")
    desk.tasks = {"studies.learn_circuit": Task("Learning", taken.append)}
    yield desk, taken
    desk.close()


def test_the_result_of_a_job_is_a_revision_and_handed_over_once(bench):
    desk, taken = bench
    job = desk.submit(learn_circuit, "iris", latents=2, epochs=1, save_as="circuit of iris")
    until_idle(desk, 60)
    desk.poll()
    assert taken == [job]
    assert job.revision.name == "circuit of iris"
    assert desk.workspace.load("circuit of iris").data.name == "iris"
    assert desk.state() == {"waiting": [], "newest": job.id}


def test_a_page_that_was_away_takes_what_came_meanwhile(bench):
    desk, taken = bench
    before = desk.state()
    job = desk.submit(learn_circuit, "iris", latents=2, epochs=1, save_as="circuit of iris")
    desk.close()
    assert job.wait(60)
    assert taken == []
    again = Desk(Notices(), desk.workspace, "circuits")
    again.tasks = desk.tasks
    again.restore(before)
    until_idle(again, 60)
    assert taken == [job]
    once = Desk(Notices(), desk.workspace, "circuits")
    once.tasks = desk.tasks
    once.restore(again.state())
    assert not once.is_busy
    elsewhere = Desk(Notices(), desk.workspace, "theories")
    elsewhere.tasks = desk.tasks
    elsewhere.restore(before)
    assert not elsewhere.is_busy


def test_a_newer_job_of_the_same_task_cancels_the_older(bench):
    desk, taken = bench
    first = desk.submit(learn_circuit, "digits", epochs=10_000, save_as="a")
    second = desk.submit(learn_circuit, "iris", latents=2, epochs=1, save_as="b")
    until_idle(desk, 60)
    assert first.status is Status.CANCELLED
    assert taken == [second]


def test_the_cancel_button_cancels_the_job_at_once(bench):
    desk, _taken = bench
    job = desk.submit(learn_circuit, "digits", epochs=10_000, save_as="a")
    assert desk.notices.job["name"] == "Learning: a"
    desk.notices.event = {"sequence": 1, "type": "cancel"}
    assert job.status is Status.CANCELLED
    assert not desk.is_busy
    assert desk.notices.messages[0]["what"] == "Learning: a was cancelled"


def test_a_job_that_fails_says_why(bench):
    desk, _taken = bench
    desk.submit(learn_circuit, "no such table", save_as="a")
    until_idle(desk, 60)
    assert desk.notices.messages[0]["what"] == "Learning: a did not finish"
    assert "no such table" in str(desk.notices.messages[0]["lines"])
