from dataclasses import replace

import numpy as np
import pytest

from workbench.circuits import check
from workbench.core.progress import silent
from workbench.core.tables import Table
from workbench.data import load
from workbench.errors import Cancelled, DataError, WorkbenchError
from workbench.reasoning import problems
from workbench.store import open as open_workspace
from workbench.store.codecs import decode, encode
from workbench.studies import (
    KINDS,
    CurveChoice,
    Doubt,
    Doubted,
    Outcomes,
    Recipe,
    Records,
    Source,
    begun,
    compute,
    coverage,
    demo_study,
    describe,
    fill,
    learn_circuit,
    original,
    rule_table,
    watched,
)
from workbench.studies.live import _Kept
from workbench.uncertainty import Score, separation

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


def test_a_stored_study_is_the_same(study, tmp_path):
    with open_workspace(tmp_path / "kept.wb") as workspace:
        fill(workspace, study)
    with open_workspace(tmp_path / "kept.wb", create=False) as workspace:
        learned, pruned = workspace.load("circuit"), workspace.load("pruned circuit")
        described, records = workspace.load("theory of 3"), workspace.load("records")
        runs = [workspace.load(name) for name in ("run 1", "run 2")]
        assert workspace.provenance("pruned circuit")[1].revision.name == "circuit"
    assert learned.circuit == study.learned.circuit
    assert learned.data.hash == study.learned.data.hash
    assert learned.test_log_likelihood == study.learned.test_log_likelihood
    assert learned.history["valid"].tolist() == study.learned.history["valid"].tolist()
    assert pruned.circuit == study.pruned.circuit
    assert described.theory.hash == study.described.theory.hash
    assert described.check == study.described.check
    assert [run.events.hash for run in runs] == [run.events.hash for run in study.runs]
    assert {name: one.records.hash for name, one in records.methods.items()} == {
        name: table.hash for name, table in study.records.items()
    }


def test_it_is_computed_once_for_each_recipe(study, tmp_path, monkeypatch):
    computed = []

    def counted(recipe, report):
        computed.append(recipe)
        return replace(study, recipe=recipe)

    monkeypatch.setattr("workbench.studies.demo.compute", counted)
    path = demo_study(tmp_path, recipe=TINY)
    demo_study(tmp_path, recipe=TINY)
    assert path == tmp_path / "digits.wb"
    assert computed == [TINY]
    other = replace(TINY, seed=1)
    demo_study(tmp_path, recipe=other)
    assert computed == [TINY, other]


def test_what_somebody_saved_there_stays_the_latest(study, tmp_path, monkeypatch):
    monkeypatch.setattr(
        "workbench.studies.demo.compute", lambda recipe, _: replace(study, recipe=recipe)
    )
    path = demo_study(tmp_path, recipe=TINY)
    with open_workspace(path, door="notebook") as workspace:
        mine = workspace.save("my own", "circuit")
        workspace.save("and this", "thoughts")
    demo_study(tmp_path, recipe=replace(TINY, seed=1))
    with open_workspace(path) as workspace:
        assert workspace.latest("circuit") == mine
        assert workspace.load("thoughts") == "and this"
        assert workspace.load("recipe")["seed"] == 1


def test_a_folder_that_cannot_be_written_is_refused(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    with pytest.raises(WorkbenchError):
        demo_study(blocked, recipe=TINY)


def test_cancelling_leaves_nothing_half_done(tmp_path):
    def stop(share, text="", /, **values):
        if share > 0.1:
            raise Cancelled

    with pytest.raises(Cancelled):
        demo_study(tmp_path, stop, recipe=TINY)
    with open_workspace(tmp_path / "digits.wb") as workspace:
        assert workspace.items() == ()


@pytest.mark.parametrize("name", [*KINDS, "run"])
def test_values_of_studies_are_stored_and_read_back_byte_for_byte(name, examples):
    encoded = encode(examples[name])
    again = decode(encoded.root, lambda stored: encoded.blobs[stored].payload)
    assert type(again) is type(examples[name])
    assert encode(again) == encoded


@pytest.fixture(scope="module")
def examples(study):
    """A value of each kind."""
    records = Records("x", {"one": Outcomes(study.records["one sample"])})
    data = load("iris", bins=3)
    return {
        "choice": CurveChoice(level=0.8),
        "coverage": coverage(records.methods),
        "described": study.described,
        "learned": study.learned,
        "outcomes": records.methods["one"],
        "records": records,
        "run": study.runs[0],
        "source": Source(data, original(load("iris"))),
        "doubt": found_doubt(),
        "doubted": Doubted((study.learned.circuit,), found_doubt()),
    }


def found_doubt():
    values = {"a": {"u": np.arange(3.0), "v": np.arange(4.0)}}
    table = Table({"quantity": np.array(["likelihood"], object), "row": np.array([0])})
    return Doubt(0.05, separation({Score("S"): values["a"]}, "u"), None, table, 10, 0.5, "")


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


def test_recipes_have_keys_of_their_own():
    keys = {Recipe(seed=seed).key() for seed in range(5)}
    assert len(keys) == 5
    assert Recipe().key() == Recipe().key()


class Always(_Kept):
    is_due = True


def test_a_search_that_was_kept_goes_on_to_the_same_end():
    task, kept = problems.countdown([3, 7, 5, 9], 24), []
    whole = watched(begun(task, "best_of_n", params={"n": 20}))
    first = begun(task, "best_of_n", params={"n": 20})
    first.resume(checkpoints=Always(first, kept.append))
    half = kept[len(kept) // 2]
    assert half.status == "paused"
    assert watched(half).events.hash == whole.events.hash


@pytest.mark.slow
def test_the_embedded_study_learns_digits_and_more_samples_help():
    study = compute(Recipe())
    assert study.learned.test_log_likelihood > -92.0
    assert study.described.check.equal
    assert study.described.measures.recall.value > 0.5
    assert study.described.measures.precision.value > 0.5
    solved = {name: table["correct"].mean() for name, table in study.records.items()}
    assert solved["beam search"] > solved["best of 8"] > solved["one sample"]


def test_a_job_learns_the_structure_that_was_chosen():
    learned = learn_circuit("iris", bins=3, epochs=1, structure="chow_liu")
    assert check(learned.circuit).deterministic
    with pytest.raises(WorkbenchError, match="image"):
        learn_circuit("iris", bins=3, structure="quad_tree")
