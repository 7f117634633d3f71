"""A workspace is opened, finished, refused or told about, whatever state its folder is in."""

import errno
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import apsw
import pytest

from workbench import store
from workbench.core.files import Files, replaced_by
from workbench.errors import FormatError, MissingDependency, NewerVersionError, StorageError
from workbench.store import index, opening
from workbench.store.schema import ABOUT, APPLICATION_ID, INDEX, VERSION

pytestmark = pytest.mark.usefixtures("without_waiting")


class Refuses(Files):
    """A disk that takes nothing new."""

    def __init__(self, code):
        self._code = code

    def create(self, path):
        raise OSError(self._code, os.strerror(self._code), path)


def test_a_new_folder_becomes_a_workspace(tmp_path):
    with store.open(tmp_path / "a" / "b.wb", door="shell") as study:
        assert (study.name, study.items(), study.position, study.door) == ("b", (), 0, "shell")
        assert study.rows("PRAGMA application_id") == [(APPLICATION_ID,)]
        assert study.rows("PRAGMA user_version") == [(VERSION,)]
    assert {each.name for each in (tmp_path / "a" / "b.wb").iterdir()} >= {ABOUT, INDEX}


def test_nothing_is_made_unless_asked(tmp_path):
    with pytest.raises(FormatError, match="no such folder"):
        store.open(tmp_path / "none.wb", create=False)
    (tmp_path / "empty").mkdir()
    with pytest.raises(FormatError, match="not a workspace"):
        store.open(tmp_path / "empty", create=False)


def test_other_folders_and_files_are_refused(tmp_path):
    (tmp_path / "thesis.txt").write_text("dear")
    with pytest.raises(FormatError, match="this is not a workspace"):
        store.open(tmp_path)
    with pytest.raises(FormatError, match="it is a file"):
        store.open(tmp_path / "thesis.txt")
    assert [each.name for each in tmp_path.iterdir()] == ["thesis.txt"]


def test_another_programs_database_is_refused(study):
    with study.transaction() as cursor:
        cursor.execute("PRAGMA application_id = 7")
    study.close()
    with pytest.raises(FormatError, match="index of something else"):
        store.open(study.path)


def test_a_newer_version_is_refused_by_name_and_version(study):
    study.save("x", "note")
    with study.transaction() as cursor:
        cursor.execute(f"PRAGMA user_version = {VERSION + 1}")
    study.close()
    before = (study.path / INDEX).read_bytes()
    with pytest.raises(NewerVersionError, match=rf"workspace of version {VERSION + 1}") as caught:
        store.open(study.path)
    assert str(study.path) in str(caught.value)
    assert (study.path / INDEX).read_bytes() == before


@pytest.mark.parametrize("rest", [(), (ABOUT,), (ABOUT, INDEX)])
def test_a_half_made_workspace_is_finished(tmp_path, rest):
    folder = tmp_path / "half.wb"
    store.open(folder).close()
    about = (folder / ABOUT).read_bytes()
    for each in (ABOUT, INDEX):
        (folder / each).unlink()
    if ABOUT in rest:
        (folder / ABOUT).write_bytes(about)
    if INDEX in rest:
        (folder / INDEX).write_bytes(b"")
    (folder / ".about.json.0123.part").write_bytes(b"{")
    with store.open(folder) as study:
        study.save("works", "note")
        assert study.repairs == study.damage() == ()
        identity = study.rows("SELECT value FROM facts WHERE key = 'id'")[0][0]
    assert (identity in about.decode()) == (ABOUT in rest)


@pytest.mark.parametrize("journal", ["wal", "delete"])
def test_the_journal_is_that_of_the_disk_or_as_given(tmp_path, journal):
    for wanted in (journal, {"wal": "delete", "delete": "wal"}[journal]):
        with store.open(tmp_path / "a.wb", journal=wanted) as study:
            assert study.rows("PRAGMA journal_mode") == [(wanted,)]
            study.save(wanted, "note")


def test_a_journal_in_use_stays(study):
    study.save("x", "note")
    with store.open(study.path, journal="delete") as other:
        assert other.rows("PRAGMA journal_mode") == study.rows("PRAGMA journal_mode")
        other.save("y", "note")
    assert study.load("note") == "y"


@pytest.mark.parametrize(
    ("code", "advice"),
    [(errno.ENOSPC, "Make room"), (errno.EROFS, "Make the folder"), (5, "Check")],
)
def test_a_disk_that_refuses_is_named_with_advice(study, code, advice):
    study.save("before", "note")
    with replaced_by(Refuses(code)), pytest.raises(StorageError, match=advice) as caught:
        study.save("after", "note")
    assert str(study.path / "blobs") in str(caught.value)
    n_bytes = len(next(iter(store.codecs.encode("after").blobs.values())).payload)
    assert f"room for {n_bytes} bytes" in str(caught.value)
    assert study.load("note") == "before"
    study.save("after", "note")


def test_a_full_disk_under_the_index_is_told(study):
    study.save("before", "note")
    pages = study.rows("PRAGMA page_count")[0][0]
    with study.transaction() as cursor:
        cursor.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StorageError, match=r"index\.sqlite: the disk is full\. Make room"):
        _fill(study)
    assert study.load("note") == "before"


def _fill(study):
    for number in range(500):
        study.save(number, f"item {number}", note="n" * 900)


UNWRITABLE = """
import os, sys
from workbench import store
from workbench.errors import StorageError

warm, *places = sys.argv[1:]
with store.open(warm) as study:  # imports what a save needs while that can be read
    study.save(1, "x")
if os.getuid() == 0:  # who may write everywhere
    os.seteuid(65534)
for path in places:
    try:
        with store.open(path) as study:
            study.save(1, "x")
    except StorageError as error:
        print(error)
"""


@pytest.mark.skipif(os.name == "nt", reason="permissions of folders are others there")
def test_a_folder_that_is_not_writable_is_named(tmp_path):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        places = [folder / "a.wb", folder / "new.wb"]
        store.open(places[0]).close()
        for path in (places[0], folder):
            path.chmod(0o555)
        done = subprocess.run(
            [sys.executable, "-c", UNWRITABLE, tmp_path / "warm.wb", *places],
            capture_output=True,
            text=True,
            check=False,
        )
        for path in (folder, places[0]):
            path.chmod(0o755)
    assert done.stderr == ""
    told = list(zip(places, done.stdout.splitlines(), strict=True))
    assert all(str(place) in line and "writable for you" in line for place, line in told)


def test_a_busy_workspace_says_who_to_ask(study, monkeypatch):
    monkeypatch.setattr(index, "BUSY_MS", 20)
    with (
        store.open(study.path) as other,
        study.transaction(),
        pytest.raises(StorageError, match="another program kept it"),
    ):
        other.save("x", "note")


def test_one_program_at_a_time_prepares(tmp_path, monkeypatch):
    import filelock

    monkeypatch.setattr(opening, "LOCK_S", 0.05)
    (tmp_path / "a.wb").mkdir()
    with (
        filelock.FileLock(tmp_path / "a.wb" / opening.LOCK),
        pytest.raises(StorageError, match="has been preparing it"),
    ):
        store.open(tmp_path / "a.wb")


def test_an_apsw_without_its_extensions_is_told(monkeypatch, tmp_path):
    def lacks(*_):
        raise apsw.sqlite_extra.NotAvailable("cksumvfs")

    monkeypatch.setattr(index, "CHECKED", "another name")
    monkeypatch.setattr(apsw.sqlite_extra, "load", lacks)
    with pytest.raises(MissingDependency, match="apsw with its extensions"):
        index.connect(tmp_path / "a.sqlite", create=True)


def test_a_repaired_index_is_seen_by_those_who_had_the_old_one(study):
    study.save("x", "note")
    with store.open(study.path) as other:
        other.load("note")
        opening.rebuild(
            study.path,
            lambda path: opening._create_index(path, opening._about(study.path), "wal"),
            "a test",
        )
        study.save("y", "note")
        assert other.load("note") == "y"
        other.save("z", "note")
    assert study.load("note") == "z"
