"""A workspace, and programs that run beside the test and report in JSON."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from workbench import store
from workbench.core.files import Files, replaced_by
from workbench.store import index

HERE = Path(__file__).parent
collect_ignore = ["fault_runs.py"]  # a program with a file layer of its own


class Unsynchronised(Files):
    """Waits for no disk: for tests of what is kept, not of when."""

    def sync(self, descriptor):
        return

    def sync_folder(self, path):
        return


@pytest.fixture
def without_waiting(monkeypatch):
    for key in list(index._SAFE):
        monkeypatch.setitem(index._SAFE, key, "OFF")
    with replaced_by(Unsynchronised()):
        yield


@pytest.fixture
def study(tmp_path):
    with store.open(tmp_path / "study.wb") as opened:
        yield opened


@pytest.fixture
def report(tmp_path):
    """What a script beside this file reports; it and its children are ended in any case."""

    def run(script, *details, timeout_s=1000):
        process = subprocess.Popen(
            [sys.executable, HERE / script, tmp_path, *map(str, details)],
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        try:
            text, _ = process.communicate(timeout=timeout_s)
        finally:
            with_group(process.pid)
            process.wait(10)
        assert process.returncode == 0
        return json.loads(text)

    return run


def with_group(process):
    try:
        os.killpg(process, signal.SIGKILL)
    except ProcessLookupError:
        return
