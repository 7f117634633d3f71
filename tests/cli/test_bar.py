"""Progress on standard error: a bar on a terminal, a line now and then elsewhere, else nothing."""

import io
import sys
import time
from contextlib import nullcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from workbench.cli import bar
from workbench.errors import Cancelled


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def terminal():
    return Console(file=Terminal(), force_terminal=True, width=160)


def wait_for(words, terminal):
    deadline = time.monotonic() + 20
    while words not in terminal.file.getvalue():
        assert time.monotonic() < deadline, terminal.file.getvalue()
        time.sleep(0.02)


def test_a_terminal_gets_a_bar_with_rate_and_remaining_time(terminal):
    with bar.drawn("Learning", terminal) as report:
        report(0.25, "epoch [b]5[/b] of 20", train=-3.0)
        wait_for(" 25 %", terminal)
    shown = terminal.file.getvalue()
    assert "Learning" in shown
    assert "epoch [b]5[/b] of 20" in shown
    assert "%/s, 0:00:0" in shown
    assert "100 %" in shown


def test_a_bar_ends_where_the_work_was_cancelled(terminal):
    def cancelled():
        with bar.drawn("Learning", terminal) as report:
            report(0.5)
            wait_for(" 50 %", terminal)
            raise Cancelled

    with pytest.raises(Cancelled):
        cancelled()
    assert "100 %" not in terminal.file.getvalue()


def test_a_terminal_is_told_from_a_file(monkeypatch):
    drawn = []
    monkeypatch.setattr(sys, "stderr", Terminal())
    monkeypatch.setattr(bar, "drawn", lambda title, console: drawn.append(title) or nullcontext())
    with bar.progress_bar("Learning"):
        pass
    with bar.progress_bar("Quiet", quiet=True):
        pass
    assert drawn == ["Learning"]


def test_elsewhere_a_line_is_written_every_few_seconds():
    lines, seconds = [], iter([0.0, 1.0, 5.0, 6.0, 12.0])
    report = bar.printed("Learning", lines.append, lambda: next(seconds))
    for share in (0.1, 0.25, 0.3, 0.6):
        report(share, f"at {share}")
    assert lines == [
        "Learning: 25 %, at 0.25, 5.0 %/s, 0:00:15 left",
        "Learning: 60 %, at 0.6, 5.0 %/s, 0:00:08 left",
    ]


def test_quick_work_says_nothing_where_there_is_no_terminal(capsys):
    with bar.progress_bar("Learning") as report:
        report(0.5)
    assert capsys.readouterr() == ("", "")


def test_quiet_is_silent(capsys, monkeypatch):
    monkeypatch.setattr(bar, "LINE_SECONDS", 0.0)
    with bar.progress_bar("Learning", quiet=True) as report:
        report(0.5)
    assert capsys.readouterr() == ("", "")
    with bar.progress_bar("Learning") as report:
        report(0.5)
    shown = capsys.readouterr()
    assert not shown.out
    assert shown.err.startswith("Learning: 50 %")


@given(st.floats(0.001, 1), st.floats(0.1, 1e6))
def test_rate_and_remaining_time_agree(share, seconds):
    rate, left = bar.pace(share, seconds).split(", ", 1)
    amount, unit = rate.split(" %/")
    per_second = float(amount) / {"s": 100, "min": 6000}[unit]
    assert per_second == pytest.approx(share / seconds, abs=0.0006 if unit == "s" else 1e-5)
    assert left.endswith(" left")
    assert not left.startswith("-")
