"""workbench study: values in and out of a study, their history, archives and damage."""

import json
from pathlib import Path

import numpy as np
import pytest

import workbench as wb
from workbench.cli import main
from workbench.cli.files import write_value
from workbench.cli.things import drawn_part, read, read_circuit
from workbench.core.tables import Table
from workbench.errors import ParameterError
from workbench.store import open as open_workspace

pytestmark = pytest.mark.usefixtures("own_folders")


def told(capsys, *arguments, code=0):
    assert main([*map(str, arguments), "--json"]) == code
    return json.loads(capsys.readouterr().out)


@pytest.fixture
def circuit():
    return wb.circuits.hclt(wb.data.load("iris", bins=3), latents=2, seed=0)


@pytest.fixture
def study(own_folders, circuit):
    place = own_folders / "mine.wb"
    with open_workspace(place) as workspace:
        first = workspace.save("a thought", "note", note="to remember")
        workspace.save("a better thought", "note")
        workspace.save(circuit, "the circuit", sources={"thought": first}, seed=4)
    return place


def test_what_is_kept_is_shown_newest_first(study, capsys):
    shown = told(capsys, "study", "show", study)
    assert [each["name"] for each in shown["items"]] == ["the circuit", "note"]
    assert (shown["items"][0]["kind"], shown["items"][0]["seed"]) == ("circuit", 4)
    assert shown["jobs"] == {}
    assert main(["study", "show", str(study)]) == 0
    assert "the circuit" in capsys.readouterr().out


def test_history_says_what_it_was_made_from(study, capsys):
    shown = told(capsys, "study", "history", study, "note")
    assert [each["note"] for each in shown["revisions"]] == ["", "to remember"]
    made = told(capsys, "study", "history", study, "the circuit")["made"]
    assert [each["kind"] for each in made] == ["circuit", "note"]
    assert made[0]["sources"] == {"thought": made[1]["hash"]}
    assert main(["study", "history", str(study), "note"]) == 0
    assert capsys.readouterr().out.count("note") >= 2


def test_an_item_is_written_to_a_file_and_kept_again(study, circuit, capsys):
    saved = told(capsys, "study", "load", study, "the circuit", "--out", "a.wbc")["saved"]
    assert wb.circuits.load(saved).hash == circuit.hash
    kept = told(capsys, "study", "save", study, "a.wbc", "--name", "again", "--note", "the same")
    assert (kept["name"], kept["kind"], kept["door"]) == ("again", "circuit", "shell")
    assert main(["study", "load", str(study), "note", "--number", "1", "--out", "n.txt"]) == 0
    assert Path("n.txt").read_text() == "a thought"


def test_each_kind_of_file_is_kept_and_drawn(own_folders, circuit, capsys):
    data = wb.data.load("iris", bins=3)
    task = wb.reasoning.problems.countdown([2, 3], 6)
    wb.data.save(data, "iris.csv")
    wb.reasoning.save_run(wb.reasoning.search(task, "best_of_n", params={"n": 2}), "run.jsonl")
    Path("words.md").write_text("some words")
    for file, kind in (("iris.csv", "dataset"), ("run.jsonl", "run"), ("words.md", "note")):
        assert told(capsys, "study", "save", "new.wb", file)["kind"] == kind
    assert main(["export", "new.wb:run", "tree.svg"]) == 0
    assert Path("tree.svg").read_bytes().startswith(b"<?xml")
    assert main(["study", "load", "new.wb", "iris", "--out", "iris.parquet"]) == 0
    assert read(Path("new.wb:words")) == "some words"


def test_a_circuit_of_a_study_is_asked(study, circuit, capsys):
    assert read_circuit(Path(f"{study}:the circuit")).hash == circuit.hash
    assert read(Path(f"{study}:note@1")) == "a thought"
    asked = told(capsys, "query", f"{study}:the circuit")
    assert asked["log_value"] == pytest.approx(0.0, abs=1e-9)


def test_of_a_value_with_parts_the_part_of_a_file_is_written(circuit):
    class Found:
        def __init__(self):
            self.circuit = circuit
            self.table = Table({"k": np.array([1, 2])})

    assert write_value(Found(), Path("part.wbc")).stat().st_size > 0
    assert write_value(Found(), Path("part.csv")).read_text() == "k\n1\n2\n"
    assert drawn_part(Found()) is circuit
    assert write_value({"a": [1, None]}, Path("form.json")).read_text().startswith("{\n")
    with pytest.raises(ParameterError, match=r"'\.csv', .*'\.wbc'"):
        write_value(Found(), Path("part.docx"))
    with pytest.raises(ParameterError, match="a value that has files"):
        write_value(object(), Path("part.json"))


def test_a_study_travels_as_one_zip(study, tmp_path, capsys):
    assert told(capsys, "study", "export", study, "mine.zip")["bytes"] > 0
    made = told(capsys, "study", "import", "mine.zip")
    assert made["path"] == str(tmp_path / "studies" / "mine.wb")
    assert main(["study", "import", "mine.zip", "other.wb"]) == 0
    assert "made other.wb with 2 items" in capsys.readouterr().out
    listed = told(capsys, "study", "list")
    assert sorted({each["name"] for each in listed["studies"]}) == ["mine", "other"]
    assert main(["study", "list"]) == 0
    assert "1 circuit" in capsys.readouterr().out
    assert main(["study", "import", "mine.zip", "other.wb"]) == 2


def test_damage_is_found_and_told(study, circuit, capsys):
    assert told(capsys, "study", "verify", study) == {"ok": True, "damage": []}
    with open_workspace(study) as workspace:
        found = workspace.latest("the circuit").hash
    blob = next(path for path in (study / "blobs").rglob(f"{found}*"))
    payload = bytearray(blob.read_bytes())
    payload[len(payload) // 2] ^= 1
    blob.write_bytes(bytes(payload))
    assert main(["study", "verify", str(study)]) == 1
    shown = capsys.readouterr()
    assert "1 damaged" in shown.out
    assert "needed by the circuit" in shown.err
    assert main(["study", "load", str(study), "note", "--out", "n.txt"]) == 0
    assert main(["study", "load", str(study), "the circuit", "--out", "a.wbc"]) == 2


def test_space_is_given_back(study, capsys):
    assert told(capsys, "study", "collect", study)["freed"] == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["show", "absent.wb"], "absent.wb"),
        (["history", "mine.wb", "nothing"], "'the circuit'"),
        (["load", "mine.wb", "the circuit", "--out", "a.docx"], ".wbc"),
        (["load", "mine.wb", "note", "--number", "99", "--out", "a.txt"], "99"),
        (["save", "mine.wb", "absent.csv"], "absent.csv"),
        (["import", "absent.zip"], "absent.zip"),
    ],
)
def test_what_is_not_there_is_a_message(study, arguments, message, capsys):
    assert main(["study", *arguments]) == 2
    shown = capsys.readouterr()
    assert message in shown.err
    assert not Path("absent.wb").exists()
