"""Jobs as plain entries that a front end shows: states, shares, values, cells, what to do."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol

from workbench.core.units import counted
from workbench.errors import ParameterError
from workbench.widgets.cells import cell_table, counts_of, finite

MOST_POINTS = 60
MOST_SERIES = 8
MOST_SOURCES = 4
UNFINISHED = frozenset({"queued", "running"})
RESUMABLE = frozenset({"failed", "cancelled"})


class Watched(Protocol):
    """A job, stored or short: what a list needs of it at least.

    What only some jobs have is read where it is there: `id`, `task`, `place`,
    `save_as`, `parent`, `children`, `table`, `resume`, `revision`, and the times
    `created`, `started` and `ended` (seconds since 1970).
    """

    @property
    def name(self) -> str:
        """What it is called."""
        ...

    @property
    def now(self) -> Any:
        """Status, progress, text, values, error, details, rate, remaining_s, attempts."""
        ...

    def cancel(self) -> Any:
        """Stop it."""
        ...


Source = Callable[[], Iterable[Watched]]


def is_job(thing: object) -> bool:
    """Whether `thing` can be watched as a job.

    Examples
    --------
    >>> is_job(3)
    False
    """
    return all(hasattr(type(thing), name) for name in ("now", "cancel"))


def source_of(thing: Any) -> Source | None:
    """A function that lists the jobs in `thing` anew; None when there are none in it.

    A job, several, a function that lists them, or what has them as `jobs` (a workspace).

    Examples
    --------
    >>> source_of([])(), source_of(3)
    ((), None)
    """
    if is_job(thing):
        return lambda: (thing,)
    if isinstance(thing, list | tuple):
        jobs = tuple(thing)
        return (lambda: jobs) if all(map(is_job, jobs)) else None
    listing = getattr(thing, "jobs", None)
    return (lambda: newest_first(listing())) if callable(listing) else None


def newest_first(jobs: Iterable[Watched]) -> list[Watched]:
    """`jobs` by their numbers, the highest first."""
    return sorted(jobs, key=lambda job: int(_of(job, "id", 0)), reverse=True)


def key_of(job: Watched) -> str:
    """What tells `job` from others in a list: its number, or where it is in memory.

    Examples
    --------
    >>> class Fit:
    ...     id = 7
    >>> key_of(Fit())
    '7'
    """
    number = getattr(job, "id", None)
    return f"at-{id(job)}" if number is None else str(number)


def top_of(jobs: Iterable[Watched]) -> tuple[Watched, ...]:
    """The jobs that are not cells of another job among them."""
    listed = tuple(jobs)
    keys = {key_of(job) for job in listed}
    return tuple(job for job in listed if str(_of(job, "parent", "")) not in keys)


def rows_of(jobs: Watched | Iterable[Watched]) -> list[dict[str, Any]]:
    """One entry per job: plain values under the names that the list of jobs reads.

    `progress` is the share done in [0, 1], `rate` that share per second, `remaining`
    and `elapsed` are seconds (None where unknown); `cells` counts the cells of a
    sweep by state; `can` says what may be asked of the job now.

    Examples
    --------
    >>> class Done:
    ...     id, name, now = 7, "fit", type("Now", (), {"status": "done", "progress": 1.0})
    ...     def cancel(self): ...
    >>> row = rows_of(Done())[0]
    >>> row["id"], row["status"], row["progress"], row["can"]
    ('7', 'done', 1.0, ['open'])
    """
    found: Any = (jobs,) if is_job(jobs) else jobs
    return [row_of(job, cell_table(job)) for job in top_of(found)]


def row_of(job: Watched, table: Mapping[str, Any] | None = None, now: Any = None) -> dict[str, Any]:
    """The entry of one job, which is known to be as it is `now`; `table` has a sweep's cells."""
    now = job.now if now is None else now
    status = str(now.status)
    cells = counts_of(table)
    return {
        "id": key_of(job),
        "name": str(job.name),
        "place": _of(job, "place", ""),
        "status": status,
        "progress": finite(now.progress),
        "text": _of(now, "text", ""),
        "rate": finite(_of(now, "rate", None)),
        "remaining": finite(_of(now, "remaining_s", None)),
        "created": finite(_of(job, "created", None)),
        "elapsed": elapsed_of(job),
        "values": series_of(_of(now, "values", {})),
        **told_of(_of(now, "error", None)),
        "details": _of(now, "details", ""),
        "facts": facts_of(job, _of(now, "attempts", 0)),
        "cells": cells,
        "can": _can(job, status, cells),
    }


def _of(thing: object, name: str, otherwise: Any) -> Any:
    value = getattr(thing, name, None)
    return otherwise if value is None else value


def _can(job: Watched, status: str, cells: Mapping[str, int] | None) -> list[str]:
    states = {status} if cells is None else {state for state, n in cells.items() if n}
    possible = {
        "cancel": bool(states & UNFINISHED),
        "resume": hasattr(job, "resume") and bool(states & RESUMABLE),
        "open": status == "done",
    }
    return [name for name, holds in possible.items() if holds]


def told_of(error: BaseException | None) -> dict[str, str]:
    """What went wrong and what to do, as two texts.

    Examples
    --------
    >>> told_of(ParameterError("no", remedy="Ask again."))
    {'error': 'no.', 'remedy': 'Ask again.'}
    """
    remedy = str(getattr(error, "remedy", "") or "")
    text = "" if error is None else str(error).removesuffix(remedy).strip()
    return {"error": text, "remedy": remedy}


def series_of(values: Mapping[str, Sequence[float]]) -> list[dict[str, Any]]:
    """Name, last value and at most `MOST_POINTS` points of each series reported.

    Examples
    --------
    >>> series_of({"nats": (1.0, 2.0)})
    [{'name': 'nats', 'last': 2.0, 'n': 2, 'points': [1.0, 2.0]}]
    """
    return [
        {
            "name": str(name),
            "last": finite(points[-1]),
            "n": len(points),
            "points": [finite(value) for value in thinned(points)],
        }
        for name, points in list(values.items())[:MOST_SERIES]
        if points
    ]


def thinned(points: Sequence[float], most: int = MOST_POINTS) -> list[float]:
    """`points`, or `most` of them evenly spread, the first and the last among them.

    Examples
    --------
    >>> thinned(range(100), 4)
    [0, 33, 66, 99]
    """
    n = len(points)
    places = range(n) if n <= most else (round(i * (n - 1) / (most - 1)) for i in range(most))
    return [points[place] for place in places]


def elapsed_of(job: Watched) -> float | None:
    """Seconds since the job began, until its end when it has ended; None before.

    Examples
    --------
    >>> class Fit:
    ...     started, ended = 100.0, 103.5
    >>> elapsed_of(Fit())
    3.5
    """
    begun, end = _of(job, "started", None), _of(job, "ended", None)
    return None if begun is None else max(0.0, (end or time.time()) - begun)


def facts_of(job: Watched, attempts: int) -> list[list[str]]:
    """Label and text of what is known of a job beside its progress, its result's origin too."""
    facts = {
        "task": _of(job, "task", ""),
        "asked on": _of(job, "place", ""),
        "attempts": str(attempts) if attempts > 1 else "",
        "saved as": _of(job, "save_as", ""),
        **_origin(getattr(job, "revision", None)),
    }
    return [[label, str(text)] for label, text in facts.items() if text not in {"", None}]


def _origin(revision: Any) -> dict[str, str]:
    if revision is None:
        return {}
    sources = [f"{role} {str(digest)[:12]}" for role, digest in revision.sources[:MOST_SOURCES]]
    if len(revision.sources) > MOST_SOURCES:
        sources.append(f"and {len(revision.sources) - MOST_SOURCES:,} more")
    return {
        "revision": f"{revision.number}, {revision.kind}, {counted(revision.n_bytes, 'byte')}",
        "content": str(revision.hash)[:12],
        "made from": ", ".join(sources),
        "recipe": str(revision.recipe),
        "seed": "" if revision.seed is None else str(revision.seed),
        "version": str(revision.version),
    }


def listed(thing: Any) -> Source:
    """A function that lists the jobs in `thing` anew.

    Raises
    ------
    ParameterError
        When there are no jobs in it.
    """
    source = source_of(thing)
    if source is None:
        raise ParameterError(
            "cannot list this as jobs",
            given=f"a value of type {type(thing).__name__}",
            expected="a job, several jobs, or a workspace",
        )
    return source
