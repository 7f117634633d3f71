"""workbench bench."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from workbench.cli.bar import progress_bar
from workbench.cli.console import AsJson, answer, complain, print_facts, print_rows, rows_of
from workbench.core.units import number
from workbench.errors import ParameterError

if TYPE_CHECKING:
    from workbench.benchmarks import Report
    from workbench.core.tables import Table

UNIT_OF_SECONDS = ((1e-3, 1e6, "us"), (1.0, 1e3, "ms"), (math.inf, 1.0, "s"))


def bench(
    name: Annotated[str, typer.Argument(help="What to measure: circuits.")],
    workload: Annotated[list[str] | None, typer.Option(help="Only this; may be repeated.")] = None,
    peer: Annotated[
        list[str] | None, typer.Option(help="NAME=PYTHON: the interpreter that has a package.")
    ] = None,
    device: Annotated[str, typer.Option(help="cpu or cuda.")] = "cpu",
    repetitions: Annotated[int, typer.Option(min=1, help="Processes of each package.")] = 3,
    rounds: Annotated[int, typer.Option(min=0, help="Rounds in a process; 0: as usual.")] = 0,
    seconds: Annotated[float, typer.Option(help="Begin no further round after this long.")] = 20.0,
    out: Annotated[
        Path | None, typer.Option(help="Save all rounds and the machine, .json.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Measure ours beside other packages, with agreement checked first.

    With --json: machine, standings, rates, peaks and verdicts, a row for each, and saved.
    Columns ending in _s are seconds, in _mib MiB; rows_per_s is rows per second.
    """
    from workbench.benchmarks import BENCHMARKS, Settings, save_report

    if name not in BENCHMARKS:
        raise ParameterError(
            "no such benchmark", given=repr(name), expected=f"one of {sorted(BENCHMARKS)}"
        )
    settings = Settings(
        workloads=tuple(workload or ()),
        device=device,
        repetitions=repetitions,
        rounds=rounds,
        most_seconds=seconds,
        peers=_interpreters(peer or ()),
    )

    def keep(report: Report) -> None:  # what was measured before an interruption is not lost
        if out is not None:
            save_report(report, out)

    with progress_bar("Measuring", quiet=as_json) as on_progress:
        report = BENCHMARKS[name](settings, on_progress, keep)
    answer(_document(report, out), lambda: _print(report, out), as_json=as_json)
    if any(each.is_ours and each.status != "measured" for each in report.standings):
        complain("ours was not measured; see its answers above")
        raise typer.Exit(1)


def _interpreters(given: Sequence[str]) -> dict[str, str]:
    pairs = [text.partition("=") for text in given]
    for name, _, python in pairs:
        if not name or not python:
            raise ParameterError(
                "cannot use --peer", given=f"{name}{python}", expected="NAME=PYTHON"
            )
    return {name: python for name, _, python in pairs}


def _document(report: Report, saved: Path | None) -> dict[str, object]:
    from workbench.benchmarks import peaks, rates, verdicts

    return {
        "machine": report.machine,
        "standings": [asdict(each) for each in report.standings],
        "rates": rows_of(rates(report)),
        "peaks": rows_of(peaks(report)),
        "verdicts": rows_of(verdicts(report)),
        "saved": saved,
    }


def _print(report: Report, saved: Path | None) -> None:
    from workbench.benchmarks import peaks, rates, verdicts

    print_facts(dict(report.machine))
    typer.echo()
    print_rows(("workload", "package", "version", "answers"), _standings(report))
    typer.echo()
    print_rows(
        ("workload", "package", "measure", "best", "median", "worst", "rows/s", "of limit"),
        _rates(rates(report)),
    )
    typer.echo()
    print_rows(("workload", "package", "peak MiB", "setup s"), _peaks(peaks(report)))
    typer.echo()
    print_rows(("workload", "goal", "value", "floor", "target", ""), _verdicts(verdicts(report)))
    if saved is not None:
        typer.echo(f"\nsaved {saved}")


def _standings(report: Report) -> Iterator[tuple[str, ...]]:
    for each in report.standings:
        words = f"{each.status}: {each.reason}" if each.reason else each.status
        if each.status == "measured" and each.difference is not None:
            words = f"agree within {each.difference:.1e} nats (allowed {each.tolerance:.1e})"
        yield each.workload, each.peer, each.version, words


def _rates(table: Table) -> Iterator[tuple[str, ...]]:
    for row in _rows(table):
        times = (_time(row[column]) for column in ("best_s", "median_s", "worst_s"))
        yield (
            *(row[column] for column in ("workload", "peer", "measure")),
            *times,
            number(row["rows_per_s"]),
            _share(row["limit_share"]),
        )


def _peaks(table: Table) -> Iterator[tuple[str, ...]]:
    for row in _rows(table):
        yield row["workload"], row["peer"], f"{row['peak_mib']:,.0f}", f"{row['setup_s']:.1f}"


def _verdicts(table: Table) -> Iterator[tuple[str, ...]]:
    for row in _rows(table):
        show = _SHOWN[row["kind"]]
        figures = (show(row[column]) for column in ("value", "floor", "target"))
        yield row["workload"], _goal(row), *figures, row["verdict"]


def _goal(row: dict[str, Any]) -> str:
    kinds = {
        "speed": f"{row['measure']}: times as fast as {row['against']}",
        "limit": f"{row['measure']}: of the limit of matrix products",
        "memory": f"memory: of that of {row['against']}",
        "time": f"{row['measure']}: {row['against']}, of our dense time",
        "seconds": f"{row['measure']}: time",
    }
    return kinds[row["kind"]]


def _rows(table: Table) -> Iterator[dict[str, Any]]:
    columns = {name: table[name].tolist() for name in table}
    for values in zip(*columns.values(), strict=True):
        yield dict(zip(columns, values, strict=True))


def _time(seconds: float) -> str:
    factor, unit = next((f, u) for below, f, u in UNIT_OF_SECONDS if seconds < below)
    return f"{number(seconds * factor)} {unit}"


def _share(value: float) -> str:
    return "" if math.isnan(value) else f"{100 * value:.1f} %"


def _ratio(value: float) -> str:
    return f"{number(value)}"


_SHOWN = {"speed": _ratio, "limit": _share, "memory": _share, "time": _share, "seconds": _time}
