"""workbench serve."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from workbench.cli import complete
from workbench.errors import ParameterError

if TYPE_CHECKING:
    from workbench.jobs import Executor, Runner
    from workbench.store import Workspace

PORT = 5006
ADDRESS = "127.0.0.1"
MAX_SESSIONS = 50


class Cluster(StrEnum):
    """Clusters that serve can start itself."""

    LOCAL = "local"


def serve(
    study: Annotated[
        Path | None,
        typer.Argument(
            help="The folder of a study to show; by default the embedded one.",
            autocompletion=complete.studies,
        ),
    ] = None,
    studies: Annotated[
        Path | None, typer.Option(help="Where studies are kept; by default in your data folder.")
    ] = None,
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port to listen on; 0 takes a free one.")
    ] = PORT,
    browser: Annotated[
        bool, typer.Option("--browser/--no-browser", help="Open the page in a browser.")
    ] = True,
    address: Annotated[
        str,
        typer.Option(help="Address to listen on; any but this machine's own needs --token-file."),
    ] = ADDRESS,
    token_file: Annotated[
        Path | None,
        typer.Option(
            help="Keep the token in this file, so that open pages and links stay good after a "
            "restart; made where there is none."
        ),
    ] = None,
    max_sessions: Annotated[
        int, typer.Option(min=1, max=10_000, help="How many windows may be open at once.")
    ] = MAX_SESSIONS,
    slots: Annotated[
        int | None,
        typer.Option(min=1, max=10_000, help="How many jobs of a study run at once."),
    ] = None,
    cluster: Annotated[
        Cluster | None, typer.Option(help="Start a Dask cluster of this machine for the jobs.")
    ] = None,
    scheduler: Annotated[
        str | None,
        typer.Option(
            metavar="tcp://HOST:PORT", help="Run the jobs on the Dask cluster of this scheduler."
        ),
    ] = None,
) -> None:
    """Open the dashboard, for whoever has the address with its token."""
    from workbench import dashboard
    from workbench.cli.bar import progress_bar

    settings = dashboard.ServerSettings(
        address=address,
        port=port,
        token_file=token_file,
        max_sessions=max_sessions,
        opens_browser=browser,
    )
    # What cannot be served is told before the study is computed.
    settings = replace(settings, port=dashboard.checked(settings))
    with _runners(slots, cluster, scheduler) as run:
        with progress_bar("Preparing the embedded study") as report:
            shelf = dashboard.prepare(report, studies, study, run)
        dashboard.serve(settings, shelf)


@contextmanager
def _runners(
    slots: int | None, cluster: Cluster | None, scheduler: str | None
) -> Iterator[Callable[[Workspace], Runner]]:
    """What makes the runner of a study; with `cluster`, that lives within the block.

    Raises
    ------
    ParameterError
        When both a cluster and a scheduler are asked for.
    """
    from workbench.jobs import Processes, Runner

    if cluster is not None and scheduler is not None:
        raise ParameterError(
            "cannot run jobs in two places",
            given=f"--cluster {cluster} and --scheduler {scheduler}",
            expected="one of them",
        )
    if cluster is not None:
        from workbench.jobs.cluster_local import LocalCluster

        with LocalCluster(slots) as started:
            yield lambda workspace: Runner(workspace, _dask(started.address, slots))
    elif scheduler is not None:
        _dask(scheduler, slots).close()  # one that does not answer is told before serving
        yield lambda workspace: Runner(workspace, _dask(scheduler, slots))
    else:
        yield lambda workspace: Runner(workspace, Processes(slots))


def _dask(scheduler: str, slots: int | None) -> Executor:
    from workbench.jobs.cluster import DaskExecutor

    return DaskExecutor(scheduler, slots)
