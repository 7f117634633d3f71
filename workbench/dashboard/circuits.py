"""The Circuits page: learn a circuit, look at it, ask it, doubt it, prune it, sample from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from workbench.circuits.formats import FORMATS
from workbench.core.arrays import FloatArray
from workbench.core.tables import Table
from workbench.core.units import number
from workbench.dashboard import facts, forms
from workbench.dashboard.ask import Ask
from workbench.dashboard.circuit_form import CircuitForm
from workbench.dashboard.circuit_pictures import (
    REGION_MEASURES,
    UNIT_MEASURES,
    flow_by_id,
    region_figure,
    unit_figure,
)
from workbench.dashboard.circuit_steps import (
    Held,
    Key,
    held,
    key_from,
    opened_circuit,
    opened_data,
    swept,
)
from workbench.dashboard.desk import Task
from workbench.dashboard.doubt import DoubtCard
from workbench.dashboard.inspect_unit import (
    circuit_blocks,
    region_blocks,
    region_of,
    unit_blocks,
    unit_name,
)
from workbench.dashboard.page import Page, Session
from workbench.dashboard.parts import Blocks
from workbench.dashboard.plots import CurvePlot
from workbench.dashboard.sweep_form import Grid
from workbench.dashboard.words import actions, block, images, table
from workbench.data import Dataset, decode
from workbench.errors import ParameterError
from workbench.jobs import Job, Snapshot
from workbench.store import Revision
from workbench.studies import Shown, excerpt, learn_circuit, pruned
from workbench.views.evidence_marks import with_evidence
from workbench.views.spec import FigureSpec
from workbench.widgets.panel import CircuitCanvas

MODEL_SUFFIXES = tuple(FORMATS)
ACCEPT = ",".join((".csv,.tsv,.tab,.data,.parquet,.npy,.npz,.gz", *MODEL_SUFFIXES))
DRAWN_WHOLE = 300  # units up to which a circuit is shown unit by unit at once
EXCERPT_WIDTHS = (4, 2)
KEPT = 4  # circuits that are at hand without being read again
LOOK, ASK, DOUBT = "Look", "Ask", "Doubt"


class Circuits(Page):
    """Learn, look, ask, prune, sample."""

    name: ClassVar[str] = "circuits"
    title: ClassVar[str] = "Circuits"
    search_hint: ClassVar[str] = "Search units, e.g. kind:sum"

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.held: Held | None = None
        self.undo: list[Key] = []
        self.kept: dict[Key, Held] = {}  # what was shown lately
        self.unit: int | None = None  # the unit in the inspector
        self.focus: int | None = None  # the unit whose excerpt is drawn; None for all regions
        self.canvas = CircuitCanvas(theme=self.theme)
        self.canvas.on_select(self._on_select)
        self.canvas.on_action("open", lambda event: self._look_at(int(event["id"])))
        self.canvas.on_action("undo", lambda _: self._undo())
        self.ask = Ask(self.theme, self.desk, self.canvas, self._show_witness, self._show_evidence)
        self.doubt = DoubtCard(self.theme, self.desk)
        self.drawn: FigureSpec | None = None  # before evidence is marked on it
        self.pointed: tuple[int, ...] = ()  # units that the excerpt must have
        self.curve = CurvePlot(
            self.theme, "Epoch", "", title="Log-likelihood, nats per row", on_panel=True
        )
        self.gallery = Blocks()
        self._build_left()
        self.workspace.param.update(
            tools=self._tools(),
            bottom=forms.beside(self.curve.view, self.gallery),
            bottom_title="Learning and samples",
        )
        self.show(self.canvas)
        self._inspect(None)
        self.desk.tasks = {
            "studies.learn_circuit": Task("Learning", self._on_learned, self._on_progress),
            "studies.pruned": Task("Pruning", self._on_pruned),
            **self.doubt.tasks,
        }

    # -- state ------------------------------------------------------------------

    @property
    def shown(self) -> Shown | None:
        """What is shown."""
        return None if self.held is None else self.held.shown

    def read(self) -> dict[str, Any]:
        """Form, mode, what is shown and how, what can be undone, evidence and doubt."""
        return {
            "form": self.form.state(),
            "mode": self.mode.value,
            "measure": self.measure.value,
            "keep": self.keep.value,
            "shown": None if self.held is None else self.held.key.state,
            "undo": [key.state for key in self.undo],
            "focus": self.focus,
            "unit": self.unit,
            "canvas": facts.of_canvas(self.canvas),
            "ask": self.ask.state(),
            "doubt": self.doubt.state(),
        }

    def apply(self, state: Mapping[str, Any]) -> None:
        """Show what was shown, or else the newest circuit of the study."""
        self._list_data()
        self.form.restore(facts.part(state, "form"))
        forms.fill({"mode": self.mode, "keep": self.keep}, state)
        key = key_from(state.get("shown")) or self._newest()
        if key is None:
            self.arrived()
        else:
            self._load(key, lambda found: self._come_back(found, state))

    def _come_back(self, found: Held, state: Mapping[str, Any]) -> None:
        canvas = facts.part(state, "canvas")
        known = [key_from(one) for one in facts.entries(state, "undo")]
        facts.aim_canvas(self.canvas, canvas)
        self.focus = facts.whole(state, "focus")
        self._take(found, self.focus, [key for key in known if key is not None])
        forms.fill({"measure": self.measure}, state)
        self.canvas.selection = facts.selected(canvas)
        self._inspect(facts.whole(state, "unit"))
        self.guard(
            "The evidence cannot be asked again",
            lambda: self.ask.restore(found.shown.now, facts.part(state, "ask")),
        )
        self.guard(
            "The doubt cannot be shown", lambda: self.doubt.restore(facts.part(state, "doubt"))
        )
        self._switch()

    def _newest(self) -> Key | None:
        found = next(iter(self.store.items("learned")), None)
        return None if found is None else Key(found.hash)

    def _load(self, key: Key, finish: Callable[[Held], None]) -> None:
        if key in self.kept:
            finish(self.kept[key])
            return
        self.desk.start(
            "Reading the circuit", held, self.store, key, finish=finish, ended=self.arrived
        )

    def aimed(self, state: Mapping[str, Any], select: str) -> Mapping[str, Any]:
        """The state with the unit that an address names looked at."""
        if not select.isdigit():
            return state
        canvas = {**facts.part(state, "canvas"), "selection": [int(select)], "camera": {}}
        return {**state, "focus": int(select), "unit": int(select), "canvas": canvas}

    def shown_hashes(self) -> tuple[str, ...]:
        """The circuit, and what pruning left of it."""
        key = None if self.held is None else self.held.key
        return () if key is None else (key.pruned or key.learned,)

    def on_changes(self, revisions: tuple[Revision, ...]) -> None:
        """List the tables that came."""
        if any(revision.kind == "dataset" for revision in revisions):
            self._list_data()

    def open_item(self, revision: Revision) -> None:
        """Show a stored circuit, pruned circuit, data set or doubt."""
        openers: dict[str, Callable[[Revision], None]] = {
            "pruned": self._open_pruned,
            "dataset": lambda data: self._list_data(data.name),
            "doubted": self.doubt.open,
        }
        known = openers.get(revision.kind)
        if known is None:
            self._load(Key(revision.hash), self._take)
        else:
            known(revision)

    def _open_pruned(self, revision: Revision) -> None:
        learned = dict(revision.sources).get("learned", "")
        if not learned:
            raise ParameterError(
                f"cannot show {revision.name}",
                given="a pruned circuit without the one that it was pruned from",
                remedy="Load it in a notebook, or save its circuit under a name of its own.",
            )
        self._load(Key(learned, revision.hash), self._take)

    # -- building ---------------------------------------------------------------

    def _build_left(self) -> None:
        self.form = CircuitForm(self._learn, self._sweep)
        self.keep = forms.slider("Share of sum edges to keep", 1.0, 0.05, 1.0, 0.05)
        self.keep.param.watch(lambda change: self._prune(float(change.new)), "value_throttled")
        self.outline = Blocks().on(lambda _, target: self._look_at(int(target)))
        self.workspace.left = forms.column(
            self.file_drop(self._on_file, label="Open a table or circuit", accept=ACCEPT),
            *self.form.views,
            self.keep,
            self.outline,
        )

    def _tools(self) -> Any:
        self.mode = forms.toggles([LOOK, ASK, DOUBT], LOOK)
        self.mode.param.watch(lambda _: self._switch(), "value")
        self.measure = forms.select("Fill shows", REGION_MEASURES, value="", width=180)
        self.measure.param.watch(lambda _: self._draw(), "value")
        self.count = forms.inline()
        self.whole = forms.button("All regions", lambda: self._look_at(None), width=120)
        return forms.row(self.mode, self.measure, self.whole, self.count)

    @property
    def _is_asking(self) -> bool:
        return bool(self.mode.value == ASK)

    def _switch(self) -> None:
        if self._is_asking:
            self._ask()
        self._show_evidence()
        views = {LOOK: self.canvas, ASK: self.ask.view, DOUBT: self.doubt.view}
        self.show(views[self.mode.value])

    def _ask(self) -> None:
        if self.shown is not None:
            now = self.shown.now
            self.guard("This circuit cannot be asked", lambda: self.ask.take(now))

    def _show_evidence(self) -> None:
        """Draw what is drawn, with the leaves marked whose values are known while asking."""
        if self.drawn is None or self.shown is None:
            return
        known = self.ask.known(self.shown.circuit) if self._is_asking else {}
        self.canvas.update(with_evidence(self.drawn, self.shown.learned.circuit, known))

    def _show_witness(self, units: tuple[int, ...]) -> None:
        """Select and fit the units that a failed property names."""
        if not units:
            return
        circuit = self._shown.circuit
        below = set(circuit.ids[circuit.children_of(circuit.position(units[0]))].tolist())
        is_whole = circuit.n_nodes <= DRAWN_WHOLE
        is_one_unit = not is_whole and set(units[1:]) <= below
        self.pointed = units
        self._look_at(units[0] if is_one_unit else None)
        self.pointed = ()
        self.canvas.reveal(units if is_whole or is_one_unit else self._regions(units))
        self._inspect(units[0])

    def _regions(self, units: tuple[int, ...]) -> tuple[int, ...]:
        """The drawn unit that stands for the region of each of `units`."""
        circuit = self._shown.circuit
        drawn = set(self.canvas.figure.tables["nodes"]["id"].tolist())
        members = [region_of(circuit, circuit.position(unit)) for unit in units]
        found = [drawn & set(circuit.ids[region].tolist()) for region in members]
        return tuple(int(min(ids)) for ids in found if ids)

    # -- data in ----------------------------------------------------------------

    def _on_file(self, name: str, content: bytes) -> None:
        is_model = Path(name).suffix.lower() in MODEL_SUFFIXES
        step: Callable[..., Any] = opened_circuit if is_model else opened_data
        options = {} if is_model else self.form.reading
        self.desk.start(
            f"Opening {name}", step, name, content, workspace=self.store, **options,
            finish=self._take if is_model else self._take_data,
        )  # fmt: skip

    def _take_data(self, data: Dataset) -> None:
        self._list_data(data.name)
        self.notices.say(
            f"{data.name} is open",
            f"{len(data.train):,} training, {len(data.valid):,} validation and "
            f"{len(data.test):,} test rows of {data.n_variables:,} variables.",
            "Press Learn to learn a circuit of it.",
            state="solved",
        )

    # -- learning and pruning ---------------------------------------------------

    def _list_data(self, chosen: str = "") -> None:
        """Offer the built-in tables and those of the study."""
        self.form.offer([item.name for item in self.store.items("dataset")], chosen)

    def _learn(self) -> None:
        self.guard("The circuit cannot be learned", self._submit_learning)

    def _submit_learning(self) -> None:
        name = self.form.data.value
        self.desk.submit(
            learn_circuit,
            self.store.load(name) if self.form.is_own else name,
            save_as=f"circuit of {name}",
            **self.form.learning,
        )

    def _sweep(self, grid: Grid) -> None:
        name, bins = self.form.data.value, self.form.learning["bins"]
        self.desk.start(
            "Starting the sweep", swept, self.store, name, bins, grid, self.name,
            finish=self.on_sweep,
        )  # fmt: skip

    def _on_learned(self, job: Job) -> None:
        if job.revision is not None:
            self._load(Key(job.revision.hash), self._take)

    def _on_progress(self, now: Snapshot) -> None:
        train, valid = now.values.get("train", ()), now.values.get("valid", ())
        if len(train) > 1:
            self.curve.show({"train": _points(train), "validation": _points(valid)})

    def _prune(self, keep: float) -> None:
        if self.held is None:
            return
        if keep >= 1.0:
            self._undo_all()
            return
        whole = Key(self.held.key.learned)
        self.desk.submit(pruned, self.held.shown.learned, keep=keep, save_as=self._name_of(whole))

    def _name_of(self, key: Key) -> str:
        known = self.store.find(key.learned)
        return f"pruned {known[0].name}" if known else "pruned circuit"

    def _on_pruned(self, job: Job) -> None:
        revision = job.revision
        learned = "" if revision is None else dict(revision.sources).get("learned", "")
        if revision is None or not learned:
            return
        before = self.held
        is_same = before is not None and before.key.learned == learned
        undo = [*self.undo, before.key] if before is not None and is_same else [Key(learned)]
        self._load(Key(learned, revision.hash), lambda found: self._take_again(found, undo))

    def _take_again(self, found: Held, undo: list[Key]) -> None:
        self._take(found, focus=self.focus, undo=undo)

    def _undo(self) -> None:
        if self.undo:
            key, left = self.undo[-1], self.undo[:-1]
            self._load(key, lambda found: self._take_again(found, left))

    def _undo_all(self) -> None:
        if self.undo:
            first = self.undo[0]
            self._load(first, lambda found: self._take_again(found, []))

    # -- drawing ----------------------------------------------------------------

    def _take(self, found: Held, focus: int | None = None, undo: list[Key] | None = None) -> None:
        """Show a circuit; with `undo`, it came of the one before."""
        self.held, shown = found, found.shown
        self.kept = dict([*self.kept.items(), (found.key, found)][-KEPT:])
        self.undo = undo or []
        if undo is None:
            self.keep.value = 1.0
        self.curve.show(_history(shown.learned.history))
        data = shown.learned.data
        self.doubt.take(data)
        self.gallery.blocks = [
            block("caption", text=f"{len(shown.samples)} samples of the circuit"),
            images(data, shown.samples, [""] * len(shown.samples), 40)
            if data.shape
            else _sample_table(data, shown.samples),
        ]
        self._look_at(focus)
        if self._is_asking:
            self._ask()

    def _look_at(self, unit: int | None) -> None:
        """Draw all regions, or the excerpt below one unit."""
        if self.shown is None:
            return
        known = unit is not None and bool((self.shown.circuit.ids == unit).any())
        focus = unit if known else None
        if focus != self.focus:
            self.canvas.camera = {}  # another picture is fitted
        self.focus = focus
        self._draw()
        self.canvas.selection = [] if self.focus is None else [self.focus]
        self._inspect(self.focus)

    def _draw(self) -> None:
        if self.shown is None:
            return
        self.guard("The circuit cannot be drawn", self._update_canvas)

    def _update_canvas(self) -> None:
        self._offer_measures()
        self.drawn = spec = self._figure()
        self._show_evidence()
        n_drawn, circuit = spec.tables["nodes"].n_rows, self._shown.circuit
        what = "units around one unit" if self.focus is not None else "regions"
        if self.focus is None and circuit.n_nodes <= DRAWN_WHOLE:
            what = "units"
        self.count.blocks = [
            block("muted", text=f"{n_drawn:,} {what} of {circuit.n_nodes:,} units")
        ]
        self.whole.disabled = self.focus is None
        self.outline.blocks = self._outline()

    @property
    def _shown(self) -> Shown:
        if self.held is None:
            raise ParameterError("there is no circuit yet", remedy="Learn or open one first.")
        return self.held.shown

    def _figure(self) -> FigureSpec:
        shown = self._shown
        if self.focus is not None:
            part = excerpt(shown.circuit, self.focus, EXCERPT_WIDTHS, self.pointed)
            return unit_figure(part, self.measure.value, flow_by_id(shown))
        if shown.learned.circuit.n_nodes <= DRAWN_WHOLE:
            flow = flow_by_id(shown)
            return unit_figure(shown.learned.circuit, self.measure.value, flow, shown.removed)
        return region_figure(shown, even=self.measure.value == "entropy")

    def _offer_measures(self) -> None:
        by_unit = self.focus is not None or self._shown.learned.circuit.n_nodes <= DRAWN_WHOLE
        offered = UNIT_MEASURES if by_unit else REGION_MEASURES
        if list(self.measure.options) != list(offered):
            self.measure.param.update(options=offered, value=next(iter(offered.values())))

    def _outline(self) -> list[Any]:
        shown = self._shown
        circuit, flow = shown.circuit, flow_by_id(shown)
        ranked = sorted(circuit.ids.tolist(), key=lambda node: -flow.get(node, 0.0))[:40]
        items = [
            {"text": unit_name(circuit, node), "note": number(flow.get(node, 0.0)), "target": node}
            for node in ranked
        ]
        return [
            block("head", text="Units of most flow"),
            block("links", items=items, current=self.focus, scroll=True),
        ]

    # -- selection --------------------------------------------------------------

    def _on_select(self, ids: tuple[int, ...]) -> None:
        self._inspect(ids[-1] if ids else None)

    def _inspect(self, unit: int | None) -> None:
        if self.shown is None:
            self.inspect(block("empty", text="Learn a circuit of a table, or open a circuit file."))
            return
        shown = self.shown
        self.unit = unit
        self.point_at("" if unit is None else str(unit))
        if unit is None or not (shown.circuit.ids == unit).any():
            self.inspect(*circuit_blocks(shown.learned, shown.now, shown.pruning), *self._acts())
        elif self.focus is None and shown.circuit.n_nodes > DRAWN_WHOLE:
            self.inspect(*region_blocks(shown.learned.data, shown.circuit, unit, flow_by_id(shown)))
        else:
            self.inspect(*unit_blocks(shown.learned.data, shown.circuit, unit, flow_by_id(shown)))
        self.on_header()

    def _acts(self) -> list[Any]:
        return [actions(("Undo pruning", "undo"))] if self.undo else []

    def on_inspector(self, kind: str, target: Any) -> None:
        """Follow a link to a unit, or undo."""
        if kind == "action" and target == "undo":
            self._undo()
        elif kind in {"link", "row"}:
            self._look_at(int(target))

    # -- header -----------------------------------------------------------------

    def crumbs(self) -> list[dict[str, Any]]:
        """All, and the region and the unit selected."""
        trail = [{"text": "all", "target": "all"}]
        if self.shown is not None and self.unit is not None:
            circuit, unit = self.shown.circuit, self.unit
            if (circuit.ids == unit).any():
                layer = int(circuit.levels[circuit.position(unit)])
                trail.append({"text": f"layer {layer}", "target": "all"})
                trail.append({"text": unit_name(circuit, unit), "target": str(unit)})
        return trail

    def on_crumb(self, target: str) -> None:
        """Back to all regions."""
        self._look_at(int(target) if target.isdigit() else None)

    def search(self, query: str) -> str:
        """Fade what does not match in the canvas; a number goes to that unit."""
        if query.isdigit() and self.shown is not None:
            unit = int(query)
            if (self.shown.circuit.ids == unit).any():
                self._look_at(unit)
                return f"unit {unit}"
            return f"no unit {unit}"
        self.canvas.filter = query
        return ""

    def figure(self) -> FigureSpec | None:
        """The circuit as it is drawn, or what evidence has changed."""
        if self._is_asking:
            return self.ask.figure()
        if self.mode.value == DOUBT:
            return self.doubt.figure()
        return None if self.shown is None else self._figure()

    def on_theme(self) -> None:
        """Canvas and curve in the new colours."""
        self.canvas.theme = self.ask.panel.theme = self.theme
        self.curve.restyle(self.theme)
        self.doubt.restyle(self.theme)
        self.gallery.theme = self.theme


def _points(values: tuple[float, ...]) -> tuple[FloatArray, FloatArray]:
    return np.arange(len(values), dtype=np.float64), np.asarray(values)


def _history(history: Table) -> dict[str, tuple[FloatArray, FloatArray]]:
    epoch = history["epoch"].astype(np.float64)
    return {"train": (epoch, history["train"]), "validation": (epoch, history["valid"])}


def _sample_table(data: Dataset, rows: FloatArray) -> Any:
    frame = decode(data, rows[:8]).iloc[:, :12]
    return table({name: frame[name].tolist() for name in frame.columns}, dense=True)
