"""What Tab offers: names that fit; nothing instead of an error."""

import os
import subprocess
import sys

import pytest

from workbench.cli import complete
from workbench.data.builtin import BUILTIN
from workbench.exports import VENUES
from workbench.jobs import open as open_study
from workbench.reasoning import algorithms

SHELLS = ("bash", "zsh", "fish")


@pytest.mark.parametrize(
    ("offer", "known"),
    [
        (complete.data_sets, BUILTIN),
        (complete.algorithms, algorithms()),
        (complete.venues, VENUES),
        (complete.figures, ["pass_at_k_bands", "property_witness"]),
        (complete.renderings, ["text", "sql"]),
    ],
)
def test_all_names_are_offered_and_only_those_that_fit(offer, known, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert set(offer("")) >= set(known)
    first = min(known)
    assert first in offer(first[:3])
    assert all(name.startswith(first[:3]) for name in offer(first[:3]))
    assert offer("no such name") == []


def test_files_are_offered_beside_data_sets(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "dice.csv").touch()
    (tmp_path / "diaries").mkdir()
    (tmp_path / "diaries" / "may.csv").touch()
    (tmp_path / ".dim").touch()
    assert complete.data_sets("di") == ["digits", "diaries/", "dice.csv"]
    assert complete.files("diaries/") == ["diaries/may.csv"]
    assert complete.files(".d") == [".dim"]
    assert complete.files("absent/") == []


def ask_shell(shell, **variables):
    """What the installed command answers the completion function of `shell`."""
    probe = "import sys; from workbench.cli import main; sys.argv[0] = 'workbench'; main()"
    done = subprocess.run(
        [sys.executable, "-c", probe],
        env={**os.environ, "_WORKBENCH_COMPLETE": f"complete_{shell}", **variables},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return done.stdout


def test_the_shell_is_offered_commands_options_and_values():
    assert ask_shell("bash", COMP_WORDS="workbench the", COMP_CWORD="1").split() == ["theory"]
    words = ask_shell("bash", COMP_WORDS="workbench search --algorithm be", COMP_CWORD="3")
    assert words.split() == ["beam", "best_of_n"]
    assert "photographs" in ask_shell("zsh", _TYPER_COMPLETE_ARGS="workbench learn pho")
    options = ask_shell(
        "fish", _TYPER_COMPLETE_ARGS="workbench learn --se", _TYPER_COMPLETE_FISH_ACTION="get-args"
    )
    assert "--seed" in options


@pytest.mark.parametrize("shell", SHELLS)
def test_each_shell_gets_its_script(shell):
    done = subprocess.run(
        [sys.executable, "-m", "workbench.cli", "--show-completion", shell],
        env={**os.environ, "_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert f"complete_{shell}" in done.stdout


def test_items_and_jobs_of_a_study_are_offered(own_folders):
    with open_study(own_folders / "s.wb", run=False) as study:
        study.save("a thought", "note")
        study.save("another", "nothing")
        study.submit("reasoning.search", "a task", "beam")
    ask = {"COMP_CWORD": "4"}
    shown = ask_shell("bash", COMP_WORDS="workbench study history s.wb not", **ask)
    assert set(shown.split()) == {"note", "nothing"}
    assert ask_shell("bash", COMP_WORDS="workbench jobs cancel s.wb ", **ask).split() == ["1"]
    assert complete.things("s.wb:note") == ["s.wb:note"]
    assert complete.studies("s") == ["s.wb/"]
    assert complete.things("absent.wb:") == []
    assert sorted(path.name for path in own_folders.iterdir()) == ["s.wb"]
