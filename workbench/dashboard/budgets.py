"""The Budgets page: what more samples buy, and how sure that is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from workbench.budgets import Band, TokenCurve, band, curve_against_tokens, pass_at_k
from workbench.budgets.pass_at_k import Curve
from workbench.core.arrays import AnyArray
from workbench.core.progress import Progress, silent
from workbench.core.tables import Table
from workbench.core.units import counted, number
from workbench.dashboard import forms
from workbench.dashboard.page import Page, Session, with_file
from workbench.dashboard.parts import Block, Blocks
from workbench.dashboard.plots import CurvePlot
from workbench.dashboard.words import block, rows, table
from workbench.data import read_table
from workbench.errors import DataError
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


@dataclass(frozen=True)
class Choice:
    """How curves and bands are made."""

    level: float
    method: Any
    question: Any
    stop: Any


@dataclass(frozen=True, eq=False)
class Outcomes:
    """Outcomes of one method: one row per sample, or counts per problem without tokens."""

    records: Table | None
    counts: AnyArray | None = None


@dataclass(frozen=True, eq=False)
class Shown:
    """Curves and bands by method."""

    curves: Mapping[str, Curve | TokenCurve]
    bands: Mapping[str, Band]


class Budgets(Page):
    """Curves with bands, against samples and against tokens."""

    name: ClassVar[str] = "budgets"
    title: ClassVar[str] = "Budgets"
    search_hint: ClassVar[str] = "Search methods"

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.shown: Shown | None = None
        self.source = ""
        self.outcomes: dict[str, Outcomes] = {}
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
        if session.study is not None:
            self.source = "Countdown"
            self.outcomes = {
                name: Outcomes(records) for name, records in session.study.records.items()
            }
            self._compute()
        else:
            self.inspect(block("empty", text="Open a table of outcomes."))

    def _build_left(self) -> None:
        self.question = forms.toggles(QUESTIONS, "population")
        self.explained = Blocks()
        self.level = forms.select("Level of the bands", LEVELS, value=0.95)
        self.method = forms.select("Bands", METHODS, value="calibrated")
        self.stop = forms.select("Tokens are counted", STOPS, value="never")
        for widget in (self.question, self.level, self.method, self.stop):
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
        choice = Choice(self.level.value, self.method.value, self.question.value, self.stop.value)
        self.desk.start(
            "Computing curves and bands", _computed, self.outcomes, choice, finish=self._take
        )

    def _take(self, shown: Shown) -> None:
        self.shown = shown
        self._draw()

    def _on_file(self, name: str, content: bytes) -> None:
        self.desk.start(
            f"Opening {name}", _opened, name, content,
            finish=lambda found: self._take_file(name, found),
        )  # fmt: skip

    def _take_file(self, name: str, found: dict[str, Outcomes]) -> None:
        self.source, self.outcomes = name, found
        self._compute()
        self.on_header()

    # -- drawing ----------------------------------------------------------------

    def _draw(self) -> None:
        if self.shown is None:
            return
        priced = all(isinstance(curve, TokenCurve) for curve in self.shown.curves.values())
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
        n_problems = next(iter(self.shown.bands.values())).curve.n_problems
        shown = f"{counted(len(lines), 'method')}, {counted(n_problems, 'problem')}"
        self.said.blocks = [block("muted", text=f"{shown} of {self.source}")]
        self.list.blocks = [_wide_table(self.shown)]
        self._inspect(self.shown)
        self.on_header()

    def _inspect(self, shown: Shown) -> None:
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
        return [{"text": self.source, "target": ""}] if self.source else []

    def search(self, query: str) -> str:
        """How many methods have `query` in their name."""
        names = self.shown.curves if self.shown is not None else {}
        hits = [name for name in names if query.lower() in name.lower()]
        return f"{len(hits)} of {len(names)} methods"

    def figure(self) -> FigureSpec | None:
        """The curves against the axis that is chosen."""
        if self.shown is None:
            return None
        return curve_figure(self.shown.curves, self.shown.bands, axis=self.axis.value)

    def on_theme(self) -> None:
        """Both plots in the new colours."""
        for plot in self.plots.values():
            plot.restyle(self.theme)


def _computed(
    outcomes: Mapping[str, Outcomes], choice: Choice, on_progress: Progress = silent
) -> Shown:
    curves: dict[str, Curve | TokenCurve] = {}
    bands: dict[str, Band] = {}
    for place, (name, found) in enumerate(outcomes.items()):
        on_progress(place / max(len(outcomes), 1), name)
        curve = _curve(found, choice)
        samples = curve.curve if isinstance(curve, TokenCurve) else curve
        curves[name] = curve
        bands[name] = band(
            samples, level=choice.level, method=choice.method, question=choice.question
        )
    return Shown(curves, bands)


def _curve(found: Outcomes, choice: Choice) -> Curve | TokenCurve:
    if found.records is not None:
        return curve_against_tokens(found.records, stop=choice.stop)
    return pass_at_k(found.counts if found.counts is not None else [])


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


def _wide_table(shown: Shown) -> Block:
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
