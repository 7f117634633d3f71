"""Every step of a save fails, or the power does: the old state or the new one is there.

The default run takes every few steps; all of them are behind the mark `slow`.
"""

import pytest

SAMPLED = [
    ("faults", "wal", 0, 16),
    ("faults", "delete", 0, 37),
    ("cuts", "wal", 1, 14),
    ("cuts", "delete", 1, 24),
    ("construction", "wal", 1, 15),
]
ALL = [
    (what, journal, n_random, 1)
    for journal in ("wal", "delete")
    for what, n_random in (("faults", 0), ("cuts", 10), ("construction", 6))
]


@pytest.mark.parametrize("run", SAMPLED, ids=lambda run: f"{run[0]}-{run[1]}")
def test_some_steps(report, run):
    require(report("fault_runs.py", *run), run)


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("run", ALL, ids=lambda run: f"{run[0]}-{run[1]}")
def test_every_step(report, run):
    found = report("fault_runs.py", *run)
    require(found, run)
    assert found["runs"] >= found["steps"]


def require(found, run):
    assert found["wrong"] == []
    assert found["runs"] > 0
    assert found["steps"] > 30
    if run[0] != "construction":  # both outcomes happened: the faults were really on the way
        assert min(found["states"].values()) > 0
        assert set(found["states"]) == {"old", "new"}
