"""The notebook shell: each widget as an anywidget with traitlets."""

from __future__ import annotations

import base64
import threading
from collections.abc import Callable, Mapping
from types import new_class
from typing import Any

import anywidget
import traitlets
from ipywidgets import Layout

from workbench.widgets.evidence import EvidenceView
from workbench.widgets.job_list import JobsView
from workbench.widgets.spec import (
    CIRCUIT_CANVAS,
    EVIDENCE_PANEL,
    JOB_LIST,
    TREE_EXPLORER,
    WidgetSpec,
    stylesheet,
)
from workbench.widgets.still import still
from workbench.widgets.view import GraphView, Unsubscribe, View, split_options

_HEIGHTS = {"CircuitCanvas": "420px", "TreeExplorer": "420px"}


def _to_bytes(value: Any, widget: Any) -> bytes:
    """The front end delivers a memoryview; traitlets.Bytes accepts only bytes."""
    return b"" if value is None else bytes(value)


_TRAITS: Mapping[type, Callable[[Any], Any]] = {
    dict: lambda default: traitlets.Dict(default).tag(sync=True),
    list: lambda default: traitlets.List(default_value=default).tag(sync=True),
    str: lambda default: traitlets.Unicode(default).tag(sync=True),
    bytes: lambda default: traitlets.Bytes(default).tag(sync=True, from_json=_to_bytes),
}


class _Shell(View):
    """The half of a notebook widget that is not generated."""

    def __init__(self, thing: Any = None, **options: Any) -> None:
        figure, fields, host = split_options(self.spec, options)
        self.figure = None
        super().__init__(
            **{
                "layout": Layout(height=_HEIGHTS.get(self.spec.name, "auto"), width="100%"),
                **fields,
                **host,
            }
        )
        if thing is not None:
            self.update(thing, **figure)

    def _set_fields(self, values: Mapping[str, Any]) -> None:
        with self.hold_sync():  # type: ignore[attr-defined]  # of the generated class
            for name, value in values.items():
                setattr(self, name, value)

    def _watch_field(self, name: str, callback: Callable[[Any], None]) -> Unsubscribe:
        def changed(change: Any) -> None:
            callback(change["new"])

        self.observe(changed, names=name)  # type: ignore[attr-defined]  # same
        return lambda: self.unobserve(changed, names=name)  # type: ignore[attr-defined]  # same

    def _later(self, callback: Callable[[], None]) -> None:
        callback()  # each field is on its way as soon as it is set

    @property
    def _is_gone(self) -> bool:
        return self.comm is None  # type: ignore[attr-defined]  # same

    def _every(self, seconds: float, step: Callable[[], bool]) -> Unsubscribe:
        """On a thread, because the kernel's own is busy while a cell runs."""
        ended = threading.Event()

        def run() -> None:
            while not ended.wait(seconds) and step():
                pass

        threading.Thread(target=run, name=f"{self.spec.name} follows", daemon=True).start()
        return ended.set

    def _repr_mimebundle_(self, **options: Any) -> Any:
        """The live widget, with a still picture for where no kernel answers."""
        bundle = super()._repr_mimebundle_(**options)  # type: ignore[misc]  # same
        picture = still(self.printed)
        if bundle is not None and picture is not None:
            bundle[0]["image/png"] = base64.b64encode(picture).decode("ascii")
        if bundle is not None and self.plain:
            bundle[0]["text/plain"] = self.plain
        return bundle


def _shell(spec: WidgetSpec, view: Any) -> Any:
    traits = {name: _TRAITS[field.kind](field.initial()) for name, field in spec.fields.items()}
    own = {
        "spec": spec,
        "_esm": spec.script_path,
        "_css": stylesheet(),
        "__doc__": spec.about,
        "__module__": __name__,
    }
    return new_class(
        spec.name, (_Shell, view, anywidget.AnyWidget), {}, lambda body: body.update(traits | own)
    )


CircuitCanvas = _shell(CIRCUIT_CANVAS, GraphView)
TreeExplorer = _shell(TREE_EXPLORER, GraphView)
EvidencePanel = _shell(EVIDENCE_PANEL, EvidenceView)
JobList = _shell(JOB_LIST, JobsView)
