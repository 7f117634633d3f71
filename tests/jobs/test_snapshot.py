import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.jobs.snapshot import MAX_POINTS, WINDOW_S, extended, pace, recent


@given(st.floats(0.01, 0.5), st.floats(0.5, 100), st.floats(0.0, 0.4))
def test_a_steady_pace_says_when_it_ends(rate, seconds, start):
    end = min(start + rate * seconds, 1.0)
    found, remaining = pace([(0.0, start), ((end - start) / rate, end)])
    assert found == pytest.approx(rate)
    assert remaining == pytest.approx((1 - end) / rate, abs=1e-9)


def test_no_pace_without_growth():
    assert pace([]) == pace([(1.0, 0.5), (2.0, 0.5)]) == pace([(1.0, 0.1), (1.0, 0.5)])


@given(st.lists(st.tuples(st.floats(0, 5), st.floats(0, 0.01)), max_size=200))
def test_only_the_last_minute_counts(steps):
    points, now, share = (), 0.0, 0.0
    for seconds, growth in steps:
        now, share = now + seconds, min(share + growth, 1.0)
        points = recent(points, (now, share))
    assert all(now - point[0] <= WINDOW_S for point in points)
    assert len(points) <= WINDOW_S + 2
    assert not steps or points[-1] == (now, share)


def test_a_new_attempt_begins_a_new_pace():
    points = recent(((0.0, 0.1), (10.0, 0.6)), (20.0, 0.4))
    assert points == ((0.0, 0.1), (20.0, 0.4))


def test_the_oldest_points_go():
    known = {"loss": tuple(float(i) for i in range(MAX_POINTS))}
    assert extended(known, {"loss": -1.0})["loss"] == (*known["loss"][1:], -1.0)
