"""Reports: read back as written, refused when they are none; rates and verdicts by hand."""

import json

import numpy as np
import pytest

from workbench.benchmarks import limit_rate, peaks, rates, read_report, save_report, verdicts
from workbench.benchmarks.goals import AT_LEAST, AT_MOST, GOALS, Goal
from workbench.benchmarks.report import Load, Process, Report, Sample, Standing
from workbench.benchmarks.summary import FIGURES
from workbench.benchmarks.workloads import WORKLOADS
from workbench.errors import FormatError

ROWS = 100


def samples(peer, measure, seconds, workload="digits"):
    return [Sample(workload, peer, measure, 0, s, ROWS) for s in seconds]


def report():
    rounds = [
        *samples("workbench", "forward", [0.2, 0.1, 0.3]),
        *samples("workbench", "train", [0.5]),
        *samples("gemm", "gemm", [0.01, 0.02, 0.03]),
        *samples("cirkit", "forward", [1.4, 1.6]),
        *samples("cirkit", "train", [10.0]),
        *samples("spflow", "forward", [0.3]),
        *samples("workbench", "flows", [0.4], workload="layer"),
        *samples("workbench at 20 %", "flows", [0.1], workload="layer"),
        *samples("workbench", "query", [4e-5], workload="small"),
    ]
    return Report(
        "circuits",
        "2026-01-31",
        {"processor": "a fast one"},
        loads=(Load("digits", "64 variables", 64, 16, 17, ROWS, 1000, 50_000),),
        standings=(
            Standing("digits", "workbench", "measured", "0.1.0", "", 1e-5, 1e-3),
            Standing("digits", "spflow", "absent", reason="spflow is not installed"),
        ),
        processes=(
            Process("images", "workbench", 1.5, 400.0),
            Process("images", "cirkit", 3.0, 1000.0),
            Process("images", "spflow", 3.0, None),
        ),
        samples=tuple(rounds),
    )


def rows(table):
    columns = [table[name].tolist() for name in table]
    return [dict(zip(table, values, strict=True)) for values in zip(*columns, strict=True)]


def test_a_report_is_read_back_as_it_was_written(tmp_path):
    path = save_report(report(), tmp_path / "report.json")
    assert read_report(path) == report()


def test_the_file_is_json_of_the_named_format(tmp_path):
    found = json.loads(save_report(report(), tmp_path / "report.json").read_bytes())
    assert found["format"] == "workbench benchmark"
    assert found["version"] == 1
    assert set(found["samples"][0]) == {
        "workload", "peer", "measure", "repetition", "seconds", "rows"
    }  # fmt: skip


@pytest.mark.parametrize(
    ("payload", "message"),
    [
        (b"{", "no JSON"),
        (b"[1]", "expected 'workbench benchmark'"),
        (b'{"format": "workbench benchmark", "version": 9}', "expected 1"),
        (b'{"format": "workbench benchmark", "version": 1}', "its records"),
        (b"[" * 100_000, "no JSON"),
        (
            b'{"format": "workbench benchmark", "version": 1, "loads": [{"nonsense": 1}]}',
            "its records",
        ),
    ],
)
def test_what_is_no_report_is_refused(tmp_path, payload, message):
    path = tmp_path / "report.json"
    path.write_bytes(payload)
    with pytest.raises(FormatError, match=message):
        read_report(path)


def test_rates_are_at_the_median_and_shares_of_the_measured_limit():
    found = {(r["workload"], r["peer"], r["measure"]): r for r in rows(rates(report()))}
    ours = found["digits", "workbench", "forward"]
    assert (ours["best_s"], ours["median_s"], ours["worst_s"]) == (0.1, 0.2, 0.3)
    assert ours["rows_per_s"] == pytest.approx(ROWS / 0.2)
    assert limit_rate(report(), "digits") == pytest.approx(50_000 / 0.02)
    assert ours["limit_share"] == pytest.approx(1000 * ROWS / 0.2 / (50_000 / 0.02))
    trained = found["digits", "workbench", "train"]
    assert trained["limit_share"] == pytest.approx(3 * 1000 * ROWS / 0.5 / (50_000 / 0.02))
    assert np.isnan(found["layer", "workbench at 20 %", "flows"]["limit_share"])
    assert ("digits", "gemm", "gemm") not in found


def test_verdicts_compare_medians_with_floor_and_target():
    found = {
        (r["workload"], r["measure"], r["kind"], r["against"]): (r["value"], r["verdict"])
        for r in rows(verdicts(report()))
    }
    assert found["digits", "forward", "speed", "cirkit"] == (7.5, "floor reached")
    assert found["digits", "train", "speed", "cirkit"] == (20.0, "target reached")
    assert found["digits", "forward", "speed", "spflow"] == (pytest.approx(1.5), "not reached")
    assert found["images", "memory", "memory", "cirkit"] == (0.4, "floor reached")
    assert found["layer", "flows", "time", "workbench at 20 %"] == (0.25, "target reached")
    assert found["small", "query", "seconds", ""] == (4e-5, "target reached")
    assert ("images", "memory", "memory", "spflow") not in found
    assert ("images", "forward", "speed", "cirkit") not in found


def test_memory_and_setup_are_those_of_the_checking_process():
    found = {(r["workload"], r["peer"]): r for r in rows(peaks(report()))}
    assert found["images", "workbench"]["peak_mib"] == 400.0
    assert found["images", "workbench"]["setup_s"] == 1.5
    assert np.isnan(found["images", "spflow"]["peak_mib"])


@pytest.mark.parametrize(
    ("direction", "value", "verdict"),
    [
        (AT_LEAST, 10.0, "target reached"),
        (AT_LEAST, 9.9, "floor reached"),
        (AT_LEAST, 4.9, "not reached"),
        (AT_MOST, 0.1, "target reached"),
        (AT_MOST, 6.0, "not reached"),
    ],
)
def test_a_goal_is_reached_from_its_side(direction, value, verdict):
    floor, target = (5.0, 10.0) if direction == AT_LEAST else (0.5, 0.3)
    goal = Goal("digits", "forward", "speed", floor, target, direction=direction)
    assert goal.verdict(value) == verdict


def test_every_goal_is_of_a_workload_that_measures_it():
    for goal in GOALS:
        load = WORKLOADS[goal.workload]
        assert goal.kind in FIGURES
        assert goal.measure in {*load.measures, "memory"}
        if goal.kind == "limit":
            assert load.gemm is not None
        if goal.kind == "time":
            assert load.densities
