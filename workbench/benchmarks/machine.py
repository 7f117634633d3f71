"""The machine that figures were measured on, in words that name neither host nor user."""

from __future__ import annotations

import os
import platform
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGES = ("numpy", "torch", "numba")


def describe() -> dict[str, str]:
    """What decides speed: processor, cores, memory, system, versions of what computes.

    Examples
    --------
    >>> sorted(describe())[:3]
    ['cores', 'memory', 'numba']
    """
    described = {
        "processor": _processor(),
        "cores": str(os.cpu_count() or "unknown"),
        "memory": _memory(),
        "system": sys.platform,
        "python": platform.python_version(),
        "threads per process": "1",
    }
    return {**described, **{name: _version(name) for name in PACKAGES}}


def _processor() -> str:
    for line in _lines("/proc/cpuinfo"):
        name, _, value = line.partition(":")
        if name.strip() == "model name":
            return value.strip()
    return platform.processor() or platform.machine()


def _memory() -> str:
    for line in _lines("/proc/meminfo"):
        if line.startswith("MemTotal:"):
            return f"{int(line.split()[1]) / 2**20:.0f} GiB"
    return "unknown"


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text(encoding="utf-8").splitlines()
    except OSError:
        return []
