"""What the README shows works as shown."""

import re
import shlex
from pathlib import Path

import pytest

from workbench.cli import main
from workbench.cli.app import COMMANDS, GROUPS

REPOSITORY = Path(__file__).parents[1]
README = (REPOSITORY / "README.md").read_text(encoding="utf-8")
STAYS_OPEN = ("serve", "lab")
DOCUMENTS = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def command_lines():
    lines = [line for block in blocks("sh") for line in block.splitlines()]
    return [line for line in lines if line.startswith("workbench ")]


@pytest.fixture
def empty_folder(tmp_path, monkeypatch):
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    monkeypatch.setenv("WORKBENCH_STUDIES", str(tmp_path / "studies"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    return here


def test_the_python_example_runs(empty_folder, capsys):
    (example,) = blocks("python")
    exec(compile(example, "README.md", "exec"), {})  # noqa: S102  # the example is ours
    assert float(capsys.readouterr().out.split()[0]) < 0
    assert (empty_folder / "circuit.pdf").read_bytes().startswith(b"%PDF")


def test_the_commands_run_in_the_order_shown(empty_folder, capsys):
    (empty_folder / "counts.csv").write_text("n,c\n20,3\n20,0\n20,11\n20,20\n")
    lines = command_lines()
    assert len(lines) >= 5
    for line in lines:
        assert main(shlex.split(line)[1:]) == 0, capsys.readouterr().err
    made = {"digits.wbc", "circuit.pdf", "setosa.pdf", "run.jsonl", "tree.svg", "gallery"}
    assert made | {"study.wb", "kept.pdf", "study.zip"} <= {
        path.name for path in empty_folder.iterdir()
    }


@pytest.mark.slow
def test_the_stated_result_is_reached(empty_folder, capsys):
    stated = re.search(r"test log-likelihood of .([\d.]+) nats", README)[1]
    assert main(["learn", "digits"]) == 0
    reached = re.search(r"test log-likelihood +.([\d.]+) nats", capsys.readouterr().out)[1]
    assert float(reached) == pytest.approx(float(stated), abs=0.05)


def test_every_command_is_shown():
    shown = {line.split()[1] for line in command_lines()} | set(STAYS_OPEN)
    assert {command.__name__ for command in COMMANDS} | GROUPS.keys() == shown
    assert [name for name in STAYS_OPEN if f"workbench {name}" not in README] == []


def test_the_start_command_installs_what_the_tests_pass_with():
    start = next(block for block in blocks("sh") if "serve" in block).strip()
    assert "\n" not in start
    assert "-c constraints.txt" in start


@pytest.mark.parametrize("document", DOCUMENTS)
def test_links_into_the_repository_lead_somewhere(document):
    text = (REPOSITORY / document).read_text(encoding="utf-8")
    targets = re.findall(r"\]\((?!https?:|#)([^)#]+)", text)
    assert [target for target in targets if not (REPOSITORY / target).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_files_named_in_documents_exist(document):
    text = (REPOSITORY / document).read_text(encoding="utf-8")
    named = re.findall(r"`((?:workbench|tests|widgets|notebooks|\.ci)/[\w./-]+)`", text)
    assert [name for name in named if not (REPOSITORY / name).exists()] == []
