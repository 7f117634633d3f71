import json
import shutil

import numpy as np
import pytest

from workbench.core.progress import silent
from workbench.data import load
from workbench.errors import Cancelled, DataError, FormatError
from workbench.studies import (
    Recipe,
    compute,
    demo_study,
    describe,
    original,
    rule_table,
)
from workbench.studies.cache import load_study, save_study

TINY = Recipe(
    latents=2, epochs=1, label_latents=2, n_tasks=3, n_numbers=3, n_samples=4, n_repeats=2
)


@pytest.fixture(scope="module")
def study():
    return compute(TINY)


def test_every_number_follows_from_the_recipe(study):
    again = compute(TINY)
    assert again.learned.circuit == study.learned.circuit
    assert again.pruned.bound == study.pruned.bound
    assert str(again.described.theory) == str(study.described.theory)
    for name, table in study.records.items():
        assert again.records[name].hash == table.hash
    assert [run.events.hash for run in again.runs] == [run.events.hash for run in study.runs]


def test_pruning_keeps_its_share_and_its_bound(study):
    before, after = study.learned.circuit, study.pruned.circuit
    assert after.is_sum_edge.sum() <= 0.75 * before.is_sum_edge.sum()
    assert study.pruned.loss <= study.pruned.bound + 1e-9


def test_the_query_counts_what_the_theory_covers(study):
    assert study.described.check.equal
    table = rule_table(study.described)
    assert (table["of_class"] <= table["of_all"]).all()
    assert study.described.measures.recall.hits <= table["of_class"].sum()


def test_records_have_one_row_per_sample(study):
    records = study.records["one sample"]
    assert np.bincount(records["problem"]).tolist() == [TINY.n_samples] * TINY.n_tasks
    assert (records["tokens"] > 0).all()
    for name in ("beam search", "best of 8"):
        counts = np.bincount(study.records[name]["problem"])
        assert counts.tolist() == [TINY.n_repeats] * TINY.n_tasks


def test_a_cached_study_is_the_same(study, tmp_path):
    save_study(study, tmp_path / "kept")
    loaded = load_study(TINY, tmp_path / "kept")
    assert loaded.learned.circuit == study.learned.circuit
    assert loaded.learned.test_log_likelihood == study.learned.test_log_likelihood
    assert loaded.learned.history["valid"].tolist() == study.learned.history["valid"].tolist()
    assert loaded.pruned.circuit == study.pruned.circuit
    assert loaded.described.theory.hash == study.described.theory.hash
    assert [run.events.hash for run in loaded.runs] == [run.events.hash for run in study.runs]
    assert {name: t.hash for name, t in loaded.records.items()} == {
        name: t.hash for name, t in study.records.items()
    }


def test_only_plain_files_are_kept(study, tmp_path):
    folder = save_study(study, tmp_path / "kept")
    assert {path.suffix for path in folder.iterdir()} == {".wbc", ".json", ".jsonl", ".csv"}
    assert list(tmp_path.iterdir()) == [folder]


def test_saving_again_replaces_the_whole(study, tmp_path):
    folder = save_study(study, tmp_path / "kept")
    (folder / "stray.txt").write_text("left over")
    save_study(study, folder)
    assert not (folder / "stray.txt").exists()


@pytest.mark.parametrize("name", ["circuit.wbc", "history.csv", "run-0.jsonl", "theory.json"])
def test_a_changed_byte_is_noticed_and_the_study_computed_again(study, tmp_path, name, monkeypatch):
    monkeypatch.setattr("workbench.studies.demo.compute", lambda recipe, report: study)
    folder = tmp_path / f"study-{TINY.key()}"
    save_study(study, folder)
    payload = bytearray((folder / name).read_bytes())
    payload[len(payload) // 2] ^= 1
    (folder / name).write_bytes(payload)
    with pytest.raises(FormatError, match="its content has changed"):
        load_study(TINY, folder)
    repaired = demo_study(tmp_path, recipe=TINY)
    assert "computed again" in repaired.note
    assert name in repaired.note
    assert demo_study(tmp_path, recipe=TINY).note == ""


@pytest.mark.parametrize("text", ["", "{", "[]", '{"files": 3}', '{"files": {}, "recipe": {}}'])
def test_a_bad_manifest_is_refused(study, tmp_path, text):
    folder = save_study(study, tmp_path / "kept")
    (folder / "study.json").write_text(text)
    with pytest.raises(FormatError):
        load_study(TINY, folder)


def test_a_file_outside_the_folder_is_never_read(study, tmp_path):
    folder = save_study(study, tmp_path / "kept")
    facts = json.loads((folder / "study.json").read_text())
    facts["files"] = {"../secret": "0"}
    (tmp_path / "secret").write_text("secret")
    (folder / "study.json").write_text(json.dumps(facts))
    with pytest.raises(FormatError, match="kept/secret"):
        load_study(TINY, folder)


def test_a_folder_that_cannot_be_written_is_only_noted(study, tmp_path, monkeypatch):
    monkeypatch.setattr("workbench.studies.demo.compute", lambda recipe, report: study)
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    assert "could not be kept" in demo_study(blocked, recipe=TINY).note


def test_cancelling_leaves_no_files(tmp_path):
    def stop(share, text="", /, **values):
        if share > 0.1:
            raise Cancelled

    with pytest.raises(Cancelled):
        demo_study(tmp_path, stop, recipe=TINY)
    assert list(tmp_path.iterdir()) == []


def test_progress_only_grows(tmp_path):
    shares = []

    def report(share, text="", /, **values):
        shares.append(share)

    demo_study(tmp_path, report, recipe=TINY)
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


def test_a_class_without_rows_is_refused():
    data = load("iris", bins=3)
    with pytest.raises(DataError, match="no class 'rose'"):
        describe(data, original(load("iris")), "rose", on_progress=silent)


def test_recipes_name_their_folder():
    keys = {Recipe(seed=seed).key() for seed in range(5)}
    assert len(keys) == 5
    assert Recipe().key() == Recipe().key()


def test_a_half_written_folder_is_computed_again(study, tmp_path, monkeypatch):
    folder = tmp_path / f"study-{TINY.key()}"
    save_study(study, folder)
    (folder / "study.json").unlink()
    monkeypatch.setattr("workbench.studies.demo.compute", lambda recipe, report: study)
    assert "computed again" in demo_study(tmp_path, recipe=TINY).note
    shutil.rmtree(folder)


@pytest.mark.slow
def test_the_embedded_study_learns_digits_and_more_samples_help(tmp_path):
    study = demo_study(tmp_path)
    assert study.learned.test_log_likelihood > -92.0
    assert study.described.check.equal
    assert study.described.measures.recall.value > 0.5
    assert study.described.measures.precision.value > 0.5
    solved = {name: table["correct"].mean() for name, table in study.records.items()}
    assert solved["beam search"] > solved["best of 8"] > solved["one sample"]
