"""The studies of this user: those in their folder, and those opened elsewhere."""

from __future__ import annotations

import os
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import platformdirs

from workbench.core import files
from workbench.core.strict_json import read_json, write_json
from workbench.errors import FormatError, WorkbenchError
from workbench.limits import LIMITS
from workbench.store.index import told
from workbench.store.opening import open_workspace
from workbench.store.revision import Revision
from workbench.store.schema import INDEX

APP: Final = "circuit-workbench"
SUFFIX: Final = ".wb"
REMEMBERED: Final = 50
SHOWN: Final = 8


@dataclass(frozen=True, slots=True)
class StudyEntry:
    """What a list of studies says of one workspace.

    Parameters
    ----------
    path, name
        Where it is and what it is called.
    changed
        When something was saved in it last, in seconds since 1970-01-01 UTC.
    opened
        When it was opened here last, 0.0 when it never was.
    n_bytes
        Of all its values.
    kinds
        Pairs of a kind and how many items are of it, most first.
    latest
        Its newest items.
    problem
        Why it cannot be opened, "" when it can.
    """

    path: Path
    name: str
    changed: float
    opened: float
    n_bytes: int
    kinds: tuple[tuple[str, int], ...]
    latest: tuple[Revision, ...]
    problem: str = ""


def studies_folder() -> Path:
    """Where studies are kept: `WORKBENCH_STUDIES`, else a folder of the user's data.

    Examples
    --------
    >>> studies_folder().is_absolute()
    True
    """
    given = os.environ.get("WORKBENCH_STUDIES")
    return Path(given).absolute() if given else _user_folder() / "studies"


def note_recent(path: str | os.PathLike[str]) -> None:
    """Nothing; the list of recent studies has `path` at its top.

    Examples
    --------
    >>> import tempfile
    >>> from unittest import mock
    >>> with mock.patch.dict(os.environ, {"XDG_DATA_HOME": tempfile.mkdtemp()}):
    ...     note_recent("study.wb")
    """
    place = os.fspath(Path(path).absolute())
    times = {place: time.time(), **{each: at for each, at in _noted().items() if each != place}}
    kept = dict(list(times.items())[:REMEMBERED])
    with told(_list()):
        files.write_atomic(_list(), write_json({"opened": kept}).encode())


def recent(folder: str | os.PathLike[str] | None = None) -> tuple[StudyEntry, ...]:
    """The studies in `folder` and those opened elsewhere, the last changed first.

    One that cannot be opened is listed with its problem.

    Parameters
    ----------
    folder
        Instead of :func:`studies_folder`.

    Examples
    --------
    >>> import tempfile
    >>> from unittest import mock
    >>> folder = Path(tempfile.mkdtemp())
    >>> with open_workspace(folder / "first.wb") as study:
    ...     _ = study.save("text", "note")
    >>> with mock.patch.dict(os.environ, {"XDG_DATA_HOME": tempfile.mkdtemp()}):
    ...     [(study.name, study.kinds) for study in recent(folder)]
    [('first', (('note', 1),))]
    """
    noted = _noted()
    place = studies_folder() if folder is None else Path(folder).absolute()
    here = sorted(place.glob(f"*{SUFFIX}")) if place.is_dir() else []
    paths = dict.fromkeys([*here, *map(Path, noted)])
    found = [
        _study(path, noted.get(os.fspath(path), 0.0)) for path in paths if (path / INDEX).exists()
    ]
    return tuple(sorted(found, key=lambda study: -study.changed))


def _study(path: Path, opened: float) -> StudyEntry:
    try:
        with open_workspace(path, create=False) as workspace:
            items = workspace.items()
            size = workspace.rows("SELECT total(n_bytes) FROM blobs")[0][0]
    except WorkbenchError as error:
        return StudyEntry(path, path.stem, _changed(path), opened, 0, (), (), str(error))
    kinds = Counter(each.kind for each in items)
    changed = items[0].created if items else _changed(path)
    return StudyEntry(
        path, path.stem, changed, opened, int(size), tuple(kinds.most_common()), items[:SHOWN]
    )


def _changed(path: Path) -> float:
    try:
        return (path / INDEX).stat().st_mtime
    except OSError:
        return 0.0


def _user_folder() -> Path:
    return platformdirs.user_data_path(APP)


def _list() -> Path:
    return _user_folder() / "recent.json"


def _noted() -> dict[str, float]:
    """When studies were opened, by path; nothing where the list is missing or damaged."""
    try:
        if _list().stat().st_size > LIMITS.header_bytes:
            return {}
        opened: Any = read_json(_list().read_bytes(), _list(), "its list")["opened"]
        return {str(path): float(at) for path, at in opened.items()}
    except (OSError, FormatError, LookupError, TypeError, ValueError, AttributeError):
        return {}
