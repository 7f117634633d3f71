"""--study: the same result as without, kept with its inputs, as a job of the study."""

import json
from pathlib import Path

import pytest

import workbench as wb
from workbench.cli import main, stored
from workbench.errors import Cancelled, WorkbenchError
from workbench.jobs import open as open_study

pytestmark = pytest.mark.usefixtures("own_folders")

KEPT = {"study", "item", "job"}


def told(capsys, *arguments):
    assert main([*arguments, "--json"]) == 0
    shown = capsys.readouterr()
    assert shown.err == ""
    return json.loads(shown.out)


@pytest.mark.parametrize(
    ("command", "item"),
    [
        (["search", "--task", "3 7 5 9 -> 24", "--tokens", "800"], "run of beam"),
        (["theory", "iris", "--label", "setosa", "--latents", "2", "--epochs", "2"], "mine"),
    ],
)
def test_a_study_keeps_what_is_told_without_it(command, item, capsys):
    names = ["--save-as", item] if item == "mine" else []
    kept = told(capsys, *command, "--study", "s.wb", *names)
    assert {name: value for name, value in kept.items() if name not in KEPT} == told(
        capsys, *command
    )
    assert (kept["study"], kept["item"], kept["job"]) == ("s.wb", item, 1)
    with open_study("s.wb", run=False) as study:
        revision = study.latest(item)
        assert (revision.door, revision.seed) == ("shell", 0)
        assert len(study.provenance(item)) > 1
    assert main(["export", f"s.wb:{item}", "figure.pdf"]) == 0
    assert Path("figure.pdf").read_bytes().startswith(b"%PDF")


def test_a_learned_circuit_is_kept_and_written_only_when_asked(capsys):
    learn = ["learn", "iris", "--bins", "3", "--latents", "2", "--epochs", "2"]
    kept = told(capsys, *learn, "--study", "s.wb")
    assert kept["saved"] is None
    assert not Path("model.wbc").exists()
    alone = told(capsys, *learn)
    assert kept["log_likelihood"] == alone["log_likelihood"]
    assert main(["study", "load", "s.wb", "circuit of iris", "--out", "again.wbc"]) == 0
    assert Path("again.wbc").read_bytes() == Path("model.wbc").read_bytes()


@pytest.mark.parametrize("options", [["--seconds", "1"], ["--device", "cpu"]])
def test_what_a_job_could_not_repeat_is_refused(options, capsys):
    assert main(["learn", "iris", "--study", "s.wb", *options]) == 2
    assert "--study" in capsys.readouterr().err
    assert not Path("s.wb").exists()


def test_a_job_that_failed_or_was_cancelled_elsewhere_is_an_error(capsys):
    task = wb.reasoning.problems.countdown([2, 3], 6)
    with open_study("s.wb", run=False) as study:
        job = study.submit("reasoning.search", task, "beam")
        assert "s.wb" in stored.resume_line(job)
        job.cancel()
        with pytest.raises(Cancelled):
            stored.followed(job, quiet=True)
    assert main(["search", "--task", "2 3 -> 6", "--algorithm", "no", "--study", "s.wb"]) == 2
    assert "beam" in capsys.readouterr().err


def test_addresses_of_items():
    assert stored.item("a b/study.wb:theory of 3@12") == (Path("a b/study.wb"), "theory of 3", 12)
    assert stored.item("study.wb:odd: name") == (Path("study.wb"), "odd: name", None)
    assert stored.item("circuit.wbc") is stored.item("study.wb") is None
    assert stored.read_item("circuit.wbc") is None
    with pytest.raises(WorkbenchError):
        stored.read_item("absent.wb:circuit")
