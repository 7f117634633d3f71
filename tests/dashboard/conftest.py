"""A small study in a workspace, windows on it, and jobs that run on threads of this process."""

import shutil
import threading
import time
from collections import deque

import pytest

from workbench.dashboard.shelf import Shelf
from workbench.dashboard.shell import Shell
from workbench.jobs import Runner
from workbench.jobs.attempt import attempt
from workbench.store import open as open_workspace
from workbench.studies import Recipe, compute, fill

PATIENCE_S = 60
TINY = Recipe(
    latents=2, epochs=1, label_latents=2, n_tasks=3, n_numbers=3, n_samples=4, n_repeats=2
)


class Threads:
    """An executor that needs no process to begin."""

    n_slots = 1

    def __init__(self):
        self.told, self.stopped, self.wake = deque(), set(), lambda: None

    def listen(self, wake):
        self.wake = wake

    def start(self, order, workspace):
        channel = Channel(self, order.number, workspace)
        threading.Thread(target=attempt, args=(order, channel), daemon=True).start()

    def reports(self):
        found = []
        while self.told:
            found.append(self.told.popleft())
        return found

    def stop(self, number):
        self.stopped.add(number)

    def close(self):
        self.stopped |= set(range(10_000))


class Channel:
    def __init__(self, executor, number, workspace):
        self.executor, self.number, self.workspace = executor, number, workspace
        self.fetch = workspace.bytes_of

    @property
    def is_cancelled(self):
        return self.number in self.executor.stopped

    def keep(self, encoded):
        self.workspace.keep(encoded.blobs)

    def tell(self, report):
        self.executor.told.append(report)
        self.executor.wake()


@pytest.fixture(autouse=True)
def own_folders(tmp_path, monkeypatch):
    """Nothing is written into the user's folders."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("WORKBENCH_STUDIES", str(tmp_path / "studies"))


@pytest.fixture(scope="session")
def filled(tmp_path_factory):
    """The folder of a workspace with a small study."""
    path = tmp_path_factory.mktemp("filled") / "digits.wb"
    with open_workspace(path, door="demo") as workspace:
        fill(workspace, compute(TINY))
    return path


@pytest.fixture
def studies(filled, tmp_path):
    """A folder of studies with the small one in it."""
    shutil.copytree(filled, tmp_path / "studies" / "digits.wb")
    return tmp_path / "studies"


@pytest.fixture
def new_shelf(studies):
    """Shelves on one folder, as those of servers that follow each other."""
    made = []

    def make():
        made.append(
            Shelf(studies, run=lambda ws: Runner(ws, Threads()), first="digits", lands=True)
        )
        return made[-1]

    yield make
    for shelf in made:
        shelf.close()


@pytest.fixture
def shelf(new_shelf):
    return new_shelf()


@pytest.fixture
def new_window(shelf):
    """Windows on one study."""
    made = []

    def make(study="digits", page="", select="", on=None):
        window = Shell(on or shelf, study)
        window.session.param.update(page=page, select=select)
        window.open()
        made.append(window)
        settle(window.page)
        return window

    yield make
    for window in made:
        window.close()


@pytest.fixture
def shell(new_window):
    return new_window()


def settle(page):
    """Wait until nothing is under way for `page`, as its polling does."""
    deadline = time.monotonic() + PATIENCE_S
    while page.desk.is_busy:
        page.desk.poll()
        assert time.monotonic() < deadline
        time.sleep(0.005)


@pytest.fixture(name="settle")
def settle_fixture():
    return settle


def go(shell, name):
    """The page called `name`, at rest."""
    shell._go(name)
    settle(shell.page)
    return shell.page


@pytest.fixture(name="go")
def go_fixture():
    return go
