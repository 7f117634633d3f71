"""workbench lab: copies the notebooks once, then starts JupyterLab for this machine only."""

import re

import pytest

from workbench.cli import lab
from workbench.errors import DataError


@pytest.fixture
def shipped(tmp_path, monkeypatch):
    folder = tmp_path / "shipped"
    folder.mkdir()
    (folder / "01_first.ipynb").write_text("{}")
    (folder / "notes.txt").write_text("not a notebook")
    monkeypatch.setattr(lab, "SHIPPED", (tmp_path / "absent", folder))
    return folder


def test_notebooks_are_copied(shipped, tmp_path):
    copied = lab.copy_notebooks(tmp_path / "mine")
    assert [path.name for path in copied] == ["01_first.ipynb"]
    assert copied[0].read_text() == "{}"


def test_a_changed_notebook_is_kept(shipped, tmp_path):
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "01_first.ipynb").write_text("my own")
    assert lab.copy_notebooks(mine) == []
    assert (mine / "01_first.ipynb").read_text() == "my own"


def test_an_installation_without_notebooks_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(lab, "SHIPPED", (tmp_path / "absent",))
    with pytest.raises(DataError, match="no notebooks"):
        lab.copy_notebooks(tmp_path)


def test_only_this_machine_can_reach_it(tmp_path):
    command = lab.lab_command(tmp_path, 8888, open_browser=False)
    assert "--ServerApp.ip=127.0.0.1" in command
    assert "--ServerApp.open_browser=False" in command


ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+/lab\?token=\w{32}")


def test_it_starts_and_prints_its_address(run_workbench, tmp_path):
    assert run_workbench("lab", "--no-browser", "--port", "0", until=ADDRESS)
    assert list((tmp_path / "workbench-notebooks").glob("*.ipynb"))
