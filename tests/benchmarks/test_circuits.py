"""The benchmark of circuits: who runs, in which order, who is refused, what is reported."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from workbench.benchmarks import circuits
from workbench.benchmarks.circuits import alternation, bench_circuits, judge, scripts
from workbench.benchmarks.processes import Outcome, Script
from workbench.benchmarks.settings import Settings
from workbench.benchmarks.workloads import WORKLOADS, Workload, star
from workbench.errors import ParameterError

FAKE = Path(__file__).with_name("fake_peer.py")
TINY = Workload("tiny", "a star of 3 variables", lambda: star(2, 2, 5), gemm=(2, 2, 5))
QUICK = Settings(repetitions=2, rounds=3, most_seconds=0.05)


def fake(name, **options):
    return Script(name, FAKE, options=options)


@pytest.fixture
def tiny(monkeypatch):
    """The benchmark on a tiny workload beside given scripts instead of ours and the packages."""

    def measure(*entrants, settings=QUICK):
        monkeypatch.setattr(circuits, "WORKLOADS", {"tiny": TINY})
        monkeypatch.setattr(circuits, "scripts", lambda workload, settings: entrants)
        return bench_circuits(settings)

    return measure


def status(report):
    return {standing.peer: standing.status for standing in report.standings}


def test_packages_alternate_process_by_process(tiny):
    report = tiny(fake("a"), fake("b"), fake("c"))
    turns = dict.fromkeys((sample.repetition, sample.peer) for sample in report.samples)
    assert list(turns) == [(0, "a"), (0, "b"), (0, "c"), (1, "a"), (1, "b"), (1, "c")]
    assert status(report) == dict.fromkeys("abc", "measured")


def test_every_round_is_kept_with_its_rows(tiny):
    report = tiny(fake("a"))
    kept = [(s.measure, s.repetition, s.rows) for s in report.samples]
    assert kept.count(("forward", 0, 5)) == kept.count(("train", 1, 5)) == 3
    assert {s.seconds for s in report.samples if s.measure == "train"} == {0.25}


def test_who_answers_otherwise_is_refused_and_not_timed(tiny):
    report = tiny(fake("right"), fake("wrong", off=0.1))
    assert status(report) == {"right": "measured", "wrong": "refused"}
    assert {sample.peer for sample in report.samples} == {"right"}
    (wrong,) = [s for s in report.standings if s.peer == "wrong"]
    assert wrong.difference == pytest.approx(0.1, rel=1e-3)
    assert "nats instead of" in wrong.reason


def test_an_absent_package_is_said_with_the_reason(tiny):
    report = tiny(replace(fake("other"), distribution="no-such-distribution"))
    assert status(report) == {"other": "absent"}
    assert report.standings[0].reason == "no-such-distribution is not installed in its interpreter"


def test_a_missing_interpreter_is_an_absence(tiny):
    report = tiny(replace(fake("other"), distribution="numpy", python="no-such-python"))
    assert status(report) == {"other": "absent"}
    assert report.standings[0].reason == "its interpreter cannot be started"


def test_a_crash_is_told_by_its_last_line_and_ends_nobody_else(tiny):
    report = tiny(fake("broken", crash="out of order"), fake("fine"))
    assert status(report) == {"broken": "failed", "fine": "measured"}
    assert report.standings[0].reason == "RuntimeError: out of order"


def test_progress_reaches_from_check_to_the_last_process(monkeypatch):
    monkeypatch.setattr(circuits, "WORKLOADS", {"tiny": TINY})
    monkeypatch.setattr(circuits, "scripts", lambda workload, settings: [fake("a")])
    told = []
    bench_circuits(QUICK, lambda share, text="", /, **values: told.append((share, text)))
    assert told == [(0.0, "tiny: checking a"), (0.0, "tiny: a, 1"), (0.5, "tiny: a, 2")]


def test_ours_and_the_limit_run_in_this_interpreter(tiny):
    (ours, limit, *_) = scripts(TINY, Settings())
    report = tiny(ours, limit, settings=replace(QUICK, repetitions=1))
    assert status(report) == {"workbench": "measured", "gemm": "measured"}
    assert {s.measure for s in report.samples} == {"forward", "train", "gemm"}
    assert all(sample.seconds > 0.0 for sample in report.samples)
    assert report.loads[0].gemm_flops == 2 * 2 * 2 * 2 * 5
    assert report.loads[0].forward_flops_per_row == 2 * 2**2 * 2


@pytest.mark.slow
def test_the_pruned_run_is_measured_without_an_answer_to_compare(tiny):
    ours = Script("workbench at 50 %", circuits.SCRIPTS / "workbench_peer.py",
                  options={"density": 0.5})  # fmt: skip
    report = tiny(ours, settings=replace(QUICK, repetitions=1))
    assert status(report) == {"workbench at 50 %": "measured"}
    assert report.standings[0].difference is None


def test_interpreters_of_packages_are_used():
    found = scripts(WORKLOADS["digits"], Settings(peers={"cirkit": "elsewhere"}))
    assert [(s.name, s.python == "elsewhere") for s in found] == [
        ("workbench", False),
        ("gemm", False),
        ("cirkit", True),
        ("spflow", False),
    ]


def test_on_a_gpu_pyjuice_runs_with_its_kernels_on_and_off():
    settings = Settings(device="cuda", peers={"pyjuice": "elsewhere"})
    found = {s.name: s for s in scripts(WORKLOADS["images 64"], settings)}
    on, off = found["pyjuice"], found["pyjuice without its CUDA kernels"]
    assert on.path == off.path
    assert on.python == off.python == "elsewhere"
    assert not on.environment
    assert off.environment == {"PYJUICE_DISABLE_CUDA_KERNELS": "1"}
    assert {script.options["device"] for script in found.values()} == {"cuda"}
    assert found["workbench at 20 %"].options["density"] == 0.2


def test_unknown_names_are_refused():
    with pytest.raises(ParameterError, match="no such workload on cpu"):
        bench_circuits(Settings(workloads=("nonsense",)))
    with pytest.raises(ParameterError, match="no such workload on cuda"):
        bench_circuits(Settings(workloads=("digits",), device="cuda"))
    with pytest.raises(ParameterError, match="no such package"):
        scripts(WORKLOADS["digits"], Settings(peers={"nonsense": "python"}))


@pytest.mark.parametrize(
    "wrong",
    [{"device": "tpu"}, {"repetitions": 0}, {"rounds": -1}, {"most_seconds": 0.0},
     {"most_seconds": float("nan")}],
)  # fmt: skip
def test_impossible_settings_are_refused(wrong):
    with pytest.raises(ParameterError):
        Settings(**wrong)


def test_alternation_of_nobody_is_empty():
    assert list(alternation([], 3)) == []


@pytest.mark.parametrize(
    ("answers", "expected", "verdict"),
    [
        ((-4000.0,), -4000.02, "measured"),
        ((-4000.0,), -4000.03, "refused"),
        ((-1.0,), -1.0009, "measured"),
        ((float("nan"),), -1.0, "refused"),
        ((float("-inf"),), -1.0, "refused"),
        ((-1.0, -1.0), -1.0, "refused"),
    ],
)
def test_the_tolerance_grows_with_the_answer(answers, expected, verdict):
    outcome = Outcome("1", answers, 0.0, {}, None)
    assert judge("tiny", "x", outcome, np.array([expected])).status == verdict


def test_what_was_measured_is_kept_after_each_workload(monkeypatch):
    second = replace(TINY, name="second")
    monkeypatch.setattr(circuits, "WORKLOADS", {"tiny": TINY, "second": second})
    monkeypatch.setattr(circuits, "scripts", lambda workload, settings: [fake("a")])
    kept = []
    report = bench_circuits(replace(QUICK, repetitions=1), keep=kept.append)
    assert [[load.name for load in each.loads] for each in kept] == [["tiny"], ["tiny", "second"]]
    assert kept[-1] == report
