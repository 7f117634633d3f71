"""Asking on the Circuits page: the evidence panel beside the canvas, long searches as jobs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import panel as pn

from workbench.circuits import Circuit
from workbench.core.progress import Progress, silent
from workbench.dashboard import facts
from workbench.dashboard.desk import Desk
from workbench.inference.given import known_text
from workbench.studies import Learned
from workbench.views.posterior_figure import posterior_figure
from workbench.views.spec import FigureSpec
from workbench.views.style import STYLE, Theme
from workbench.widgets.panel import CircuitCanvas, EvidencePanel

DRAWN = ("n", "seed")


class Ask:
    """The evidence panel of the page.

    `on_witness` gets the units that a badge points at, `on_answer` is called after each answer.
    """

    def __init__(
        self,
        theme: Theme,
        desk: Desk,
        canvas: CircuitCanvas,
        on_witness: Callable[[tuple[int, ...]], None],
        on_answer: Callable[[], None],
    ) -> None:
        self.panel = EvidencePanel(theme=theme, styles={"flex": "3 1 0", "min-width": "0"})
        self.panel.work = self._work
        self.panel.on_witness(on_witness)
        self.panel.on_answer(lambda _: on_answer())
        self.desk = desk
        self._asked: Learned | None = None
        self._picture = pn.Column(
            canvas, sizing_mode="stretch_both", margin=0, styles={"flex": "2 1 0", "min-width": "0"}
        )
        gap = {"gap": f"{STYLE.layout.card_gap}px"}
        self.view = pn.Row(
            self.panel, self._picture, sizing_mode="stretch_both", margin=0, styles=gap
        )

    def take(self, learned: Learned) -> None:
        """Ask this circuit from now on; the evidence starts afresh when it is another one."""
        if self._asked is not None and self._asked.circuit == learned.circuit:
            return
        self._asked = learned
        self.panel.update(learned.circuit, data=learned.data)

    def state(self) -> dict[str, Any]:
        """What is known, and what was asked for: completion and samples."""
        panel = self.panel
        completion = panel.completion if panel.completion.get("state") != "running" else {}
        return {
            "known": dict(panel.findings.get("known", {})),
            "focus": list(panel.focus),
            "completion": dict(completion),
            "samples": {name: panel.samples[name] for name in DRAWN if name in panel.samples},
        }

    def restore(self, learned: Learned, state: Mapping[str, Any]) -> None:
        """Ask `learned` again what was asked."""
        known, drawn = facts.part(state, "known"), facts.part(state, "samples")
        if not known and not drawn and not state.get("focus"):
            return
        self.take(learned)
        panel = self.panel
        panel.findings = {"seq": panel.findings.get("seq", 0) + 1, "known": dict(known)}
        panel.focus = [column for column in facts.entries(state, "focus") if _is_whole(column)]
        if drawn:
            panel.event = {"seq": 0, "type": "sample", **{name: drawn.get(name) for name in DRAWN}}
        panel.completion = dict(facts.part(state, "completion"))

    def known(self, circuit: Circuit) -> dict[int, str]:
        """By column what is known, in words; nothing while another circuit is asked."""
        answer = self.panel.answer
        if answer is None or answer.asked != circuit:
            return {}
        known = answer.given.known
        return {column: known_text(circuit.variables[column], known[column]) for column in known}

    def figure(self) -> FigureSpec | None:
        """What evidence has changed, for export."""
        if self.panel.answer is None:
            return None
        return posterior_figure(self.panel.answer, shape=self.panel.shape)

    def _work(
        self,
        name: str,
        function: Callable[[Progress], Any],
        finish: Callable[[Any], None],
        stop: Callable[[], None],
    ) -> None:
        def run(on_progress: Progress = silent) -> Any:
            return function(on_progress)

        self.desk.start(name, run, finish=finish, stop=stop)


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
