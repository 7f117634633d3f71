"""The Reasoning page: run a search, watch it grow, replay it, cut a branch and go on."""

from __future__ import annotations

import queue
import re
import time
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from workbench.core.progress import Progress, silent
from workbench.dashboard import facts, forms
from workbench.dashboard.desk import Task
from workbench.dashboard.page import Page, Session, with_file
from workbench.dashboard.parts import Timeline
from workbench.dashboard.run_view import OPEN, frame, lanes, node_blocks, run_blocks, told
from workbench.dashboard.search_form import SearchForm
from workbench.dashboard.sweep_form import Grid
from workbench.dashboard.words import block
from workbench.errors import FormatError, ParameterError
from workbench.jobs import Job, Snapshot, sweep
from workbench.reasoning import (
    Control,
    Run,
    algorithms,
    load_run,
    prune_node,
    search,
)
from workbench.reasoning.events import Event
from workbench.store import Revision
from workbench.store import Workspace as Store
from workbench.studies import LiveTree, begun, keep_run, watched
from workbench.studies.cells import search_cell
from workbench.views.spec import FigureSpec
from workbench.views.tree_figure import tree_figure
from workbench.widgets.panel import TreeExplorer

COLOURS = {
    "Score": "score",
    "Log-probability": "log_probability",
    "Tokens": "tokens",
    "Value to go": "value_to_go",
}
REDRAW_S = 0.3
KEPT = 8  # runs that are at hand without being read again
NUMBERED = re.compile(r"run (\d+)")


class Reasoning(Page):
    """Search, watch, replay, fork."""

    name: ClassVar[str] = "reasoning"
    title: ClassVar[str] = "Reasoning"
    search_hint: ClassVar[str] = "Search steps"

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.names: dict[str, str] = {}  # of the study's runs, as they are listed
        self.loaded: dict[str, Run] = {}  # by hash
        self.run: Run | None = None
        self.name_shown, self.hash = "", ""  # of the run shown: its name, and where it is stored
        self.live = ""  # the name of the run that grows now
        self.whole: FigureSpec | None = None
        self.selected: int | None = None  # a row of the run's tree
        self.control = Control()
        self.canvas = TreeExplorer(theme=self.theme)
        self.canvas.on_select(self._on_select)
        self.canvas.on_action("prune", lambda event: self._prune(self._row(int(event["id"]))))
        self.canvas.on_action("step", self._on_step)
        self.timeline = Timeline(theme=self.theme, sizing_mode="stretch_both")
        self.timeline.param.watch(lambda change: self._scrub(change.new), "cursor")
        self._build_left()
        self.workspace.param.update(
            tools=self._tools(),
            bottom=self.timeline,
            bottom_title="Timeline",
        )
        self.show(self.canvas)
        self.inspect(block("empty", text="Run a search or open the log of one."))
        self.desk.tasks = {"reasoning.search": Task("Searching", self._on_searched)}

    # -- state ------------------------------------------------------------------

    def read(self) -> dict[str, Any]:
        """Form, the run shown, the moment and the node looked at, and the canvas."""
        is_node = self.run is not None and self.selected is not None
        return {
            **self.form.state(),
            "chosen": self.name_shown,
            "hash": self.hash,
            "live": self.live,
            "colour": self.colour.value,
            "cursor": self.timeline.cursor,
            "selected": int(self._current.tree.ids[self.selected]) if is_node else None,
            "canvas": facts.of_canvas(self.canvas),
        }

    def apply(self, state: Mapping[str, Any]) -> None:
        """Show what was shown, or else the first run of the study."""
        self.form.restore(state)
        forms.fill({"colour": self.colour}, state)
        self._list_runs()
        facts.aim_canvas(self.canvas, facts.part(state, "canvas"))
        self.guard("The run cannot be shown again", lambda: self._come_back(state))
        self.arrived()

    def _come_back(self, state: Mapping[str, Any]) -> None:
        live = facts.word(state, "live")
        if live in self.names.values():
            self._choose(live)
            self.notices.say(
                f"{live} was interrupted",
                "What it had found is here; press Go on, and it continues as if nothing happened.",
                state="warn",
            )
            return
        first = next(iter(self.names.values()), "")
        self._choose(facts.word(state, "chosen") or first, facts.word(state, "hash"))
        if self.run is not None:
            self._look_again(self.run, state)

    def _look_again(self, run: Run, state: Mapping[str, Any]) -> None:
        cursor, node = facts.whole(state, "cursor"), facts.whole(state, "selected")
        if cursor is not None and 0 <= cursor < len(run.events):
            self.timeline.cursor = cursor
        self.canvas.selection = facts.selected(facts.part(state, "canvas"))
        self.selected = None if node is None else self._row(node)
        self._inspect()

    def shown_hashes(self) -> tuple[str, ...]:
        """The run."""
        return (self.hash,) if self.hash else ()

    def open_item(self, revision: Revision) -> None:
        """Show a stored run."""
        self._list_runs()
        self._choose(revision.name, revision.hash)

    def on_changes(self, revisions: tuple[Revision, ...]) -> None:
        """List the runs that came."""
        if any(revision.kind == "run" for revision in revisions):
            self._list_runs()

    # -- building ---------------------------------------------------------------

    def _build_left(self) -> None:
        self.form = SearchForm(self._start, self._sweep)
        self.workspace.left = forms.column(
            *self.form.views,
            self.file_drop(self._on_file, label="Open a run log", accept=".jsonl,.parquet"),
        )

    def _tools(self) -> Any:
        self.chosen = forms.select("Run", [], width=280)
        self.chosen.param.watch(lambda change: self._on_chosen(change.new), "value")
        self.colour = forms.select("Fill shows", COLOURS, value="score", width=160)
        self.colour.param.watch(lambda _: self._redraw(), "value")
        self.pause = forms.button("Pause", self._pause, width=96, disabled=True)
        self.step = forms.button("Step", self._step, width=80, disabled=True)
        self.count = forms.inline()
        return forms.row(self.chosen, self.colour, self.pause, self.step, self.count)

    # -- running ----------------------------------------------------------------

    def _start(self) -> None:
        self.guard("The search cannot start", self._run_new)

    def _run_new(self) -> None:
        task, algorithm, options = self.form.task, self.form.algorithm.value, self.form.options
        name = self._new_name()
        if self.form.beside.value:
            self.desk.submit(search, task, algorithm, save_as=name, **options)
        else:
            run = begun(task, algorithm, **options)
            self._launch(f"Searching: {task.prompt()}", name, run)

    def _sweep(self, grid: Grid) -> None:
        self.guard("The sweep cannot start", lambda: self._submit_sweep(grid))

    def _submit_sweep(self, grid: Grid) -> None:
        fixed = self.form.fixed
        self.desk.start(
            "Starting the sweep", sweep, self.store, search_cell, grid,
            place=self.name, save_as="sweep of searches", finish=self.on_sweep, **fixed,
        )  # fmt: skip

    def _launch(self, title: str, name: str, run: Run) -> None:
        """Let an open run grow on a thread, stored every second under `name`."""
        self.control = Control()
        arrived: queue.SimpleQueue[tuple[Event, ...]] = queue.SimpleQueue()
        growing = _Growing(LiveTree(run.task), arrived, self.colour.value, self.canvas)
        self.desk.start(
            title,
            watched,
            run,
            partial(keep_run, self.store, name),
            self.control,
            arrived.put,
            self.form.pace.value,
            finish=lambda _: self._finished(name),
            watch=growing.watch,
            stop=self.control.cancel,
            ended=self._at_rest,
        )
        self.live = name
        self.pause.param.update(disabled=False, label="Pause")
        self.step.disabled = False

    def _at_rest(self) -> None:
        self.live = ""
        self.pause.param.update(disabled=True, label="Pause")
        self.step.disabled = True

    def _finished(self, name: str) -> None:
        self._list_runs()
        self._choose(name)

    def _on_searched(self, job: Job) -> None:
        if job.revision is not None:
            self._finished(job.revision.name)

    def _new_name(self) -> str:
        known = {item.name for item in self.store.items()} | self.desk.names
        used = [int(one.group(1)) for one in map(NUMBERED.fullmatch, known) if one is not None]
        return f"run {1 + max(used, default=0)}"

    def _pause(self) -> None:
        if self.control.is_paused:
            self.control.go()
        else:
            self.control.pause()
        self.pause.label = "Go on" if self.control.is_paused else "Pause"

    def _step(self) -> None:
        self.control.step()

    def _prune(self, row: int | None) -> None:
        if row is not None and self.run is not None and not self.desk.is_on_errand:
            self.guard("The branch cannot be pruned", lambda: self._fork(row))

    def _fork(self, row: int) -> None:
        run = self._current
        at = max(int(run.tree.born[row]), int(run.events[self.timeline.cursor].seq))
        forked = run.fork(at, [prune_node(int(run.tree.ids[row]))])
        self._launch("Going on without the branch", self._new_name(), forked)

    def _go_on(self) -> None:
        run = self._current
        if run.status in OPEN and not self.desk.is_on_errand:
            self._launch(f"Going on with {self.name_shown}", self.name_shown, run)

    def _on_file(self, name: str, content: bytes) -> None:
        self.desk.start(
            f"Opening {name}",
            _opened,
            name,
            content,
            self.store,
            self._new_name(),
            finish=self._finished,
        )

    # -- showing ----------------------------------------------------------------

    def _list_runs(self) -> None:
        found = sorted(self.store.items("run"), key=lambda item: _order(item.name))
        self.names = {_label(item): item.name for item in found}
        if self.chosen.options != self.names:
            known = self.name_shown in self.names.values()
            value = self.name_shown if known else None
            self.chosen.param.update(options=self.names, value=value)

    def _on_chosen(self, name: str | None) -> None:
        if name and name != self.name_shown:
            self.guard("The run cannot be shown", lambda: self._choose(name))

    def _choose(self, name: str, stored: str = "") -> None:
        """Show the run called `name`, as it is stored under a hash, or its latest state."""
        if name not in self.names.values():
            return
        wanted = stored or self.store.latest(name).hash
        run = self._read(wanted)
        self.name_shown, self.run, self.hash, self.selected = name, run, wanted, None
        self.chosen.value = name
        self.whole = None  # drawn below, once the timeline is that of this run
        last = len(run.events) - 1
        self.timeline.param.update(**lanes(run), cursor=last, text=told(run, last))
        self._redraw()
        self._inspect()

    def _read(self, stored: str) -> Run:
        if stored not in self.loaded:
            found = self.store.get(stored)
            if not isinstance(found, Run):
                raise FormatError(self.store.path, "the run", "it is something else")
            self.loaded = dict([*self.loaded.items(), (stored, found)][-KEPT:])
        return self.loaded[stored]

    @property
    def _current(self) -> Run:
        if self.run is None:
            raise ParameterError("there is no run yet", remedy="Run a search or open a log.")
        return self.run

    def _redraw(self) -> None:
        if self.run is not None:
            self.guard("The tree cannot be drawn", self._draw)

    def _draw(self) -> None:
        run = self._current
        self.whole = tree_figure(run, self.colour.value)
        self._show_at(self.timeline.cursor)

    def _show_at(self, seq: int) -> None:
        run = self._current
        if self.whole is None:
            return
        spec = frame(run, self.whole, seq, self.colour.value)
        self.canvas.update(spec)
        self.count.blocks = [block("muted", text=f"{spec.tables['nodes'].n_rows:,} nodes")]

    def _scrub(self, seq: int) -> None:
        if self.run is not None and not self.desk.is_on_errand:
            self.timeline.text = told(self.run, seq)
            self._show_at(seq)

    def _on_step(self, event: dict[str, Any]) -> None:
        last = len(self.timeline.codes) - 1
        step = int(event.get("by", 1))
        self.timeline.cursor = min(max(self.timeline.cursor + step, 0), last)

    def _on_select(self, ids: tuple[int, ...]) -> None:
        self.selected = self._row(ids[-1]) if ids else None
        self._inspect()

    def _row(self, node_id: int) -> int | None:
        """The row of a node in the run's tree; None while another tree is growing."""
        if self.run is None:
            return None
        found = np.flatnonzero(self.run.tree.ids == node_id)
        return int(found[0]) if len(found) else None

    def _inspect(self) -> None:
        if self.run is None:
            return
        if self.selected is not None:
            self.inspect(*node_blocks(self.run.tree, self.selected))
        else:
            self.inspect(*run_blocks(self.run))
        self.on_header()

    def on_inspector(self, kind: str, target: Any) -> None:
        """Follow a step, or prune the selected node and go on."""
        if kind == "action" and target == "prune" and self.selected is not None:
            self._prune(self.selected)
        elif (kind, target) == ("action", "resume"):
            self.guard("The search cannot go on", self._go_on)
        elif kind == "link" and self.run is not None:
            self.selected = int(target)
            self.canvas.selection = [int(self.run.tree.ids[self.selected])]
            self._inspect()

    # -- header -----------------------------------------------------------------

    def crumbs(self) -> list[dict[str, Any]]:
        """The task and the path to the selected node."""
        if self.run is None:
            return []
        trail = [{"text": self.run.task.prompt(), "target": "all"}]
        if self.selected is not None:
            depth = int(self.run.tree.depth[self.selected])
            trail.append({"text": f"step {depth}" if depth else "root", "target": "node"})
        return trail

    def on_crumb(self, target: str) -> None:
        """Back to the run as a whole."""
        if target == "all":
            self.selected = None
            self.canvas.selection = []
            self._inspect()

    def search(self, query: str) -> str:
        """Fade what does not match in the canvas."""
        self.canvas.filter = query
        return ""

    def figure(self) -> FigureSpec | None:
        """The tree as it is drawn."""
        found: FigureSpec | None = self.canvas.figure
        return found

    def on_theme(self) -> None:
        """Canvas and timeline in the new colours."""
        self.canvas.theme = self.timeline.theme = self.theme

    def close(self) -> None:
        """Stop the search."""
        self.control.cancel()
        super().close()


class _Growing:
    """Draws a tree as its events arrive, a few times a second."""

    def __init__(
        self,
        live: LiveTree,
        arrived: queue.SimpleQueue[tuple[Event, ...]],
        colour: str,
        canvas: Any,
    ) -> None:
        self.live, self.arrived, self.colour, self.canvas = live, arrived, colour, canvas
        self.drawn = 0.0

    def watch(self, _: Snapshot) -> None:
        """Draw what is new, unless that was done just now."""
        changed = False
        while not self.arrived.empty():
            self.live.extend(self.arrived.get())
            changed = True
        if changed and time.monotonic() - self.drawn > REDRAW_S:
            tree = self.live.tree()
            if tree.n_nodes:
                self.canvas.update(tree_figure(tree, self.colour))
            self.drawn = time.monotonic()


def _order(name: str) -> tuple[int, str]:
    found = NUMBERED.fullmatch(name)
    return (int(found.group(1)) if found else 0, name)


def _label(item: Revision) -> str:
    """A run in the list: its name, its algorithm and what came of it."""
    found = item.recipe.split(" on ", 1)[0]
    title = algorithms()[found].title if found in algorithms() else ""
    return ", ".join(word for word in (item.name, title, item.note) if word)


def _opened(
    name: str, content: bytes, workspace: Store, save_as: str, on_progress: Progress = silent
) -> str:
    run: Run = with_file(name, content, _read, on_progress)
    keep_run(workspace, save_as, run)
    return save_as


def _read(path: Path) -> Run:
    return load_run(path)
