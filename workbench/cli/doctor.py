"""workbench doctor."""

from __future__ import annotations

import platform
import shutil
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version

import typer

from workbench.cli.console import print_rows

PACKAGES = (
    "circuit-workbench",
    "numpy",
    "torch",
    "panel",
    "bokeh",
    "anywidget",
    "jupyterlab",
    "matplotlib",
    "duckdb",
)
PROGRAMS = (
    (("chromium", "chromium-browser", "google-chrome", "chrome"), "browser tests"),
    (("node",), "rebuilding the front end"),
)


def doctor() -> None:
    """Say what this machine offers: versions, the device and why, optional programs."""
    from workbench.compute import explain

    print_rows(("package", "version"), _packages())
    typer.echo()
    print_rows(("program", "where", "needed only for"), _programs())
    typer.echo(f"\n{explain()}")


def _packages() -> Iterator[tuple[str, str]]:
    yield "Python", f"{platform.python_version()} on {platform.platform(terse=True)}"
    for name in PACKAGES:
        try:
            yield name, version(name)
        except PackageNotFoundError:
            yield name, "missing: install circuit-workbench again"


def _programs() -> Iterator[tuple[str, str, str]]:
    for names, purpose in PROGRAMS:
        yield names[0], next(filter(None, map(shutil.which, names)), "not found"), purpose
