"""What the widgets share with their front end: ONE table of synced fields, two thin shells.

:mod:`workbench.widgets.notebook` turns the table into traitlets,
:mod:`workbench.widgets.panel` into params; nothing else knows the fields.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from workbench.circuits.circuit import Circuit
from workbench.errors import ParameterError
from workbench.views.circuit_figure import circuit_figure
from workbench.views.posterior_figure import posterior_figure
from workbench.views.spec import FigureKind, FigureSpec
from workbench.views.tree_figure import tree_figure

Direction = Literal["to view", "from view", "both"]
STATIC = Path(__file__).parent / "static"


@dataclass(frozen=True, slots=True)
class Field:
    """One synced field: its name, type, default, who writes it, and what it holds."""

    name: str
    kind: type[dict[str, Any] | bytes | list[Any] | str]
    direction: Direction
    about: str
    default: str = ""

    def initial(self) -> Any:
        """A fresh default value.

        Examples
        --------
        >>> FIELDS["selection"].initial()
        []
        """
        return self.default if self.kind is str else self.kind()


def _table(*fields: Field) -> Mapping[str, Field]:
    return MappingProxyType({field.name: field for field in fields})


_FIGURE = (
    Field("scene", dict, "to view", "header of `buffers`: columns, words, encodings"),
    Field("buffers", bytes, "to view", "columns of the figure, one after the other"),
    Field("event", dict, "from view", "the last action: seq, type and its details"),
    Field("theme", str, "to view", "light, dark or auto (follows the host)", "auto"),
    Field("title", str, "to view", "shown above the picture"),
)
FIELDS = _table(
    *_FIGURE,
    Field("selection", list, "both", "ids of selected nodes, in the order of selection"),
    Field("camera", dict, "both", "x, y (layout units at the centre) and zoom (px/unit)"),
    Field("aim", dict, "to view", "seq, and ids to bring into view"),
    Field("filter", str, "both", "search text; what does not match is faded"),
    Field("hidden", list, "both", "glyph names that the legend fades"),
)
JOBS_FIELDS = _table(
    Field("rows", list, "to view", "one entry per job, in the order shown"),
    Field("opened", list, "both", "ids of the jobs whose details are shown"),
    Field("tables", dict, "to view", "cells of opened sweeps by id: version, columns, ids, lines"),
    Field("changes", dict, "to view", "by id the version, and by place the lines that are new"),
    Field("asked", dict, "from view", "actions that were not answered yet: seq, type, ids"),
    Field("told", dict, "to view", "seq of the last action done, and what to say of it"),
    Field("theme", str, "to view", "light, dark or auto (follows the host)", "auto"),
    Field("title", str, "to view", "shown above the list"),
    Field("hint", str, "to view", "how to start a job, shown while there is none"),
)
EVIDENCE_FIELDS = _table(
    *_FIGURE,
    Field("findings", dict, "both", "seq, and by column the codes, the value or the ends known"),
    Field("state", dict, "to view", "seq of the findings answered, their probability or an error"),
    Field("focus", list, "both", "columns of the variables to show first"),
    Field("badges", list, "to view", "the properties of the circuit, with witnesses"),
    Field("completion", dict, "to view", "the most probable completion, or bounds so far"),
    Field("samples", dict, "to view", "samples given the evidence"),
)


@dataclass(frozen=True, slots=True)
class WidgetSpec:
    """A widget: its class name, its script in `static`, its options and its fields."""

    name: str
    script: str
    about: str
    options_of: Callable[..., object]
    fields: Mapping[str, Field]

    @property
    def script_path(self) -> Path:
        """Where the built front end lies."""
        return STATIC / self.script


@dataclass(frozen=True, slots=True)
class FigureWidget(WidgetSpec):
    """A widget that shows figures of one kind, and how such a figure is made."""

    kind: FigureKind
    draw: Callable[..., FigureSpec]

    def figure(self, thing: Any, **options: Any) -> FigureSpec:
        """The figure of `thing`, which may already be one.

        Raises
        ------
        ParameterError
            When `thing` is a figure of another kind, or options come with a finished figure.
        """
        if not isinstance(thing, FigureSpec):
            return self.draw(thing, **options)
        if thing.kind != self.kind or options:
            raise ParameterError(
                f"{self.name} cannot show this",
                given=f"a {thing.kind} figure" + (f" and {sorted(options)}" if options else ""),
                expected=f"a finished {self.kind} figure, or what to draw and how",
            )
        return thing


def _draw_circuit(thing: Any, **options: Any) -> FigureSpec:
    circuit = thing if isinstance(thing, Circuit) else thing.circuit
    return circuit_figure(circuit, **options)


def evidence_options(evidence: object = None, data: object = None, shape: object = None) -> None:
    """Nothing; its parameters are the options of an evidence panel beside its fields."""


def jobs_options(follow: bool = True) -> None:
    """Nothing; its parameters are the options of a list of jobs beside its fields."""


CIRCUIT_CANVAS = FigureWidget(
    "CircuitCanvas",
    "circuit_canvas.js",
    "A circuit to look at: every unit or one glyph per region, selectable and searchable.",
    circuit_figure,
    FIELDS,
    "circuit",
    _draw_circuit,
)
TREE_EXPLORER = FigureWidget(
    "TreeExplorer",
    "tree_explorer.js",
    "A search tree to look at: states, scores and the path to the answer.",
    tree_figure,
    FIELDS,
    "tree",
    tree_figure,
)
EVIDENCE_PANEL = FigureWidget(
    "EvidencePanel",
    "evidence_panel.js",
    "A circuit to ask: evidence by a click, every variable before and after.",
    evidence_options,
    EVIDENCE_FIELDS,
    "posterior",
    posterior_figure,
)
JOB_LIST = WidgetSpec(
    "JobList",
    "job_list.js",
    "Jobs to watch: how far each is, what it reports, its cells, cancel and resume.",
    jobs_options,
    JOBS_FIELDS,
)
FIGURE_WIDGETS = (CIRCUIT_CANVAS, TREE_EXPLORER, EVIDENCE_PANEL)
WIDGETS: tuple[WidgetSpec, ...] = (*FIGURE_WIDGETS, JOB_LIST)


def stylesheet() -> str:
    """The CSS text of all widgets; text, because hosts differ in how they find files.

    Examples
    --------
    >>> ".wb-view" in stylesheet()
    True
    """
    return (STATIC / "widgets.css").read_text(encoding="utf-8")
