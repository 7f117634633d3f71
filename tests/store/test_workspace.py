"""Values are kept with their history, and found again by name, number, hash and change."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from workbench import store
from workbench.errors import FormatError, ParameterError

pytestmark = pytest.mark.usefixtures("without_waiting")

plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=10,
)


def test_what_is_saved_is_loaded(study):
    rows = np.arange(12.0).reshape(3, 4)
    study.save({"a": rows, "b": [1, None, "text"]}, "item")
    value = study.load("item")
    np.testing.assert_array_equal(value["a"], rows)
    assert value["b"] == [1, None, "text"]


def test_a_revision_says_who_made_what_from_what(study):
    first = study.save("data", "data")
    saved = study.save(
        [1], "item", sources={"data": first, "note": "by value", "same": first.hash},
        recipe="fit", seed=7, note="why",
    )  # fmt: skip
    assert dict(saved.sources) == {
        "data": first.hash,
        "note": study.put("by value"),
        "same": first.hash,
    }
    assert (saved.recipe, saved.seed, saved.note, saved.door) == ("fit", 7, "why", "python")
    assert saved.kind == store.kind_of([1])
    assert saved.n_bytes == len(study.bytes_of(saved.hash))


def test_equal_content_adds_nothing(study):
    first = study.save([1, 2], "item")
    assert study.save([1, 2], "item") == first
    assert study.history("item") == (first,)


def test_what_an_autosave_kept_is_saved_again_when_asked_for(study):
    auto = study.save([1], "item", autosave=True)
    assert study.save([1], "item", autosave=True) == auto
    asked = study.save([1], "item")
    assert (asked.number, asked.is_autosave) == (auto.number + 1, False)
    assert study.save([1], "item", autosave=True) == asked


def test_history_is_newest_first_and_can_be_loaded(study):
    saved = [study.save(number, "item") for number in range(4)]
    assert study.history("item") == tuple(saved[::-1])
    assert [study.load("item", number=each.number) for each in saved] == [0, 1, 2, 3]
    assert study.load(saved[1]) == 1
    with pytest.raises(ParameterError, match="no such revision of 'item'"):
        study.load("item", number=99)


def test_items_are_the_latest_of_each_name(study):
    study.save("text", "a")
    study.save([1], "b")
    study.save("other", "a")
    assert [(each.name, study.load(each)) for each in study.items()] == [("a", "other"), ("b", [1])]
    assert [each.name for each in study.items(store.kind_of("text"))] == ["a"]


def test_what_is_removed_keeps_its_history(study):
    study.save("x", "item")
    study.remove("item")
    assert study.items() == ()
    assert not study.has("item")
    with pytest.raises(ParameterError, match="nothing in study has this name"):
        study.load("item")
    assert [study.load(each) for each in study.history("item")] == ["x"]
    study.save("x", "item")
    assert study.load("item") == "x"


def test_a_new_name_takes_the_history_along(study):
    study.save(1, "old")
    study.save(2, "old", recipe="made", seed=3)
    renamed = study.rename("old", "new")
    assert (renamed.recipe, renamed.seed) == ("made", 3)
    assert [study.load(each) for each in study.history("new")] == [2, 2, 1]
    assert [each.name for each in study.items()] == ["new"]
    study.save(5, "other")
    with pytest.raises(ParameterError, match="there is a 'other' already"):
        study.rename("new", "other")
    study.save("another", "old")
    assert [study.load(each) for each in study.history("new")] == [2, 2, 1]


@pytest.mark.parametrize("name", ["", "  ", "a\nb", "a\0b", "x" * 201, 5])
def test_bad_names_are_refused(study, name):
    with pytest.raises(ParameterError, match="cannot be a name"):
        study.save(1, name)


def test_provenance_leads_to_the_roots(study):
    data = study.save("data", "data")
    study.save("circuit", "circuit", sources={"data": data}, seed=1, recipe="fit")
    study.save("pruned", "pruned", sources={"circuit": study.latest("circuit"), "data": data})
    made = study.provenance("pruned")
    assert [study.get(each.hash) for each in made] == ["pruned", "circuit", "data"]
    assert (made[1].revision.seed, made[1].revision.recipe) == (1, "fit")
    assert made[2].sources == ()
    assert study.provenance(data.hash) == made[2:]
    with pytest.raises(ParameterError, match="no such blob"):
        study.provenance("0" * 64)


def test_the_same_part_is_stored_once(study):
    rows = np.arange(5000.0)
    before = len(list(study.blobs.names()))
    study.save([rows, "first"], "a")
    study.save([rows, "second"], "b")
    assert len(list(study.blobs.names())) == before + 3


def test_find_and_changes(study):
    one = study.save("x", "a")
    position = study.position
    two = study.save("x", "b")
    gone = study.remove("a")
    assert study.find(one.hash) == (two, one)
    assert study.changes(position) == (two, gone)
    assert study.changes(study.position) == ()


def test_a_transaction_is_whole(study):
    class Stop(Exception):
        pass

    with pytest.raises(Stop), study.transaction() as cursor:  # noqa: PT012  # what breaks it off
        study.save("half", "note")
        cursor.execute("INSERT INTO facts VALUES ('mine', 1)")
        raise Stop
    assert study.items() == ()
    assert study.rows("SELECT * FROM facts WHERE key = 'mine'") == []
    with study.transaction() as cursor:
        study.save("whole", "note")
        cursor.execute("INSERT INTO facts VALUES ('mine', 1)")
        assert study.load("note") == "whole"
    assert list(study.copies.numbers()) == [study.latest("note").number]


def test_put_has_no_name_and_keep_checks_hashes(study):
    found = study.put({"a": 1})
    assert study.get(found) == {"a": 1}
    assert study.items() == ()
    made = store.codecs.encode("elsewhere")
    study.keep(made.blobs)
    assert study.get(made.root) == "elsewhere"
    with pytest.raises(ParameterError, match="not its hash"):
        study.keep({"0" * 64: made.blobs[made.root]})


def test_blobs_are_called_by_hashes_only(study):
    for name in ("../about.json", "A" * 64, ""):
        with pytest.raises(ParameterError, match="no such blob"):
            study.bytes_of(name)
    with pytest.raises(FormatError, match="missing"):
        study.bytes_of("0" * 64)


def test_a_closed_workspace_says_so(study):
    study.close()
    with pytest.raises(ParameterError, match="is closed"):
        study.items()


SAMPLED = {"suppress_health_check": [HealthCheck.function_scoped_fixture]}
named = st.dictionaries(st.text("abc", min_size=1, max_size=3), plain, min_size=1, max_size=4)


@settings(max_examples=12, **SAMPLED)
@given(named)
def test_save_load_save_is_byte_identical(tmp_path_factory, values):
    require_same_bytes(tmp_path_factory.mktemp("round"), values)


@pytest.mark.slow
@pytest.mark.timeout(1200)
@settings(max_examples=1000, **SAMPLED)
@given(named)
def test_save_load_save_of_1000_workspaces_is_byte_identical(tmp_path_factory, values):
    require_same_bytes(tmp_path_factory.mktemp("round"), values)


def require_same_bytes(folder, values):
    with store.open(folder / "a.wb") as first, store.open(folder / "b.wb") as second:
        for name, value in values.items():
            first.save(value, name)
            second.save(first.load(name), name)
        hashes = [{each.name: each.hash for each in opened.items()} for opened in (first, second)]
        assert hashes[0] == hashes[1]
        for found in hashes[0].values():
            assert first.bytes_of(found) == second.bytes_of(found)
