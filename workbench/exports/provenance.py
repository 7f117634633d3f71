"""What a figure file says about its making: written into PDF, SVG, PNG and CSV, and read back."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Mapping
from html import unescape
from pathlib import Path
from types import MappingProxyType
from typing import Any

from workbench.errors import FormatError, ParameterError
from workbench.limits import LIMITS, require_within
from workbench.views.spec import FigureSpec

CREATOR = "circuit-workbench"
MARK = "circuit-workbench:"


def described(spec: FigureSpec) -> dict[str, Any]:
    """The making of `spec` as plain data: figure hash, inputs, version, seed, recipe, kind.

    Examples
    --------
    >>> described(FigureSpec("curve", {}))["kind"]
    'curve'
    """
    made = spec.provenance
    return {
        "kind": spec.kind,
        "hash": spec.hash,
        "inputs": [list(pair) for pair in made.inputs],
        "version": made.version,
        "seed": made.seed,
        "recipe": made.recipe,
    }


def metadata(spec: FigureSpec) -> dict[str, str]:
    """The document information of `spec`: title, caption, creator and making.

    Examples
    --------
    >>> sorted(metadata(FigureSpec("curve", {})))
    ['Creator', 'Keywords', 'Subject', 'Title']
    """
    return {
        "Title": spec.title or f"{spec.kind} figure",
        "Subject": spec.caption,
        "Creator": CREATOR,
        "Keywords": MARK + encoded(spec),
    }


def encoded(spec: FigureSpec) -> str:
    """The making of `spec` as one line of ASCII JSON.

    Examples
    --------
    >>> encoded(FigureSpec("curve", {}))[:8]
    '{"hash":'
    """
    return json.dumps(described(spec), sort_keys=True, separators=(",", ":"))


def read_provenance(path: str | os.PathLike[str]) -> dict[str, Any]:
    """What a figure file says about its making, as :func:`described`.

    The file is read as bytes and never run or rendered.

    Raises
    ------
    FormatError
        When the file holds no such note or a damaged one.
    ParameterError
        When the suffix is none that figures are written with.
    LimitError
        When the file is too large.

    Examples
    --------
    >>> import tempfile
    >>> from workbench.budgets import pass_at_k
    >>> from workbench.exports import export
    >>> path = Path(tempfile.mkdtemp()) / "curve.svg"
    >>> read_provenance(export(pass_at_k([(4, 1), (4, 2)]), path))["kind"]
    'curve'
    """
    source = Path(path)
    reader = _READERS.get(source.suffix.lower())
    if reader is None:
        raise ParameterError(
            "cannot look for provenance",
            given=repr(source.suffix),
            expected=f"one of {list(_READERS)}",
        )
    require_within("bytes", source.stat().st_size, LIMITS.file_bytes)
    note = reader(source.read_bytes())
    if note is None:
        raise FormatError(source, "metadata", "no note of how it was made")
    try:
        made = json.loads(note)
    except ValueError as error:
        raise FormatError(source, "metadata", f"damaged note: {error}") from error
    if not isinstance(made, dict):
        raise FormatError(source, "metadata", "the note is not an object")
    return made


def _from_pdf(content: bytes) -> str | None:
    found = re.search(rb"/Keywords \((" + MARK.encode() + rb".*?[^\\])\)", content, re.DOTALL)
    if found is None:
        return None
    text = re.sub(rb"\\\r?\n", b"", found.group(1))
    return re.sub(r"\\(.)", r"\1", text.decode("latin-1"))[len(MARK) :]


def _from_svg(content: bytes) -> str | None:
    found = re.search(re.escape(MARK) + r"(\{[^<]*\})", content.decode("utf-8", "replace"))
    return unescape(found.group(1)) if found else None


def _from_png(content: bytes) -> str | None:
    """The text chunk called Keywords; chunks are length, type, data, checksum."""
    place = 8
    while place + 12 <= len(content):
        length = int.from_bytes(content[place : place + 4], "big")
        kind, data = content[place + 4 : place + 8], content[place + 8 : place + 8 + length]
        if kind == b"tEXt" and data.startswith(b"Keywords\0" + MARK.encode()):
            return data[len(b"Keywords\0" + MARK.encode()) :].decode("latin-1")
        place += 12 + length
    return None


def _from_csv(content: bytes) -> str | None:
    first = content.split(b"\n", 1)[0].decode("utf-8", "replace").strip()
    return first[len("# " + MARK) :] if first.startswith("# " + MARK) else None


_READERS: Mapping[str, Callable[[bytes], str | None]] = MappingProxyType(
    {".pdf": _from_pdf, ".svg": _from_svg, ".png": _from_png, ".csv": _from_csv}
)
