"""Values of a study and files of other programs: the suffix says which is which."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

from workbench.errors import DataError, ParameterError
from workbench.limits import LIMITS, require_within

Writer: TypeAlias = Callable[[Any, Path], Path]

TEXTS = (".txt", ".md")


def read_value(path: Path, *, target: str | None = None, bins: int | None = None) -> Any:
    """What the file at `path` holds: a text, a circuit, a run, a theory, or else a table.

    Raises
    ------
    WorkbenchError
        When it cannot be read as what its suffix says.
    """
    from workbench.circuits.formats import FORMATS
    from workbench.cli.things import read_thing
    from workbench.data import load

    suffix = path.suffix.lower()
    if suffix in TEXTS:
        return _read_text(path)
    if suffix in {*FORMATS, ".jsonl"}:
        return read_thing(path)
    return load(path, target=target, bins=bins)


def write_value(value: Any, path: Path) -> Path:
    """`path`, after `value` is there in the form of its suffix.

    Of a value with parts, such as a circuit with how it was learned, it is the part
    that such a file holds.

    Raises
    ------
    ParameterError
        When there is no such file of this value; lists those there are.
    """
    suffix, known = path.suffix.lower(), list(_writers())
    for part in _parts(value):
        for kind, suffixes, write in known:
            if isinstance(part, kind) and suffix in suffixes:
                return write(part, path)
    fitting = {s for part in _parts(value) for kind, suffixes, _ in known if isinstance(part, kind)
               for s in suffixes}  # fmt: skip
    raise ParameterError(
        f"cannot write a {type(value).__name__} to such a file",
        given=f"the suffix {suffix!r}",
        expected=f"one of {sorted(fitting)}" if fitting else "a value that has files",
    )


def _parts(value: Any) -> list[Any]:
    names = ("theory", "circuit", "table", "outcomes")
    return [value, *(getattr(value, name) for name in names if hasattr(value, name))]


def _writers() -> Iterator[tuple[Any, tuple[str, ...], Writer]]:
    """A kind of value, the suffixes of its files, and what writes them."""
    import pandas as pd

    from workbench import circuits, data, reasoning, theories
    from workbench.circuits.formats import FORMATS
    from workbench.cli.theory import LANGUAGE_OF, write_theory
    from workbench.core.tables import Table
    from workbench.data.saving import WRITERS
    from workbench.views.spec import FigureSpec

    yield circuits.Circuit, tuple(FORMATS), circuits.save
    yield reasoning.Run, (".jsonl",), reasoning.save_run
    yield theories.Theory, tuple(LANGUAGE_OF), write_theory
    yield data.Dataset, tuple(WRITERS), data.save
    yield Table, tuple(WRITERS), lambda table, path: _write_frame(table.to_frame(), path)
    yield pd.DataFrame, tuple(WRITERS), _write_frame
    yield FigureSpec, (".pdf", ".svg", ".png", ".csv"), _write_figure
    yield str, TEXTS, lambda text, path: _write_bytes(path, text.encode())
    yield (dict, list, str, int, float, type(None)), (".json",), _write_json


def _write_frame(frame: Any, path: Path) -> Path:
    from workbench.data.saving import WRITERS

    return _write_bytes(path, WRITERS[path.suffix.lower()](frame))


def _write_figure(spec: Any, path: Path) -> Path:
    from workbench.exports import export

    return export(spec, path)


def _write_json(value: Any, path: Path) -> Path:
    text = json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False)
    return _write_bytes(path, f"{text}\n".encode())


def _write_bytes(path: Path, payload: bytes) -> Path:
    from workbench.core.files import write_atomic

    return write_atomic(path, payload)


def _read_text(path: Path) -> str:
    require_within("bytes", path.stat().st_size, LIMITS.text_chars)
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise DataError(f"{path.name} is no text: {error.reason}", expected="UTF-8") from None
