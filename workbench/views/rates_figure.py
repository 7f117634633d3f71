"""Measured rates of packages as bars, with the limit of bare matrix products drawn in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from workbench.benchmarks.report import Report
from workbench.benchmarks.summary import OURS, limit_rate, rates
from workbench.core.arrays import content_hash
from workbench.core.tables import Table
from workbench.core.units import number
from workbench.core.versions import code_version
from workbench.errors import ParameterError
from workbench.views.spec import Encoding, FigureSpec, Provenance
from workbench.views.style import palette

MEASURES = {"forward": "forward pass", "train": "training step", "flows": "flows"}
OUR_NAME = "this workbench"


@dataclass(frozen=True)
class Bar:
    """One bar: shares of the limit at the median round and at the worst and the best."""

    package: str
    share: float
    low: float
    high: float
    rows_per_s: float


def rates_figure(
    report: Report, *, workloads: Sequence[str] = (), title: str = "", caption: str = ""
) -> FigureSpec:
    """The figure of how near each package comes to the rate of bare matrix products.

    Each measure of each workload is a group of bars; what was measured without
    such a limit is left out.

    Parameters
    ----------
    workloads
        Which to draw; all when empty.

    Raises
    ------
    ParameterError
        When the report has no rate beside a limit, or more packages than distinct colours.

    Examples
    --------
    >>> from workbench.benchmarks.report import Load, Sample
    >>> load = Load("digits", "64 variables", 64, 16, 17, 512, 1000, 50_000)
    >>> seconds = {"workbench": 2e-3, "gemm": 1e-4}
    >>> kinds = {"workbench": "forward", "gemm": "gemm"}
    >>> rounds = (Sample("digits", name, kinds[name], 0, s, 512) for name, s in seconds.items())
    >>> report = Report("circuits", "2026-01-31", {}, loads=(load,), samples=tuple(rounds))
    >>> rates_figure(report).tables["bars"]["share"].round(3).tolist()
    [0.512]
    """
    drawn = tuple(workloads) or tuple(load.name for load in report.loads)
    bars = _bars(report, drawn)
    return FigureSpec(
        "rates",
        {"bars": bars, "limits": _limits(report, bars)},
        encodings=(
            Encoding("x", "bars", "share", "Share of the rate of bare matrix products"),
            Encoding("colour", "bars", "package", scale="nominal"),
        ),
        title=title,
        caption=caption or _claim(report, drawn),
        provenance=Provenance((("report", content_hash([report.to_json().decode()])),),
                              code_version()),
    )  # fmt: skip


def groups(spec: FigureSpec) -> dict[str, list[Bar]]:
    """The bars of each group, by its name, in the order of the figure.

    Examples
    --------
    >>> columns = {"group": ["a"], "package": ["x"], "share": [0.5], "low": [0.4], "high": [0.6]}
    >>> table = Table({**columns, "rows_per_s": [100.0]})
    >>> groups(FigureSpec("rates", {"bars": table}))["a"][0].share
    0.5
    """
    found: dict[str, list[Bar]] = {}
    bars = spec.tables["bars"]
    columns = [bars[name].tolist() for name in bars]
    for group, *values in zip(*columns, strict=True):
        found.setdefault(group, []).append(Bar(*values))
    return found


def hue_numbers(spec: FigureSpec) -> dict[str, int]:
    """The number of the colour of each package.

    Examples
    --------
    >>> table = Table({"package": ["x", "y", "x"]})
    >>> hue_numbers(FigureSpec("rates", {"bars": table}))
    {'x': 0, 'y': 1}
    """
    packages = dict.fromkeys(spec.tables["bars"]["package"].tolist())
    return {package: place for place, package in enumerate(packages)}


def rate_words(rows_per_s: float) -> str:
    """A rate beside its bar.

    Examples
    --------
    >>> rate_words(235812.0), rate_words(38.04)
    ('236,000 rows/s', '38 rows/s')
    """
    digits = 3 - len(str(int(rows_per_s)))
    return f"{number(float(np.round(rows_per_s, min(digits, 1))))} rows/s"


def _bars(report: Report, drawn: tuple[str, ...]) -> Table:
    measured = rates(report)
    share = measured["limit_share"]
    is_drawn = np.isin(measured["workload"].astype(str), drawn) & np.isfinite(share)
    known = np.flatnonzero(is_drawn).tolist()
    known.sort(key=lambda row: _group(measured, row))
    if not known:
        raise ParameterError(
            "no rates to draw", given="a report without a limit", expected="rates beside a limit"
        )
    columns: dict[str, Any] = {
        "group": [_group(measured, row) for row in known],
        "package": [_package(report, measured, row) for row in known],
        "share": share[known],
        "low": (share * measured["median_s"] / measured["worst_s"])[known],
        "high": (share * measured["median_s"] / measured["best_s"])[known],
        "rows_per_s": measured["rows_per_s"][known],
    }
    most = len(palette().hues)
    if len(set(columns["package"])) > most:
        raise ParameterError("cannot tell the packages apart", expected=f"at most {most}")
    return Table(columns)


def _group(measured: Table, row: int) -> str:
    measure = str(measured["measure"][row])
    return f"{measured['workload'][row]}, {MEASURES.get(measure, measure)}"


def _package(report: Report, measured: Table, row: int) -> str:
    key = (str(measured["workload"][row]), str(measured["peer"][row]))
    if key[1] == OURS:
        return OUR_NAME
    found = [s.version for s in report.standings if (s.workload, s.peer) == key]
    return f"{key[1]} {found[0]}" if found else key[1]


def _limits(report: Report, bars: Table) -> Table:
    """How many rows per second the limit is, for each group."""
    named: dict[str, float] = {}
    found = zip(bars["group"].tolist(), bars["share"], bars["rows_per_s"], strict=True)
    for group, share, rows_per_s in found:
        named.setdefault(group, float(rows_per_s / share))
    return Table({"group": list(named), "rows_per_s": list(named.values())})


def _claim(report: Report, drawn: tuple[str, ...]) -> str:
    known = [load for load in report.loads if np.isfinite(limit_rate(report, load.name))]
    loads = [load for load in known if load.name in drawn]
    sizes = "; ".join(f"{load.name}: {load.title}" for load in loads)
    return (
        "Rows per second at the median round, one thread, CPU time, as shares of the rate at which "
        "the matrix products alone would run; lines reach from the worst round to the best. "
        f"{sizes}."
    )
