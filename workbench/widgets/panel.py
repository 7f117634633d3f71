"""The Panel shell: each widget as a component with params, for served apps."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from types import new_class
from typing import Any

import panel as pn
import param
from panel.custom import AnyWidgetComponent

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
from workbench.widgets.view import GraphView, Unsubscribe, View, split_options

_PARAMS: Mapping[type, Callable[..., Any]] = {
    dict: param.Dict,
    list: param.List,
    str: param.String,
    bytes: param.Bytes,  # never with allow_None and b"": it ends the browser's session
}


class _Shell(View):
    """The half of a Panel widget that is not generated."""

    def __init__(self, thing: Any = None, **options: Any) -> None:
        figure, fields, host = split_options(self.spec, options)
        self.figure = None
        super().__init__(**{"sizing_mode": "stretch_both", "min_height": 240, **fields, **host})
        if thing is not None:
            self.update(thing, **figure)

    def _set_fields(self, values: Mapping[str, Any]) -> None:
        self.param.update(**values)  # type: ignore[attr-defined]  # of the generated class

    def _watch_field(self, name: str, callback: Callable[[Any], None]) -> Unsubscribe:
        def changed(event: Any) -> None:
            callback(event.new)

        watcher = self.param.watch(changed, name)  # type: ignore[attr-defined]  # same
        return lambda: self.param.unwatch(watcher)  # type: ignore[attr-defined]  # same

    def _later(self, callback: Callable[[], None]) -> None:
        document = pn.state.curdoc
        if document is None or document.session_context is None:
            callback()
        else:
            document.add_next_tick_callback(callback)

    def _every(self, seconds: float, step: Callable[[], bool]) -> Unsubscribe:
        """On the page's own turn; never where there is no page."""
        document = pn.state.curdoc
        if document is None or document.session_context is None:
            return lambda: None

        def turn() -> None:
            if pn.state.loaded and not step():  # before that, Panel drops what changes
                callback.stop()

        callback = pn.state.add_periodic_callback(turn, period=int(1000 * seconds))
        return callback.stop

    @classmethod
    def _render_esm(cls, compiled: Any = True, server: bool = False) -> str:
        """The script, or its address with a version, lest browsers keep an older release's."""
        rendered: str = super()._render_esm(compiled, server=server)  # type: ignore[misc]  # same
        is_address = rendered.endswith(cls.spec.script)
        return f"{rendered}?v={_version_of(cls.spec.script_path)}" if is_address else rendered


@cache
def _version_of(script: Path) -> str:
    return hashlib.sha256(script.read_bytes()).hexdigest()[:16]


def _shell(spec: WidgetSpec, view: Any) -> Any:
    params = {
        name: _PARAMS[field.kind](default=field.initial(), doc=field.about)
        for name, field in spec.fields.items()
    }
    own = {
        "spec": spec,
        "_esm": spec.script_path,
        "_bundle": spec.script_path,  # plain JavaScript: the browser need not transform it again
        "_stylesheets": [stylesheet()],
        "_debounce": 0,  # ms that Panel would otherwise wait for more changes before it reacts
        "__doc__": spec.about,
        "__module__": __name__,
    }
    return new_class(
        spec.name, (_Shell, view, AnyWidgetComponent), {}, lambda body: body.update(params | own)
    )


CircuitCanvas = _shell(CIRCUIT_CANVAS, GraphView)
TreeExplorer = _shell(TREE_EXPLORER, GraphView)
EvidencePanel = _shell(EVIDENCE_PANEL, EvidenceView)
JobList = _shell(JOB_LIST, JobsView)
