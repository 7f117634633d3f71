"""workbench learn: a real circuit from a real table, saved and equal to the same work in Python."""

import json
import re

import pytest

import workbench as wb
from workbench.cli import main


def test_iris_is_learned_saved_and_reported(tmp_path, capsys):
    path = tmp_path / "iris.wbc"
    options = ["--latents", "3", "--epochs", "4", "--bins", "4", "--seed", "1", "--out", str(path)]
    assert main(["learn", "iris", *options]) == 0
    out = capsys.readouterr().out

    saved = wb.circuits.load(path)
    data = wb.data.load("iris", bins=4)
    expected = wb.learning.fit(
        wb.circuits.hclt(data, latents=3, seed=1), data, epochs=4, seed=1
    ).circuit
    assert saved.hash == expected.hash
    mean = wb.inference.log_likelihood(saved, data.test).mean()
    printed = float(
        re.search(r"test log-likelihood +(\S+) nats", out)[1].replace("\N{MINUS SIGN}", "-")
    )
    assert printed == pytest.approx(mean, rel=1e-4)
    assert f"{saved.n_parameters:,}" in out


def test_a_users_table_is_learned(tmp_path, capsys):
    table = tmp_path / "animals.csv"
    table.write_text("legs,skin\n" + "4,fur\n2,feather\n,fur\n" * 20)
    out = tmp_path / "animals.wbc"
    assert main(["learn", str(table), "--latents", "2", "--epochs", "2", "--out", str(out)]) == 0
    assert [variable.name for variable in wb.circuits.load(out).variables] == ["legs", "skin"]


def test_bad_input_leaves_no_file(tmp_path, capsys):
    out = tmp_path / "model.wbc"
    assert main(["learn", str(tmp_path / "absent.csv"), "--out", str(out)]) == 2
    assert "absent.csv" in capsys.readouterr().err
    assert not out.exists()


def test_an_unknown_device_is_refused(tmp_path, capsys):
    out = tmp_path / "model.wbc"
    assert main(["learn", "iris", "--device", "abacus", "--out", str(out)]) == 2
    assert "abacus" in capsys.readouterr().err
    assert not out.exists()


def test_json_has_the_numbers_and_nothing_else(tmp_path, capsys):
    out = tmp_path / "iris.wbc"
    options = ["--latents", "2", "--epochs", "3", "--bins", "4", "--out", str(out), "--json"]
    assert main(["learn", "iris", *options]) == 0
    shown = capsys.readouterr()
    told, saved = json.loads(shown.out), wb.circuits.load(out)
    assert shown.err == ""
    assert (told["nodes"], told["edges"], told["parameters"]) == (
        saved.n_nodes,
        saved.n_edges,
        saved.n_parameters,
    )
    data = wb.data.load("iris", bins=4)
    mean = wb.inference.log_likelihood(saved, data.test).mean()
    assert (told["measured_on"], told["saved"]) == ("test", str(out))
    assert told["log_likelihood"] == pytest.approx(mean, abs=1e-12)
    assert [row["epoch"] for row in told["history"]] == [0, 1, 2, 3]
    assert told["units"]["log_likelihood"] == "nats per row"


def test_the_structure_is_chosen_by_its_name(tmp_path, capsys):
    out = tmp_path / "tree.wbc"
    options = ["--bins", "3", "--epochs", "1", "--out", str(out)]
    assert main(["learn", "iris", "--structure", "chow_liu", *options]) == 0
    assert wb.circuits.check(wb.circuits.load(out)).deterministic
    assert main(["learn", "iris", "--structure", "ladder", *options]) == 2
    assert "unknown structure: given 'ladder'" in capsys.readouterr().err
