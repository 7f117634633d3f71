"""What lies between workers of a cluster and the runner, without a cluster."""

import queue
import threading

import pytest

from workbench.errors import Cancelled, FormatError
from workbench.jobs import cluster_line
from workbench.jobs.cluster_line import Cache, Line, Parcels, pieces
from workbench.jobs.reports import Begun, report_from
from workbench.store.codecs import encode


class Mailbox:
    """A queue as those of the cluster."""

    def __init__(self):
        self.messages = queue.SimpleQueue()
        self.is_broken = self.is_closed = False

    def put(self, message):
        if self.is_broken:
            raise OSError("the scheduler is gone")
        self.messages.put(message)

    def get(self, *, batch):
        if self.is_broken:
            raise OSError("the scheduler is gone")
        found = []
        while not self.messages.empty():
            found.append(self.messages.get())
        return found

    def close(self):
        self.is_closed = True


@pytest.fixture
def boxes(monkeypatch):
    monkeypatch.setattr(cluster_line, "_CACHE", Cache(10**6))
    monkeypatch.setattr(cluster_line, "PIECE_BYTES", 7)
    return Mailbox(), Mailbox()


@pytest.fixture
def line(boxes):
    made = Line(*boxes, 5)
    yield made
    made.close()


def heard(outbox, n):
    """The next `n` items that the line sent."""
    items = []
    while len(items) < n:
        message = outbox.messages.get(timeout=5)
        assert message["order"] == 5
        items += message["items"]
    return items


def test_blobs_and_reports_arrive_whole_and_in_order(line, boxes):
    encoded = encode(["a text that is longer than one piece"])
    line.keep(encoded)
    line.tell(Begun(5, 0))
    line.close()
    parcels, found, items = Parcels(), {}, []
    for message in boxes[0].get(batch=True):
        items += message["items"]
    for item in items[:-1]:
        if (parcel := parcels.taken(item)) is not None:
            found.update([parcel])
    assert found == dict(encoded.blobs)
    assert report_from(items[-1]["report"]) == Begun(5, 0)
    assert boxes[0].is_closed
    assert boxes[1].is_closed


def test_what_is_fetched_is_asked_for_once(line, boxes):
    [(name, blob)] = encode("a text that is longer than one piece").blobs.items()

    def answer():
        assert heard(boxes[0], 1) == [{"fetch": name}]
        for piece in pieces(blob.payload):
            boxes[1].put({"piece": piece})
        boxes[1].put({"blob": name})

    thread = threading.Thread(target=answer)
    thread.start()
    assert line.fetch(name) == blob.payload
    assert line.fetch(name) == blob.payload
    thread.join()


def test_a_blob_that_is_not_what_it_is_called_is_never_taken(line, boxes, monkeypatch):
    monkeypatch.setattr(cluster_line, "FETCH_S", 0.3)
    boxes[1].put({"piece": b"other"})
    boxes[1].put({"blob": "0" * 64})
    with pytest.raises(Exception, match="did not arrive"):
        line.fetch("0" * 64)


def test_a_refusal_is_told_as_it_was_given(line, boxes):
    boxes[1].put({"refused": "0" * 64, "reason": "it is damaged"})
    with pytest.raises(FormatError, match="it is damaged"):
        line.fetch("0" * 64)


def test_the_word_to_stop_is_heard_also_while_waiting(line, boxes):
    assert not line.is_cancelled
    boxes[1].put({"stop": True})
    with pytest.raises(Cancelled):
        line.fetch("0" * 64)
    assert line.is_cancelled


@pytest.mark.parametrize("side", [0, 1])
def test_a_broken_line_cancels_and_never_blocks(line, boxes, side):
    boxes[side].is_broken = True
    line.keep(encode("something"))
    with pytest.raises(Cancelled):
        line.fetch("0" * 64)
    line.close()


def test_signs_of_life_come_without_anything_to_tell(boxes, monkeypatch):
    monkeypatch.setattr(cluster_line, "BEAT_S", 0.01)
    line = Line(*boxes, 5)
    assert [boxes[0].messages.get(timeout=5)["items"] for _ in range(3)] == [[], [], []]
    line.close()
