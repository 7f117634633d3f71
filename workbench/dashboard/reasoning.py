"""The Reasoning page: run a search, watch it grow, replay it, cut a branch and go on."""

from __future__ import annotations

import queue
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import panel_material_ui as pmui

from workbench.core.progress import Progress, silent
from workbench.dashboard import forms
from workbench.dashboard.page import Page, Session, with_file
from workbench.dashboard.parts import Timeline
from workbench.dashboard.run_view import frame, lanes, node_blocks, run_blocks, told
from workbench.dashboard.words import block
from workbench.errors import ParameterError
from workbench.jobs import Snapshot
from workbench.reasoning import (
    Budget,
    Control,
    Run,
    algorithms,
    load_run,
    options,
    problems,
    proposers,
    prune_node,
    search,
    verifiers,
)
from workbench.reasoning.events import Event
from workbench.reasoning.problems import Problem
from workbench.reasoning.searches.base import Option
from workbench.studies import LiveTree
from workbench.views.spec import FigureSpec
from workbench.views.tree_figure import tree_figure
from workbench.widgets.panel import TreeExplorer

COLOURS = {
    "Score": "score",
    "Log-probability": "log_probability",
    "Tokens": "tokens",
    "Value to go": "value_to_go",
}
RULES = {"Countdown: whole numbers": "natural", "Game of 24: fractions": "rational"}
REDRAW_S = 0.3


class Reasoning(Page):
    """Search, watch, replay, fork."""

    name: ClassVar[str] = "reasoning"
    title: ClassVar[str] = "Reasoning"
    search_hint: ClassVar[str] = "Search steps"

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.runs: dict[str, Run] = {}
        self.run: Run | None = None
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
        for run in session.study.runs if session.study is not None else ():
            self._keep(run)
        if self.runs:
            self._choose(next(iter(self.runs)))
        else:
            self.inspect(block("empty", text="Run a search or open the log of one."))

    # -- building ---------------------------------------------------------------

    def _build_left(self) -> None:
        self.numbers = forms.text("Numbers", "3 7 5 9")
        self.goal = forms.whole("Target", 24, 1, 10**6)
        self.rules = forms.select("Rules", RULES, value="natural")
        self.algorithm = forms.select(
            "Algorithm", {entry.title: name for name, entry in algorithms().items()}
        )
        self.algorithm.param.watch(lambda _: self._show_params(), "value")
        self.params = forms.column()
        self.temperature = forms.number("Proposer temperature", 1.0, 0.0, 100.0)
        self.noise = forms.number("Verifier noise", 0.0, 0.0, 100.0)
        self.bias = forms.number("Verifier bias", 0.0, -100.0, 100.0)
        self.budget = forms.whole("Token budget (0 for none)", 0, 0, 10**9)
        self.seed = forms.whole("Seed", 0, 0, 2**31 - 1)
        self.pace = forms.number("Seconds between rounds", 0.2, 0.0, 5.0)
        self.workspace.left = forms.column(
            self.numbers,
            self.goal,
            self.rules,
            self.algorithm,
            self.params,
            self.temperature,
            forms.pair(self.noise, self.bias),
            self.budget,
            self.seed,
            self.pace,
            forms.button("Run", self._start, primary=True),
            self.file_drop(self._on_file, label="Open a run log", accept=".jsonl"),
        )
        self._show_params()

    def _tools(self) -> Any:
        self.chosen = forms.select("Run", [], width=280)
        self.chosen.param.watch(lambda change: self._choose(change.new), "value")
        self.colour = forms.select("Fill shows", COLOURS, value="score", width=160)
        self.colour.param.watch(lambda _: self._redraw(), "value")
        self.pause = forms.button("Pause", self._pause, width=96, disabled=True)
        self.step = forms.button("Step", self._step, width=80, disabled=True)
        self.count = forms.inline()
        return forms.row(self.chosen, self.colour, self.pause, self.step, self.count)

    def _show_params(self) -> None:
        entry = algorithms()[self.algorithm.value]
        self.fields = {found.name: _field(found) for found in options(entry.params)}
        self.params.objects = list(self.fields.values())

    # -- running ----------------------------------------------------------------

    def _start(self) -> None:
        self.guard("The search cannot start", self._run_new)

    def _run_new(self) -> None:
        task = _task(self.numbers.value, self.goal.value, self.rules.value)
        self._launch(
            f"Searching: {task.prompt()}",
            task,
            search,
            task,
            self.algorithm.value,
            budget=Budget(tokens=self.budget.value or None),
            seed=self.seed.value,
            proposer=proposers.Symbolic(temperature=self.temperature.value),
            verifier=verifiers.Oracle(
                noise=self.noise.value, bias=self.bias.value, seed=self.seed.value
            ),
            params={name: field.value for name, field in self.fields.items()},
        )

    def _launch(
        self, name: str, task: Problem, function: Callable[..., Run], *args: Any, **kwargs: Any
    ) -> None:
        self.control = Control()
        arrived: queue.SimpleQueue[tuple[Event, ...]] = queue.SimpleQueue()
        live = _Growing(LiveTree(task), arrived, self.colour.value, self.canvas)
        self.pause.param.update(disabled=False, label="Pause")
        self.step.disabled = False
        self.desk.start(
            name,
            _paced,
            function,
            args,
            {**kwargs, "on_events": arrived.put, "control": self.control},
            self.pace.value,
            finish=self._finished,
            watch=live.watch,
            stop=self.control.cancel,
        )

    def _finished(self, run: Run) -> None:
        self.pause.param.update(disabled=True, label="Pause")
        self.step.disabled = True
        self._choose(self._keep(run))

    def _pause(self) -> None:
        if self.control.is_paused:
            self.control.go()
        else:
            self.control.pause()
        self.pause.label = "Go on" if self.control.is_paused else "Pause"

    def _step(self) -> None:
        self.control.step()

    def _prune(self, row: int | None) -> None:
        if row is not None and self.run is not None and not self.desk.is_busy:
            self.guard("The branch cannot be pruned", lambda: self._fork(row))

    def _fork(self, row: int) -> None:
        run = self._current
        at = max(int(run.tree.born[row]), int(run.events[self.timeline.cursor].seq))
        forked = run.fork(at, [prune_node(int(run.tree.ids[row]))])
        self._launch("Going on without the branch", run.task, forked.resume)

    def _on_file(self, name: str, content: bytes) -> None:
        self.desk.start(
            f"Opening {name}",
            _opened,
            name,
            content,
            finish=lambda run: self._choose(self._keep(run)),
        )

    # -- showing ----------------------------------------------------------------

    def _keep(self, run: Run) -> str:
        outcome = "solved" if run.solved else run.status if run.status != "done" else "not solved"
        label = f"{len(self.runs) + 1}. {algorithms()[run.algorithm].title}, {outcome}"
        self.runs[label] = run
        return label

    def _choose(self, label: str | None) -> None:
        if label is None or label not in self.runs:
            return
        if self.chosen.value != label or list(self.chosen.options) != list(self.runs):
            self.run = self.runs[label]  # before the widget, whose watcher comes back here
            self.chosen.param.update(options=list(self.runs), value=label)
        self.run, self.selected = self.runs[label], None
        self.whole = None  # drawn below, once the timeline is that of this run
        last = len(self.run.events) - 1
        self.timeline.param.update(**lanes(self.run), cursor=last, text=told(self.run, last))
        self._redraw()
        self._inspect()

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
        if self.run is not None and not self.desk.is_busy:
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


def _paced(
    function: Callable[..., Run],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    seconds: float,
    on_progress: Progress = silent,
) -> Run:
    def slow(share: float, text: str = "", /, **values: float) -> None:
        on_progress(share, text, **values)
        time.sleep(seconds)

    return function(*args, **kwargs, on_progress=slow)


def _task(numbers: str, target: int, rules: str) -> Problem:
    words = numbers.replace(",", " ").split()
    if not words or not all(word.isdigit() for word in words):
        raise ParameterError(
            "cannot read the numbers", given=repr(numbers), expected="whole numbers such as 3 7 5 9"
        )
    return problems.Countdown(tuple(map(int, words)), int(target), rules)


def _opened(name: str, content: bytes, on_progress: Progress = silent) -> Run:
    run: Run = with_file(name, content, _read, on_progress)
    return run


def _read(path: Path) -> Run:
    return load_run(path)


def _field(found: Option) -> Any:
    label = found.help
    if found.choices is not None:
        return forms.select(label, list(found.choices), value=found.default)
    if found.type is bool:
        return pmui.Checkbox(label=label, value=found.default, margin=0, size="small")
    low = -(2**31) if found.low is None else found.low
    high = 2**31 if found.high is None else found.high
    if found.type is int:
        return forms.whole(label, found.default, int(low), int(high))
    return forms.number(label, found.default, low, high)
