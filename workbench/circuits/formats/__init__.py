"""Files of circuits; :data:`FORMATS` is the table from suffix to reader and writer."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from workbench.circuits.circuit import Circuit
from workbench.circuits.formats import jpc, nnf, psdd, sdd, spn, text, vtree, wbc
from workbench.circuits.formats.describe import require_writable
from workbench.circuits.formats.graph import from_networkx, to_networkx
from workbench.core.files import write_atomic
from workbench.core.memory import require_memory
from workbench.errors import FormatError, ParameterError
from workbench.limits import LIMITS, require_within

__all__ = ["FORMATS", "Format", "from_networkx", "load", "losses", "save", "to_networkx"]


def _nothing(circuit: Circuit) -> tuple[str, ...]:
    return ()


@dataclass(frozen=True)
class Format:
    """How one kind of file is written from a circuit and read back.

    Parameters
    ----------
    losses
        What a file of a circuit would not keep, one sentence each.
    companion
        The suffix and writer of a second file that belongs beside the first.
    reading_bytes
        Bytes of memory per byte of a file, at the peak of reading it.
    """

    write: Callable[[Circuit], bytes]
    read: Callable[[bytes, Path], Circuit]
    losses: Callable[[Circuit], tuple[str, ...]] = _nothing
    companion: tuple[str, Callable[[Circuit], bytes]] | None = None
    reading_bytes: int = 12


FORMATS = {
    ".jpc": Format(jpc.write, jpc.read, jpc.losses),
    ".json": Format(text.write, text.read),
    ".nnf": Format(nnf.write, nnf.read, nnf.losses),
    ".psdd": Format(psdd.write, psdd.read, psdd.losses, (".vtree", vtree.write_vtree)),
    ".sdd": Format(sdd.write, sdd.read, sdd.losses, (".vtree", vtree.write_vtree)),
    ".spn": Format(spn.write, spn.read, spn.losses),
    ".wbc": Format(wbc.write, wbc.read, reading_bytes=5),
}


def save(circuit: Circuit, path: str | os.PathLike[str]) -> Path:
    """`path`, after `circuit` is durably there, whole or not at all; the suffix tells the format.

    Both .wbc (compact, checked by a hash) and .json (readable) are lossless,
    ids included, and equal circuits give equal bytes. The formats of other
    systems keep what they have a place for; :func:`losses` names the rest.

    Raises
    ------
    LimitError
        When the file would be too large to be read again.
    ParameterError
        When no format has that suffix.
    StructureError
        When a weight or a leaf parameter is infinite, or the format cannot
        express the circuit: with the node that is the reason.

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
    files = {target: chosen.write(circuit)}
    if chosen.companion:
        suffix, write = chosen.companion
        files = {target.with_suffix(suffix): write(circuit), **files}
    for file, payload in files.items():
        require_within(f"bytes in {file.name}", len(payload), LIMITS.file_bytes)
    for file, payload in files.items():
        write_atomic(file, payload)
    return target


def losses(circuit: Circuit, path: str | os.PathLike[str]) -> tuple[str, ...]:
    """What :func:`save` to `path` would not keep of `circuit`, one sentence each; often nothing.

    Raises
    ------
    ParameterError
        When no format has that suffix.
    StructureError
        When the format cannot express the circuit.

    Examples
    --------
    >>> from workbench.circuits.build import Builder
    >>> from workbench.data.variables import categorical
    >>> build = Builder((categorical("x", 2),))
    >>> losses(build.circuit(build.categorical(0, [0.25, 0.75])), "model.jpc")
    ()
    """
    return _format(Path(path)).losses(circuit)


def load(path: str | os.PathLike[str]) -> Circuit:
    """The circuit in a file; the suffix tells the format.

    Raises
    ------
    FormatError
        When there is no file or its content is malformed, naming place and reason.
    LimitError
        When it is too large, for the limits or for the memory available now; nothing
        was allocated.
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
    size = source.stat().st_size
    require_within(f"bytes in {source.name}", size, LIMITS.file_bytes)
    needed = chosen.reading_bytes * size
    require_memory(f"read {source.name}", needed, "Read it on a machine with more memory.")
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
