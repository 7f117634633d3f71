"""What the shell offers when Tab is pressed: names that fit what was typed so far."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from workbench.jobs import OpenStudy


def data_sets(incomplete: str) -> list[str]:
    """Names of built-in data sets and files that begin with `incomplete`.

    Examples
    --------
    >>> data_sets("di")
    ['digits']
    """
    from workbench.data.builtin import BUILTIN

    return [*_starting(BUILTIN, incomplete), *files(incomplete)]


def algorithms(incomplete: str) -> list[str]:
    """Names of search algorithms that begin with `incomplete`.

    Examples
    --------
    >>> algorithms("be")
    ['beam', 'best_of_n']
    """
    from workbench.reasoning import algorithms as known

    return _starting(known(), incomplete)


def structures(incomplete: str) -> list[str]:
    """Names of structures of circuits that begin with `incomplete`.

    Examples
    --------
    >>> structures("hc")
    ['hclt', 'hclt_mixture']
    """
    from workbench.circuits import STRUCTURES

    return _starting(STRUCTURES, incomplete)


def venues(incomplete: str) -> list[str]:
    """Names of venues that begin with `incomplete`.

    Examples
    --------
    >>> venues("i")
    ['iclr', 'icml']
    """
    from workbench.exports import VENUES

    return _starting(VENUES, incomplete)


def renderings(incomplete: str) -> list[str]:
    """Ways to write a theory that begin with `incomplete`.

    Examples
    --------
    >>> renderings("s")
    ['sentences', 'sql']
    """
    from workbench.theories.renderings import RENDERINGS

    return _starting(RENDERINGS, incomplete)


def figures(incomplete: str) -> list[str]:
    """Names of figures of the gallery that begin with `incomplete`."""
    from workbench.cli.gallery import figure_names

    return _starting(figure_names(), incomplete)


def files(incomplete: str) -> list[str]:
    """Paths that begin with `incomplete`; those of folders end with a slash."""
    start = Path(incomplete)
    folder, part = (start, "") if incomplete.endswith("/") else (start.parent, start.name)
    try:
        found = [path for path in folder.iterdir() if path.name.startswith(part)]
    except OSError:
        return []
    hidden = part.startswith(".")
    return sorted(
        f"{path}/" if path.is_dir() else str(path)
        for path in found
        if hidden or not path.name.startswith(".")
    )


def studies(incomplete: str) -> list[str]:
    """Folders that begin with `incomplete`: those of studies, and those that lead to them."""
    return [path for path in files(incomplete) if path.endswith("/")]


def items(ctx: typer.Context, incomplete: str) -> list[str]:
    """Names of the items of the study that was named before."""
    return _of_study(ctx, incomplete, _item_names)


def job_ids(ctx: typer.Context, incomplete: str) -> list[str]:
    """Numbers of the jobs of the study that was named before, with what they are."""
    return _of_study(ctx, incomplete, lambda study: [str(job.id) for job in study.jobs()])


def things(incomplete: str) -> list[str]:
    """Files and, after a study and a colon, its items, as ``study.wb:circuit``."""
    folder, colon, part = incomplete.partition(":")
    if not colon:
        return files(incomplete)
    return [f"{folder}:{name}" for name in _names(Path(folder), part, _item_names)]


def _item_names(study: OpenStudy) -> list[str]:
    return [each.name for each in study.items()]


def _of_study(
    ctx: typer.Context, incomplete: str, listed: Callable[[OpenStudy], list[str]]
) -> list[str]:
    folder = ctx.params.get("study")
    return _names(Path(folder), incomplete, listed) if folder else []


def _names(folder: Path, incomplete: str, listed: Callable[[OpenStudy], list[str]]) -> list[str]:
    from workbench.jobs import open as open_study

    if not (folder / "index.sqlite").exists():  # completing must not make anything
        return []
    with open_study(folder, run=False, create=False) as study:
        return _starting(listed(study), incomplete)


def _starting(names: Iterable[str], incomplete: str) -> list[str]:
    return sorted(name for name in names if name.startswith(incomplete))
