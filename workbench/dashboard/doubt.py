"""Doubt on the Circuits page: scores of images like and unlike those that were learned."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import panel as pn

from workbench.core.units import number
from workbench.dashboard import facts, forms
from workbench.dashboard.desk import Desk, Task
from workbench.dashboard.parts import Blocks
from workbench.dashboard.words import block, rows, table
from workbench.data import Dataset
from workbench.errors import FormatError
from workbench.jobs import Job
from workbench.store import Revision
from workbench.studies import Doubt, Doubted, measure_doubt
from workbench.views.painters.screen import paint
from workbench.views.separation_figure import separation_figure
from workbench.views.spec import FigureSpec
from workbench.views.style import STYLE, Theme

RATES = (0.01, 0.3)
PLOT_PX = 400
QUESTION = (
    "Learns a circuit of each class and asks it about test images, the same images turned or "
    "with noise, and photographs: by its likelihood, and by how much its answers vary when "
    "edges of sums drop out."
)
METHODS = {"one_pass": "one pass", "pairs": "pairs of nodes"}


class DoubtCard:
    """The card of the page that measures doubt, as a job of `desk`."""

    def __init__(self, theme: Theme, desk: Desk) -> None:
        self.theme, self.desk = theme, desk
        self.data: Dataset | None = None
        self.found: Doubted | None = None
        self.hash = ""  # under which it is stored
        self.tasks = {
            "studies.measure_doubt": Task("Asking about images never seen", self._on_done)
        }
        self.rate = forms.slider("Probability that an edge drops out", 0.05, *RATES, 0.01)
        self.start = forms.button("Measure", self.measure, primary=True, width=120)
        self.plot = pn.Column(sizing_mode="stretch_width", margin=0)
        self.words = Blocks()
        self.rate.width, self.rate.sizing_mode = 260, None
        self.view = pn.Column(
            forms.row(self.rate, self.start, gap=STYLE.layout.card_gap),
            self.plot,
            self.words,
            sizing_mode="stretch_both",
            scroll=True,
            margin=STYLE.layout.panel_padding,
            styles={"gap": f"{STYLE.layout.card_gap}px"},
        )
        self._paint()

    def take(self, data: Dataset) -> None:
        """Ask about this table from now on; what was found about another one is dropped."""
        if self.data is not None and self.data.hash == data.hash:
            return
        self.data, self.found, self.hash = data, None, ""
        self._paint()

    def state(self) -> dict[str, Any]:
        """The rate, and what was found."""
        return {"rate": self.rate.value, "found": self.hash}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Show again what was found."""
        forms.fill({"rate": self.rate}, state)
        self._read(facts.word(state, "found"))

    def open(self, revision: Revision) -> None:
        """Show what was found once."""
        self._read(revision.hash)

    def measure(self) -> None:
        """Start the job, unless the table has no images with classes."""
        if self.data is None or not _is_askable(self.data):
            return
        known = None if self.found is None else self.found.circuits
        self.desk.submit(
            measure_doubt,
            self.data,
            known,
            rate=float(self.rate.value),
            save_as=f"doubt of {self.data.name}",
        )

    def figure(self) -> FigureSpec | None:
        """The scores as they are drawn; None before they are measured."""
        return None if self.found is None else separation_figure(self.found.doubt.separation)

    def restyle(self, theme: Theme) -> None:
        """Draw again in the colours of `theme`."""
        self.theme = self.words.theme = theme
        self._paint()

    def _on_done(self, job: Job) -> None:
        if job.revision is not None:
            self.open(job.revision)

    def _read(self, stored: str) -> None:
        if not stored or self.desk.workspace is None:
            return
        found = self.desk.workspace.get(stored)
        if not isinstance(found, Doubted):
            raise FormatError(self.desk.workspace.path, "doubt", "it is something else")
        self.finish(found, stored)

    def finish(self, found: Doubted, stored: str = "") -> None:
        """Show what was found."""
        self.found, self.hash = found, stored
        self._paint()

    def _paint(self) -> None:
        spec = self.figure()
        drawn = [] if spec is None else [paint(spec, self.theme, PLOT_PX)]
        self.plot.objects = [
            pn.pane.Bokeh(plot, sizing_mode="stretch_width", margin=0) for plot in drawn
        ]
        self.start.disabled = self.data is None or not _is_askable(self.data)
        self.words.blocks = (
            _before(self.data) if self.found is None else _after(self.found.doubt, spec)
        )


def _is_askable(data: Dataset) -> bool:
    return data.shape is not None and bool(data.classes) and len(data.test) > 1


def _before(data: Dataset | None) -> list[Any]:
    if data is not None and not _is_askable(data):
        return [block("empty", text=f"{data.name} has no images with classes, such as digits has.")]
    return [block("muted", text=QUESTION)]


def _after(found: Doubt, spec: FigureSpec | None) -> list[Any]:
    shared = f"{found.shared}: " if found.shared else ""
    checked = {
        "deviation of the": [name for name in ("likelihood", "probability") for _ in METHODS],
        "by": [*METHODS.values()] * 2,
        "over that by Monte Carlo": [
            str(found.ratio(name, method)) for name in ("likelihood", "probability")
            for method in METHODS
        ],
    }  # fmt: skip
    return [
        block("muted", text="" if spec is None else spec.caption),
        rows(accuracy_on_test_images=number(found.accuracy), **_mistakes(found)),
        block("head", text="How good the fast variance is"),
        block(
            "muted",
            text=f"{shared}one pass takes the uses of a shared node for independent, pairs of "
            "nodes count them exactly; the probability of the class is a ratio, expanded to "
            f"second order. Compared with {found.n_samples:,} Monte Carlo samples of each of "
            f"{found.checks.n_rows // 2} images.",
        ),
        table(checked, dense=True),
    ]


def _mistakes(found: Doubt) -> dict[str, str]:
    if found.mistakes is None:
        return {}
    groups = found.mistakes.groups
    wrong = ~groups["is_within"]
    return {
        f"AUROC_of_wrong_against_right_by_{score.lower()}": f"{area:.3f} ± {error:.3f}"
        for score, area, error in zip(
            groups["score"][wrong], groups["auroc"][wrong], groups["standard_error"][wrong],
            strict=True,
        )
    }  # fmt: skip
