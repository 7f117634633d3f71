"""workbench version."""

from __future__ import annotations

from importlib.metadata import version as installed

import typer

from workbench.cli.console import AsJson, answer

NAME = "circuit-workbench"


def version(as_json: AsJson = False) -> None:
    """Print the version.

    With --json: name and version.
    """
    number = installed(NAME)
    answer(
        {"name": NAME, "version": number}, lambda: typer.echo(f"{NAME} {number}"), as_json=as_json
    )
