"""One process per package and repetition: the same rules for all, failures told in words."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from workbench.core.files import write_atomic
from workbench.errors import ParameterError

CHILD = Path(__file__).parent / "peers" / "child.py"
MOST_SECONDS = 1800.0  # of one process, after which it is ended
LONGEST_REASON = 200  # characters of a failure that are kept
THREADS = dict.fromkeys(
    (
        "MKL_NUM_THREADS",
        "NUMBA_NUM_THREADS",
        "NUMEXPR_NUM_THREADS",
        "OMP_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
    ),
    "1",
)
# The C library keeps what it has freed instead of returning it page by page, which
# otherwise costs packages that allocate a new tensor for each step much of their time.
KEEP_FREED = {"MALLOC_MMAP_MAX_": "0", "MALLOC_TRIM_THRESHOLD_": str(2**40)}
_PROBE = "import importlib.metadata, sys; sys.stdout.write(importlib.metadata.version(sys.argv[1]))"


@dataclass(frozen=True)
class Script:
    """How to start one package.

    Parameters
    ----------
    name
        As results name it.
    path
        The file with its class `Peer`, see :mod:`workbench.benchmarks.peers.child`.
    distribution
        The name of its distribution; empty where nothing has to be installed.
    python
        The interpreter that has it.
    options
        Handed to its `Peer`.
    environment
        Further variables of its process.
    """

    name: str
    path: Path
    distribution: str = ""
    python: str = sys.executable
    options: Mapping[str, Any] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Outcome:
    """What one process found.

    Parameters
    ----------
    log_likelihood
        (batch,) nats, or None where it evaluates no model.
    setup_s
        CPU seconds from reading the model to the first answer.
    rounds
        Seconds per call in each round, by measure.
    peak_mib
        Of its resident memory, or on a GPU of the memory it held there.
    """

    version: str
    log_likelihood: tuple[float, ...] | None
    setup_s: float
    rounds: Mapping[str, tuple[float, ...]]
    peak_mib: float | None


def absence(script: Script) -> str:
    """Why `script` cannot be run: its package or its interpreter is not there; else empty.

    Examples
    --------
    >>> absence(Script("x", CHILD, distribution="no-such-distribution"))
    'no-such-distribution is not installed in its interpreter'
    """
    if not script.distribution:
        return ""
    try:
        done = subprocess.run(
            [script.python, "-c", _PROBE, script.distribution],
            capture_output=True,
            check=False,
            timeout=60,
        )
    except (OSError, subprocess.TimeoutExpired):
        return "its interpreter cannot be started"
    if done.returncode:
        return f"{script.distribution} is not installed in its interpreter"
    return ""


def run(
    script: Script, job: Mapping[str, Any], folder: Path, *, keeps_freed: bool = True
) -> Outcome | str:
    """What a process of `script` found for `job`, or why it failed.

    Parameters
    ----------
    job
        The archive "model" and what to time: "measures", "rounds", "calls", "most_seconds".
    folder
        Where the job is written for the process to read.
    keeps_freed
        Whether the process keeps memory that it freed: faster, but its peak then says little.
    """
    memory = KEEP_FREED if keeps_freed else {}
    written = {**job, "script": str(script.path), "options": dict(script.options)}
    path = write_atomic(folder / "job.json", json.dumps(written).encode())
    try:
        done = subprocess.run(
            [script.python, str(CHILD), str(path)],
            env={**os.environ, **THREADS, **memory, **script.environment},
            capture_output=True,
            text=True,
            check=False,
            timeout=MOST_SECONDS,
        )
    except subprocess.TimeoutExpired:
        return f"took more than {MOST_SECONDS:g} s"
    except OSError as error:
        return f"cannot be started: {error.strerror}"
    lines = done.stdout.splitlines()
    if done.returncode or not lines:
        return _last_line(done.stderr) or f"ended with code {done.returncode}"
    return _outcome(json.loads(lines[-1]))


def interpreters(given: Mapping[str, str], known: frozenset[str]) -> Mapping[str, str]:
    """The interpreter of each package, as `given`, this one for the rest of the `known`.

    Raises
    ------
    ParameterError
        When a name is not known.

    Examples
    --------
    >>> interpreters({"spflow": "python3"}, frozenset({"spflow"}))["spflow"]
    'python3'
    """
    unknown = sorted(set(given) - known)
    if unknown:
        raise ParameterError(
            "no such package to compare with", given=unknown[0], expected=f"one of {sorted(known)}"
        )
    return {**dict.fromkeys(known, sys.executable), **given}


def _outcome(found: dict[str, Any]) -> Outcome:
    answers = found["log_likelihood"]
    return Outcome(
        version=found["version"],
        log_likelihood=None if answers is None else tuple(answers),
        setup_s=found["setup_s"],
        rounds={name: tuple(seconds) for name, seconds in found["rounds"].items()},
        peak_mib=found["peak_mib"],
    )


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1][:LONGEST_REASON] if lines else ""
