from hypothesis import given
from hypothesis import strategies as st

from workbench.jobs import Event, Status, after


@given(st.lists(st.sampled_from([event for event in Event if event is not Event.RESUME])))
def test_a_final_status_never_changes_by_itself(events):
    status = Status.QUEUED
    for event in events:
        following = after(status, event)
        assert following is status or not status.is_final
        status = following


@given(st.lists(st.sampled_from([Event.SUCCEED, Event.FAIL])))
def test_nothing_ends_before_it_starts(events):
    status = Status.QUEUED
    for event in events:
        status = after(status, event)
    assert status is Status.QUEUED


def test_every_final_status_can_be_reached():
    ends = {after(Status.RUNNING, event) for event in (Event.SUCCEED, Event.FAIL, Event.CANCEL)}
    assert ends == {status for status in Status if status.is_final}


def test_only_what_ended_without_a_result_can_be_resumed():
    resumed = {status for status in Status if after(status, Event.RESUME) is not status}
    assert resumed == {status for status in Status if status.is_resumable}
    assert {after(status, Event.RESUME) for status in resumed} == {Status.QUEUED}


def test_a_lost_job_waits_again():
    assert after(Status.RUNNING, Event.LOSE) is Status.QUEUED
    assert all(after(s, Event.LOSE) is s for s in Status if s is not Status.RUNNING)
