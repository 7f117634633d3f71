"""The Circuits page: learn a circuit, look at it, prune it, sample from it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from workbench.circuits import Circuit
from workbench.circuits import load as load_circuit
from workbench.core.arrays import BoolArray, FloatArray
from workbench.core.progress import Progress, silent
from workbench.core.tables import Table
from workbench.core.units import number
from workbench.dashboard import forms
from workbench.dashboard.inspect_unit import (
    circuit_blocks,
    region_blocks,
    unit_blocks,
    unit_name,
)
from workbench.dashboard.page import Page, Session, with_file
from workbench.dashboard.parts import Blocks
from workbench.dashboard.plots import CurvePlot
from workbench.dashboard.words import actions, block, images, table
from workbench.data import Dataset, decode
from workbench.data import load as load_data
from workbench.errors import ParameterError
from workbench.inference import sample
from workbench.jobs import Snapshot
from workbench.learning import Pruned
from workbench.studies import Learned, Study, excerpt, learn, pruned
from workbench.views.circuit_figure import circuit_figure
from workbench.views.spec import FigureSpec
from workbench.widgets.panel import CircuitCanvas

BUILT_IN = ("digits", "iris", "wine", "breast_cancer")
ACCEPT = ".csv,.tsv,.tab,.data,.parquet,.npy,.npz,.gz,.wbc,.json"
MODEL_SUFFIXES = (".wbc", ".json")
SAMPLES = 16
DRAWN_WHOLE = 300  # units up to which a circuit is shown unit by unit at once
EXCERPT_WIDTHS = (4, 2)
# Every row uses one unit of each region, so summed flow tells units apart but not regions.
REGION_MEASURES = {"Kind of unit": "", "Evenness of use": "entropy"}
UNIT_MEASURES = {"Flow of the rows": "flow", "Heaviest weight": "weight", "Kind of unit": ""}


@dataclass(frozen=True, eq=False)
class Shown:
    """What the page shows: a learned circuit, what was pruned from it, and samples of it.

    `removed` marks the edges of the learned circuit that are pruned; `after` is
    the pruned circuit with its own measures.
    """

    learned: Learned
    samples: FloatArray
    pruning: Pruned | None = None
    removed: BoolArray | None = None
    after: Learned | None = None

    @property
    def now(self) -> Learned:
        """The circuit as it is now, with its measures."""
        return self.after or self.learned

    @property
    def circuit(self) -> Circuit:
        """The circuit as it is now."""
        return self.now.circuit


class Circuits(Page):
    """Learn, look, prune, sample."""

    name: ClassVar[str] = "circuits"
    title: ClassVar[str] = "Circuits"
    search_hint: ClassVar[str] = "Search units, e.g. kind:sum"

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.shown: Shown | None = None
        self.undo: list[Shown] = []
        self.own_data: Dataset | None = None
        self.focus: int | None = None  # the unit whose excerpt is drawn; None for all regions
        self.canvas = CircuitCanvas(theme=self.theme)
        self.canvas.on_select(self._on_select)
        self.canvas.on_action("open", lambda event: self._look_at(int(event["id"])))
        self.canvas.on_action("undo", lambda _: self._undo())
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
        if session.study is None:
            self._inspect(None)
        else:
            self._show_study(session.study)

    # -- building ---------------------------------------------------------------

    def _build_left(self) -> None:
        self.data = forms.select("Data", list(BUILT_IN), value="digits")
        self.target = forms.text("Class column (optional)")
        self.bins = forms.whole("Bins per continuous column (0 for none)", 0, 0, 64)
        self.latents = forms.whole("Latent states", 16, 1, 256)
        self.epochs = forms.whole("Epochs", 20, 1, 10_000)
        self.seed = forms.whole("Seed", 0, 0, 2**31 - 1)
        self.keep = forms.slider("Share of sum edges to keep", 1.0, 0.05, 1.0, 0.05)
        self.keep.param.watch(lambda change: self._prune(float(change.new)), "value_throttled")
        self.outline = Blocks().on(lambda _, target: self._look_at(int(target)))
        self.workspace.left = forms.column(
            self.file_drop(self._on_file, label="Open a table or circuit", accept=ACCEPT),
            self.data,
            self.target,
            self.bins,
            forms.pair(self.latents, self.epochs),
            self.seed,
            forms.button("Learn", self._learn, primary=True),
            self.keep,
            self.outline,
        )

    def _tools(self) -> Any:
        self.measure = forms.select("Fill shows", REGION_MEASURES, value="", width=180)
        self.measure.param.watch(lambda _: self._draw(), "value")
        self.count = forms.inline()
        self.whole = forms.button("All regions", lambda: self._look_at(None), width=120)
        return forms.row(self.measure, self.whole, self.count)

    # -- data in ----------------------------------------------------------------

    def _show_study(self, study: Study) -> None:
        if study.note:
            self.notices.say("The embedded study", study.note, state="warn")
        rows = _samples(study.learned.circuit)
        shown = Shown(study.learned, rows)
        self._take(shown, focus=self._wanted(shown))

    def _wanted(self, shown: Shown) -> int | None:
        wanted = str(self.session.select)
        known = wanted.isdigit() and (shown.circuit.ids == int(wanted)).any()
        return int(wanted) if known else None

    def _on_file(self, name: str, content: bytes) -> None:
        is_model = Path(name).suffix.lower() in MODEL_SUFFIXES
        step: Callable[..., Any] = _opened_circuit if is_model else _opened_data
        options = {} if is_model else self._options()
        self.desk.start(
            f"Opening {name}", step, name, content, **options,
            finish=self._take if is_model else self._take_data,
        )  # fmt: skip

    def _options(self) -> dict[str, Any]:
        target = self.target.value.strip()
        return {"target": target or None, "bins": self.bins.value or None}

    def _take_data(self, data: Dataset) -> None:
        self.own_data = data
        self.data.param.update(options=[*BUILT_IN, data.name], value=data.name)
        self.notices.say(
            f"{data.name} is open",
            f"{len(data.train):,} training, {len(data.valid):,} validation and "
            f"{len(data.test):,} test rows of {data.n_variables:,} variables.",
            "Press Learn to learn a circuit of it.",
            state="solved",
        )

    # -- learning and pruning ---------------------------------------------------

    def _learn(self) -> None:
        self.desk.start(
            f"Learning {self.data.value}",
            _learned,
            self.own_data if self._is_own else self.data.value,
            None if self._is_own else self.bins.value or None,
            self.latents.value,
            self.epochs.value,
            self.seed.value,
            finish=self._take,
            watch=self._on_progress,
        )

    @property
    def _is_own(self) -> bool:
        return self.own_data is not None and self.data.value == self.own_data.name

    def _on_progress(self, now: Snapshot) -> None:
        train, valid = now.values.get("train", ()), now.values.get("valid", ())
        if len(train) > 1:
            self.curve.show({"train": _points(train), "validation": _points(valid)})

    def _prune(self, keep: float) -> None:
        if self.shown is None:
            return
        if keep >= 1.0:
            self._undo_all()
            return
        self.desk.start(
            f"Pruning to {keep:.0%} of the sum edges",
            _pruned,
            self.shown,
            keep,
            finish=self._take_pruned,
        )

    def _take_pruned(self, shown: Shown) -> None:
        if self.shown is not None:
            self.undo.append(self.shown)
        self._take(shown, focus=self.focus, keep_undo=True)

    def _undo(self) -> None:
        if self.undo:
            self._take(self.undo.pop(), focus=self.focus, keep_undo=True)

    def _undo_all(self) -> None:
        if self.undo:
            first, self.undo = self.undo[0], []
            self._take(first, focus=self.focus, keep_undo=True)

    # -- drawing ----------------------------------------------------------------

    def _take(self, shown: Shown, focus: int | None = None, *, keep_undo: bool = False) -> None:
        self.shown = shown
        if not keep_undo:
            self.undo = []
            self.keep.value = 1.0
            self.curve.show(_history(shown.learned.history))
        data = shown.learned.data
        self.gallery.blocks = [
            block("caption", text=f"{len(shown.samples)} samples of the circuit"),
            images(data, shown.samples, [""] * len(shown.samples), 40)
            if data.shape
            else _sample_table(data, shown.samples),
        ]
        self._look_at(focus)

    def _look_at(self, unit: int | None) -> None:
        """Draw all regions, or the excerpt below one unit."""
        if self.shown is None:
            return
        known = unit is not None and bool((self.shown.circuit.ids == unit).any())
        self.focus = unit if known else None
        self._draw()
        self.canvas.selection = [] if self.focus is None else [self.focus]
        self._inspect(self.focus)

    def _draw(self) -> None:
        if self.shown is None:
            return
        self.guard("The circuit cannot be drawn", self._update_canvas)

    def _update_canvas(self) -> None:
        self._offer_measures()
        spec = self._figure()
        self.canvas.update(spec)
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
        if self.shown is None:
            raise ParameterError("there is no circuit yet", remedy="Learn or open one first.")
        return self.shown

    def _figure(self) -> FigureSpec:
        shown = self._shown
        if self.focus is not None:
            part = excerpt(shown.circuit, self.focus, EXCERPT_WIDTHS)
            return _unit_figure(part, self.measure.value, _flow_by_id(shown))
        if shown.learned.circuit.n_nodes <= DRAWN_WHOLE:
            flow = _flow_by_id(shown)
            return _unit_figure(shown.learned.circuit, self.measure.value, flow, shown.removed)
        return _region_figure(shown, even=self.measure.value == "entropy")

    def _offer_measures(self) -> None:
        by_unit = self.focus is not None or self._shown.learned.circuit.n_nodes <= DRAWN_WHOLE
        offered = UNIT_MEASURES if by_unit else REGION_MEASURES
        if list(self.measure.options) != list(offered):
            self.measure.param.update(options=offered, value=next(iter(offered.values())))

    def _outline(self) -> list[Any]:
        shown = self._shown
        circuit, flow = shown.circuit, _flow_by_id(shown)
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
        self.session.select = "" if unit is None else str(unit)
        if unit is None or not (shown.circuit.ids == unit).any():
            self.inspect(*circuit_blocks(shown.learned, shown.now, shown.pruning), *self._acts())
        elif self.focus is None and shown.circuit.n_nodes > DRAWN_WHOLE:
            self.inspect(
                *region_blocks(shown.learned.data, shown.circuit, unit, _flow_by_id(shown))
            )
        else:
            self.inspect(*unit_blocks(shown.learned.data, shown.circuit, unit, _flow_by_id(shown)))
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
        selected = str(self.session.select)
        if self.shown is not None and selected.isdigit():
            circuit, unit = self.shown.circuit, int(selected)
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
        """The circuit as it is drawn."""
        return None if self.shown is None else self._figure()

    def on_theme(self) -> None:
        """Canvas and curve in the new colours."""
        self.canvas.theme = self.theme
        self.curve.restyle(self.theme)
        self.gallery.theme = self.theme


def _points(values: tuple[float, ...]) -> tuple[FloatArray, FloatArray]:
    return np.arange(len(values), dtype=np.float64), np.asarray(values)


def _history(history: Table) -> dict[str, tuple[FloatArray, FloatArray]]:
    epoch = history["epoch"].astype(np.float64)
    return {"train": (epoch, history["train"]), "validation": (epoch, history["valid"])}


def _samples(circuit: Circuit, seed: int = 0) -> FloatArray:
    return sample(circuit, SAMPLES, seed=seed)


def _learned(
    source: str | Dataset,
    bins: int | None,
    latents: int,
    epochs: int,
    seed: int,
    on_progress: Progress = silent,
) -> Shown:
    data = load_data(source, bins=bins, seed=seed) if isinstance(source, str) else source
    learned = learn(data, latents, epochs, seed, on_progress)
    return Shown(learned, _samples(learned.circuit, seed))


def _pruned(shown: Shown, keep: float, on_progress: Progress = silent) -> Shown:
    found = pruned(shown.learned, keep, on_progress)
    circuit = shown.learned.circuit
    left = set(_edge_names(found.circuit))
    removed = np.array([name not in left for name in _edge_names(circuit)])
    after = Learned(shown.learned.data, found.circuit, shown.learned.history).measured()
    samples = _samples(found.circuit)
    return replace(shown, pruning=found, removed=removed, samples=samples, after=after)


def _edge_names(circuit: Circuit) -> list[tuple[int, int]]:
    parents, children = circuit.ids[circuit.edge_parents], circuit.ids[circuit.children]
    return list(zip(parents.tolist(), children.tolist(), strict=True))


def _flow_by_id(shown: Shown) -> dict[int, float]:
    return dict(zip(shown.circuit.ids.tolist(), shown.now.node_flow.tolist(), strict=True))


def _unit_figure(
    circuit: Circuit, measure: str, flow: dict[int, float], removed: BoolArray | None = None
) -> FigureSpec:
    values = {
        "flow": lambda: np.array([flow.get(node, 0.0) for node in circuit.ids.tolist()]),
        "weight": lambda: _heaviest(circuit),
    }
    if measure not in values:
        return circuit_figure(circuit, removed=removed)
    return circuit_figure(circuit, measure, values[measure](), removed=removed)


def _heaviest(circuit: Circuit) -> FloatArray:
    """(n_nodes,) the largest weight of a sum edge into each unit; NaN where there is none."""
    largest = np.full(circuit.n_nodes, np.nan)
    edges = circuit.is_sum_edge
    np.fmax.at(largest, circuit.children[edges], np.exp(circuit.log_weights[edges]))
    return largest


def _region_figure(shown: Shown, *, even: bool) -> FigureSpec:
    """One glyph per region, filled by the entropy of which of its units a row uses."""
    circuit = shown.learned.circuit
    if not even:
        return circuit_figure(circuit, removed=shown.removed, group="region")
    flow = _flow_by_id(shown)
    used = np.array([flow.get(node, 0.0) for node in circuit.ids.tolist()])
    surprise = -used * np.log(np.maximum(used, 1e-300))
    return circuit_figure(circuit, "entropy", surprise, removed=shown.removed, group="region")


def _opened_data(
    name: str,
    content: bytes,
    target: str | None,
    bins: int | None,
    on_progress: Progress = silent,
) -> Dataset:
    def read(path: Path) -> Dataset:
        return load_data(path, target=target, bins=bins)

    data: Dataset = with_file(name, content, read, on_progress)
    return data


def _opened_circuit(name: str, content: bytes, on_progress: Progress = silent) -> Shown:
    circuit: Circuit = with_file(name, content, load_circuit, on_progress)
    on_progress(0.5, "sampling")
    rows = sample(circuit, 256, seed=0)
    data = Dataset(
        Path(name).name, circuit.variables, rows, rows[:0], rows,
        source="rows sampled from the circuit itself",
    )  # fmt: skip
    nothing = Table({"epoch": [], "train": [], "valid": [], "seconds": []})
    return Shown(Learned(data, circuit, nothing).measured(), rows[:SAMPLES])


def _sample_table(data: Dataset, rows: FloatArray) -> Any:
    frame = decode(data, rows[:8]).iloc[:, :12]
    return table({name: frame[name].tolist() for name in frame.columns}, dense=True)
