"""The Panel app: what a window is made of, and how all windows are served."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import panel as pn

from workbench import store
from workbench.core.progress import Progress, silent
from workbench.dashboard.server import ServerSettings, run
from workbench.dashboard.shelf import Run, Shelf
from workbench.dashboard.shell import Shell
from workbench.jobs import Runner
from workbench.studies import demo_study


def prepare(
    on_progress: Progress = silent,
    studies: Path | None = None,
    study: Path | None = None,
    run: Run = Runner,
) -> Shelf:
    """The studies of a folder; with the embedded one, computed on first use, unless `study`.

    Parameters
    ----------
    studies
        The folder; by default that of the user.
    study
        The workspace that a window shows whose address names none.
    run
        Makes the runner of a workspace's jobs; local processes by default.

    Raises
    ------
    StorageError
        When nothing can be written there.
    """
    folder = store.studies_folder() if studies is None else studies
    if study is None:
        first = demo_study(folder, on_progress)
        return Shelf(folder, run=run, first=first.stem)
    store.open(study).close()
    return Shelf(folder, [study.absolute()], run, first=study.stem, lands=True)


def build(shelf: Shelf) -> Any:
    """The whole view of one browser window."""
    return Shell(shelf).open()


def serve(settings: ServerSettings | None = None, shelf: Shelf | None = None) -> None:
    """Serve the dashboard until interrupted; prints its address with its token.

    Raises
    ------
    ParameterError
        When the port is taken, or others could reach the address without a kept token.
    """
    pn.extension()
    shown = shelf or prepare()
    app: Callable[[], Any] = lambda: build(shown)  # noqa: E731  # one window
    try:
        run({"/": app}, settings or ServerSettings())
    finally:
        shown.close()
