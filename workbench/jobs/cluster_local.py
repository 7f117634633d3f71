"""A Dask cluster of this machine, for as long as a program wants it."""

from __future__ import annotations

import contextlib
import logging
from typing import Any, Final, Self

from workbench.compute.devices import usable_cpus
from workbench.jobs.cluster import distributed
from workbench.jobs.processes import MOST_SLOTS

_PATIENCE_S: Final = 5.0
_NOBODY: Final = "127.0.0.1:0"  # Dask serves pages about itself; nobody needs to know where


class LocalCluster:
    """A scheduler and worker processes of this machine, reached by loopback only.

    Like any Dask cluster it runs what those who reach it send: on a machine that
    you share with others, local processes are the safer choice.

    Parameters
    ----------
    workers
        How many worker processes; by default one for each core, up to four.

    Raises
    ------
    MissingDependency
        When the package `distributed` is not installed.

    Examples
    --------
    ::

        with LocalCluster(2) as cluster:
            study = workbench.open("study.wb", executor=DaskExecutor(cluster.address))
    """

    def __init__(self, workers: int | None = None) -> None:
        self._cluster: Any = distributed().LocalCluster(
            n_workers=workers or min(usable_cpus(), MOST_SLOTS),
            threads_per_worker=1,
            processes=True,
            host="127.0.0.1",
            dashboard_address=_NOBODY,
            worker_dashboard_address=_NOBODY,
            scheduler_kwargs={"dashboard": False},
            memory_limit=0,  # a worker that needs much is not killed for it
            silence_logs=logging.CRITICAL,
        )

    @property
    def address(self) -> str:
        """Of the scheduler, for :class:`DaskExecutor`."""
        return str(self._cluster.scheduler_address)

    @property
    def processes(self) -> tuple[int, ...]:
        """The process numbers of the workers that live."""
        nannies = self._cluster.workers.values()
        return tuple(nanny.pid for nanny in nannies if nanny.pid is not None)

    def close(self) -> None:
        """End scheduler and workers."""
        with contextlib.suppress(TimeoutError):
            self._cluster.close(timeout=_PATIENCE_S)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
