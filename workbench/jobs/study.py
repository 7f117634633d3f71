"""open: a workspace with its jobs, which are carried out as long as it is open."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from workbench.jobs.executor import Executor
from workbench.jobs.job import Job
from workbench.jobs.job import jobs as jobs_of
from workbench.jobs.runner import Runner
from workbench.jobs.submitting import submit, sweep
from workbench.jobs.waking import listen
from workbench.store import Workspace
from workbench.store import open as open_workspace


class OpenStudy(Workspace):
    """A workspace whose jobs a runner of this process carries out.

    The runner begins with the first job that is submitted or resumed here, and ends
    when the study is closed; what is not done then waits for the next one.

    Parameters
    ----------
    opened
        The workspace; this handle replaces it.
    run
        Whether to have a runner at all: another program may have one.
    executor, modules
        See :class:`Runner`.
    """

    def __init__(
        self,
        opened: Workspace,
        *,
        run: bool = True,
        executor: Executor | None = None,
        modules: Sequence[str] = (),
    ) -> None:
        super().__init__(
            opened.path, door=opened.door, journal=opened.journal, repairs=opened.repairs
        )
        opened.close()
        self._runs = run
        self._executor = executor
        self._modules = modules
        self._runner: Runner | None = None
        self._starting = threading.Lock()
        listen(self)

    @property
    def runner(self) -> Runner | None:
        """What carries out the jobs; None before the first one."""
        return self._runner

    def submit(
        self,
        function: Callable[..., Any] | str,
        *args: Any,
        place: str = "",
        save_as: str | None = None,
        **kwargs: Any,
    ) -> Job:
        """The job that calls ``function(*args, **kwargs)``; see :func:`workbench.jobs.submit`."""
        return submit(self, function, *args, place=place, save_as=save_as, **kwargs)

    def sweep(
        self,
        function: Callable[..., Any] | str,
        grid: Mapping[str, Sequence[Any]],
        *,
        place: str = "",
        save_as: str | None = None,
        **fixed: Any,
    ) -> Job:
        """The job of one cell for each combination; see :func:`workbench.jobs.sweep`."""
        return sweep(self, function, grid, place=place, save_as=save_as, **fixed)

    def job(self, number: int) -> Job:
        """The job with this number.

        Raises
        ------
        ParameterError
            When there is none.
        """
        return Job(self, number)

    def jobs(self, place: str | None = None) -> tuple[Job, ...]:
        """The jobs, or those asked for at one `place`, newest first."""
        return jobs_of(self, place)

    def run(self) -> None:
        """Nothing, after there is a runner, which also goes on with jobs left by another."""
        with self._starting:
            if self._runs and self._runner is None:
                runner = Runner(self, self._executor, modules=self._modules)
                self._runner = runner.start()

    def woken(self, workspace: Workspace) -> None:
        """A job waits in `workspace`, perhaps here."""
        if workspace is self:
            self.run()

    def close(self) -> None:
        """Nothing; the runner and its workers end, and the files are let go of."""
        with self._starting:
            self._runs = False
            if self._runner is not None:
                self._runner.close()
                self._runner = None
        super().close()


def open_study(
    path: str | os.PathLike[str],
    *,
    run: bool = True,
    create: bool = True,
    door: str = "python",
    executor: Executor | None = None,
    modules: Sequence[str] = (),
) -> OpenStudy:
    """The workspace at `path`, made where there is none, with a runner for its jobs.

    Parameters
    ----------
    run
        Whether this process carries out jobs; the runner begins with the first one.
    executor
        Where they are carried out: in processes of this machine by default.
    modules
        What workers import besides the modules of registered functions.

    Raises
    ------
    FormatError, StorageError
        As :func:`workbench.store.open`.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> with open_study(Path(tempfile.mkdtemp()) / "study.wb") as study:
    ...     study.jobs(), study.runner
    ((), None)
    """
    opened = open_workspace(path, create=create, door=door)
    return OpenStudy(opened, run=run, executor=executor, modules=modules)
