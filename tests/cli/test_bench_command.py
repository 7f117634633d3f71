"""workbench bench: measured figures on the terminal and in a file; bad names are refused."""

import json

import pytest

from workbench import benchmarks
from workbench.benchmarks import Report, read_report
from workbench.benchmarks.report import Standing
from workbench.cli import main

QUICK = ["--repetitions", "1", "--rounds", "2", "--seconds", "0.01"]


def test_figures_are_printed_and_saved(tmp_path, capsys):
    out = tmp_path / "small.json"
    absent = ["--peer", "spflow=no-such-python", "--peer", "cirkit=no-such-python"]
    assert (
        main(["bench", "circuits", "--workload", "small", *absent, *QUICK, "--out", str(out)]) == 0
    )
    shown = capsys.readouterr().out
    report = read_report(out)
    assert {s.peer: s.status for s in report.standings} == {
        "workbench": "measured",
        "cirkit": "absent",
        "spflow": "absent",
    }
    assert "absent: its interpreter cannot be started" in shown
    assert "agree within" in shown
    assert "query: time" in shown
    assert report.machine["processor"] in shown
    assert "no-such-python" not in out.read_text()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nonsense"], "one of ['circuits']"),
        (["circuits", "--workload", "nonsense"], "no such workload"),
        (["circuits", "--workload", "small", "--peer", "nonsense=python"], "no such package"),
        (["circuits", "--workload", "small", "--peer", "spflow"], "NAME=PYTHON"),
        (["circuits", "--device", "tpu"], "unknown device"),
    ],
)
def test_names_that_are_none_are_refused(arguments, message, capsys):
    assert main(["bench", *arguments]) == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    ("peer", "status", "code"),
    [
        ("workbench", "measured", 0),
        ("workbench", "refused", 1),
        ("workbench at 20 %", "failed", 1),
        ("cirkit", "refused", 0),
    ],
)
def test_it_is_an_error_only_when_ours_is_not_measured(peer, status, code, monkeypatch, capsys):
    standing = Standing("digits", peer, status, "1.0", "wrong by far")
    report = Report("circuits", "2026-01-31", {"device": "cpu"}, standings=(standing,))
    monkeypatch.setitem(benchmarks.BENCHMARKS, "circuits", lambda *_: report)
    assert main(["bench", "circuits", "--json"]) == code
    told = json.loads(capsys.readouterr().out)
    assert told["standings"][0]["reason"] == "wrong by far"
    assert (told["machine"], told["rates"], told["saved"]) == ({"device": "cpu"}, [], None)
    assert main(["bench", "circuits"]) == code
    shown = capsys.readouterr()
    assert f"{status}: wrong by far" in shown.out
    assert ("ours was not measured" in shown.err) == (code == 1)
