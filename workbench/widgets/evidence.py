"""EvidencePanel without its host: evidence in, what the verbs say of it out."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from workbench.circuits.circuit import Circuit
from workbench.core.progress import Progress, silent
from workbench.errors import Cancelled, ParameterError, WorkbenchError
from workbench.inference import Answer, Given, Mpe, ask, mpe, sample
from workbench.inference.given import Findings
from workbench.views.posterior_figure import image_shape, posterior_figure
from workbench.views.spec import FigureSpec
from workbench.widgets import told
from workbench.widgets.findings import decoded, encoded
from workbench.widgets.scene import encode
from workbench.widgets.view import Unsubscribe, View

MOST_BARS = 20_000
MOST_SAMPLES = 64
SAMPLES = 8
SECONDS = 5.0
MOST_SECONDS = 600.0
MOST_NODES = 10**9  # seconds end a search before

Long = Callable[[Progress], Any]
Work = Callable[[str, Long, Callable[[Any], None], Callable[[], None]], None]


class EvidenceView(View):
    """A circuit that answers evidence: posteriors, likelihood, completion, samples, properties.

    `work` runs what may take long: it is called with a name, a function of a progress
    reporter, what to do with its result, and how to stop it. It is a thread unless
    the page brings its own.
    """

    circuit: Circuit | None = None
    shape: tuple[int, int] | None = None
    answer: Answer | None = None
    work: Work

    def __init__(self, **fields: Any) -> None:
        super().__init__(**fields)
        self.work = in_thread
        self._is_setting = False
        self._stop = threading.Event()
        self._drawn: tuple[int, int] | None = None
        self._watch_field("findings", lambda _: self._on_findings())
        self._watch_field("focus", lambda _: self._on_focus())
        self._watch_field("event", self._on_event)

    def update(  # type: ignore[override]  # the options of this view, by name
        self,
        thing: Any,
        evidence: Findings | None = None,
        data: Any = None,
        shape: tuple[int, int] | None = None,
    ) -> None:
        """Nothing; asks another circuit, or starts with other evidence.

        Parameters
        ----------
        thing
            A circuit, what holds one, or an answer.
        data
            A data set whose shape says that the variables are pixels; `shape` itself
            does as well, and so do names such as "pixel 2,3".

        Raises
        ------
        ParameterError
            When there is no circuit in `thing`.
        DataError
            When the evidence does not fit or has probability zero.
        """
        circuit, known = _asked(thing, evidence)
        answer = ask(circuit, known)
        self.circuit = circuit
        self.shape = shape or getattr(data, "shape", None) or image_shape(circuit.variables)
        self._is_setting = True
        self._set_fields({"findings": self._findings(answer.given), "focus": []})
        self._is_setting = False
        self._drawn = None
        self._show(answer)
        self._later(self._show_badges)

    @property
    def evidence(self) -> dict[str, object]:
        """What is known, by name: categories, numbers and intervals."""
        if self.circuit is None:
            return {}
        columns = decoded(self.circuit, self._known)
        return {self.circuit.variables[int(c)].name: value for c, value in columns.items()}

    @property
    def printed(self) -> FigureSpec | None:
        """What is known and what it changes most: a page has room for no more."""
        return None if self.answer is None else posterior_figure(self.answer, shape=self.shape)

    def clear(self) -> None:
        """Nothing; takes all evidence back."""
        self._set_fields({"findings": {"seq": self._seq + 1, "known": {}}})

    def on_answer(self, callback: Callable[[Answer], None]) -> Unsubscribe:
        """A function that ends the calls of `callback` with each answer, once it is on its way."""

        def told(state: Mapping[str, Any]) -> None:
            answer = self.answer
            if answer is not None and "error" not in state:
                self._later(lambda: callback(answer))

        return self._watch_field("state", told)

    def on_witness(self, callback: Callable[[tuple[int, ...]], None]) -> Unsubscribe:
        """A function that ends the calls of `callback` with the units a badge points at."""
        return self.on_action(
            "witness", lambda event: callback(tuple(int(node) for node in event["nodes"]))
        )

    # -- evidence ---------------------------------------------------------------

    @property
    def _known(self) -> Mapping[str, Any]:
        known: Mapping[str, Any] = self._value("findings").get("known", {})
        return known

    @property
    def _seq(self) -> int:
        return int(self._value("findings").get("seq", 0))

    def _findings(self, given: Given) -> dict[str, Any]:
        return {"seq": self._seq + 1, "known": encoded(given.known)}

    def _on_findings(self) -> None:
        if self.circuit is None or self._is_setting:
            return
        try:
            self._show(ask(self.circuit, decoded(self.circuit, self._known)))
        except WorkbenchError as error:
            self._set_fields({"state": {"seq": self._seq, "error": told.error_of(error)}})

    def _on_focus(self) -> None:
        if self.answer is not None and not self._is_setting and self._is_large(self.answer):
            self._draw(self.answer)

    def _show(self, answer: Answer) -> None:
        self.answer = answer
        self._stop.set()
        self._draw(answer)
        if self._drawn is not None:
            self._later(self._redraw)

    def _draw(self, answer: Answer) -> None:
        names = self._chosen(answer) if self._is_large(answer) else None
        self.figure = posterior_figure(answer, variables=names, most=None, shape=self.shape)
        scene = encode(self.figure)
        self._set_fields(
            {
                "scene": scene.header,
                "buffers": scene.buffers,
                "state": told.state_of(answer, self._seq),
                "completion": {},
                "samples": {**self._value("samples"), "stale": True} if self._drawn else {},
            }
        )

    def _is_large(self, answer: Answer) -> bool:
        return sum(map(len, answer.before.probabilities)) > MOST_BARS

    def _chosen(self, answer: Answer) -> list[str | int]:
        """The variables that are looked at, known, or changed most, as far as bars may be sent."""
        largest = max(map(len, answer.before.probabilities))
        ranked = np.array(answer.asked.scope)[np.argsort(-answer.change, kind="stable")]
        wanted = [*self._value("focus"), *answer.given.known, *ranked.tolist()]
        inside = [column for column in dict.fromkeys(wanted) if column in answer.asked.scope]
        return list(inside[: max(1, MOST_BARS // largest)])

    def _show_badges(self) -> None:
        if self.circuit is not None:
            self._set_fields({"badges": told.badges(self.circuit)})

    # -- what is asked for --------------------------------------------------------

    def _on_event(self, event: Mapping[str, Any]) -> None:
        handler = _HANDLERS.get(str(event.get("type")))
        if handler is not None and self.answer is not None:
            handler(self, event)

    def _complete(self, event: Mapping[str, Any]) -> None:
        given, seconds = self._answer.given, _number(event, "seconds", SECONDS, 0.1, MOST_SECONDS)
        self._stop = stop = threading.Event()
        bounds, begun = {"lower": -math.inf, "upper": math.inf}, time.monotonic()

        def search(report: Progress) -> Mpe | None:
            def heard(share: float, text: str = "", /, **values: float) -> None:
                bounds.update(values)
                report(min(1.0, (time.monotonic() - begun) / seconds), text, **values)
                if stop.is_set():
                    raise Cancelled
                self._set_fields({"completion": told.searching(given, bounds, "running")})

            try:
                return mpe(
                    given.circuit, given.row, nodes=10**9, seconds=seconds, on_progress=heard
                )
            except Cancelled:
                finish(None)
                return None

        def finish(found: Mpe | None) -> None:
            if given is self._answer.given:  # otherwise the evidence has changed meanwhile
                shown = (
                    told.completed(given, found)
                    if found
                    else told.searching(given, bounds, "stopped")
                )
                self._set_fields({"completion": shown})

        self._set_fields({"completion": told.searching(given, bounds, "running")})
        self.work("Most probable completion", search, finish, stop.set)

    @property
    def _answer(self) -> Answer:
        if self.answer is None:
            raise ParameterError("there is no circuit yet", remedy="Give one to update().")
        return self.answer

    def _stop_search(self, _: Mapping[str, Any]) -> None:
        self._stop.set()

    def _sample(self, event: Mapping[str, Any]) -> None:
        n = int(_number(event, "n", SAMPLES, 1, MOST_SAMPLES))
        self._drawn = (n, int(_number(event, "seed", 0, 0, 2**31 - 1)))
        self._redraw()

    def _redraw(self) -> None:
        if self._drawn is None:
            return
        n, seed = self._drawn
        given = self._answer.given
        rows = sample(given.circuit, n, given.row, seed)
        wants_words = self.shape is None
        shown = [told.row_words(given, r) if wants_words else told.row_numbers(r) for r in rows]
        self._set_fields(
            {"samples": {"n": n, "seed": seed, "names": told.names_of(given), "rows": shown}}
        )


_HANDLERS: dict[str, Callable[[EvidenceView, Mapping[str, Any]], None]] = {
    "complete": EvidenceView._complete,  # noqa: SLF001  # the table is part of the class
    "stop": EvidenceView._stop_search,  # noqa: SLF001  # same
    "sample": EvidenceView._sample,  # noqa: SLF001  # same
}


def in_thread(
    name: str, function: Long, finish: Callable[[Any], None], stop: Callable[[], None]
) -> None:
    """Nothing; `function` runs in a thread of its own, and `finish` gets its result there."""

    def run() -> None:
        finish(function(silent))

    threading.Thread(target=run, name=name, daemon=True).start()


def _asked(thing: Any, evidence: Findings | None) -> tuple[Circuit, Findings]:
    if isinstance(thing, Answer):
        known: dict[str | int, object] = {c: value for c, value in thing.given.known.items()}  # noqa: C416  # other types of keys
        return thing.asked, known if evidence is None else evidence
    circuit = thing if isinstance(thing, Circuit) else getattr(thing, "circuit", None)
    if not isinstance(circuit, Circuit):
        raise ParameterError(
            "cannot ask this", given=f"a {type(thing).__name__}", expected="a circuit or an answer"
        )
    return circuit, evidence or {}


def _number(event: Mapping[str, Any], name: str, usual: float, low: float, high: float) -> float:
    """A number of an event from the view, which may hold anything, kept within its limits."""
    value = event.get(name, usual)
    is_number = isinstance(value, int | float) and math.isfinite(value)
    return min(max(float(value), low), high) if is_number else usual
