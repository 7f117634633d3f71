"""What every page is: regions, a desk, a state, and answers to the header's questions."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, ClassVar

import panel as pn
import param

from workbench.core.files import write_atomic
from workbench.core.progress import Progress, silent
from workbench.dashboard.desk import Desk
from workbench.dashboard.facts import part
from workbench.dashboard.parts import Block, Blocks, FileDrop, Notices, Workspace
from workbench.errors import ParameterError, WorkbenchError
from workbench.jobs import Job
from workbench.store import Revision
from workbench.store import Workspace as Store
from workbench.views.spec import FigureSpec
from workbench.views.style import Theme

EXPORTS = (
    ("pdf-column", "PDF, one column wide"),
    ("pdf-full", "PDF, full width"),
    ("svg-column", "SVG, one column wide"),
    ("svg-full", "SVG, full width"),
    ("csv-column", "CSV of the figure's numbers"),
)


ITEM = "item:"


class Session(param.Parameterized):
    """What one browser window looks at; `study`, `page` and `select` are part of its address."""

    study = param.String("", doc="the name of the study; none on the home page")
    page = param.String("", doc="the page shown; empty for the one that was shown last")
    select = param.Parameter("", doc="an id or item:name; the address gives text or a number")
    theme: Any = param.Selector(default="light", objects=["light", "dark"])
    store = param.ClassSelector(class_=Store, doc="the workspace of the study")


class Page:
    """Base of the pages.

    A page fills `left`, `tools`, `canvas`, `inspector` and `bottom` of its
    workspace, and tells the header of its breadcrumbs, its search and its figure.
    Everything on it is in its :meth:`state`, values by the hash they are stored under.
    """

    name: ClassVar[str] = ""
    title: ClassVar[str] = ""
    search_hint: ClassVar[str] = "Search"

    def __init__(self, session: Session) -> None:
        self.session = session
        self.notices = Notices()
        self.desk = Desk(self.notices, session.store, self.name)
        self.inspector = Blocks().on(self.on_inspector)
        self.stage = pn.Column(sizing_mode="stretch_both", margin=0)
        self.workspace: Any = Workspace(
            notice=self.notices,
            canvas=self.stage,
            inspector=self.inspector,
            sizing_mode="stretch_both",
        )
        self.select = ""  # what the address says of this page
        self.query = ""  # what is searched for
        self.on_header: Callable[[], None] = lambda: None
        self.on_open: Callable[[str, Revision], None] = _nothing
        self.on_download: Callable[[str, bytes], None] = _nothing
        self.on_sweep: Callable[[Job], None] = _nothing
        self._newer: dict[str, Revision] = {}  # of what is shown, not told yet
        self._told: dict[str, Revision] = {}
        self.notices.on(self._on_notice)
        self._awaited: dict[str, Any] | None = None  # a state that is being restored

    # -- state ------------------------------------------------------------------

    def state(self) -> dict[str, Any]:
        """Everything that is on the page, as JSON."""
        if self._awaited is not None:
            return dict(self._awaited)
        return {**self.read(), "query": self.query, "jobs": self.desk.state()}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Show what `state` says; what it lacks, or has wrong, stays as it is."""
        self._awaited = dict(state)
        self.apply(state)
        self.desk.restore(part(state, "jobs"))

    def read(self) -> dict[str, Any]:
        """The page's own part of its state."""
        return {}

    def apply(self, state: Mapping[str, Any]) -> None:  # noqa: ARG002  # a page's own
        """Show the page's own part of a state; calls :meth:`arrived` once it is shown."""
        self.arrived()

    def aimed(self, state: Mapping[str, Any], select: str) -> Mapping[str, Any]:  # noqa: ARG002  # same
        """The state with what the address names selected."""
        return state

    def arrived(self) -> None:
        """What was awaited is shown, or cannot be: from now on the page itself is its state."""
        self._awaited = None

    def open_item(self, revision: Revision) -> None:
        """Show a stored value."""

    def on_changes(self, revisions: tuple[Revision, ...]) -> None:
        """Take notice of what came into the workspace, by whichever door."""

    def shown_hashes(self) -> tuple[str, ...]:
        """Under which hashes what is shown is stored."""
        return ()

    def see(self, revisions: tuple[Revision, ...]) -> None:
        """Take notice of what came, and say when what is shown has a newer state.

        That is said one look later: what this page asked for itself is shown by then.
        """
        self.guard("What is new cannot be listed", lambda: self.on_changes(revisions))
        for revision in self._newer.values():
            if not self.desk.is_busy and revision.hash not in self.shown_hashes():
                self._tell_of(revision)
        names = self._names_shown()
        self._newer = {one.name: one for one in revisions if one.name in names}

    @property
    def has_news(self) -> bool:
        """Whether something was seen that is not told yet."""
        return bool(self._newer)

    def _names_shown(self) -> set[str]:
        if self.session.store is None:
            return set()
        return {one.name for stored in self.shown_hashes() for one in self.store.find(stored)}

    def _tell_of(self, revision: Revision) -> None:
        self._told[revision.name] = revision
        self.notices.say(
            f"{revision.name} has a newer state",
            f"Saved by {revision.door}. What you see stays until you choose to look.",
            action=("Show the newer one", revision.name),
        )

    def _on_notice(self, kind: str, target: Any) -> None:
        if kind != "action" or not isinstance(target, Mapping):
            return
        revision = self._told.get(str(target.get("target")))
        self.notices.dismiss(int(target.get("id", 0)))
        if revision is not None:
            self.guard(f"{revision.name} cannot be shown", lambda: self.open_item(revision))

    @property
    def store(self) -> Store:
        """The workspace of the study.

        Raises
        ------
        ParameterError
            When no study is open.
        """
        if self.session.store is None:
            raise ParameterError("no study is open", remedy="Open one on the home page.")
        store: Store = self.session.store
        return store

    def point_at(self, select: str) -> None:
        """Say in the address what is looked at."""
        self.select = select
        if self.session.page == self.name:
            self.session.select = select

    @property
    def theme(self) -> Theme:
        """The theme of the session."""
        theme: Theme = self.session.theme
        return theme

    def crumbs(self) -> list[dict[str, Any]]:
        """Text and target of each breadcrumb, the last one where the reader is."""
        return [{"text": self.title, "target": ""}]

    def on_crumb(self, target: str) -> None:
        """Go to a breadcrumb."""

    def search(self, query: str) -> str:
        """What was found, in words, after going to the first hit of `query`."""
        return f"nothing to search for {query!r} here"

    def figure(self) -> FigureSpec | None:
        """The figure on the canvas, for export; None when there is none."""
        return None

    def on_theme(self) -> None:
        """Repaint what does not follow the page's colours by itself."""

    def on_inspector(self, kind: str, target: Any) -> None:
        """Follow a link or an action of the inspector."""

    def tick(self) -> None:
        """Save what the page holds besides what is on screen; called twice a second."""

    def close(self) -> None:
        """Stop what runs on threads for this page; stored jobs go on."""
        self.desk.close()

    def show(self, view: Any) -> None:
        """Put `view` on the canvas."""
        if list(self.stage) != [view]:
            self.stage.objects = [view]

    def inspect(self, *blocks: Block) -> None:
        """Show `blocks` in the inspector."""
        self.inspector.blocks = list(blocks)

    def file_drop(self, on_file: Callable[[str, bytes], None], **params: Any) -> FileDrop:
        """A place to drop a file whose errors are shown on this page."""
        return FileDrop(on_file, self.notices.fail, **params)

    def export(self, choice: str, finish: Callable[[str, bytes], None]) -> None:
        """Write the figure as a job; `finish` gets the file's name and bytes."""
        spec = self.figure()
        if spec is None:
            self.notices.say("Nothing to export yet", "Show a figure first.", state="warn")
            return
        suffix, width = choice.split("-")
        name = f"{self.name}.{suffix}"
        self.desk.start(
            f"Exporting {name}",
            exported,
            spec,
            name,
            width,
            finish=lambda content: finish(name, content),
        )

    def guard(self, while_doing: str, step: Callable[[], None]) -> None:
        """Do `step`; an error becomes a message and the page lives on."""
        try:
            step()
        except WorkbenchError as error:
            self.notices.fail(error, while_doing)


def exported(spec: FigureSpec, name: str, width: str, on_progress: Progress = silent) -> bytes:
    """The bytes of `spec` as the file `name`, at the width of a column or of the page."""
    from workbench.exports import export

    on_progress(0.1, "drawing")
    with tempfile.TemporaryDirectory() as folder:
        return Path(export(spec, Path(folder) / name, width=width)).read_bytes()


def with_file(
    name: str, content: bytes, read: Callable[[Path], Any], on_progress: Progress = silent
) -> Any:
    """What `read` makes of a temporary file with the dropped `content`; its name is kept."""
    on_progress(0.0, f"reading {name}")
    with tempfile.TemporaryDirectory() as folder:
        return read(write_atomic(Path(folder) / Path(name.replace("\\", "/")).name, content))


def _nothing(*_: object) -> None:
    return None
