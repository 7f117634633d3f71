"""workbench theory: a class in rules, measured, and counted by a real database."""

import json

import duckdb
import pytest

import workbench as wb
from workbench.cli import main

QUICK = ["--latents", "2", "--epochs", "2"]


def run(capsys, *arguments):
    code = main(["theory", *map(str, arguments), *QUICK])
    return code, *capsys.readouterr()


def expected():
    data = wb.data.load("iris", bins=4)
    frame = wb.studies.original(wb.data.load("iris"))
    return wb.studies.describe(data, frame, "setosa", latents=2, epochs=2)


def test_it_is_the_theory_of_the_same_work_in_python(capsys):
    code, out, _ = run(capsys, "iris", "--label", "setosa")
    assert code == 0
    described = expected()
    assert out.startswith(f"{described.theory}\n")
    assert f"{described.check.count:,} rows by SQL, the same by the theory" in out


def test_json_has_theory_rules_measures_and_check(capsys):
    code, out, err = run(capsys, "iris", "--label", "setosa", "--as", "json", "--json")
    assert (code, err) == (0, "")
    told, described = json.loads(out), expected()
    assert wb.theories.from_json(told["theory"]) == described.theory
    assert len(told["rules"]) == described.theory.n_rules
    recall = described.measures.recall
    assert told["measures"]["recall"] == {
        "value": recall.value,
        "low": recall.low,
        "high": recall.high,
    }
    assert told["measures"]["bits"]["value"] == described.theory.bits
    assert told["check"]["count"] == told["check"]["mask_count"] == described.check.count


@pytest.mark.parametrize(
    ("language", "mark"),
    [("sql", "SELECT"), ("latex", "\\"), ("sentences", "."), ("text", "petal")],
)
def test_it_is_written_in_each_language(language, mark, tmp_path, capsys):
    suffix = {"sql": "sql", "latex": "tex", "sentences": "md", "text": "txt"}[language]
    out = tmp_path / f"theory.{suffix}"
    code, shown, _ = run(capsys, "iris", "--label", "setosa", "--as", language, "--out", out)
    assert code == 0
    assert mark in out.read_text()
    assert shown.startswith(out.read_text())


def test_it_is_drawn(tmp_path, capsys):
    out = tmp_path / "theory.pdf"
    code, shown, _ = run(capsys, "iris", "--label", "setosa", "--out", out)
    assert code == 0
    assert out.read_bytes().startswith(b"%PDF")
    assert str(out) in shown


def test_the_sql_of_an_own_table_runs_there(tmp_path, capsys):
    table = tmp_path / "animals.csv"
    table.write_text(
        "legs,skin,kind\n" + "4,fur,cat\n2,feather,bird\n4,fur,cat\n0,scale,fish\n" * 25
    )
    code, out, _ = run(
        capsys, table, "--target", "kind", "--label", "bird", "--as", "sql", "--json"
    )
    assert code == 0
    told = json.loads(out)
    data = duckdb.read_csv(str(table))  # noqa: F841  # named in the query
    found = duckdb.sql(told["theory"]).fetchall()
    assert len(found) == told["check"]["count"] == 25


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["iris", "--label", "nonsense"], "setosa"),
        (["photographs", "--label", "x"], "no classes"),
        (["absent.csv", "--label", "x", "--target", "y"], "absent.csv"),
        (["iris", "--label", "setosa", "--as", "prose"], "sentences"),
        (["iris", "--label", "setosa", "--as", "sql", "--dialect", "nonsense"], "nonsense"),
    ],
)
def test_what_cannot_be_described_is_refused(arguments, message, capsys):
    code, _, err = run(capsys, *arguments)
    assert code == 2
    assert message in err
    assert "Traceback" not in err
