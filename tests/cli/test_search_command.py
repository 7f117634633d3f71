"""workbench search: a real search, its cost, and the run on disk."""

import json

import pytest

from workbench.cli import main
from workbench.cli.search import parse_task
from workbench.errors import ParameterError
from workbench.reasoning import algorithms, load_run

TASK = "3 7 5 9 -> 24"


def run(capsys, *arguments):
    code = main(["search", *map(str, arguments)])
    captured = capsys.readouterr()
    return code, facts(captured.out), captured.err


def facts(out):
    pairs = (line.split(maxsplit=1) for line in out.splitlines())
    return {pair[0]: pair[-1].strip() for pair in pairs}


@pytest.mark.parametrize("algorithm", sorted(algorithms()))
def test_every_algorithm_searches_within_its_tokens(algorithm, capsys):
    code, found, _ = run(capsys, "--task", TASK, "--algorithm", algorithm, "--tokens", 500)
    assert code == 0
    assert int(found["tokens"].split(" of ")[0]) <= 500
    assert int(found["nodes"]) > 1


def test_what_is_printed_is_what_is_saved(tmp_path, capsys):
    path = tmp_path / "run.jsonl"
    code, found, _ = run(capsys, "--task", TASK, "--tokens", 4000, "--seed", 3, "--out", path)
    saved = load_run(path)
    assert code == 0
    assert found["answer"] == (saved.answer or "none")
    assert found["nodes"] == f"{saved.tree.n_nodes:,}"
    assert found["tokens"] == f"{saved.ledger.tokens:,} of 4,000"


def test_equal_seeds_print_equal_runs(capsys):
    first, second = (run(capsys, "--task", TASK, "--seed", 5) for _ in range(2))
    assert first[1] == second[1]


def test_an_answer_reaches_the_target(capsys):
    _, found, _ = run(capsys, "--task", TASK, "--tokens", 20_000)
    assert found["solved"] == "yes"
    assert eval(found["answer"]) == 24  # noqa: S307  # the oracle of this test


@pytest.mark.parametrize("text", ["", "3 7", "-> 24", "3 7 -> x", "3;7 -> 24", "1 -> 2 -> 3"])
def test_bad_tasks_are_quoted(text, capsys):
    code, _, err = run(capsys, "--task", text)
    assert code == 2
    assert repr(text) in err


def test_an_unknown_algorithm_lists_the_known(capsys):
    code, _, err = run(capsys, "--task", TASK, "--algorithm", "nonsense")
    assert code == 2
    assert "beam" in err


def test_spaces_and_commas_separate_numbers():
    assert parse_task(" 3,7  5 , 9->24 ") == ([3, 7, 5, 9], 24)


def test_too_long_numbers_are_refused():
    with pytest.raises(ParameterError):
        parse_task("1" * 5000 + " -> 3")


def test_json_is_what_was_saved(tmp_path, capsys):
    path = tmp_path / "run.jsonl"
    assert main(["search", "--task", TASK, "--seed", "3", "--out", str(path), "--json"]) == 0
    shown = capsys.readouterr()
    told, saved = json.loads(shown.out), load_run(path)
    assert shown.err == ""
    assert told == {
        "answer": saved.answer,
        "solved": saved.solved,
        "ended": saved.status,
        "nodes": saved.tree.n_nodes,
        "tokens": saved.ledger.tokens,
        "tokens_allowed": 4000,
        "algorithm": "beam",
        "seed": 3,
        "saved": str(path),
    }
