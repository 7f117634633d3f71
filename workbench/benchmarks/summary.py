"""What a report says: rates, the share of the limit that was reached, verdicts on the goals."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from workbench.benchmarks.goals import GOALS, Goal
from workbench.benchmarks.report import Load, Report
from workbench.core.arrays import FloatArray
from workbench.core.tables import Table

OURS, LIMIT = "workbench", "gemm"
# Matrix products of a pass as multiples of the forward pass: flows need two more.
PRODUCTS = {"forward": 1, "train": 3, "flows": 3}
NAN = float("nan")


def rates(report: Report) -> Table:
    """Each measure of each package: seconds per call and, at their median, rows per second.

    The share of the limit is that of the FLOPs of the matrix products alone, at
    the median, in the rate of bare products of the layers' shape; NaN where
    no such rate was measured.

    Examples
    --------
    >>> from workbench.benchmarks.report import Sample
    >>> samples = tuple(Sample("small", "workbench", "query", 0, s, 1) for s in (0.2, 0.1, 0.4))
    >>> table = rates(Report("circuits", "2026-01-31", {}, samples=samples))
    >>> table["best_s"].tolist(), table["median_s"].tolist(), table["rows_per_s"].tolist()
    ([0.1], [0.2], [5.0])
    """
    keys = list(dict.fromkeys((s.workload, s.peer, s.measure) for s in report.samples))
    rows = [_rate(report, *key) for key in keys if key[1] != LIMIT]
    names = ("workload", "peer", "measure", "rounds", "best_s", "median_s", "worst_s")
    return _table((*names, "rows_per_s", "limit_share"), rows)


def verdicts(report: Report) -> Table:
    """Each goal whose figures were measured: value, floor, target and what was reached.

    Examples
    --------
    >>> from workbench.benchmarks.report import Sample
    >>> samples = (Sample("small", "workbench", "query", 0, 4e-5, 1),)
    >>> verdicts(Report("circuits", "2026-01-31", {}, samples=samples))["verdict"].tolist()
    ['target reached']
    """
    found = [(goal, FIGURES[goal.kind](report, goal)) for goal in GOALS]
    rows = [
        (
            goal.workload,
            goal.measure,
            goal.kind,
            goal.against,
            value,
            goal.direction,
            goal.floor,
            goal.target,
            goal.verdict(value),
        )
        for goal, value in found
        if not np.isnan(value)
    ]
    names = ("workload", "measure", "kind", "against", "value", "direction")
    return _table((*names, "floor", "target", "verdict"), rows)


def peaks(report: Report) -> Table:
    """The largest memory of each package on each workload, in MiB, and its setup in CPU seconds.

    Examples
    --------
    >>> from workbench.benchmarks.report import Process
    >>> runs = (Process("small", "workbench", 1.5, 200.0),)
    >>> peaks(Report("circuits", "2026-01-31", {}, processes=runs))["peak_mib"].tolist()
    [200.0]
    """
    rows = [
        (each.workload, each.peer, NAN if each.peak_mib is None else each.peak_mib, each.setup_s)
        for each in report.processes
        if each.peer != LIMIT
    ]
    return _table(("workload", "peer", "peak_mib", "setup_s"), rows)


def limit_rate(report: Report, workload: str) -> float:
    """Median FLOPs per second of bare matrix products of the shape of a workload's layers, or NaN.

    Examples
    --------
    >>> limit_rate(Report("circuits", "2026-01-31", {}), "digits")
    nan
    """
    flops = [load.gemm_flops for load in report.loads if load.name == workload]
    seconds = _median(report, workload, LIMIT, LIMIT)
    return flops[0] / seconds if flops else NAN


def _rate(report: Report, workload: str, peer: str, measure: str) -> tuple[Any, ...]:
    seconds = _seconds(report, workload, peer, measure)
    n_rows = next(s.rows for s in report.samples if (s.workload, s.peer) == (workload, peer))
    median = float(np.median(seconds))
    return (
        workload,
        peer,
        measure,
        len(seconds),
        seconds.min(),
        median,
        seconds.max(),
        n_rows / median,
        _share(report, workload, peer, measure),
    )


def _share(report: Report, workload: str, peer: str, measure: str) -> float:
    load = _load(report, workload)
    is_pruned = peer.startswith(f"{OURS} ")  # its products are fewer
    if load is None or measure not in PRODUCTS or is_pruned:
        return NAN
    flops = PRODUCTS[measure] * load.forward_flops_per_row * load.rows
    median = _median(report, workload, peer, measure)
    return flops / median / limit_rate(report, workload)


def _speed(report: Report, goal: Goal) -> float:
    theirs = _median(report, goal.workload, goal.against, goal.measure)
    return theirs / _median(report, goal.workload, OURS, goal.measure)


def _limit(report: Report, goal: Goal) -> float:
    return _share(report, goal.workload, OURS, goal.measure)


def _memory(report: Report, goal: Goal) -> float:
    theirs = _peak(report, goal.workload, goal.against)
    return _peak(report, goal.workload, OURS) / theirs


def _time(report: Report, goal: Goal) -> float:
    sparse = _median(report, goal.workload, goal.against, goal.measure)
    return sparse / _median(report, goal.workload, OURS, goal.measure)


def _plain_seconds(report: Report, goal: Goal) -> float:
    return _median(report, goal.workload, OURS, goal.measure)


FIGURES: dict[str, Callable[[Report, Goal], float]] = {
    "speed": _speed,
    "limit": _limit,
    "memory": _memory,
    "time": _time,
    "seconds": _plain_seconds,
}


def _seconds(report: Report, workload: str, peer: str, measure: str) -> FloatArray:
    key = (workload, peer, measure)
    found = [s.seconds for s in report.samples if (s.workload, s.peer, s.measure) == key]
    return np.array(found, dtype=np.float64)


def _median(report: Report, workload: str, peer: str, measure: str) -> float:
    seconds = _seconds(report, workload, peer, measure)
    return float(np.median(seconds)) if len(seconds) else NAN


def _peak(report: Report, workload: str, peer: str) -> float:
    found = [p.peak_mib for p in report.processes if (p.workload, p.peer) == (workload, peer)]
    return NAN if not found or found[0] is None else found[0]


def _load(report: Report, workload: str) -> Load | None:
    return next((load for load in report.loads if load.name == workload), None)


def _table(names: tuple[str, ...], rows: list[tuple[Any, ...]]) -> Table:
    columns = zip(*rows, strict=True) if rows else ([] for _ in names)
    return Table({name: list(column) for name, column in zip(names, columns, strict=True)})
