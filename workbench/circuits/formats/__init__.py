"""Files of circuits; :data:`FORMATS` is the table from suffix to reader and writer."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from workbench.circuits.circuit import Circuit
from workbench.circuits.formats import text, wbc
from workbench.circuits.formats.describe import require_writable
from workbench.circuits.formats.graph import from_networkx, to_networkx
from workbench.core.files import write_atomic
from workbench.errors import FormatError, ParameterError
from workbench.limits import LIMITS, require_within

__all__ = ["FORMATS", "Format", "from_networkx", "load", "save", "to_networkx"]


@dataclass(frozen=True)
class Format:
    """How one kind of file is written from a circuit and read back."""

    write: Callable[[Circuit], bytes]
    read: Callable[[bytes, Path], Circuit]


FORMATS = {".json": Format(text.write, text.read), ".wbc": Format(wbc.write, wbc.read)}


def save(circuit: Circuit, path: str | os.PathLike[str]) -> Path:
    """`path`, after `circuit` is durably there, whole or not at all; the suffix tells the format.

    Both .wbc (compact, checked by a hash) and .json (readable) are lossless,
    ids included, and equal circuits give equal bytes.

    Raises
    ------
    LimitError
        When the file would be too large to be read again.
    ParameterError
        When no format has that suffix.
    StructureError
        When a weight or a leaf parameter is infinite.

    Examples
    --------
    >>> import tempfile
    >>> from workbench.circuits.build import Builder
    >>> from workbench.data.variables import categorical
    >>> build = Builder((categorical("x", 2),))
    >>> circuit = build.circuit(build.categorical(0, [0.25, 0.75]))
    >>> load(save(circuit, Path(tempfile.mkdtemp()) / "model.wbc")) == circuit
    True
    """
    target = Path(path)
    chosen = _format(target)
    require_writable(circuit)
    payload = chosen.write(circuit)
    require_within(f"bytes in {target.name}", len(payload), LIMITS.file_bytes)
    return write_atomic(target, payload)


def load(path: str | os.PathLike[str]) -> Circuit:
    """The circuit in a file; the suffix tells the format.

    Raises
    ------
    FormatError
        When there is no file or its content is malformed, naming place and reason.
    LimitError
        When it is too large; nothing was allocated.
    ParameterError
        When no format has that suffix.

    Examples
    --------
    >>> load("absent.wbc")
    Traceback (most recent call last):
    workbench.errors.FormatError: cannot read absent.wbc at file: there is no such file
    """
    source = Path(path)
    chosen = _format(source)
    if not source.is_file():
        raise FormatError(source, "file", "there is no such file")
    require_within(f"bytes in {source.name}", source.stat().st_size, LIMITS.file_bytes)
    return chosen.read(source.read_bytes(), source)


def _format(path: Path) -> Format:
    suffix = path.suffix.lower()
    if suffix not in FORMATS:
        raise ParameterError(
            f"no format of circuits has the suffix {suffix!r}",
            given=path.name,
            expected=f"one of {sorted(FORMATS)}",
        )
    return FORMATS[suffix]
