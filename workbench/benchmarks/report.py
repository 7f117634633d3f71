"""Report: every measured round with the machine, written and read as one JSON file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from workbench.core.files import write_atomic
from workbench.errors import FormatError
from workbench.limits import LIMITS

FORMAT = "workbench benchmark"
VERSION = 1


@dataclass(frozen=True)
class Sample:
    """The seconds per call of one round; `rows` were handled in a call."""

    workload: str
    peer: str
    measure: str
    repetition: int
    seconds: float
    rows: int


@dataclass(frozen=True)
class Process:
    """The checking process: CPU seconds of its setup and MiB of its largest memory.

    It answers the rows and does every measure once or twice, with the C library's
    ordinary handling of freed memory.
    """

    workload: str
    peer: str
    setup_s: float
    peak_mib: float | None


@dataclass(frozen=True)
class Standing:
    """How a package stands on a workload: "measured", "absent", "refused" or "failed".

    Parameters
    ----------
    difference, tolerance
        The largest difference of a log-likelihood from the plain recursion in float64, and
        what is allowed there, in nats; None where it evaluates no model of its own.
    """

    workload: str
    peer: str
    status: str
    version: str = ""
    reason: str = ""
    difference: float | None = None
    tolerance: float | None = None

    @property
    def is_ours(self) -> bool:
        """Whether it is this package, dense or pruned."""
        return self.peer.partition(" ")[0] == "workbench"


@dataclass(frozen=True)
class Load:
    """The size of a workload; FLOPs are those of its matrix products."""

    name: str
    title: str
    variables: int
    latents: int
    categories: int
    rows: int
    forward_flops_per_row: int
    gemm_flops: int


@dataclass(frozen=True)
class Report:
    """What a benchmark measured.

    Parameters
    ----------
    benchmark
        Its name.
    made
        The day, as "2026-01-31".
    machine
        What it ran on, see :func:`workbench.benchmarks.machine.describe`.

    Examples
    --------
    >>> Report("circuits", "2026-01-31", {"processor": "a fast one"}).samples
    ()
    """

    benchmark: str
    made: str
    machine: Mapping[str, str]
    loads: tuple[Load, ...] = ()
    standings: tuple[Standing, ...] = ()
    processes: tuple[Process, ...] = ()
    samples: tuple[Sample, ...] = ()

    def to_json(self) -> bytes:
        """The report as JSON, a line for each record."""
        head = {"format": FORMAT, "version": VERSION, "benchmark": self.benchmark}
        head |= {"made": self.made, "machine": dict(self.machine)}
        parts = [f"{json.dumps(name)}: {json.dumps(value)}" for name, value in head.items()]
        for name in _RECORDS:
            lines = [f"  {json.dumps(asdict(record))}" for record in getattr(self, name)]
            parts.append(f"{json.dumps(name)}: [\n" + ",\n".join(lines) + "\n]")
        return ("{\n" + ",\n".join(parts) + "\n}\n").encode()


_RECORDS: dict[str, type[Any]] = {
    "loads": Load,
    "standings": Standing,
    "processes": Process,
    "samples": Sample,
}


def save_report(report: Report, path: str | Path) -> Path:
    """`path`, after `report` is durably there.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = save_report(Report("circuits", "2026-01-31", {}), f"{folder}/report.json")
    ...     read_report(path).made
    '2026-01-31'
    """
    return write_atomic(path, report.to_json())


def read_report(path: str | Path) -> Report:
    """The report in the file at `path`.

    Raises
    ------
    FormatError
        When it is too large or no report of this version.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = save_report(Report("circuits", "2026-01-31", {}), f"{folder}/report.json")
    ...     read_report(path) == Report("circuits", "2026-01-31", {})
    True
    """
    source = Path(path)
    if source.stat().st_size > LIMITS.file_bytes:
        raise FormatError(source.name, "its size", f"more than {LIMITS.file_bytes:,} bytes")
    try:
        found = json.loads(source.read_bytes())
    except (ValueError, RecursionError) as error:
        raise FormatError(source.name, "the text", f"no JSON: {error}") from error
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise FormatError(source.name, "format", f"expected {FORMAT!r}")
    if found.get("version") != VERSION:
        raise FormatError(source.name, "version", f"expected {VERSION}")
    try:
        records = {
            name: tuple(kind(**fields) for fields in found[name]) for name, kind in _RECORDS.items()
        }
        return Report(found["benchmark"], found["made"], found["machine"], **records)
    except (KeyError, TypeError) as error:
        raise FormatError(source.name, "its records", f"{error}") from error
