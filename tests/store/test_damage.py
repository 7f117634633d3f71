"""One flipped bit anywhere is told, and everything that does not need it can be used."""

import os
import random
import shutil

import numpy as np
import pytest

from workbench import store
from workbench.core.files import Files, replaced_by
from workbench.errors import FormatError, WorkbenchError
from workbench.store import health
from workbench.store.schema import ABOUT, INDEX

pytestmark = pytest.mark.usefixtures("without_waiting")


@pytest.fixture
def whole(tmp_path):
    """A closed workspace of some ten items with parts, sources, a history and a job."""
    with store.open(tmp_path / "whole.wb") as study:
        data = study.save(np.arange(3000.0), "data", seed=1)
        for number in range(8):
            study.save([number, "x" * 40 * number], f"item {number}", sources={"data": data})
        study.save([np.arange(900.0), "of two parts"], "pair")
        study.save("again", "item 0")
        study.remove("item 7")
        with study.transaction() as cursor:
            cursor.execute("INSERT INTO jobs (task, status, created) VALUES ('t', 'done', 1.0)")
            cursor.execute("CREATE TABLE spare (a)")
            cursor.executemany("INSERT INTO spare VALUES (?)", [("y" * 900,) for _ in range(40)])
        with study.transaction() as cursor:  # leaves pages that nothing uses
            cursor.execute("DROP TABLE spare")
    return tmp_path / "whole.wb"


def places(folder):
    """Each byte of the workspace is as likely as any other, but each kind of file is met."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.stat().st_size)
    kinds = {}
    for path in files:
        kinds.setdefault(path.relative_to(folder).parts[0], []).append(path)
    return kinds


def flip(path, bit):
    payload = bytearray(path.read_bytes())
    payload[bit // 8] ^= 1 << bit % 8
    path.write_bytes(payload)


def content(study, items):
    """The values of `items` that can be read, as their payloads."""
    found = {}
    for each in items:
        try:
            study.load(each)
            found[each.name] = study.bytes_of(each.hash)
        except FormatError:
            found[each.name] = None
    return found


def run(whole, tmp_path, n):
    with store.open(whole) as study:
        items = study.items()
        expected = content(study, items)
    draw = random.Random(n)
    target = tmp_path / "flipped.wb"
    undetected, unusable, met = [], [], {}
    for number in range(n):
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(whole, target)
        kind, paths = draw.choice(sorted(places(target).items()))
        path = draw.choices(paths, [each.stat().st_size for each in paths])[0]
        bit = draw.randrange(8 * path.stat().st_size)
        flip(path, bit)
        met[kind] = met.get(kind, 0) + 1
        where = f"{number}: {path.relative_to(target)} bit {bit}"
        with store.open(target, create=False) as study:
            damage = study.damage()
            if not damage:
                undetected.append(where)
            spoiled = {name for each in damage if each.kind == "blob" for name in each.names}
            found = content(study, study.items())
            lost = {name for name in expected if found.get(name) != expected[name]}
            if not lost <= spoiled or set(found) != set(expected) or study.items() != items:
                unusable.append((where, sorted(lost - spoiled)))
            study.save("goes on", "after the damage")
    return {"undetected": undetected, "unusable": unusable, "met": met}


def require(found, n):
    assert found["undetected"] == []
    assert found["unusable"] == []
    assert sum(found["met"].values()) == n
    assert set(found["met"]) == {ABOUT, INDEX, "blobs", "revisions"}


def test_bits_flipped_anywhere_are_told(whole, tmp_path):
    require(run(whole, tmp_path, 25), 25)


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_1000_bits_flipped_anywhere_are_told(whole, tmp_path):
    require(run(whole, tmp_path, 1000), 1000)


def test_a_whole_workspace_has_no_damage(whole):
    with store.open(whole) as study:
        assert study.damage() == ()
        assert study.repairs == ()


def test_pages_that_nothing_uses_are_checked_too(whole, monkeypatch):
    monkeypatch.setattr(health, "_PAUSE_S", 0.0)
    path = whole / INDEX
    with store.open(whole) as study:
        (unused,) = study.rows("PRAGMA freelist_count")[0]
        assert unused > 2
    size = path.stat().st_size
    for page in range(0, size // 4096, 3):
        flip(path, 8 * (4096 * page + 2000) + 3)
        assert health.changed_pages(path) == [page + 1]
        flip(path, 8 * (4096 * page + 2000) + 3)
    assert health.changed_pages(path) == []


def test_the_items_that_need_a_damaged_blob_are_named(whole):
    with store.open(whole) as study:
        (_, _, _, parts) = next(
            row for row in _blobs(study, study.latest("pair").hash) if row[3]
        )  # fmt: skip
        flip(study.blobs.path(parts[0]), 5)
        (damage,) = study.damage()
        assert (damage.hash, damage.kind, damage.names) == (parts[0], "blob", ("pair",))
        with pytest.raises(FormatError, match="not what was saved"):
            study.load("pair")
        study.blobs.path(parts[0]).unlink()
        assert [each.reason for each in study.damage()] == ["it is missing"]


def _blobs(study, found):
    from workbench.store import queries

    return queries.blobs_of(study.rows, found)


def test_saving_again_makes_a_damaged_blob_whole(whole):
    with store.open(whole) as study:
        flip(study.blobs.path(study.latest("item 0").hash), 9)
        study.save("again", "item 0")
        assert study.damage() == ()


def test_facts_and_copies_are_mended_from_the_index(whole):
    with store.open(whole) as study:
        flip(whole / ABOUT, 99)
        flip(study.copies.path(2), 77)
        assert {each.kind for each in study.damage()} == {"about", "copy"}
        assert study.repair() == ()
        assert study.damage() == ()


def test_old_and_missing_copies_are_no_damage_and_are_written_again(whole):
    with store.open(whole) as study:
        older = study.copies.read(3)
        study.copies.write({**older, "note": "before"})
        study.copies.path(4).unlink()
        assert study.damage() == ()
        study.repair()
        assert study.copies.read(3) == older
        assert study.copies.read(4)["number"] == 4


def test_facts_of_another_workspace_or_none_are_told(whole, tmp_path):
    with store.open(tmp_path / "other.wb") as other:
        about = (other.path / ABOUT).read_bytes()
    with store.open(whole) as study:
        (whole / ABOUT).write_bytes(about)
        assert [each.reason for each in study.damage()] == ["it does not say what the index says"]
        (whole / ABOUT).unlink()
        assert [each.reason for each in study.damage()] == ["it is missing"]
        assert study.repair() == ()


def test_a_damaged_index_is_made_again_with_its_jobs(whole):
    with store.open(whole) as study:
        expected = (study.items(), study.changes(0), study.provenance("item 3"))
        position = study.position
    payload = (whole / INDEX).read_bytes()
    (whole / INDEX).write_bytes(payload[:100] + bytes(3996) + payload[4096:])
    with store.open(whole) as study:
        assert (study.items(), study.changes(0), study.provenance("item 3")) == expected
        assert study.position >= position
        assert [each.kind for each in study.damage()] == ["index"]
        assert study.save("next", "next").number == expected[1][-1].number + 1
    with store.open(whole) as study:
        assert study.damage() == ()


class EndsAt(Files):
    """The program ends at one of its steps."""

    def __init__(self, at):
        self.left = at

    def _step(self):
        self.left -= 1
        if self.left == 0:
            raise KeyboardInterrupt

    def create(self, path):
        self._step()
        return super().create(path)

    def replace(self, source, target):
        self._step()
        super().replace(source, target)

    def unlink(self, path):
        self._step()
        super().unlink(path)

    def sync_folder(self, path):
        self._step()
        super().sync_folder(path)


def test_a_repair_that_is_broken_off_is_done_again(whole, tmp_path):
    with store.open(whole) as study:
        items = study.items()
        (page,) = study.rows("SELECT rootpage FROM sqlite_schema WHERE name = 'revisions'")[0]
    flip(whole / INDEX, 8 * (4096 * (page - 1) + 3000))
    n_broken_off = 0
    for at in range(1, 30):
        target = tmp_path / f"{at}.wb"
        shutil.copytree(whole, target)
        with replaced_by(layer := EndsAt(at)):
            try:
                store.open(target).close()
            except KeyboardInterrupt:
                n_broken_off += 1
        with store.open(target) as study:
            assert study.items() == items
            assert study.rows("SELECT status FROM jobs") == [("done",)]
        if layer.left > 0:
            break
    assert 5 < n_broken_off < 29


def test_rows_that_can_be_read_survive_a_damaged_page(whole):
    with store.open(whole) as study:
        found = study.put("of a job")
        (page,) = study.rows("SELECT rootpage FROM sqlite_schema WHERE name = 'job_values'")[0]
    flip(whole / INDEX, 8 * (4096 * (page - 1) + 50))
    with store.open(whole) as study:
        assert study.repairs
        assert study.rows("SELECT task, status FROM jobs") == [("t", "done")]
        assert study.rows("SELECT kind FROM blobs WHERE hash = ?", (found,))


def test_a_lost_index_is_made_again(whole):
    with store.open(whole) as study:
        items = study.items()
    (whole / INDEX).unlink()
    with store.open(whole) as study:
        assert study.items() == items
        assert "missing" in study.repairs[0]


def test_a_damaged_log_ahead_gives_back_what_was_in_it(tmp_path):
    """A log with a flipped bit ends there for SQLite; the copies have the rest."""
    with store.open(tmp_path / "a.wb", journal="wal") as study:
        for number in range(5):
            study.save(number, f"item {number}")
        items = study.items()
        shutil.copytree(study.path, tmp_path / "killed.wb")
    log = tmp_path / "killed.wb" / f"{INDEX}-wal"
    assert log.stat().st_size > 0
    flip(log, 8 * 60)
    with store.open(tmp_path / "killed.wb") as study:
        assert study.items() == items
        assert "came back" in study.damage()[0].reason


def test_what_is_damaged_while_it_is_open_is_an_error_and_never_an_answer(whole):
    with store.open(whole) as study:
        (page,) = study.rows("SELECT rootpage FROM sqlite_schema WHERE name = 'revisions'")[0]
        flip(whole / INDEX, 8 * (4096 * (page - 1) + 3000))
        with pytest.raises(WorkbenchError, match="it is damaged"):
            store.Workspace(whole, door="x", journal="wal").items()
        assert study.damage()


def test_a_temporary_rest_is_no_damage(whole):
    (whole / "blobs" / "ab").mkdir(exist_ok=True)
    (whole / "blobs" / "ab" / f".{'ab' * 32}.123.part").write_bytes(os.urandom(9))
    with store.open(whole) as study:
        assert study.damage() == ()
