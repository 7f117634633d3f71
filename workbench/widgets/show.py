"""show: the widget that fits a value, in the host at hand."""

from __future__ import annotations

import importlib
import sys
from typing import Any, Literal

from workbench.circuits.circuit import Circuit
from workbench.errors import ParameterError
from workbench.inference import Answer
from workbench.reasoning.tree import SearchTree
from workbench.views.spec import FigureSpec
from workbench.widgets.jobs import source_of
from workbench.widgets.spec import (
    CIRCUIT_CANVAS,
    EVIDENCE_PANEL,
    FIGURE_WIDGETS,
    JOB_LIST,
    TREE_EXPLORER,
    WidgetSpec,
)

Host = Literal["auto", "notebook", "panel"]

_BY_TYPE: dict[type, WidgetSpec] = {
    Answer: EVIDENCE_PANEL,
    Circuit: CIRCUIT_CANVAS,
    SearchTree: TREE_EXPLORER,
}
_BY_PART = {"circuit": CIRCUIT_CANVAS, "tree": TREE_EXPLORER}  # a Fit, a Pruned, a Run


def show(thing: Any, *, host: Host = "auto", **options: Any) -> Any:
    """A widget that shows `thing`: a circuit, a search tree, what holds one, its figure, or jobs.

    With ``evidence={...}`` a circuit is asked: every variable is drawn with its
    distribution before and after, and a click sets more evidence. A job, several, or a
    workspace are a list that follows them and cancels and resumes them. `options` are those of
    the figure (such as ``group="region"``), fields of the
    widget (``theme="dark"``) or sizes of the host. In a served Panel app the
    widget is a Panel component, elsewhere a notebook widget.

    Raises
    ------
    ParameterError
        When no widget shows such a value.

    Examples
    --------
    >>> from workbench.circuits.build import Builder
    >>> from workbench.data.variables import categorical
    >>> from workbench.reasoning import problems, search
    >>> build = Builder((categorical("x", 2),))
    >>> coin = build.circuit(build.categorical(0, [0.25, 0.75]))
    >>> type(show(coin, host="notebook")).__name__
    'CircuitCanvas'
    >>> panel = show(coin, evidence={"x": 1}, host="notebook")
    >>> type(panel).__name__, round(panel.state["log_probability"], 3)
    ('EvidencePanel', -0.288)
    >>> type(show(search(problems.countdown([2, 3, 4], 24)), host="notebook")).__name__
    'TreeExplorer'
    >>> type(show([], host="notebook")).__name__  # no job yet
    'JobList'
    >>> show(3)
    Traceback (most recent call last):
    ...
    workbench.errors.ParameterError: no widget shows this: given a value of type int; ...
    """
    spec = _asked(thing) if "evidence" in options else _spec_of(thing)
    module = importlib.import_module(f"workbench.widgets.{_host(host)}")
    return getattr(module, spec.name)(thing, **options)


def _asked(thing: Any) -> WidgetSpec:
    if not isinstance(thing, Circuit) and not isinstance(getattr(thing, "circuit", None), Circuit):
        raise ParameterError(
            "only a circuit takes evidence",
            given=_type_name(thing),
            expected="a circuit, or what was learned or pruned",
        )
    return EVIDENCE_PANEL


def _spec_of(thing: Any) -> WidgetSpec:
    found: WidgetSpec | None
    if isinstance(thing, FigureSpec):
        found = next((spec for spec in FIGURE_WIDGETS if spec.kind == thing.kind), None)
    else:
        found = _BY_TYPE.get(type(thing)) or _spec_of_part(thing) or _spec_of_jobs(thing)
    if found is None:
        kind = f"a {thing.kind} figure" if isinstance(thing, FigureSpec) else _type_name(thing)
        raise ParameterError(
            "no widget shows this",
            given=kind,
            expected="a circuit, a search tree, a run, a circuit or tree figure, or jobs",
            remedy="Curves and theories have figures: workbench.views, workbench.export.",
        )
    return found


def _spec_of_part(thing: Any) -> WidgetSpec | None:
    return next((spec for part, spec in _BY_PART.items() if hasattr(thing, part)), None)


def _spec_of_jobs(thing: Any) -> WidgetSpec | None:
    return None if source_of(thing) is None else JOB_LIST


def _type_name(thing: Any) -> str:
    return f"a value of type {type(thing).__name__}"


def _host(host: Host) -> str:
    return host if host != "auto" else "panel" if _in_panel_session() else "notebook"


def _in_panel_session() -> bool:
    panel = sys.modules.get("panel")  # an app has loaded it; a notebook need not
    document = panel.state.curdoc if panel is not None else None
    return document is not None and document.session_context is not None
