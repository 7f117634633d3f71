"""The small components that pages are made of; their other half is in static/<name>.js."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Self

import param
from panel.custom import AnyWidgetComponent
from panel.viewable import Child

from workbench.dashboard.theme import script, stylesheet
from workbench.errors import WorkbenchError
from workbench.limits import LIMITS, require_within

Block = Mapping[str, Any]


class Part(AnyWidgetComponent):
    """A component as wide as its place and without a margin: whoever places it decides about gaps.

    `event` is what the reader did last: its type, its target and a running number.
    All are of the kind that the canvases are: Panel 1.9 keeps one render module for
    JSComponent and AnyWidgetComponent together, so a page can only have one of the two.
    """

    event = param.Dict({})

    __abstract = True
    _debounce: ClassVar[int] = 0  # ms that Panel would otherwise wait for more changes

    def __init__(self, **params: Any) -> None:
        super().__init__(**{"margin": 0, "sizing_mode": "stretch_width", **params})

    @classmethod
    def _process_importmap(cls) -> dict[str, Any]:
        """None: our modules import nothing, so nothing is ever looked up on the web."""
        return {"imports": {}, "scopes": {}}

    def on(self, handler: Callable[[str, Any], None]) -> Self:
        """Self, after arranging that `handler` gets the type and the target of each event."""
        self.param.watch(
            lambda change: handler(change.new["type"], change.new.get("target")), "event"
        )
        return self


class Header(Part):
    """Page navigation, breadcrumbs, search, saving, jobs and the export menu."""

    pages = param.List(doc="name and title of each page")
    page = param.String(doc="the name of the page shown")
    crumbs = param.List(doc="text and target of each breadcrumb")
    search_hint = param.String("Search")
    search_count = param.String()
    query = param.String(doc="what is searched for")
    saved = param.Dict({}, doc="study, and what to say of the last save")
    jobs = param.Dict({"running": 0, "waiting": 0}, doc="study, how many jobs, open")
    exports = param.List(doc="name and title of each entry of the export menu")
    download = param.Dict({}, doc="name and bytes of a file that the browser shall save")

    _esm = script("header")
    _stylesheets: ClassVar = [stylesheet("header")]


class Workspace(Part):
    """The four regions of a page; each folds and resizes in the browser."""

    left = Child()
    tools = Child()
    notice = Child()
    canvas = Child()
    inspector = Child()
    bottom = Child()
    left_title = param.String("Data")
    right_title = param.String("Inspector")
    bottom_title = param.String(doc="the name of the bottom panel; empty for none")

    _esm = script("workspace")
    _stylesheets: ClassVar = [stylesheet("workspace")]


class Blocks(Part):
    """A column of text, rows, links, images, bars and tables, described by data."""

    blocks = param.List()
    theme = param.String("light", doc="repaints images when it changes")

    _esm = script("blocks")
    _stylesheets: ClassVar = [stylesheet("blocks")]


class Notices(Part):
    """The job bar and the message area of a page."""

    job = param.Dict({"active": False})
    messages = param.List()

    _esm = script("notices")
    _stylesheets: ClassVar = [stylesheet("notices")]

    def say(
        self,
        what: str,
        *lines: str,
        state: str = "",
        details: str = "",
        action: tuple[str, str] | None = None,
    ) -> None:
        """Show a message: what happened, where, what to do, and a button: (text, target)."""
        self._count = getattr(self, "_count", 0) + 1
        message = {
            "id": self._count,
            "state": state,
            "what": what,
            "lines": [line for line in lines if line],
            "details": details,
            "action": None if action is None else {"text": action[0], "target": action[1]},
        }
        self.messages = [*self.messages[-2:], message]

    def fail(self, error: WorkbenchError, while_doing: str, details: str = "") -> None:
        """Show an error: what was being done, what was wrong with what, what to do now."""
        text = str(error).removesuffix(error.remedy).strip()
        remedy = error.remedy or "Nothing was changed; correct the input and try again."
        self.say(while_doing, text, remedy, state="failed", details=details)

    def clear(self) -> None:
        """Take all messages away: something new has begun."""
        self.messages = []

    def dismiss(self, message_id: int) -> None:
        """Take a message away."""
        self.messages = [one for one in self.messages if one["id"] != message_id]


class Timeline(Part):
    """The events of a run on lanes, with the tokens spent so far and a cursor."""

    lanes = param.List(doc="the name of each lane")
    codes = param.List(doc="for each event its lane, -1 for none")
    tokens = param.List(doc="for each event the tokens spent up to it")
    cursor = param.Integer(0)
    text = param.String(doc="what happens at the cursor")
    theme = param.String("light", doc="repaints when it changes")

    _esm = script("timeline")
    _stylesheets: ClassVar = [stylesheet("timeline")]


class FileDrop(Part):
    """A place to drop a file; `on_file` gets its name and bytes once all pieces are here."""

    label = param.String("Open a file")
    hint = param.String("or drop it here")
    accept = param.String()
    limit_bytes = param.Integer(LIMITS.upload_bytes)
    refused = param.Dict({})
    piece = param.Dict({}, doc="one part of a file: its place, their number and the bytes")
    received = param.Dict({}, doc="the last part that has arrived")

    _esm = script("filedrop")
    _stylesheets: ClassVar = [stylesheet("filedrop")]

    def __init__(
        self,
        on_file: Callable[[str, bytes], None],
        on_error: Callable[[WorkbenchError, str], None],
        **params: Any,
    ) -> None:
        super().__init__(**params)
        self._take_file, self._take_error = on_file, on_error
        self._pieces: list[bytes] = []
        self.param.watch(self._refuse, "refused")
        self.param.watch(lambda change: self._receive(change.new), "piece")

    def _refuse(self, change: Any) -> None:
        self._check(str(change.new.get("name", "")), int(change.new.get("size", 0)))

    def _check(self, name: str, size: int) -> bool:
        try:
            require_within("bytes", size, self.limit_bytes, "Open a smaller part of it.")
        except WorkbenchError as error:
            self._take_error(error, f"Cannot open {name}")
            return False
        return True

    def _receive(self, data: Mapping[str, Any]) -> None:
        if data["piece"] == 0:
            self._pieces = []
        self._pieces.append(bytes(data["data"]))
        received = sum(map(len, self._pieces))
        if not self._check(data["name"], max(received, int(data["size"]))):
            self._pieces = []
        elif data["piece"] + 1 == data["pieces"] == len(self._pieces):
            content, self._pieces = b"".join(self._pieces), []
            self._take_file(str(data["name"]), content)
        self.received = {"transfer": data["transfer"], "piece": data["piece"]}
