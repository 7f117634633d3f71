"""The Budgets page: what more samples buy, and how sure that is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from workbench.budgets import Band, TokenCurve
from workbench.budgets.pass_at_k import Curve
from workbench.core.arrays import AnyArray
from workbench.core.progress import Progress, silent
from workbench.core.tables import Table
from workbench.core.units import counted, number
from workbench.dashboard import facts, forms
from workbench.dashboard.page import Page, Session, with_file
from workbench.dashboard.parts import Block, Blocks
from workbench.dashboard.plots import CurvePlot
from workbench.dashboard.words import block, rows, table
from workbench.data import read_table
from workbench.errors import DataError, FormatError
from workbench.store import Revision
from workbench.store import Workspace as Store
from workbench.studies import Coverage, CurveChoice, Outcomes, Records, coverage
from workbench.views.curve_figure import curve_figure, series_of
from workbench.views.spec import FigureSpec

ACCEPT = ".csv,.tsv,.parquet"
QUESTIONS = {"Like these": "population", "Just these": "fixed"}
EXPLAINED = {
    "population": "How would the method do on new problems of this kind? The problems are a "
    "sample; the band covers both which problems were drawn and which samples.",
    "fixed": "How would the method do on exactly these problems, sampled again? The band "
    "covers only the noise of sampling, so it is narrower.",
}
STOPS = {"Draw all k samples": "never", "Stop at the first right one": "first_success"}
AXES = {"Samples": "samples", "Tokens": "tokens"}
LEVELS = {"80%": 0.8, "90%": 0.9, "95%": 0.95, "99%": 0.99}
METHODS = {"Calibrated": "calibrated", "Simultaneous (sup-t)": "sup_t", "Pointwise": "pointwise"}
TABLE_KS = 9


@dataclass(frozen=True, eq=False)
class Shown:
    """Outcomes with their curves and bands, and under which hashes they are stored."""

    records: Records
    coverage: Coverage
    counted: str
    drawn: str


class Budgets(Page):
    """Curves with bands, against samples and against tokens."""

    name: ClassVar[str] = "budgets"
    title: ClassVar[str] = "Budgets"
    search_hint: ClassVar[str] = "Search methods"

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.shown: Shown | None = None
        self.is_quiet = False
        self.counted = ""  # under which hash the outcomes are stored
        self.plots = {
            "samples": CurvePlot(
                self.theme, "Samples per problem, k", "Coverage (pass@k)", "log",
                markers=True, share=True,
            ),
            "tokens": CurvePlot(
                self.theme, "Tokens used per problem", "Coverage (pass@k)", "log",
                markers=True, share=True,
            ),
        }  # fmt: skip
        self.list = Blocks()
        self._build_left()
        self.axis = forms.toggles(AXES, "samples")
        self.axis.param.watch(lambda _: self._draw(), "value")
        self.said = forms.inline()
        self.workspace.param.update(
            tools=forms.row(self.axis, self.said),
            bottom=self.list,
            bottom_title="Table",
        )
        self.show(self.plots["samples"].view)
        self.inspect(block("empty", text="Open a table of outcomes."))

    # -- state ------------------------------------------------------------------

    def read(self) -> dict[str, Any]:
        """How curves are made, the outcomes, the curves shown and the axis."""
        return {
            "form": forms.values(self.form),
            "axis": self.axis.value,
            "records": self.counted,
            "shown": "" if self.shown is None else self.shown.drawn,
        }

    def apply(self, state: Mapping[str, Any]) -> None:
        """Show what was shown, or else curves of the newest outcomes of the study."""
        with self._quietly():
            forms.fill(self.form, state.get("form"))
            forms.fill({"axis": self.axis}, state)
        self._explain()
        newest = next(iter(self.store.items("records")), None)
        self.counted = facts.word(state, "records") or ("" if newest is None else newest.hash)
        if self.counted:
            self._load(facts.word(state, "shown"))
        else:
            self.arrived()

    def shown_hashes(self) -> tuple[str, ...]:
        """The outcomes."""
        return (self.counted,) if self.counted else ()

    def open_item(self, revision: Revision) -> None:
        """Show curves of stored outcomes, or stored curves."""
        drawn = ""
        if revision.kind == "coverage":
            drawn = revision.hash
            self.counted = dict(revision.sources).get("records", "")
        else:
            self.counted = revision.hash
        self._load(drawn)

    @contextmanager
    def _quietly(self) -> Iterator[None]:
        """Widgets may change without curves being computed."""
        self.is_quiet = True
        try:
            yield
        finally:
            self.is_quiet = False

    def _load(self, drawn: str = "") -> None:
        choice = CurveChoice(
            self.level.value, self.method.value, self.question.value, self.stop.value
        )
        self.desk.start(
            "Computing curves and bands",
            _read_or_computed,
            self.store,
            self.counted,
            choice,
            drawn,
            finish=self._take,
            ended=self.arrived,
        )

    def _build_left(self) -> None:
        self.question = forms.toggles(QUESTIONS, "population")
        self.explained = Blocks()
        self.level = forms.select("Level of the bands", LEVELS, value=0.95)
        self.method = forms.select("Bands", METHODS, value="calibrated")
        self.stop = forms.select("Tokens are counted", STOPS, value="never")
        self.form = {
            "question": self.question, "level": self.level,
            "method": self.method, "stop": self.stop,
        }  # fmt: skip
        for widget in self.form.values():
            widget.param.watch(lambda _: self._compute(), "value")
        self.workspace.left = forms.column(
            Blocks(blocks=[block("head", text="About which problems?")]),
            self.question,
            self.explained,
            self.level,
            self.method,
            self.stop,
            self.file_drop(self._on_file, label="Open your counts", accept=ACCEPT),
            Blocks(
                blocks=[
                    block(
                        "caption",
                        text="A table with the columns problem, n (samples) and c (right ones), "
                        "or problem, correct (0 or 1) and tokens with one row per sample. A "
                        "column method makes one curve per method.",
                    )
                ]
            ),
        )
        self._explain()

    def _explain(self) -> None:
        self.explained.blocks = [block("muted", text=EXPLAINED[self.question.value])]

    # -- jobs -------------------------------------------------------------------

    def _compute(self) -> None:
        self._explain()
        if self.counted and not self.is_quiet:
            self._load()

    def _take(self, shown: Shown) -> None:
        self.shown, self.counted = shown, shown.counted
        self._draw()

    def _on_file(self, name: str, content: bytes) -> None:
        self.desk.start(
            f"Opening {name}", _stored, name, content, self.store, finish=self._take_file,
        )  # fmt: skip

    def _take_file(self, stored: str) -> None:
        self.counted = stored
        self._load()

    # -- drawing ----------------------------------------------------------------

    def _draw(self) -> None:
        if self.shown is None:
            return
        priced = all(isinstance(curve, TokenCurve) for curve in self.shown.coverage.curves.values())
        if self.axis.value == "tokens" and not priced:
            self.notices.say(
                "The tokens of these outcomes are unknown",
                "The table has counts only; the curve is shown against samples.",
                state="warn",
            )
            self.axis.value = "samples"
            return
        self.guard("The curves cannot be drawn", self._paint)

    def _paint(self) -> None:
        spec = self.figure()
        if spec is None or self.shown is None:
            return
        plot = self.plots[self.axis.value]
        lines = {name: (found["x"], found["y"]) for name, found in series_of(spec.tables["lines"])}
        bands = {
            name: (found["x"], found["low"], found["high"])
            for name, found in series_of(spec.tables["bands"])
        }
        plot.show(lines, bands)
        self.show(plot.view)
        n_problems = next(iter(self.shown.coverage.bands.values())).curve.n_problems
        shown = f"{counted(len(lines), 'method')}, {counted(n_problems, 'problem')}"
        self.said.blocks = [block("muted", text=f"{shown} of {self.shown.records.source}")]
        self.list.blocks = [_wide_table(self.shown.coverage)]
        self._inspect(self.shown.coverage)
        self.on_header()

    def _inspect(self, shown: Coverage) -> None:
        blocks: list[Block] = [block("title", text="Coverage")]
        for name, limits in shown.bands.items():
            curve = limits.curve
            last = len(curve.ks) - 1
            blocks += [
                block("head", text=name),
                rows(**{
                    "At k = 1": _with_limits(limits, 0),
                    f"At k = {int(curve.ks[last]):,}": _with_limits(limits, last),
                    "Problems": number(curve.n_problems),
                    "Samples": _each(curve),
                }),
            ]  # fmt: skip
        blocks.append(block("head", text="What the bands claim"))
        claims = dict.fromkeys(limits.statement for limits in shown.bands.values())
        blocks += [block("caption", text=claim) for claim in claims]
        self.inspect(*blocks)

    # -- header -----------------------------------------------------------------

    def crumbs(self) -> list[dict[str, Any]]:
        """Where the outcomes come from."""
        return [] if self.shown is None else [{"text": self.shown.records.source, "target": ""}]

    def search(self, query: str) -> str:
        """How many methods have `query` in their name."""
        names = self.shown.coverage.curves if self.shown is not None else {}
        hits = [name for name in names if query.lower() in name.lower()]
        return f"{len(hits)} of {len(names)} methods"

    def figure(self) -> FigureSpec | None:
        """The curves against the axis that is chosen."""
        if self.shown is None:
            return None
        return curve_figure(
            self.shown.coverage.curves, self.shown.coverage.bands, axis=self.axis.value
        )

    def on_theme(self) -> None:
        """Both plots in the new colours."""
        for plot in self.plots.values():
            plot.restyle(self.theme)


def _read_or_computed(
    workspace: Store, counted: str, choice: CurveChoice, drawn: str, on_progress: Progress = silent
) -> Shown:
    """The outcomes with the curves that were drawn, or with curves computed and stored now."""
    records = workspace.get(counted)
    if not isinstance(records, Records):
        raise FormatError(workspace.path, "the outcomes", "it is something else")
    known = workspace.get(drawn) if drawn else None
    if isinstance(known, Coverage):
        return Shown(records, known, counted, drawn)
    found = coverage(records.methods, choice, on_progress)
    revision = workspace.save(
        found,
        f"curves of {records.source}",
        sources={"records": counted},
        recipe=", ".join(f"{name} {value}" for name, value in asdict(choice).items()),
        autosave=True,
    )
    return Shown(records, found, counted, revision.hash)


def _stored(name: str, content: bytes, workspace: Store, on_progress: Progress = silent) -> str:
    """The hash under which the outcomes of a dropped file are stored now."""
    records = Records(name, _opened(name, content, on_progress))
    return workspace.save(records, f"records of {name}", recipe=f"opened from {name}").hash


def _opened(name: str, content: bytes, on_progress: Progress = silent) -> dict[str, Outcomes]:
    frame = with_file(name, content, _read, on_progress)
    columns = {str(column).strip().lower(): column for column in frame.columns}
    if "method" not in columns:
        return {Path(name).stem: _outcomes(name, frame, columns)}
    groups = frame.groupby(columns["method"], sort=False)
    return {str(method): _outcomes(name, group, columns) for method, group in groups}


def _read(path: Path) -> Any:
    return read_table(path)


def _outcomes(name: str, frame: Any, columns: Mapping[str, Any]) -> Outcomes:
    if {"problem", "correct", "tokens"} <= set(columns):
        problem = frame[columns["problem"]].astype("category").cat.codes.to_numpy(np.int64)
        return Outcomes(
            Table(
                {
                    "problem": problem,
                    "correct": _whole(name, frame, columns["correct"]),
                    "tokens": _whole(name, frame, columns["tokens"]),
                }
            )
        )
    if {"n", "c"} <= set(columns):
        pair = [_whole(name, frame, columns[key]) for key in ("n", "c")]
        return Outcomes(None, np.stack(pair, axis=1))
    raise DataError(
        f"{name} is not a table of outcomes",
        given=f"the columns {', '.join(map(str, frame.columns[:8]))}",
        expected="problem, n and c, or problem, correct and tokens",
        remedy="Rename the columns and open the table again.",
    )


def _whole(name: str, frame: Any, column: Any) -> AnyArray:
    import pandas as pd

    values = pd.to_numeric(frame[column], errors="coerce").to_numpy(np.float64)
    bad = np.flatnonzero(~np.isfinite(values) | (values < 0) | (values != np.floor(values)))
    if len(bad):
        row = int(bad[0])
        raise DataError(
            f"bad cell in {name}, row {row + 1}, column {column!r}",
            given=repr(str(frame[column].iloc[row])),
            expected="a whole number from 0 up",
            remedy="Correct the cell and open the table again.",
        )
    whole: AnyArray = values.astype(np.int64)
    return whole


def _with_limits(limits: Band, place: int) -> str:
    value, low, high = (float(c[place]) for c in (limits.curve.value, limits.low, limits.high))
    return f"{value:.1%} ({low:.1%} to {high:.1%})"


def _each(curve: Curve) -> str:
    low, high = int(curve.counts[:, 0].min()), int(curve.counts[:, 0].max())
    return f"{low:,} each" if low == high else f"{low:,} to {high:,} each"


def _wide_table(shown: Coverage) -> Block:
    columns: dict[str, list[Any]] = {
        "Method": [], "k": [], "Tokens": [], "Coverage": [], "Low": [], "High": [],
    }  # fmt: skip
    for name, limits in shown.bands.items():
        curve = shown.curves[name]
        ks = limits.curve.ks
        wanted = np.unique(np.geomspace(1, len(ks), TABLE_KS).astype(int) - 1)
        for place in wanted.tolist():
            tokens = float(curve.tokens[place]) if isinstance(curve, TokenCurve) else float("nan")
            columns["Method"].append(name)
            columns["k"].append(int(ks[place]))
            columns["Tokens"].append(tokens)
            columns["Coverage"].append(float(limits.curve.value[place]))
            columns["Low"].append(float(limits.low[place]))
            columns["High"].append(float(limits.high[place]))
    return table(columns, dense=True)
