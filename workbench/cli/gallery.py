"""workbench gallery."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from workbench.cli import complete
from workbench.cli.bar import progress_bar
from workbench.cli.console import AsJson, answer, print_rows
from workbench.errors import DataError, ParameterError, WorkbenchError

# In a wheel the gallery lies inside the package, in a checkout beside it.
SHIPPED = (Path(__file__).parents[1] / "gallery", Path(__file__).parents[2] / "gallery")
SCRIPT = "figure.py"
SECONDS = 900  # for one figure, on a busy machine


def gallery(
    names: Annotated[
        list[str] | None,
        typer.Argument(help="Figures to make again.", autocompletion=complete.figures),
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Make all figures again.")] = False,
    out: Annotated[Path, typer.Option(help="A folder for each figure is made there.")] = Path(
        "gallery"
    ),
    as_json: AsJson = False,
) -> None:
    """List the figures of the gallery, or make some again from their data.

    With --json: figures, each with name, title and files; files are those written now.
    """
    chosen = figure_names() if every else _known(names or [])
    made: dict[str, list[Path]] = {}
    with progress_bar("Drawing", quiet=as_json or not chosen) as report:
        for place, name in enumerate(chosen):
            report(place / len(chosen), name)
            made[name] = make_figure(name, out / name)
    rows = [
        {"name": name, "title": title_of(name), "files": made.get(name, [])}
        for name in chosen or figure_names()
    ]
    answer({"figures": rows}, lambda: _print(rows), as_json=as_json)


def shipped_gallery() -> Path:
    """The folder with the gallery of this installation.

    Raises
    ------
    DataError
        When there is none.
    """
    found = next((place for place in SHIPPED if any(place.glob(f"*/{SCRIPT}"))), None)
    if found is None:
        raise DataError(
            "this installation has no gallery", remedy="Install circuit-workbench again."
        )
    return found


def figure_names() -> list[str]:
    """The names of the figures in the gallery, in order."""
    return sorted(path.parent.name for path in shipped_gallery().glob(f"*/{SCRIPT}"))


def title_of(name: str) -> str:
    """What the figure `name` shows, from the first line of its caption."""
    with (shipped_gallery() / name / "caption.md").open(encoding="utf-8") as caption:
        return caption.readline().strip().strip("*")


def make_figure(name: str, folder: Path) -> list[Path]:
    """The files of the figure `name`, made again from its data into `folder`.

    Raises
    ------
    WorkbenchError
        When its script fails, with what it said last.
    """
    script = shipped_gallery() / name / SCRIPT
    done = subprocess.run(
        [sys.executable, str(script), str(folder.resolve())],
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    if done.returncode:
        said = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
        raise WorkbenchError(f"cannot make the figure {name}: {said[-1]}")
    return sorted(folder.iterdir())


def _known(names: list[str]) -> list[str]:
    known = figure_names()
    for name in names:
        if name not in known:
            raise ParameterError("no such figure", given=repr(name), expected=f"one of {known}")
    return names


def _print(rows: list[dict[str, Any]]) -> None:
    files = [path for row in rows for path in row["files"]]
    for path in files:
        typer.echo(f"saved {path}")
    if not files:
        print_rows(("figure", "what it shows"), [(row["name"], row["title"]) for row in rows])
