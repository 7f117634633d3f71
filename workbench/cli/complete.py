"""What the shell offers when Tab is pressed: names that fit what was typed so far."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path


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


def quietly(offer: Callable[[str], list[str]]) -> Callable[[str], list[str]]:
    """`offer`, answering nothing instead of an error, which would garble the shell's line."""

    def safe(incomplete: str) -> list[str]:
        try:
            return offer(incomplete)
        except Exception:  # noqa: BLE001  # whatever is wrong, the shell gets no names
            return []

    return safe


def _starting(names: Iterable[str], incomplete: str) -> list[str]:
    return sorted(name for name in names if name.startswith(incomplete))
