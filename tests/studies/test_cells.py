import numpy as np
import pytest
from interrupting import interrupted

from workbench.core.checkpoints import NOWHERE
from workbench.data import load
from workbench.errors import DataError, ParameterError
from workbench.inference import log_likelihood
from workbench.jobs.tasks import find
from workbench.reasoning import Budget, algorithms, problems, search_many, verifiers
from workbench.store.codecs import decode, encode
from workbench.studies.cells import LearnedCell, SearchedCell, learn_cell, search_cell

LEARN = {"data": "iris", "latents": 2, "epochs": 3, "bins": 4, "batch": 16}
SEARCH = {"algorithm": "beam", "n": 8, "n_tasks": 6, "n_numbers": 4, "noise": 2.0}
CELLS = {"learn": (learn_cell, LEARN), "search": (search_cell, SEARCH)}
every_cell = pytest.mark.parametrize("name", CELLS)


def fetched(encoded):
    return lambda name: encoded.blobs[name].payload


@every_cell
def test_equal_cells_have_equal_blobs_and_other_seeds_others(name):
    cell, options = CELLS[name]
    roots = [encode(cell(**options, seed=seed)).root for seed in (1, 1, 2)]
    assert roots[0] == roots[1] != roots[2]


@every_cell
def test_an_interrupted_cell_has_the_same_blobs(name):
    cell, options = CELLS[name]

    def work(kept):
        return encode(cell(**options, checkpoints=kept)).root

    assert interrupted(work, [1, 2]) == work(NOWHERE)


@every_cell
def test_it_is_stored_and_read_back_whole(name):
    cell, options = CELLS[name]
    encoded = encode(cell(**options))
    again = decode(encoded.root, fetched(encoded))
    assert isinstance(again, LearnedCell | SearchedCell)
    assert encode(again).root == encoded.root


@every_cell
def test_jobs_may_call_it_and_its_last_report_has_the_measures(name):
    cell, options = CELLS[name]
    assert find(f"studies.cells.{name}_cell").function is cell
    reports = []
    found = cell(**options, on_progress=lambda share, text="", /, **values: reports.append(values))
    assert reports[-1] == found.measures


def test_measures_are_those_of_the_circuit_on_rows_that_no_seed_changes():
    data = load("iris", bins=4)
    for seed in (0, 5):
        cell = learn_cell(**LEARN, seed=seed)
        for split in ("train", "test"):
            wanted = log_likelihood(cell.circuit, getattr(data, split)).mean()
            assert cell.measures[split] == pytest.approx(wanted, abs=1e-12)
        assert cell.measures["best_epoch"] == np.argmax(cell.history["valid"])
        assert cell.measures["edges"] == cell.circuit.n_edges


def test_a_dataset_without_test_rows_has_no_measure_of_them():
    rows = load("iris", bins=4)
    bare = type(rows)("bare", rows.variables, rows.train, rows.train[:0], rows.train[:0])
    assert {"valid", "test"}.isdisjoint(learn_cell(bare, latents=2, epochs=1).measures)


@pytest.mark.parametrize("algorithm", sorted(algorithms()))
def test_outcomes_are_those_of_the_searches(algorithm):
    tasks = problems.countdown_set(3, size=3)
    cell = search_cell(tasks, algorithm, n=8, tokens=200, noise=1.0, seed=4)
    runs = search_many(
        tasks,
        algorithm,
        params={"n": 8},
        budget=Budget(tokens=200),
        seed=4,
        verifier=verifiers.Oracle(noise=1.0, seed=4),
    )
    assert cell.outcomes["correct"].tolist() == [run.solved for run in runs]
    assert cell.outcomes["tokens"].tolist() == [run.ledger.tokens for run in runs]
    assert cell.measures["solved"] == np.mean([run.solved for run in runs])
    assert (cell.outcomes["tokens"] <= 200).all()


def test_one_task_may_come_alone():
    assert search_cell(problems.countdown([2, 3, 4], 24)).outcomes.n_rows == 1


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: learn_cell("/etc/passwd"), DataError, "built-in"),
        (lambda: learn_cell("iris", structure="magic"), ParameterError, "magic"),
        (lambda: search_cell(()), ParameterError, "no tasks"),
        (lambda: search_cell(algorithm="magic"), ParameterError, "magic"),
    ],
)
def test_bad_requests_are_named(call, error, words):
    with pytest.raises(error, match=words):
        call()
