"""The table of commands; each is one file beside this one."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import typer

from workbench.cli import jobs, study, sweep
from workbench.cli.bench import bench
from workbench.cli.budget import budget
from workbench.cli.console import complain
from workbench.cli.data import data
from workbench.cli.doctor import doctor
from workbench.cli.export import export
from workbench.cli.gallery import gallery
from workbench.cli.lab import lab
from workbench.cli.learn import learn
from workbench.cli.query import query
from workbench.cli.search import search
from workbench.cli.serve import serve
from workbench.cli.theory import theory
from workbench.cli.version import version
from workbench.errors import WorkbenchError

COMMANDS: tuple[Callable[..., None], ...] = (
    serve,
    lab,
    data,
    learn,
    query,
    theory,
    search,
    budget,
    export,
    gallery,
    bench,
    doctor,
    version,
)

# Commands that have commands of their own: what they are about, and which they are.
GROUPS: Mapping[str, tuple[str, Mapping[str, Callable[..., None]]]] = {
    "study": ("Look after studies: what is kept, its history, files, health.", study.COMMANDS),
    "jobs": ("Watch, cancel and resume the jobs of a study.", jobs.COMMANDS),
    "sweep": ("Run all combinations of recipes or searches as one job.", sweep.COMMANDS),
}

USER_ERROR = 2


def _without_traceback(command: Callable[..., None]) -> Callable[..., None]:
    @functools.wraps(command)
    def run(*arguments: Any, **options: Any) -> None:
        try:
            command(*arguments, **options)
        except (WorkbenchError, OSError) as error:
            complain(str(error))
            raise typer.Exit(USER_ERROR) from error

    return run


def _build() -> typer.Typer:
    built = _typer("Build, prune and inspect probabilistic circuits and reasoning trees.")
    for command in COMMANDS:
        built.command()(_without_traceback(command))
    for name, (about, commands) in GROUPS.items():
        group = _typer(about)
        for own, command in commands.items():
            group.command(own)(_without_traceback(command))
        built.add_typer(group, name=name)
    return built


def _typer(about: str) -> typer.Typer:
    return typer.Typer(
        help=about,
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )


app = _build()


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code of the command named by `arguments` (the process's own when None).

    It is 2 when what the user gave cannot be used; the message is on standard error.

    Examples
    --------
    >>> main(["version"])
    circuit-workbench 0.1.0
    0
    """
    try:
        app(arguments if arguments is None else list(arguments))
    except SystemExit as done:
        return int(done.code or 0)
    return 0
