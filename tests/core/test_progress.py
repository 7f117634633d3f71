"""Reporters of progress."""

import pytest

from workbench.core.progress import scaled, silent


@pytest.fixture
def reports():
    return []


@pytest.fixture
def report(reports):
    return lambda share, text="", /, **values: reports.append((share, text, values))


def test_silence_takes_anything():
    assert silent(0.3, "text", a=1.0) is None


def test_a_part_covers_its_share_of_the_whole(reports, report):
    part = scaled(report, 0.2, 0.6)
    for share in (0.0, 0.5, 1.0):
        part(share, "fit", nats=-1.0)
    assert [share for share, *_ in reports] == pytest.approx([0.2, 0.4, 0.6])
    assert reports[0][1:] == ("fit", {"nats": -1.0})


def test_parts_nest(reports, report):
    scaled(scaled(report, 0.5, 1.0), 0.0, 0.5)(1.0)
    assert reports[0][0] == pytest.approx(0.75)
