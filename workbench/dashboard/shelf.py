"""The studies of a folder; those that are open share one workspace and one runner of jobs."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable
from pathlib import Path

from workbench.errors import ParameterError
from workbench.jobs import Runner
from workbench.store import Workspace
from workbench.store import open as open_workspace

DOOR = "dashboard"
SUFFIX = ".wb"
NAME = re.compile(r"[^\W_][\w ()+,.=-]{0,79}")
MOST_ALIKE = 10_000
Run = Callable[[Workspace], Runner]


class Shelf:
    """All windows of a server look at studies through this.

    Parameters
    ----------
    folder
        Where studies are kept; new ones are made here.
    others
        Folders of studies that lie elsewhere, such as one named on the command line.
    run
        Makes the runner of a workspace; local processes by default.
    first
        The study of an address that names a page but no study.
    lands
        Whether an address that names neither shows that study instead of the home page.
    """

    def __init__(
        self,
        folder: Path,
        others: Iterable[Path] = (),
        run: Run = Runner,
        first: str = "",
        *,
        lands: bool = False,
    ) -> None:
        self.folder, self.first, self.lands = folder, first, lands
        self._others = {path.stem: path for path in others}
        self._run = run
        self._open: dict[str, tuple[Workspace, Runner]] = {}
        self._lock = threading.Lock()

    def path_of(self, name: str) -> Path:
        """Where the study called `name` is, or would be.

        Raises
        ------
        ParameterError
            When `name` cannot be that of a folder.
        """
        if name in self._others:
            return self._others[name]
        if not NAME.fullmatch(name) or name != name.strip() or name.endswith("."):
            raise ParameterError(
                "this cannot be the name of a study",
                given=repr(name)[:90],
                expected="a letter or digit, then up to 79 letters, digits, blanks and ()+,.=-_",
            )
        return self.folder / f"{name}{SUFFIX}"

    def takes(self, path: Path) -> bool:
        """Whether the study at `path` is found by its name from now on."""
        with self._lock:
            return path == self._others.setdefault(path.stem, path)

    def free(self, wanted: str) -> Path:
        """Where a new study can be made that is called `wanted`, or that with a number.

        Raises
        ------
        ParameterError
            When `wanted` cannot be a name.
        """
        names = (wanted, *(f"{wanted} ({number})" for number in range(2, MOST_ALIKE)))
        return next(path for path in map(self.path_of, names) if not path.exists())

    def open(self, name: str) -> Workspace:
        """The workspace of a study, with a runner at work on its jobs.

        Raises
        ------
        WorkbenchError
            When there is no such study, or it cannot be opened.
        """
        with self._lock:
            if name not in self._open:
                workspace = open_workspace(self.path_of(name), create=False, door=DOOR)
                self._open[name] = workspace, self._run(workspace).start()
            return self._open[name][0]

    def create(self, name: str) -> Path:
        """The folder of a new study called `name`.

        Raises
        ------
        ParameterError
            When there is one, or the name is none.
        """
        path = self.path_of(name)
        if path.exists():
            raise ParameterError(
                f"there is a study {name!r} already", remedy="Choose another name."
            )
        open_workspace(path, door=DOOR).close()
        return path

    def close(self) -> None:
        """Let go of all studies; what their jobs were at goes on when they are opened again."""
        with self._lock:
            for workspace, runner in self._open.values():
                runner.close()
                workspace.close()
            self._open.clear()
