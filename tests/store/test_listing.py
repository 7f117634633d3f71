"""The list of studies: those in the folder, those opened elsewhere, and what is wrong with one."""

import pytest

from workbench import store
from workbench.store import listing as module
from workbench.store.schema import INDEX, VERSION

pytestmark = pytest.mark.usefixtures("without_waiting")


@pytest.fixture(autouse=True)
def folders(monkeypatch, tmp_path):
    monkeypatch.setenv("WORKBENCH_STUDIES", str(tmp_path / "studies"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setattr(module, "_user_folder", lambda: tmp_path / "data")


def test_the_folder_is_as_told_or_the_users(monkeypatch, tmp_path):
    assert store.studies_folder() == tmp_path / "studies"
    monkeypatch.delenv("WORKBENCH_STUDIES")
    assert store.studies_folder() == tmp_path / "data" / "studies"


def test_nothing_is_there_at_first():
    assert store.recent() == ()


def test_studies_are_listed_by_their_last_change(tmp_path):
    for name in ("one", "two"):
        with store.open(tmp_path / "studies" / f"{name}.wb") as study:
            study.save("a", "note")
            study.save([1], "list")
            study.save([2], "other")
    with store.open(tmp_path / "elsewhere" / "three.wb") as study:
        store.note_recent(study.path)
    with store.open(tmp_path / "studies" / "one.wb") as study:
        study.save("b", "note")
    first, second, third = store.recent()
    assert (first.name, second.name, third.name) in {
        ("one", "three", "two"),
        ("three", "one", "two"),
    }
    one = next(each for each in (first, second) if each.name == "one")
    assert one.kinds[0][1] == 2
    assert [each.name for each in one.latest] == ["note", "other", "list"]
    assert one.n_bytes > 0
    assert one.opened == 0.0
    assert next(each for each in (first, second) if each.name == "three").opened > 0


def test_a_study_that_cannot_be_opened_is_listed_with_its_problem(tmp_path):
    with store.open(tmp_path / "studies" / "new.wb") as study, study.transaction() as cursor:
        cursor.execute(f"PRAGMA user_version = {VERSION + 1}")
    (found,) = store.recent()
    assert f"version {VERSION + 1}" in found.problem
    assert found.name == "new"


def test_the_list_remembers_the_last_and_forgets_what_is_gone(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "REMEMBERED", 3)
    for number in range(5):
        store.note_recent(tmp_path / f"{number}.wb")
        store.open(tmp_path / f"{number}.wb").close()
    assert {each.name for each in store.recent()} == {"2", "3", "4"}
    (tmp_path / "4.wb" / INDEX).unlink()
    assert {each.name for each in store.recent()} == {"2", "3"}


@pytest.mark.parametrize(
    "payload", [b"", b"[]", b'{"opened": 5}', b'{"opened": {"a": "x"}}', b"\xff"]
)
def test_a_damaged_list_is_an_empty_one(payload):
    module._list().parent.mkdir(parents=True)
    module._list().write_bytes(payload)
    assert store.recent() == ()
