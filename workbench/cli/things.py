"""Things that commands are given: a file told apart by its suffix, or an item of a study."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from workbench.cli.stored import read_item
from workbench.errors import FormatError, ParameterError
from workbench.limits import LIMITS, require_within


def read_thing(path: Path) -> Any:
    """The circuit, run, theory, benchmark or curve in the file at `path`.

    It is told apart by its suffix, and .json by the format that it names.

    Raises
    ------
    ParameterError
        When no reader knows the suffix.
    """
    readers = _readers()
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise ParameterError(
            f"cannot tell what {path.name} is",
            given=f"the suffix {path.suffix!r}",
            expected=f"one of {sorted(readers)}",
        )
    return reader(path)


def read(address: Path) -> Any:
    """The value of an item such as ``study.wb:circuit``, or of the file at that path.

    Of an item that holds more than a figure shows, it is the part that figures show:
    the theory of a described class, the circuit that was learned.
    """
    found = read_item(str(address))
    return read_thing(address) if found is None else drawn_part(found)


def read_circuit(address: Path) -> Any:
    """The circuit in a file or in an item of a study."""
    found = read_item(str(address))
    return _circuit(address) if found is None else getattr(found, "circuit", found)


def drawn_part(value: Any) -> Any:
    """The part of `value` that a figure shows: itself when there is a figure of it."""
    from workbench.views.figures import FIGURES

    if any(f"{cls.__module__}:{cls.__qualname__}" in FIGURES for cls in type(value).__mro__):
        return value
    parts = [getattr(value, name) for name in ("theory", "circuit") if hasattr(value, name)]
    return next(iter(parts), value)


def _circuit(path: Path) -> Any:
    from workbench.circuits import load

    return load(path)


def _run(path: Path) -> Any:
    from workbench.reasoning import load_run

    return load_run(path)


def _curve(path: Path) -> Any:
    from workbench.budgets import pass_at_k
    from workbench.cli.budget import read_counts

    return pass_at_k(read_counts(path))


def _json(path: Path) -> Any:
    """What a JSON file holds: a circuit unless it names another format."""
    named = _named_format(path)
    return _NAMED.get(named if isinstance(named, str) else "", _circuit)(path)


def _named_format(path: Path) -> object:
    try:
        require_within("bytes", path.stat().st_size, LIMITS.file_bytes)
        document = json.loads(path.read_text("utf-8"))
    except (ValueError, RecursionError) as error:
        raise FormatError(path, "top", f"not JSON ({type(error).__name__})") from None
    return document.get("format") if isinstance(document, dict) else None


def _theory(path: Path) -> Any:
    from workbench.theories import from_json

    return from_json(path.read_text("utf-8"), str(path))


def _report(path: Path) -> Any:
    from workbench.benchmarks import read_report

    return read_report(path)


_NAMED: dict[str, Callable[[Path], Any]] = {
    "workbench-theory": _theory,
    "workbench benchmark": _report,
}


def _readers() -> dict[str, Callable[[Path], Any]]:
    from workbench.circuits.formats import FORMATS

    return dict.fromkeys(FORMATS, _circuit) | {
        ".json": _json,
        ".jsonl": _run,
        **dict.fromkeys((".csv", ".tsv", ".parquet"), _curve),
    }
