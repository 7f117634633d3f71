"""The jobs of a workspace in its archive: what was asked, and what came of it."""

from __future__ import annotations

from typing import Any, Final

import apsw

from workbench.errors import FormatError
from workbench.limits import LIMITS
from workbench.store.copies import Facts
from workbench.store.queries import Rows

_COLUMNS: Final = {  # column: the types that its values may have
    **dict.fromkeys(("id", "attempts", "changed"), (int,)),
    **dict.fromkeys(("place", "task", "call", "resource", "status", "text"), (str,)),
    **dict.fromkeys(("error", "details", "result", "checkpoint", "save_as", "holder"), (str, None)),
    **dict.fromkeys(("progress", "beat", "started", "ended"), (int, float, None)),
    "parent": (int, None),
    "created": (int, float),
}
_NAMES: Final = ", ".join(_COLUMNS)
_MARKS: Final = ", ".join(f":{name}" for name in _COLUMNS)
_UNFINISHED: Final = ("queued", "running")
_STOPPED: Final = "cancelled"  # nobody asked the new place to work; it can be resumed
_VALUES: Final = ((int,), (int,), (str,), (int, float, None))


def jobs_of(rows: Rows) -> Facts:
    """The jobs and their values; those that wait or run are cancelled, and nobody holds them."""
    listed = rows(f"SELECT {_NAMES} FROM jobs ORDER BY id", ())  # noqa: S608  # our own names
    jobs = [dict(zip(_COLUMNS, row, strict=True)) for row in listed]
    values = rows("SELECT job, step, name, value FROM job_values ORDER BY job, name, step", ())
    return {"jobs": [_stopped(job) for job in jobs], "values": [list(row) for row in values]}


def are_jobs(facts: Facts, path: object) -> Facts:
    """`facts`, which describe jobs, none of which waits or runs.

    Raises
    ------
    FormatError
        When they do not.
    """
    jobs, values = facts.get("jobs"), facts.get("values")
    is_shaped = set(facts) == {"jobs", "values"} and isinstance(jobs, list)
    if not (is_shaped and isinstance(values, list)):
        raise FormatError(path, "its jobs", "they are not described")
    if not (all(map(_is_job, jobs or ())) and all(map(_is_value, values))):
        raise FormatError(path, "its jobs", "one of them is not described as jobs are")
    return facts


def keep_jobs(cursor: apsw.Cursor, facts: Facts) -> None:
    """Nothing; the jobs are in the index."""
    cursor.executemany(f"INSERT INTO jobs ({_NAMES}) VALUES ({_MARKS})", facts["jobs"])  # noqa: S608  # our own names
    cursor.executemany("INSERT INTO job_values VALUES (?, ?, ?, ?)", facts["values"])


def _stopped(job: Facts) -> Facts:
    status = _STOPPED if job["status"] in _UNFINISHED else job["status"]
    return {**job, "status": status, "holder": None, "beat": None}


def _is_job(job: Any) -> bool:
    return (
        isinstance(job, dict)
        and set(job) == set(_COLUMNS)
        and all(_is_of(job[name], types) for name, types in _COLUMNS.items())
        and job == _stopped(job)
    )


def _is_value(row: Any) -> bool:
    shaped = isinstance(row, list) and len(row) == len(_VALUES)
    return shaped and all(_is_of(value, types) for value, types in zip(row, _VALUES, strict=True))


def _is_of(value: Any, types: tuple[type | None, ...]) -> bool:
    if value is None or isinstance(value, str):
        kind = None if value is None else str
        return kind in types and len(value or "") <= LIMITS.text_chars
    return type(value) in types and abs(value) < 2**63
