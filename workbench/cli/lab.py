"""workbench lab."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from workbench.core.files import write_atomic
from workbench.errors import DataError

# In a wheel the notebooks lie inside the package, in a checkout beside it.
SHIPPED = (Path(__file__).parents[1] / "notebooks", Path(__file__).parents[2] / "notebooks")

SETTINGS = Path(__file__).parent / "lab_settings"


def lab(
    folder: Annotated[
        Path, typer.Option(help="Where to put the notebooks; your own changes are kept.")
    ] = Path("workbench-notebooks"),
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on.")] = 8888,
    browser: Annotated[
        bool, typer.Option("--browser/--no-browser", help="Open the page in a browser.")
    ] = True,
) -> None:
    """Open the guided notebooks in JupyterLab."""
    for path in copy_notebooks(folder):
        typer.echo(f"new: {path}")
    raise typer.Exit(subprocess.call(lab_command(folder, port, open_browser=browser)))


def copy_notebooks(folder: Path) -> list[Path]:
    """The notebooks copied into `folder`: those that were not there yet.

    Raises
    ------
    DataError
        When this installation has no notebooks.
    """
    shipped = next(filter(None, (sorted(place.glob("*.ipynb")) for place in SHIPPED)), None)
    if shipped is None:
        raise DataError(
            "this installation has no notebooks", remedy="Install circuit-workbench again."
        )
    missing = [path for path in shipped if not (folder / path.name).exists()]
    return [write_atomic(folder / path.name, path.read_bytes()) for path in missing]


def lab_command(folder: Path, port: int, *, open_browser: bool) -> list[str]:
    """The arguments that start JupyterLab in `folder`, reachable from this machine only."""
    return [
        sys.executable,
        "-m",
        "jupyterlab",
        "--ServerApp.ip=127.0.0.1",
        f"--ServerApp.port={port}",
        f"--ServerApp.open_browser={open_browser}",
        f"--ServerApp.root_dir={folder.resolve()}",
        "--ServerApp.allow_root=True",  # containers run as root; the address and token protect it
        f"--LabApp.workspaces_dir={folder.resolve() / '.workspaces'}",  # a layout of its own
        f"--LabApp.app_settings_dir={SETTINGS}",  # no news, no update check
        "--LabApp.extension_manager=readonly",  # nothing leaves this machine
    ]
