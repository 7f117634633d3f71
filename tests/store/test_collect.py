"""What nothing refers to is given back after a while; what anything refers to stays."""

import json
import os
import time

import numpy as np
import pytest

from workbench import store
from workbench.store.collect import collect
from workbench.store.writing import enter_blobs, write_blobs

pytestmark = pytest.mark.usefixtures("without_waiting")
AGO = 10 * 24 * 3600


@pytest.fixture
def age(study):
    """Makes everything that is there look ten days older."""

    def older():
        with study.transaction() as cursor:
            cursor.execute("UPDATE blobs SET created = created - ?", (AGO,))
            cursor.execute("UPDATE revisions SET created = created - ?", (AGO,))
        then = time.time() - AGO
        for path in study.path.rglob("*"):
            if path.is_file() and "index" not in path.name:
                os.utime(path, (then, then))

    return older


def test_what_is_referred_to_stays(study, age):
    data = np.arange(900.0)
    seen = study.put("shown on a screen")
    handed = study.put([data, "handed to a job"])
    study.save([data, 1], "pair", sources={"from": "a source"})
    study.save({"shown": seen}, "screen")
    with study.transaction() as cursor:
        call = json.dumps({"arguments": [{"hash": handed}]})
        cursor.execute(
            "INSERT INTO jobs (task, call, status, created) VALUES ('t', ?, 'done', 1)", (call,)
        )
    age()
    assert study.collect() == 0
    assert study.damage() == ()
    assert study.get(seen) == "shown on a screen"
    assert study.get(handed)[1] == "handed to a job"


def test_what_nothing_refers_to_goes(study, age):
    found = study.put(np.arange(5000.0))
    kept = study.save("kept", "note")
    study.blobs.write(b"a payload whose row was never written")
    (study.path / "blobs" / ".x.part").write_bytes(b"rest")
    assert study.collect() == 0  # too young
    age()
    assert study.collect() > 40_000
    assert not study.blobs.has(found)
    assert [name for name, _ in study.blobs.names()] == [kept.hash]
    assert not (study.path / "blobs" / ".x.part").exists()
    assert study.damage() == ()


def test_old_autosaves_go_but_the_last_of_each_name(study, age):
    for number in range(4):
        study.save(number, "screen", autosave=True)
    study.save("asked for", "note")
    age()
    study.collect()
    assert [study.load(each) for each in study.history("screen")] == [3]
    with store.open(study.path) as again:
        assert again.repairs == ()
        assert [each.name for each in again.items()] == ["note", "screen"]


def test_what_is_used_again_meanwhile_stays(study, age):
    found = study.put("used again")
    age()
    study.put("used again")
    assert collect(study) == 0
    assert study.get(found) == "used again"


def test_a_save_that_meets_a_clean_up_writes_its_blobs_again(study, age):
    """The clean-up comes between the writing of the blobs and their rows."""
    made = store.codecs.encode("raced")
    write_blobs(study.blobs, made.blobs)
    age()
    collect(study)
    assert not study.blobs.has(made.root)
    with study.transaction() as cursor:
        enter_blobs(cursor, study.blobs, made.blobs)
    assert study.get(made.root) == "raced"
