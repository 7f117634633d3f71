"""The report counts what it says it counts."""

import importlib.util
import json
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parent / "report.py"
MODULE = '''
def short():
    """A docstring
    of three
    lines."""
    return 1


def branched(a, b):
    if a and b:
        return 1
    return 2 if a else 3
'''


@pytest.fixture
def report(tmp_path, monkeypatch):
    spec = importlib.util.spec_from_file_location("report_under_test", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(__import__("sys").modules, spec.name, module)
    spec.loader.exec_module(module)
    package = tmp_path / "workbench" / "core"
    package.mkdir(parents=True)
    (package / "one.py").write_text(MODULE)
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_one.py").write_text("a = 1\n\n# comment\n")
    monkeypatch.setattr(module, "REPOSITORY", tmp_path)
    monkeypatch.setattr(module, "PACKAGE", tmp_path / "workbench")
    monkeypatch.setattr(module, "COVERAGE", tmp_path / "coverage.json")
    return module


def test_function_lines_leave_out_the_docstring(report):
    assert sorted(report.function_lengths().values) == [
        (2, "workbench/core/one.py:short"),
        (4, "workbench/core/one.py:branched"),
    ]


def test_branches_are_counted(report):
    assert dict(map(reversed, report.complexities().values)) == {
        "workbench/core/one.py:short": 1,
        "workbench/core/one.py:branched": 4,
    }


def test_coverage_joins_lines_and_branches_by_room(report):
    summary = {
        "num_statements": 8, "covered_lines": 6, "num_branches": 2, "covered_branches": 0,
    }  # fmt: skip
    files = {"workbench/core/one.py": {"summary": summary}}
    report.COVERAGE.write_text(json.dumps({"files": files}))
    assert report.coverage() == 60.0
    assert report.coverage(("core",)) == 60.0
    assert report.coverage(("data",)) is None


def test_it_prints_without_coverage(report, capsys):
    report.main()
    out = capsys.readouterr().out
    assert "not measured" in out
    assert "test lines / code lines" in out
