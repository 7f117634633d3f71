import job_tasks
import numpy as np
import pytest

from workbench.errors import DataError
from workbench.jobs import Event, Failure
from workbench.jobs.attempt import COST_SHARE, _Reporter, attempt
from workbench.jobs.call import Call
from workbench.jobs.reports import Begun, Ended, Kept, Order, Told, error_from
from workbench.store.codecs import decode


class Desk:
    """A channel whose blobs and reports are in memory."""

    def __init__(self):
        self.blobs, self.told = {}, []
        self.cancel_after = None

    @property
    def is_cancelled(self):
        return self.cancel_after is not None and len(self.of(Told)) >= self.cancel_after

    def fetch(self, name, /):
        return self.blobs[name].payload

    def keep(self, encoded, /):
        self.blobs.update(encoded.blobs)

    def tell(self, report, /):
        self.told.append(report)

    def of(self, kind):
        return [report for report in self.told if isinstance(report, kind)]

    @property
    def end(self):
        assert isinstance(self.told[-1], Ended)
        assert len(self.of(Ended)) == 1
        return self.told[-1]

    @property
    def result(self):
        return decode(self.end.result, self.fetch)


def order(task="job_tasks.chain", checkpoint=None, checkpoint_s=0.0, **arguments):
    target = f"job_tasks:{task.partition('.')[2]}"
    return Order(1, Call(task, arguments), target, ("job_tasks",), checkpoint, checkpoint_s)


def carried_out(given, cancel_after=None, desk=None):
    desk = desk or Desk()
    desk.cancel_after = cancel_after
    attempt(given, desk)
    return desk


def test_all_that_happens_is_told_in_order():
    desk = carried_out(order(n=3))
    kinds = [type(report) for report in desk.told]
    assert kinds == [Begun, Told, Kept, Told, Kept, Told, Kept, Ended]
    assert [told.step for told in desk.of(Told)] == [1, 2, 3]
    assert desk.end.event is Event.SUCCEED
    np.testing.assert_array_equal(desk.result, job_tasks.chain(3))


def test_a_cancelled_attempt_stops_at_its_next_report():
    desk = carried_out(order(n=9), cancel_after=4)
    assert len(desk.of(Told)) == 4
    assert desk.end == Ended(1, Event.CANCEL)


@pytest.mark.parametrize("stops", range(1, 6))
def test_the_next_attempt_goes_on_bit_by_bit(stops):
    desk = carried_out(order(n=6, seed=2), cancel_after=stops)
    kept = desk.of(Kept)[-1].hash
    again = Desk()
    again.blobs = desk.blobs
    carried_out(order(n=6, seed=2, checkpoint=kept), desk=again)
    assert again.told[0] == Begun(1, stops)
    assert [told.step for told in again.of(Told)] == list(range(stops + 1, 7))
    np.testing.assert_array_equal(again.result, job_tasks.chain(6, 2))


@pytest.mark.parametrize("damage", [b"", b"damaged", None])
def test_a_damaged_state_means_from_the_start(damage):
    desk = carried_out(order(n=4), cancel_after=2)
    kept = desk.of(Kept)[-1].hash
    if damage is None:
        kept = desk.of(Kept)[-1].hash[::-1]
        fetch = desk.fetch
        desk.fetch = lambda name, /: fetch(name) if name in desk.blobs else b"x"
    else:
        desk.blobs[kept] = type(desk.blobs[kept])("json", damage)
    again = carried_out(order(n=4, checkpoint=kept), desk=desk)
    assert desk.of(Begun)[-1].step == 0
    np.testing.assert_array_equal(decode(again.told[-1].result, desk.fetch), job_tasks.chain(4))


def test_an_expected_error_is_told_as_it_is():
    end = carried_out(order("job_tasks.fails", kind="data")).end
    assert end.event is Event.FAIL
    assert isinstance(error_from(end.error), DataError)
    assert "in fails" in end.details


@pytest.mark.parametrize("kind", ["odd", "exit"])
def test_an_unexpected_error_gets_a_reference(kind):
    end = carried_out(order("job_tasks.fails", kind=kind)).end
    assert isinstance(error_from(end.error), Failure)
    assert len(error_from(end.error).reference) == 8


def test_an_unknown_task_is_an_error():
    given = order(n=1)
    end = carried_out(Order(1, Call("job_tasks.chain", {"n": []}), given.target)).end
    assert end.event is Event.FAIL


def test_values_that_are_void_after_memory_ran_out_are_told_to_be():
    desk = carried_out(order("job_tasks.crowded", n=1, fits=100))
    assert [begun.step for begun in desk.of(Begun)] == [0, 0, 0]


def test_keeping_states_takes_a_small_share_of_the_time():
    now = [0.0]
    desk = Desk()
    desk.keep = lambda _: now.__setitem__(0, now[0] + 3.0)  # slow to write
    told = _Reporter(order(checkpoint_s=5.0), desk, clock=lambda: now[0])
    assert not told.is_due
    now[0] = 5.0
    assert told.is_due
    told.save({"x": np.ones(1)})
    now[0] = 8.0 + 3.0 / COST_SHARE - 0.1
    assert not told.is_due
    now[0] += 0.2
    assert told.is_due
