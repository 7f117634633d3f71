"""watch: a bar for a job in the terminal or a notebook, until it ends."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final, Protocol, TypeVar

from workbench.core.units import number
from workbench.jobs.snapshot import Snapshot

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress

PERIOD_S: Final = 0.1
MOST_VALUES: Final = 3


class Watched(Protocol):
    """A job or an errand."""

    @property
    def name(self) -> str:
        """What it is called."""
        ...

    @property
    def now(self) -> Snapshot:
        """How it goes."""
        ...


W = TypeVar("W", bound=Watched)


def watch(job: W, *, console: Console | None = None) -> W:
    """`job`, after it ended; until then a bar shows its share, what it reports, and its pace.

    Interrupting the bar leaves the job as it is.

    Parameters
    ----------
    console
        Where to print; the terminal or the notebook's cell by default.

    Examples
    --------
    >>> import io
    >>> from rich.console import Console
    >>> from workbench.jobs.pool import send
    >>> paper = io.StringIO()
    >>> watch(send(max, 1, 2), console=Console(file=paper, width=80)).result()
    2
    >>> "max" in paper.getvalue(), "done" in paper.getvalue()
    (True, True)
    """
    with _bar(console) as bar:
        line = bar.add_task(job.name, total=1.0, told="", pace="")
        while True:
            now = job.now
            told, rest = words(now), pace_words(now)
            bar.update(line, completed=now.progress, told=told, pace=rest)
            if now.status.is_final:
                return job
            time.sleep(PERIOD_S)


def words(now: Snapshot) -> str:
    """What a job is doing, in one line.

    Examples
    --------
    >>> words(Snapshot(text="epoch 3", values={"train": (-9.0, -8.5)}))
    'queued: epoch 3, train −8.5'
    """
    last = [f"{name} {number(points[-1])}" for name, points in now.values.items() if points]
    why = "" if now.error is None else str(now.error)
    told = ", ".join(filter(None, [why or now.text, *last[:MOST_VALUES]]))
    return f"{now.status}: {told}" if told else str(now.status)


def pace_words(now: Snapshot) -> str:
    """How fast a job is, and how long it will take.

    Examples
    --------
    >>> pace_words(Snapshot(rate=0.01, remaining_s=75.0))
    '60%/min, 1:15 left'
    """
    if now.rate is None or now.remaining_s is None:
        return ""
    minutes, seconds = divmod(round(now.remaining_s), 60)
    hours, minutes = divmod(minutes, 60)
    clock = f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
    return f"{number(now.rate * 6000)}%/min, {clock} left"


def _bar(console: Console | None) -> Progress:
    from rich.progress import BarColumn, Progress, TextColumn

    def text(which: str) -> TextColumn:
        return TextColumn(f"{{task.{which}}}", markup=False)  # texts of jobs are never markup

    columns = text("description"), BarColumn(), text("percentage:>3.0f"), text("fields[told]")
    return Progress(*columns, text("fields[pace]"), console=console)
