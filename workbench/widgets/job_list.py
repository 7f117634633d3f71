"""JobList without its host: entries and cells out; cancel, resume and open in."""

from __future__ import annotations

import threading
import time
from abc import abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, NamedTuple

from workbench.errors import WorkbenchError
from workbench.widgets.cells import Tables, cell_table
from workbench.widgets.jobs import (
    UNFINISHED,
    Source,
    Watched,
    key_of,
    listed,
    row_of,
    told_of,
    top_of,
)
from workbench.widgets.view import Unsubscribe, View

PERIOD_S = 0.5
REST = 4.0  # how many times longer than it took to read the jobs they are left alone
MOST_ACTIONS = 1_000


class Entry(NamedTuple):
    """What was read of a job: its state, what is shown of it, and the cells of a sweep."""

    now: Any
    row: dict[str, Any]
    table: Mapping[str, Any] | None
    read: float  # seconds since 1970

    @property
    def current(self) -> Entry:
        """The same at this moment: only the clock has gone on."""
        now, elapsed = time.time(), self.row["elapsed"]
        if elapsed is None or self.row["status"] not in UNFINISHED:
            return self
        row = {**self.row, "elapsed": elapsed + now - self.read}
        return self._replace(row=row, read=now)


class JobsView(View):
    """Jobs on screen: states and values as they come, cancel and resume by a click.

    As long as one of them is not done the list is read anew twice a second; that of a
    workspace until it is closed, because new jobs may come.
    """

    def __init__(self, **fields: Any) -> None:
        super().__init__(**fields)
        self._lock = threading.RLock()
        self._thing: Any = None
        self._source: Source = tuple
        self._follows = False
        self._jobs: dict[str, Watched] = {}
        self._cells: dict[str, Watched] = {}
        self._entries: dict[str, Entry] = {}
        self._sent = Tables()
        self._position: Any = None
        self._rests_until = 0.0
        self._done = 0
        self._end: Unsubscribe | None = None
        self._openers: list[Callable[[Watched], None]] = []
        self._watch_field("asked", self._on_asked)
        self._watch_field("opened", self._on_opened)

    @abstractmethod
    def _every(self, seconds: float, step: Callable[[], bool]) -> Unsubscribe:
        """A function that ends the calls of `step`, which also end when it answers False."""

    @property
    def _is_gone(self) -> bool:
        """Whether nobody can see the view any more."""
        return False

    def update(self, thing: Any, follow: bool = True) -> None:  # type: ignore[override]  # its own options
        """Nothing; lists other jobs: one, several, or all of a workspace.

        With `follow` the list stays current by itself, otherwise :meth:`poll` reads
        it anew.

        Raises
        ------
        ParameterError
            When there are no jobs in `thing`.
        """
        with self._lock:
            self._source, self._thing, self._follows = listed(thing), thing, follow
            self._jobs, self._cells, self._entries = {}, {}, {}
            self.poll(anew=True)
            self._keep_following()

    @property
    def jobs(self) -> tuple[Watched, ...]:
        """The jobs listed, without the cells of sweeps."""
        return tuple(self._jobs.values())

    @property
    def n_unfinished(self) -> int:
        """How many of the jobs listed run or wait."""
        return sum(row["status"] in UNFINISHED for row in self._value("rows"))

    @property
    def plain(self) -> str:
        """The list as text, a line per job, for where no kernel answers."""
        lines = [
            f"{row['name']}: {row['status']}, {row['progress'] or 0:.0%} {row['text']}".rstrip()
            for row in self._value("rows")
        ]
        return "\n".join(lines) or "no jobs"

    def on_open(self, callback: Callable[[Any], None]) -> Unsubscribe:
        """A function that ends the calls of `callback` with each job whose result is asked for."""
        self._openers.append(callback)
        return lambda: self._openers.remove(callback)

    def poll(self, anew: bool = False) -> bool:
        """Whether a job listed is unfinished, after the list was read if something changed.

        A list of a workspace is only read when the workspace has changed; one that
        takes long to read is left alone for a while. `anew` reads it in any case.
        """
        with self._lock:
            if anew or (self._has_moved() and time.monotonic() >= self._rests_until):
                self._read()
            return self.n_unfinished > 0

    def _has_moved(self) -> bool:
        position = getattr(self._thing, "position", None)
        return position is None or position != self._position

    def _read(self) -> None:
        begun = time.monotonic()
        self._position = getattr(self._thing, "position", None)
        found = {key_of(job): job for job in top_of(self._source())}
        self._jobs = {key: self._jobs.get(key, job) for key, job in found.items()}
        self._entries = {key: self._entry(key, job) for key, job in self._jobs.items()}
        self._publish()
        self._rests_until = time.monotonic() + REST * (time.monotonic() - begun)

    def _publish(self) -> None:
        tables = {key: self._entries[key].table for key in self._opened}
        self._show(
            [entry.row for entry in self._entries.values()],
            {key: table for key, table in tables.items() if table is not None},
        )

    @property
    def _opened(self) -> list[str]:
        return [key for key in self._value("opened") if key in self._jobs]

    def _entry(self, key: str, job: Watched) -> Entry:
        """What is shown of a job; it is read once, until it changes again."""
        now, known = job.now, self._entries.get(key)
        if known is not None and known.now is now:
            return known.current
        table = cell_table(job)
        return Entry(now, row_of(job, table, now), table, time.time())

    def _show(self, rows: list[dict[str, Any]], tables: Mapping[str, Any]) -> None:
        fields = {"rows": rows, **self._sent.fields(tables)}
        new = {name: value for name, value in fields.items() if self._differs(name, value)}
        if new:
            self._set_fields(new)

    def _differs(self, name: str, value: Any) -> bool:
        known = self._value(name)
        return bool(_steady(known) != _steady(value) if name == "rows" else known != value)

    # -- following ------------------------------------------------------------------

    def _keep_following(self) -> None:
        if self._follows and self._end is None and self._may_change:
            self._end = self._every(PERIOD_S, self._step)

    @property
    def _may_change(self) -> bool:
        """Whether new jobs may come, one has not ended, or one may be resumed from anywhere."""
        lists_all = callable(getattr(self._thing, "jobs", None))
        return lists_all or any(
            {"cancel", "resume"} & set(row["can"]) for row in self._value("rows")
        )

    def _step(self) -> bool:
        with self._lock:
            goes_on = not self._is_gone and self._has_read() and self._may_change
            if not goes_on:
                self._end = None
            return goes_on

    def _has_read(self) -> bool:
        try:
            self.poll()
        except WorkbenchError as error:
            self._thing, self._source = None, tuple
            self._tell(error)
            return False
        return True

    # -- what is asked for ------------------------------------------------------------

    def _on_opened(self, _: Any) -> None:
        self.poll(anew=True)

    def _on_asked(self, asked: Mapping[str, Any]) -> None:
        with self._lock:
            actions = [one for one in _actions(asked) if one["seq"] > self._done]
            for action in actions:
                self._done = action["seq"]
                self._act(action)
            if actions:
                self._rests_until = 0.0
                self._keep_following()

    def _act(self, action: Mapping[str, Any]) -> None:
        handler = _HANDLERS.get(action["type"])
        jobs = [job for job in map(self._find, action["ids"]) if job is not None]
        try:
            if handler is not None:
                handler(self, jobs)
        except WorkbenchError as error:
            self._tell(error)
        else:
            self._show_again(jobs)
            self._tell(None)

    def _show_again(self, jobs: Sequence[Watched]) -> None:
        """Nothing; these are read before all others, whoever asked waits for them."""
        keys = {key_of(job) for job in jobs} | {str(getattr(job, "parent", "")) for job in jobs}
        for key in keys & self._jobs.keys():
            self._entries[key] = self._entry(key, self._jobs[key])
        self._publish()

    def _find(self, key: str) -> Watched | None:
        """The job or the cell of a sweep with this id."""
        if key in self._jobs:
            return self._jobs[key]
        if key not in self._cells:
            children = (getattr(job, "children", ()) for job in self._jobs.values())
            self._cells = {key_of(cell): cell for cells in children for cell in cells}
        return self._cells.get(key)

    def _tell(self, error: WorkbenchError | None) -> None:
        self._set_fields({"told": {"seq": self._done, **told_of(error)}})

    def _cancel(self, jobs: Sequence[Watched]) -> None:
        with _together(jobs):
            for job in jobs:
                job.cancel()

    def _resume(self, jobs: Sequence[Any]) -> None:
        with _together(jobs):
            for job in jobs:
                job.resume()

    def _open(self, jobs: Iterable[Watched]) -> None:
        for job in jobs:
            for callback in tuple(self._openers):
                callback(job)


_HANDLERS: dict[str, Callable[[JobsView, list[Watched]], None]] = {
    "cancel": JobsView._cancel,  # noqa: SLF001  # the table is part of the class
    "resume": JobsView._resume,  # noqa: SLF001  # same
    "open": JobsView._open,  # noqa: SLF001  # same
}


def _together(jobs: Sequence[Any]) -> AbstractContextManager[Any]:
    """One transaction for all jobs of a workspace: each alone would wait for the disk."""
    workspace = getattr(jobs[0], "workspace", None) if jobs else None
    return nullcontext() if workspace is None else workspace.transaction()


def _steady(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The entries without what a view counts on by itself."""
    return [{**row, "elapsed": row["elapsed"] is None} for row in rows]


def _actions(asked: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The well-formed actions of what a view sent, which may hold anything."""
    sent = asked.get("actions", ())
    sent = sent[-MOST_ACTIONS:] if isinstance(sent, list) else ()
    return [one for one in sent if isinstance(one, dict) and _is_action(one)]


def _is_action(one: Mapping[str, Any]) -> bool:
    ids = one.get("ids")
    return (
        isinstance(one.get("seq"), int)
        and isinstance(one.get("type"), str)
        and isinstance(ids, list)
        and all(isinstance(key, str) for key in ids)
    )
