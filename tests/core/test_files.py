"""Files are complete or not there, whatever step fails."""

import os
from pathlib import Path

import pytest

from workbench.core import files
from workbench.core.files import write_atomic


def test_a_file_and_its_folder_are_made(tmp_path):
    path = write_atomic(tmp_path / "new" / "a.bin", b"payload")
    assert path.read_bytes() == b"payload"
    assert [each.name for each in path.parent.iterdir()] == ["a.bin"]


def test_an_old_file_is_replaced(tmp_path):
    path = tmp_path / "a.bin"
    path.write_bytes(b"a much longer old payload")
    write_atomic(path, b"new")
    assert path.read_bytes() == b"new"


@pytest.mark.parametrize("step", ["fsync", "fdopen"])
def test_a_failing_step_leaves_the_old_file_and_no_other(tmp_path, monkeypatch, step):
    def fails(*_, **__):
        raise OSError(28, "No space left on device")

    path = tmp_path / "a.bin"
    path.write_bytes(b"old")
    monkeypatch.setattr(files.os, step, fails)
    with pytest.raises(OSError, match="No space left"):
        write_atomic(path, b"new")
    monkeypatch.undo()
    assert path.read_bytes() == b"old"
    assert [each.name for each in tmp_path.iterdir()] == ["a.bin"]


def test_an_interrupted_rename_leaves_the_old_file_and_no_other(tmp_path, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    path = tmp_path / "a.bin"
    path.write_bytes(b"old")
    monkeypatch.setattr(Path, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_atomic(path, b"new")
    monkeypatch.undo()
    assert path.read_bytes() == b"old"
    assert [each.name for each in tmp_path.iterdir()] == ["a.bin"]


def test_file_then_folder_are_synchronised(tmp_path, monkeypatch):
    synced = []
    real = os.fsync

    def noted(descriptor):
        synced.append("folder" if Path(f"/proc/self/fd/{descriptor}").is_dir() else "file")
        real(descriptor)

    monkeypatch.setattr(files.os, "fsync", noted)
    write_atomic(tmp_path / "a.bin", b"x")
    assert synced == ["file", "folder"]


def test_where_folders_cannot_be_opened_the_file_is_still_written(tmp_path, monkeypatch):
    path = tmp_path / "a.bin"
    monkeypatch.setattr(files, "os", _Windows(os))
    assert write_atomic(path, b"x").read_bytes() == b"x"


class _Windows:
    name = "nt"

    def __init__(self, real):
        self._real = real

    def __getattr__(self, name):
        if name == "open":
            raise AssertionError("a folder was opened")
        return getattr(self._real, name)
