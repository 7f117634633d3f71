"""A workspace travels as one zip: the same content in the same bytes; anything else is refused."""

import io
import json
import os
import random
import shutil
import struct
import tracemalloc
import zipfile
from collections import namedtuple

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from workbench import store
from workbench.errors import FormatError, LimitError, StorageError, WorkbenchError
from workbench.store.copies import sealed, unsealed

pytestmark = pytest.mark.usefixtures("without_waiting")

N_NAMES = st.integers(1, 3)
values = st.recursive(
    st.integers(-(2**40), 2**40) | st.text(max_size=6) | st.floats(allow_nan=False),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=5,
)
steps = st.lists(
    st.tuples(st.sampled_from(["save", "auto", "remove", "rename", "job"]), N_NAMES, values),
    min_size=1,
    max_size=8,
)


@pytest.fixture
def packed(study, tmp_path):
    study.save([np.arange(700.0), "text"], "item", sources={"from": "a thought"}, seed=3)
    study.save("note", "note")
    return store.pack(study, tmp_path / "study.zip")


def members(path):
    with zipfile.ZipFile(path) as archive:
        return {each.filename: archive.read(each) for each in archive.infolist()}


def zipped(path, named, compression=zipfile.ZIP_STORED):
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, payload in named.items() if isinstance(named, dict) else named:
            archive.writestr(name, payload)
    return path


def do(study, kind, number, value):
    """One step of a history; those that do not fit are passed over."""
    name = f"item {number}"
    if kind == "job":
        with study.transaction() as cursor:
            found = study.put(value)
            cursor.execute(
                "INSERT INTO jobs (task, call, status, created) VALUES ('t', ?, 'running', 1.5)",
                (json.dumps({"value": found}),),
            )
    elif kind == "remove" and study.has(name):
        study.remove(name)
    elif kind == "rename" and study.has(name) and not study.has("renamed"):
        study.rename(name, "renamed")
    elif kind in {"save", "auto"}:
        study.save(value, name, autosave=kind == "auto", sources={"by": value})


SAMPLED = {"suppress_health_check": [HealthCheck.function_scoped_fixture]}


@settings(max_examples=10, **SAMPLED)
@given(steps)
def test_packing_what_was_unpacked_gives_the_same_bytes(tmp_path_factory, history):
    require_same_bytes(tmp_path_factory.mktemp("zip"), history)


@pytest.mark.slow
@pytest.mark.timeout(1200)
@settings(max_examples=500, **SAMPLED)
@given(steps)
def test_packing_500_histories_gives_the_same_bytes(tmp_path_factory, history):
    require_same_bytes(tmp_path_factory.mktemp("zip"), history)


def require_same_bytes(folder, history):
    with store.open(folder / "a.wb") as study:
        for step in history:
            do(study, *step)
        first = store.pack(study, folder / "a.zip").read_bytes()
        assert store.pack(study, folder / "again.zip").read_bytes() == first
        with store.unpack(folder / "a.zip", folder / "b.wb") as copy:
            assert store.pack(copy, folder / "b.zip").read_bytes() == first
            assert copy.items() == study.items()
            seen = [each.position for each in study.changes(0)]
            assert copy.position >= max(seen, default=0)
            assert [each for each in copy.damage() if each.kind != "index"] == []
            assert [copy.load(each) for each in copy.items()] == list(
                map(study.load, study.items())
            )
            statuses = {status for (status,) in copy.rows("SELECT status FROM jobs")}
            assert statuses <= {"cancelled"}


def test_the_copy_goes_on_where_the_first_stopped(packed, tmp_path, study):
    with store.unpack(packed, tmp_path / "copy.wb") as copy:
        assert copy.load("item")[1] == "text"
        assert copy.provenance("item")[0].sources == study.provenance("item")[0].sources
        assert copy.save("next", "note").number == study.latest("note").number + 1
        assert copy.damage() == ()
        assert copy.repairs == ()


def test_nothing_is_unpacked_over_something(packed, tmp_path):
    (tmp_path / "there").mkdir()
    with pytest.raises(StorageError, match="something already"):
        store.unpack(packed, tmp_path / "there")


def test_too_little_room_is_said_in_bytes(packed, tmp_path, monkeypatch):
    usage = namedtuple("usage", "total used free")  # noqa: PYI024  # as the system's
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10, 10, 5))
    with pytest.raises(StorageError, match=r"5 bytes free; expected [0-9,]+ bytes"):
        store.unpack(packed, tmp_path / "copy.wb")
    assert not (tmp_path / "copy.wb").exists()


def test_a_damaged_workspace_is_not_packed(study, tmp_path):
    saved = study.save("x", "note")
    study.blobs.path(saved.hash).write_bytes(b"something else")
    with pytest.raises(FormatError, match="not what was saved"):
        store.pack(study, tmp_path / "bad.zip")
    assert not (tmp_path / "bad.zip").exists()


NAMES = (
    *(
        "../evil",
        "/etc/evil",
        "C:\\evil",
        "C:evil",
        "blobs/../../evil",
        "about.json/../x",
        "a\\..\\b",
    ),
    *(
        "blobs//x",
        "BLOBS/aa/" + "a" * 64,
        "About.json",
        "con",
        "nul.json",
        "./about.json",
        " about.json",
    ),
    *(
        "revisions/1.json",
        "revisions/000000001.json ",
        "revisions/00000000\u0661.json",
        "blobs/",
        "index.sqlite",
    ),
    *(
        "blobs/ab/" + "a" * 64,
        "blobs/aa/" + "a" * 63,
        "blobs/aa/" + "A" * 64,
        "about.json\n",
        ".lock",
    ),
)


@pytest.mark.parametrize("name", NAMES)
def test_other_names_are_refused_and_nothing_is_written(packed, tmp_path, name):
    bad = zipped(tmp_path / "bad.zip", {**members(packed), name: b"evil"})
    refused(bad, tmp_path)


def crafted(draw):
    """A name that might lead out of a folder, or be something else on another system."""
    out = (
        "..",
        "../..",
        "/",
        "//host/share",
        "C:",
        "C:/",
        "\\\\host",
        "~",
        ".",
        "",
        " ",
        "NUL",
        "%2e%2e",
    )
    inside = (
        "blobs",
        "revisions",
        "aa",
        "a" * 64,
        "000000001.json",
        "about.json",
        "evil",
        "aux.json",
    )
    parts = [draw.choice(out), *(draw.choice(out + inside) for _ in range(draw.randrange(4)))]
    return draw.choice("/\\").join(parts) + draw.choice(["", " ", ".", "::$DATA", "\u202e", "/"])


def test_200_crafted_names_write_nothing(packed, tmp_path):
    draw, named = random.Random(0), members(packed)
    names = {crafted(draw) for _ in range(400)} - {""}
    for name in sorted(names)[:200]:
        refused(zipped(tmp_path / "bad.zip", {**named, name: b"evil"}), tmp_path)


def test_names_that_end_at_a_nul_are_refused(packed, tmp_path):
    payload = zipped(
        tmp_path / "bad.zip", {**members(packed), "jobs.jsonXevil": b"{}"}
    ).read_bytes()
    (tmp_path / "bad.zip").write_bytes(payload.replace(b"jobs.jsonXevil", b"jobs.json\0evil"))
    refused(tmp_path / "bad.zip", tmp_path)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_the_same_name_twice_is_refused(packed, tmp_path):
    listed = [*members(packed).items(), ("about.json", members(packed)["about.json"])]
    refused(zipped(tmp_path / "bad.zip", listed), tmp_path, match="twice")


def test_links_and_compressed_members_are_refused_or_only_bytes(packed, tmp_path):
    bad = zipped(tmp_path / "bad.zip", members(packed), zipfile.ZIP_DEFLATED)
    refused(bad, tmp_path, match="compressed")
    link = zipfile.ZipInfo("link")
    link.external_attr = 0o120777 << 16
    refused(zipped(bad, [*members(packed).items(), (link, "/etc/passwd")]), tmp_path)


def test_a_bomb_is_refused_before_anything_is_taken(tmp_path):
    bomb = tmp_path / "bomb.zip"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("about.json", bytes(80 * 2**20))
    require_cheap(bomb, tmp_path)


def test_a_million_members_are_refused_before_they_are_listed(tmp_path):
    bomb = tmp_path / "bomb.zip"
    end = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, 10**6, 10**6, 60 * 10**6, 0)
    locator = struct.pack("<4sLQL", b"PK\6\7", 0, 60 * 10**6, 1)
    last = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    with bomb.open("wb") as stream:
        stream.seek(60 * 10**6)
        stream.write(end + locator + last)
    require_cheap(bomb, tmp_path, match="too many members")


def require_cheap(bomb, tmp_path, match=None):
    tracemalloc.start()
    try:
        refused(bomb, tmp_path, match=match)
        assert tracemalloc.get_traced_memory()[1] < 64 * 2**20
    finally:
        tracemalloc.stop()


def test_members_that_overlap_are_refused(packed, tmp_path):
    """Two names for the same bytes: each is whole, together they are more than the file."""
    with zipfile.ZipFile(packed) as archive:
        listed = {each.filename: each for each in archive.infolist()}
        big = max(listed.values(), key=lambda each: each.file_size)
        payload, start = packed.read_bytes(), archive.start_dir
    central = io.BytesIO()
    n_extra = 40
    for number in range(n_extra):
        name = f"revisions/{number + 500:09d}.json".encode()
        central.write(
            struct.pack(
                "<4s4B4HL2L5H2L", b"PK\1\2", 20, 3, 20, 0, 0, 0, 0, 33, big.CRC, big.file_size,
                big.file_size, len(name), 0, 0, 0, 0, 0, big.header_offset,
            ) + name
        )  # fmt: skip
    body, end = payload[start:-22], payload[-22:]
    fields = list(struct.unpack("<4s4H2LH", end))
    fields[3] = fields[4] = fields[4] + n_extra
    fields[5] += len(central.getvalue())
    bad = tmp_path / "bad.zip"
    bad.write_bytes(payload[:start] + body + central.getvalue() + struct.pack("<4s4H2LH", *fields))
    refused(bad, tmp_path, match="overlap")


def changed(packed, path, name, change):
    """The archive with the facts in one member changed, and sealed again."""
    named = members(packed)
    facts = unsealed(named[name], name)
    change(facts)
    return zipped(path, {**named, name: sealed(facts)})


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("about.json", lambda facts: facts.update(format="another")),
        ("about.json", lambda facts: facts.pop("id")),
        ("blobs.json", lambda facts: facts.update(blobs=[["x", "note", 1, []]])),
        ("blobs.json", lambda facts: facts["blobs"][0].__setitem__(2, 7)),
        ("blobs.json", lambda facts: facts["blobs"].pop()),
        ("blobs.json", lambda facts: facts["blobs"][0][3].append("0" * 64)),
        ("jobs.json", lambda facts: facts.update(jobs=[{"id": 1}])),
        ("jobs.json", lambda facts: facts.update(values=[[1, 2, 3, 4]])),
        ("revisions/000000001.json", lambda facts: facts.update(number=2)),
        ("revisions/000000001.json", lambda facts: facts.update(hash="../x")),
        ("revisions/000000001.json", lambda facts: facts.update(seed="7")),
        ("revisions/000000001.json", lambda facts: facts.update(number=10**30)),
        ("revisions/000000001.json", lambda facts: facts.update(more=1)),
    ],
)
def test_facts_that_do_not_fit_are_refused(packed, tmp_path, name, change):
    refused(changed(packed, tmp_path / "bad.zip", name, change), tmp_path)


def test_jobs_that_would_run_are_refused(study, tmp_path):
    with study.transaction() as cursor:
        cursor.execute("INSERT INTO jobs (task, status, created) VALUES ('t', 'done', 1.0)")
    path = store.pack(study, tmp_path / "study.zip")
    bad = changed(
        path, tmp_path / "bad.zip", "jobs.json", lambda f: f["jobs"][0].update(status="queued")
    )
    refused(bad, tmp_path, match="jobs")


def test_a_payload_under_another_name_is_refused(packed, tmp_path):
    named = members(packed)
    name = next(name for name in named if name.startswith("blobs/"))
    refused(zipped(tmp_path / "bad.zip", {**named, name: named[name][::-1]}), tmp_path)


def test_missing_members_are_refused(packed, tmp_path):
    for name in members(packed):
        if not name.startswith("revisions/"):
            rest = {each: payload for each, payload in members(packed).items() if each != name}
            refused(zipped(tmp_path / "bad.zip", rest), tmp_path)


def test_bytes_changed_anywhere_never_pass_as_whole(packed, tmp_path):
    whole = packed.read_bytes()
    draw = np.random.default_rng(0)
    with store.open(tmp_path / "study.wb") as study:
        items = study.items()
    for bit in draw.integers(0, 8 * len(whole), 40):
        payload = bytearray(whole)
        payload[bit // 8] ^= 1 << bit % 8
        (tmp_path / "bad.zip").write_bytes(payload)
        try:
            with store.unpack(tmp_path / "bad.zip", tmp_path / "copy.wb") as copy:
                assert copy.items() == items  # the bit has no meaning: a date, an attribute
                assert copy.damage() == ()
            shutil.rmtree(tmp_path / "copy.wb")
        except WorkbenchError:
            assert not (tmp_path / "copy.wb").exists()


@pytest.mark.parametrize("payload", [b"", b"PK", b"no zip at all" * 9, b"PK\5\6" + bytes(18)])
def test_what_is_no_zip_is_refused(tmp_path, payload):
    (tmp_path / "bad.zip").write_bytes(payload)
    refused(tmp_path / "bad.zip", tmp_path)


def test_a_missing_archive_is_named(tmp_path):
    refused(tmp_path / "none.zip", tmp_path, match="no such file")


def refused(path, tmp_path, match=None):
    before = {each.name for each in tmp_path.iterdir()}
    with pytest.raises((FormatError, LimitError), match=match):
        store.unpack(path, tmp_path / "target.wb")
    assert {each.name for each in tmp_path.iterdir()} == before
    assert not os.path.lexists(tmp_path.parent / "evil")
