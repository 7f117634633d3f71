"""Benchmarks: ours beside other packages on equal models, one file each.

A benchmark takes :class:`Settings` and gives a :class:`Report`; :data:`BENCHMARKS`
is the table of their names.
"""

from __future__ import annotations

from collections.abc import Callable

from workbench.benchmarks.circuits import bench_circuits
from workbench.benchmarks.report import Report, read_report, save_report
from workbench.benchmarks.settings import Settings
from workbench.benchmarks.summary import limit_rate, peaks, rates, verdicts
from workbench.core.progress import Progress

Keep = Callable[[Report], object]
BENCHMARKS: dict[str, Callable[[Settings, Progress, Keep], Report]] = {"circuits": bench_circuits}

__all__ = [
    "BENCHMARKS",
    "Report",
    "Settings",
    "bench_circuits",
    "limit_rate",
    "peaks",
    "rates",
    "read_report",
    "save_report",
    "verdicts",
]
