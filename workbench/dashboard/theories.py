"""The Theories page: what makes a row belong to a class, in rules that a database can run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import panel as pn

from workbench.core.progress import Progress, silent
from workbench.core.tables import Table
from workbench.core.units import number
from workbench.dashboard import facts, forms
from workbench.dashboard.circuit_form import BUILT_IN
from workbench.dashboard.desk import Task
from workbench.dashboard.page import Page, Session, with_file
from workbench.dashboard.parts import Block, Blocks
from workbench.dashboard.theory_plots import frontier_plot, matrix_plot
from workbench.dashboard.words import block, rows, shares, table
from workbench.data import Dataset, read_table
from workbench.data import load as load_data
from workbench.errors import DataError, FormatError
from workbench.jobs import Job
from workbench.store import Revision
from workbench.store import Workspace as Store
from workbench.studies import Described, Source, describe_class, rule_table, try_thresholds
from workbench.theories import Rule
from workbench.views.circuit_figure import circuit_figure
from workbench.views.spec import FigureSpec
from workbench.views.theory_figure import theory_figure
from workbench.widgets.panel import CircuitCanvas

ACCEPT = ".csv,.tsv,.tab,.data,.parquet"
CLASSES_SHOWN = 200
RULE_PX = 144
VIEWS = {
    "Rules": "rules",
    "Matrix": "matrix",
    "Text": "text",
    "Sentences": "sentences",
    "SQL": "sql",
    "LaTeX": "latex",
    "Thresholds": "thresholds",
    "Circuit": "circuit",
}


@dataclass(frozen=True, eq=False)
class Shown:
    """A described class, its rules as a table, and the thresholds tried, once asked for.

    `hash` and `tried` say under which hashes class and thresholds are stored.
    """

    described: Described
    rules: Table
    hash: str = ""
    thresholds: Table | None = None
    tried: str = ""


class Theories(Page):
    """Describe a class, read it in six ways, check it in a database."""

    name: ClassVar[str] = "theories"
    title: ClassVar[str] = "Theories"
    search_hint: ClassVar[str] = "Search rules"

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.shown: Shown | None = None
        self.rule: int | None = None
        self.words = Blocks(sizing_mode="stretch_both").on(self._on_words)
        self.scroll = pn.Column(
            self.words,
            sizing_mode="stretch_both",
            styles={"overflow": "auto", "padding": "16px"},
            margin=0,
        )
        self.plot = pn.pane.Bokeh(sizing_mode="stretch_both", margin=0)
        self.canvas = CircuitCanvas(theme=self.theme)
        self.list = Blocks().on(self._on_words)
        self.view = forms.toggles(VIEWS, "rules")
        self.view.param.watch(lambda _: self._on_view(), "value")
        self._build_left()
        self.workspace.param.update(
            tools=forms.row(self.view),
            bottom=self.list,
            bottom_title="Rules",
        )
        self._draw()
        self.desk.tasks = {
            "studies.describe_class": Task("Describing", self._on_described),
            "studies.try_thresholds": Task("Trying all thresholds", self._on_thresholds),
        }

    # -- state ------------------------------------------------------------------

    def read(self) -> dict[str, Any]:
        """Form, view, the class shown with its thresholds, the rule chosen and the canvas."""
        return {
            "form": forms.values(self.form),
            "view": self.view.value,
            "shown": "" if self.shown is None else self.shown.hash,
            "tried": "" if self.shown is None else self.shown.tried,
            "rule": self.rule,
            "canvas": facts.of_canvas(self.canvas),
        }

    def apply(self, state: Mapping[str, Any]) -> None:
        """Show what was shown, or else the newest described class of the study."""
        self._list_data()
        forms.fill({"data": self.data}, facts.part(state, "form"))
        self._list_classes()
        forms.fill(self.form, state.get("form"))
        newest = next(iter(self.store.items("described")), None)
        stored = facts.word(state, "shown") or ("" if newest is None else newest.hash)
        if not stored:
            forms.fill({"view": self.view}, state)
            self.arrived()
            return
        self._load(stored, facts.word(state, "tried"), lambda found: self._come_back(found, state))

    def _come_back(self, found: Shown, state: Mapping[str, Any]) -> None:
        canvas, rule = facts.part(state, "canvas"), facts.whole(state, "rule")
        facts.aim_canvas(self.canvas, canvas)
        known = rule is not None and 0 <= rule < found.rules.n_rows
        self.shown, self.rule = found, rule if known else None
        forms.fill({"view": self.view}, state)
        self._draw()
        if self.view.value == "circuit":
            self.canvas.selection = facts.selected(canvas)

    def _load(self, stored: str, tried: str, finish: Callable[[Shown], None]) -> None:
        self.desk.start(
            "Reading the theory",
            _read_shown,
            self.store,
            stored,
            tried,
            finish=finish,
            ended=self.arrived,
        )

    def shown_hashes(self) -> tuple[str, ...]:
        """The class that is described."""
        return () if self.shown is None else (self.shown.hash,)

    def on_changes(self, revisions: tuple[Revision, ...]) -> None:
        """List the tables that came."""
        if any(revision.kind == "source" for revision in revisions):
            self._list_data()

    def open_item(self, revision: Revision) -> None:
        """Show a stored class, or offer a table to describe."""
        if revision.kind == "source":
            self._list_data(revision.name)
        else:
            self._load(revision.hash, "", self._take)

    def _build_left(self) -> None:
        self.data = forms.select("Data", list(BUILT_IN), value="digits")
        self.data.param.watch(
            lambda _: self.guard("The table cannot be read", self._list_classes), "value"
        )
        self.label = forms.select("Class", [])
        self.bins = forms.whole("Bins per column", 4, 2, 32)
        self.target = forms.text("Class column of your table")
        self.latents = forms.whole("Latent states", 4, 1, 64)
        self.epochs = forms.whole("Epochs", 20, 1, 10_000)
        self.seed = forms.whole("Seed", 0, 0, 2**31 - 1)
        self.form = {
            "data": self.data, "label": self.label, "bins": self.bins, "target": self.target,
            "latents": self.latents, "epochs": self.epochs, "seed": self.seed,
        }  # fmt: skip
        self.workspace.left = forms.column(
            self.data,
            self.label,
            forms.pair(self.bins, self.latents),
            forms.pair(self.epochs, self.seed),
            forms.button("Describe the class", self._describe, primary=True),
            Blocks(blocks=[block("head", text="Your own table")]),
            self.target,
            self.file_drop(self._on_file, label="Open a table", accept=ACCEPT),
        )
        self._list_classes()

    # -- data and jobs ----------------------------------------------------------

    def _list_data(self, chosen: str = "") -> None:
        """Offer the built-in tables and those of the study."""
        own = [item.name for item in self.store.items("source")]
        options = [*BUILT_IN, *(name for name in own if name not in BUILT_IN)]
        value = chosen if chosen in options else self.data.value
        self.data.param.update(options=options, value=value if value in options else options[0])

    def _list_classes(self) -> None:
        name = self.data.value
        data = load_data(name) if name in BUILT_IN else self._own(name).data
        classes = list(data.classes)[:CLASSES_SHOWN]
        shown = None if self.shown is None else self.shown.described
        is_shown = shown is not None and shown.data.name == name and shown.label in classes
        value = shown.label if shown is not None and is_shown else classes[0]
        self.label.param.update(options=classes, value=value)

    def _own(self, name: str) -> Source:
        found = self.store.load(name)
        if not isinstance(found, Source):
            raise FormatError(self.store.path, name, "it is not a table with classes")
        return found

    def _on_file(self, name: str, content: bytes) -> None:
        self.desk.start(
            f"Opening {name}",
            _opened,
            name,
            content,
            self.target.value.strip(),
            self.bins.value,
            self.store,
            finish=self._take_own,
        )

    def _take_own(self, source: Source) -> None:
        name = source.data.name
        self._list_data(name)
        self._list_classes()
        self.notices.say(
            f"{name} is open",
            f"{len(source.frame):,} rows, {source.data.n_variables:,} variables, "
            f"{len(source.data.classes):,} classes. Choose one and press Describe the class.",
            state="solved",
        )

    def _describe(self) -> None:
        self.guard("The class cannot be described", self._submit)

    def _submit(self) -> None:
        name, label = self.data.value, str(self.label.value)
        self.desk.submit(
            describe_class,
            name if name in BUILT_IN else self._own(name),
            label,
            bins=self.bins.value,
            latents=self.latents.value,
            epochs=self.epochs.value,
            seed=self.seed.value,
            save_as=f"theory of {label}" + ("" if name == BUILT_IN[0] else f" in {name}"),
        )

    def _on_described(self, job: Job) -> None:
        if job.revision is not None:
            self._load(job.revision.hash, "", self._take)

    def _on_thresholds(self, job: Job) -> None:
        revision, shown = job.revision, self.shown
        if revision is None or shown is None:
            return
        if dict(revision.sources).get("described") == shown.hash:
            found = self.store.get(revision.hash)
            shown = replace(shown, thresholds=found, tried=revision.hash)
        self._take(shown)

    def _take(self, shown: Shown) -> None:
        self.shown, self.rule = shown, None
        self._on_view()

    def _on_view(self) -> None:
        if self.view.value == "thresholds" and self.shown and self.shown.thresholds is None:
            self._try_thresholds(self.shown)
        self._draw()

    def _try_thresholds(self, shown: Shown) -> None:
        if not self.desk.has("studies.try_thresholds"):
            self.desk.submit(
                try_thresholds,
                shown.described,
                save_as=f"thresholds of {shown.described.label} in {shown.described.data.name}",
            )

    # -- drawing ----------------------------------------------------------------

    def _draw(self) -> None:
        if self.shown is None:
            self._show_words(block("empty", text="Choose a class and describe it."))
            return
        self.guard("The theory cannot be drawn", lambda: _VIEWS[self.view.value](self, self.shown))
        self.list.blocks = [self._rule_list(self.shown)]
        self._inspect(self.shown)
        self.on_header()

    def _show_words(self, *blocks: Block) -> None:
        self.words.blocks = list(blocks)
        self.show(self.scroll)

    def _show_rules(self, shown: Shown) -> None:
        described = shown.described
        data = described.data
        if data.shape is None:
            self._show_words(self._rule_list(shown, wrap=True))
            return
        height, width = data.shape
        items = [
            {"values": _rule_values(rule, data), "width": width, "height": height,
             "caption": f"rule {place + 1}", "target": place, "ramp": "diverging"}
            for place, rule in enumerate(described.theory.rules)
        ]  # fmt: skip
        self._show_words(
            block("title", text=f"What makes a {described.label} in {data.name}"),
            block("images", items=[self._mean_image(described), *items], size=RULE_PX),
            block(
                "caption",
                text="A pixel is orange where a rule asks for high values, blue where it asks for "
                "low ones, and empty where it asks for nothing. A row belongs to the class when "
                "one of the rules holds. Grey: the mean of the class.",
            ),
            block("text", text=str(described.theory)),
        )

    def _mean_image(self, described: Described) -> dict[str, Any]:
        data = described.data
        height, width = data.shape or (1, data.n_variables)
        mean = np.nanmean(data.rows_of("train", described.label), axis=0)
        top = np.array([max(variable.n_categories - 1, 1) for variable in data.variables])
        return {
            "values": shares(mean / top), "width": width, "height": height,
            "caption": f"mean of class {described.label}",
        }  # fmt: skip

    def _show_matrix(self, shown: Shown) -> None:
        self.plot.object = matrix_plot(theory_figure(shown.described.theory), self.theme)
        self.show(self.plot)

    def _show_thresholds(self, shown: Shown) -> None:
        if shown.thresholds is None:
            self._show_words(block("muted", text="Trying all pairs of thresholds."))
            return
        self.plot.object = frontier_plot(shown.thresholds, self.theme)
        self.show(self.plot)

    def _show_text(self, shown: Shown) -> None:
        theory = shown.described.theory
        written: dict[str, Callable[[], str]] = {
            "text": lambda: str(theory),
            "sentences": theory.sentences,
            "sql": theory.sql,
            "latex": theory.latex,
        }
        self._show_words(block("code", text=written[self.view.value]()))

    def _show_circuit(self, shown: Shown) -> None:
        self.canvas.update(circuit_figure(shown.described.circuit))
        rules = shown.described.theory.rules
        self.canvas.selection = [] if self.rule is None else list(rules[self.rule].units)
        self.show(self.canvas)

    def _rule_list(self, shown: Shown, *, wrap: bool = False) -> Block:
        found = shown.rules
        columns = {
            "Rule": list(range(1, found.n_rows + 1)),
            "Says": found["text"].tolist(),
            "Literals": found["literals"].tolist(),
            "Of the class": found["of_class"].tolist(),
            "Of all": found["of_all"].tolist(),
            "Units": found["units"].tolist(),
        }
        made = table(columns, list(range(found.n_rows)), current=self.rule, dense=not wrap)
        heads = [{**head, "wrap": wrap and head["title"] == "Says"} for head in made["columns"]]
        return {**made, "columns": heads}

    # -- selection --------------------------------------------------------------

    def _on_words(self, kind: str, target: Any) -> None:
        if self.shown is not None and kind in {"row", "link"}:
            self.rule = None if self.rule == int(target) else int(target)
            self._draw()

    def on_inspector(self, kind: str, target: Any) -> None:
        """Show the units of the selected rule in the circuit of the class."""
        if (kind, target) == ("action", "circuit"):
            self.view.value = "circuit"

    def _inspect(self, shown: Shown) -> None:
        described = shown.described
        check = described.check
        badge = {
            "text": f"count equal: {check.count:,}"
            if check.equal
            else f"query {check.count:,}, mask {check.mask_count:,}",
            "state": "solved" if check.equal else "failed",
        }
        self.inspect(
            block("title", text=f"Class {described.label}"),
            *([] if self.rule is None else self._rule_blocks(shown, self.rule)),
            block("head", text=f"Checked in {check.dialect}"),
            block("badges", items=[badge]),
            block("caption", text="The query's count and the theory's own, on the whole table."),
            block("head", text="On the test rows"),
            _measure_table(described),
            block("caption", text="95% Clopper\N{EN DASH}Pearson intervals."),
            block("head", text="How it was made"),
            block("muted", text=described.theory.source or "read off the circuit of the class"),
        )

    def _rule_blocks(self, shown: Shown, place: int) -> list[Block]:
        rule, data = shown.described.theory.rules[place], shown.described.data
        literals = {
            data.variables[literal.variable].name: _allowed(data, literal)
            for literal in rule.literals
        }
        return [
            block("head", text=f"Rule {place + 1}"),
            table({"Variable": list(literals), "Allowed": list(literals.values())}, dense=True),
            rows(
                covers_of_the_class=number(int(shown.rules["of_class"][place])),
                covers_of_all=number(int(shown.rules["of_all"][place])),
                units=number(len(rule.units)),
            ),
            block(
                "actions",
                items=[{"text": "Show its units in the circuit", "target": "circuit"}],
            ),
        ]

    # -- header -----------------------------------------------------------------

    def crumbs(self) -> list[dict[str, Any]]:
        """The data, the class and the rule."""
        if self.shown is None:
            return []
        described = self.shown.described
        trail = [
            {"text": described.data.name, "target": "all"},
            {"text": f"class {described.label}", "target": "all"},
        ]
        if self.rule is not None:
            trail.append({"text": f"rule {self.rule + 1}", "target": "rule"})
        return trail

    def on_crumb(self, target: str) -> None:
        """Back to all rules."""
        if target == "all" and self.shown is not None:
            self.rule = None
            self._draw()

    def search(self, query: str) -> str:
        """Select the next rule whose text has `query`."""
        if self.shown is None:
            return ""
        texts = [text.lower() for text in self.shown.rules["text"].tolist()]
        hits = [place for place, text in enumerate(texts) if query.lower() in text]
        if hits:
            after = [place for place in hits if self.rule is not None and place > self.rule]
            self.rule = (after or hits)[0]
            self._draw()
        return f"{len(hits)} of {len(texts)} rules"

    def figure(self) -> FigureSpec | None:
        """The theory as a matrix, as pictures where the variables are pixels, or its circuit."""
        if self.shown is None:
            return None
        described = self.shown.described
        if self.view.value == "circuit":
            return circuit_figure(described.circuit)
        shape = described.data.shape if self.view.value == "rules" else None
        return theory_figure(described.theory, shape=shape)

    def on_theme(self) -> None:
        """Pictures and plots in the new colours."""
        self.canvas.theme = self.words.theme = self.theme
        self._draw()


_VIEWS: dict[str, Callable[[Theories, Any], None]] = {
    "rules": Theories._show_rules,  # noqa: SLF001  # the table is part of the class
    "matrix": Theories._show_matrix,  # noqa: SLF001  # same
    "text": Theories._show_text,  # noqa: SLF001  # same
    "sentences": Theories._show_text,  # noqa: SLF001  # same
    "sql": Theories._show_text,  # noqa: SLF001  # same
    "latex": Theories._show_text,  # noqa: SLF001  # same
    "thresholds": Theories._show_thresholds,  # noqa: SLF001  # same
    "circuit": Theories._show_circuit,  # noqa: SLF001  # same
}


def _read_shown(workspace: Store, stored: str, tried: str, on_progress: Progress = silent) -> Shown:
    on_progress(0.0, "reading the theory")
    described, thresholds = workspace.get(stored), workspace.get(tried) if tried else None
    if not isinstance(described, Described) or not isinstance(thresholds, Table | None):
        raise FormatError(workspace.path, "the theory shown", "it is something else")
    on_progress(0.5, "counting what rules cover")
    return Shown(described, rule_table(described), stored, thresholds, tried)


def _opened(
    name: str,
    content: bytes,
    target: str,
    bins: int,
    workspace: Store,
    on_progress: Progress = silent,
) -> Source:
    if not target:
        raise DataError(
            f"the class column of {name} is not named",
            expected="the name of a column",
            remedy="Write it into the field above, then open the table again.",
        )

    def read(path: Path) -> Source:
        return Source(load_data(path, target=target, bins=bins), read_table(path))

    source: Source = with_file(name, content, read, on_progress)
    on_progress(0.8, "storing")
    workspace.save(source, source.data.name, recipe=f"opened from {name}")
    return source


def _rule_values(rule: Rule, data: Dataset) -> list[float | None]:
    values: list[float | None] = [None] * data.n_variables
    for literal in rule.literals:
        top = max(data.variables[literal.variable].n_categories - 1, 1)
        values[literal.variable] = float(np.mean(sorted(literal.allowed))) / top
    return values


def _allowed(data: Dataset, literal: Any) -> str:
    categories = data.variables[literal.variable].categories
    return ", ".join(categories[code] for code in sorted(literal.allowed))


def _measure_table(described: Described) -> Block:
    found = described.measures.table
    intervals = [
        "" if np.isnan(low) else f"{number(float(low))} to {number(float(high))}"
        for low, high in zip(found["low"], found["high"], strict=True)
    ]
    values = [float(value) for value in found["value"]]
    return table(
        {
            "Measure": [name.capitalize() for name in found["measure"].tolist()],
            "Value": values,
            "Interval": intervals,
        },
        dense=True,
    )
