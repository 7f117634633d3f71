import os
import time

import numpy as np
import pytest

from workbench import store
from workbench.store.release import GRACE_S, release

LARGE = np.arange(20_000.0)


@pytest.fixture
def study(tmp_path):
    with store.open(tmp_path / "study.wb") as workspace:
        yield workspace


def put(study, value, age_s=2 * GRACE_S):
    """A blob whose files look `age_s` seconds old."""
    root = study.put(value)
    for found in (root, *parts(study, root)):
        then = time.time() - age_s
        os.utime(study.blobs.path(found), (then, then))
    return root


def parts(study, root):
    return [part for (part,) in study.rows("SELECT part FROM parts WHERE hash = ?", (root,))]


def test_a_blob_goes_with_its_parts(study):
    root = put(study, {"step": 1, "state": LARGE})
    [part] = parts(study, root)
    assert set(release(study, [root])) == {root, part}
    assert not study.blobs.has(root)
    assert not study.blobs.has(part)
    assert study.rows("SELECT * FROM blobs") == []
    assert study.damage() == ()


def test_a_part_that_something_else_has_stays(study):
    root = put(study, {"step": 1, "state": LARGE})
    study.save({"mine": LARGE}, "kept")
    put(study, {"mine": LARGE})
    assert release(study, [root]) == (root,)
    np.testing.assert_array_equal(study.load("kept")["mine"], LARGE)


def test_what_was_just_used_stays(study):
    root = put(study, {"step": 1}, age_s=GRACE_S / 2)
    assert release(study, [root]) == ()
    assert study.get(root) == {"step": 1}


@pytest.mark.parametrize("column", ["checkpoint", "result", "call", "details"])
def test_what_a_job_names_stays(study, column):
    root = put(study, {"step": 1})
    with study.transaction() as cursor:
        cursor.execute("INSERT INTO jobs (task, status, created) VALUES ('a', 'done', 0)")
        cursor.execute(f"UPDATE jobs SET {column} = ?", (root,))  # noqa: S608  # our own names
    assert release(study, [root]) == ()


def test_what_a_revision_names_stays(study):
    first, second = put(study, {"step": 1}), put(study, {"step": 2})
    study.save({"step": 1}, "x", sources={"from": second})
    for found in (first, second):
        os.utime(study.blobs.path(found), (0, 0))
    assert release(study, [first, second]) == ()


def test_a_blob_that_is_gone_is_none(study):
    root = put(study, {"step": 1})
    assert release(study, [root, root]) == (root,)
    assert release(study, [root]) == ()
