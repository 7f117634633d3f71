"""Progress of long work on standard error: a bar on a terminal, else a line now and then."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from workbench.cli.console import note
from workbench.core import progress

LINE_SECONDS = 5.0  # between two lines where no bar can be drawn
SLOWEST_PER_SECOND = 0.01  # share per second under which a minute is the better unit


@contextmanager
def progress_bar(title: str, *, quiet: bool = False) -> Iterator[progress.Progress]:
    """A reporter for long work that says on standard error how far the block is.

    It draws a bar on a terminal, prints a line every few seconds elsewhere, and says
    nothing when `quiet`.
    """
    if quiet:
        yield progress.silent
    elif sys.stderr.isatty():
        with drawn(title, Console(stderr=True)) as report:
            yield report
    else:
        yield printed(title, note)


def pace(share: float, seconds: float) -> str:
    """The rate and the time that remains, after `share` of the work took `seconds`.

    Examples
    --------
    >>> pace(0.25, 10.0)
    '2.5 %/s, 0:00:30 left'
    >>> pace(0.1, 360.0)
    '1.7 %/min, 0:54:00 left'
    >>> pace(0.0, 3.0)
    ''
    """
    if share <= 0.0 or seconds <= 0.0:
        return ""
    return told_pace(share / seconds, seconds * (1.0 - share) / share)


def told_pace(rate: float, remaining_s: float) -> str:
    """A `rate` in shares of the work per second and the seconds that remain, in words.

    Examples
    --------
    >>> told_pace(0.5, 1.2)
    '50.0 %/s, 0:00:01 left'
    """
    unit, factor = ("s", 100.0) if rate >= SLOWEST_PER_SECOND else ("min", 6000.0)
    left = timedelta(seconds=round(max(remaining_s, 0.0)))
    return f"{rate * factor:.1f} %/{unit}, {left} left"


def printed(
    title: str, write: Callable[[str], None], clock: Callable[[], float] = time.monotonic
) -> progress.Progress:
    """A reporter that writes a line at most every :data:`LINE_SECONDS`.

    Examples
    --------
    >>> now = iter([0.0, 1.0, 6.0])
    >>> report = printed("Learning", print, lambda: next(now))
    >>> report(0.1, "epoch 1")
    >>> report(0.5, "epoch 5")
    Learning: 50 %, epoch 5, 8.3 %/s, 0:00:06 left
    """
    started = last = clock()

    def report(share: float, text: str = "", /, **values: float) -> None:
        nonlocal last
        now = clock()
        if now - last < LINE_SECONDS:
            return
        last = now
        parts = (f"{share:.0%}".replace("%", " %"), text, pace(share, now - started))
        write(f"{title}: {', '.join(part for part in parts if part)}")

    return report


@contextmanager
def drawn(title: str, console: Console) -> Iterator[progress.Progress]:
    """A reporter that draws a bar with rate and remaining time on the terminal of `console`."""
    columns = (
        TextColumn("{task.fields[title]}", markup=False),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
        TextColumn("{task.fields[pace]}", markup=False),
        TextColumn("{task.fields[note]}", markup=False),
    )
    with Progress(*columns, console=console) as bars:
        bar = bars.add_task("", total=1.0, title=title, note="", pace="")
        started = time.monotonic()

        def report(share: float, text: str = "", /, **values: float) -> None:
            spent = time.monotonic() - started
            bars.update(bar, completed=share, note=text, pace=pace(share, spent))

        yield report
        bars.update(bar, completed=1.0, note="", pace="")
