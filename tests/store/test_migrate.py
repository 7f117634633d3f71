"""Workspaces of every older version open as they were, and are then of the present one."""

import importlib.util
from pathlib import Path

import apsw
import pytest

from workbench import store
from workbench.errors import StorageError
from workbench.store import migrate
from workbench.store.index import connect
from workbench.store.schema import INDEX, VERSION

pytestmark = pytest.mark.usefixtures("without_waiting")

_spec = importlib.util.spec_from_file_location("golden", Path(__file__).with_name("golden.py"))
golden = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(golden)


def schema(path):
    connection = connect(path)
    rows = connection.execute(
        "SELECT type, name, sql FROM sqlite_schema ORDER BY type, name"
    ).fetchall()
    version = connection.pragma("user_version")
    connection.close()
    return rows, version


def test_every_older_version_is_kept_and_has_a_step():
    assert set(golden.VERSIONS) == set(migrate.STEPS) == set(range(1, VERSION))


@pytest.mark.parametrize("version", golden.VERSIONS)
def test_an_older_workspace_opens_as_it_was(tmp_path, version):
    folder = golden.golden(tmp_path / "old.wb", version)
    assert schema(folder / INDEX)[1] == version
    with store.open(folder) as study:
        assert study.load("note") == "second"
        assert [study.load(each) for each in study.history("note")] == ["second", "first"]
        assert study.provenance("note")[1].revision.seed == 4
        assert study.rows("SELECT task, status FROM jobs") == [("task", "done")]
        assert study.repairs == study.damage() == ()
        study.save("third", "note")
    store.open(tmp_path / "new.wb").close()
    assert schema(folder / INDEX) == schema(tmp_path / "new.wb" / INDEX)


def test_a_step_that_fails_leaves_the_older_version(tmp_path, monkeypatch):
    def fails(connection):
        connection.execute("DROP TABLE job_values")
        raise apsw.FullError("no space left")

    folder = golden.golden(tmp_path / "old.wb", 1)
    before = schema(folder / INDEX)
    monkeypatch.setattr(migrate, "STEPS", {**migrate.STEPS, VERSION - 1: fails})
    with pytest.raises(StorageError, match="the disk is full"):
        store.open(folder)
    assert schema(folder / INDEX) == before
    monkeypatch.undo()
    with store.open(folder) as study:
        assert study.load("note") == "second"
