"""Files are complete or not there, whatever step fails."""

import os
from pathlib import Path

import pytest

from workbench.core import files
from workbench.core.files import Files, replaced_by, write_atomic, writing

STEPS = ("create", "write", "sync", "close", "replace", "sync_folder")


class FailsAt(Files):
    """The real steps, but for one, which is refused or interrupted."""

    def __init__(self, step, error):
        self._step = step
        self._error = error

    def __getattribute__(self, name):
        own = object.__getattribute__(self, "__dict__")
        if name == own.get("_step"):
            return self._fails
        return object.__getattribute__(self, name)

    def _fails(self, *details):
        if self._step == "close":
            Files.close(self, *details)
        raise self._error


class Noted(Files):
    def __init__(self):
        self.seen = []

    def sync(self, descriptor):
        self.seen.append("file")
        super().sync(descriptor)

    def replace(self, source, target):
        self.seen.append("name")
        super().replace(source, target)

    def sync_folder(self, path):
        self.seen.append("folder")
        super().sync_folder(path)


class Stingy(Files):
    """Takes at most three bytes at a time."""

    def write(self, descriptor, payload):
        return super().write(descriptor, payload[:3])


def test_a_file_and_its_folder_are_made(tmp_path):
    path = write_atomic(tmp_path / "new" / "a.bin", b"payload")
    assert path.read_bytes() == b"payload"
    assert [each.name for each in path.parent.iterdir()] == ["a.bin"]


def test_an_old_file_is_replaced(tmp_path):
    path = tmp_path / "a.bin"
    path.write_bytes(b"a much longer old payload")
    write_atomic(path, b"new")
    assert path.read_bytes() == b"new"


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
@pytest.mark.parametrize("step", STEPS)
def test_a_failing_step_leaves_the_old_file_or_the_new_and_no_other(tmp_path, step, error):
    path = tmp_path / "a.bin"
    path.write_bytes(b"old")
    with replaced_by(FailsAt(step, error)), pytest.raises(type(error)):
        write_atomic(path, b"new")
    assert path.read_bytes() == (b"new" if step == "sync_folder" else b"old")
    assert [each.name for each in tmp_path.iterdir()] == ["a.bin"]


def test_file_then_name_then_folder(tmp_path):
    with replaced_by(layer := Noted()):
        write_atomic(tmp_path / "a.bin", b"x")
    assert layer.seen == ["file", "name", "folder"]


def test_new_folders_are_durable_too(tmp_path):
    with replaced_by(layer := Noted()):
        write_atomic(tmp_path / "a" / "b" / "c.bin", b"x")
    assert layer.seen == ["folder", "folder", "file", "name", "folder"]


def test_the_folder_waits_for_the_disk_unless_told_not_to(tmp_path):
    with replaced_by(layer := Noted()):
        write_atomic(tmp_path / "a.bin", b"x", is_durable=False)
    assert layer.seen == ["file", "name"]


def test_short_writes_are_continued(tmp_path):
    with replaced_by(Stingy()):
        path = write_atomic(tmp_path / "a.bin", b"0123456789")
    assert path.read_bytes() == b"0123456789"


def test_a_stream_that_is_broken_off_leaves_nothing(tmp_path):
    with pytest.raises(ValueError, match="enough"), writing(tmp_path / "a.bin") as stream:  # noqa: PT012  # the block is what breaks
        stream.write(b"x")
        raise ValueError("enough")  # what breaks it off
    assert list(tmp_path.iterdir()) == []


def test_where_folders_cannot_be_opened_the_file_is_still_written(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "os", _Windows(os))
    assert write_atomic(tmp_path / "a.bin", b"x").read_bytes() == b"x"


class _Windows:
    name = "nt"

    def __init__(self, real):
        self._real = real

    def __getattr__(self, name):
        return self._only_files if name == "open" else getattr(self._real, name)

    def _only_files(self, path, *details):
        assert not Path(path).is_dir(), "a folder was opened"
        return self._real.open(path, *details)
