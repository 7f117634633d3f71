"""workbench budget: exact pass@k with a band from a table of counts."""

import json

import pytest

from workbench.budgets import band, log_spaced_ks, pass_at_k
from workbench.cli import main

COUNTS = [(20, 3), (20, 0), (20, 11), (20, 20), (25, 1)]


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "counts.csv"
    path.write_text("problem,c,n\n" + "".join(f"p{i},{c},{n}\n" for i, (n, c) in enumerate(COUNTS)))
    return path


def rows(out):
    return [line.split() for line in out.splitlines() if line[:1].isdigit()]


def test_the_curve_and_its_band_are_printed(table, capsys):
    assert main(["budget", str(table), "--level", "0.9"]) == 0
    curve = pass_at_k(COUNTS, log_spaced_ks(20, 9))
    limits = band(curve, level=0.9)
    expected = [
        [str(k), *(f"{value:.4f}" for value in values)]
        for k, *values in zip(curve.ks, curve.value, limits.low, limits.high, strict=True)
    ]
    assert rows(capsys.readouterr().out) == expected


def test_two_columns_need_no_names(tmp_path, capsys):
    path = tmp_path / "counts.csv"
    path.write_text("draws,right\n4,2\n4,1\n")
    assert main(["budget", str(path)]) == 0
    assert rows(capsys.readouterr().out)[0][:2] == ["1", "0.3750"]


def test_the_curve_is_drawn(table, tmp_path, capsys):
    out = tmp_path / "curve.pdf"
    assert main(["budget", str(table), "--out", str(out)]) == 0
    assert out.read_bytes().startswith(b"%PDF")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("n,c\n4,5\n", "c <= n"),
        ("n,c\n4,x\n", "counts.csv"),
        ("a,b,d\n1,1,1\n", "columns n (draws) and c (successes)"),
        ("n,c\n4,1.5\n", "whole numbers"),
    ],
)
def test_impossible_counts_are_refused(tmp_path, capsys, content, message):
    path = tmp_path / "counts.csv"
    path.write_text(content)
    assert main(["budget", str(path)]) == 2
    assert message in capsys.readouterr().err


def test_json_has_the_exact_curve(table, tmp_path, capsys):
    out = tmp_path / "curve.csv"
    assert main(["budget", str(table), "--json", "--points", "4", "--out", str(out)]) == 0
    told = json.loads(capsys.readouterr().out)
    curve = pass_at_k(COUNTS, log_spaced_ks(20, 4))
    assert [row["k"] for row in told["curve"]] == curve.ks.tolist()
    assert [row["pass_at_k"] for row in told["curve"]] == curve.value.tolist()
    assert (told["level"], told["problems"], told["saved"]) == (0.95, 5, str(out))
