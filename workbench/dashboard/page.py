"""What every page is: a workspace, a desk, and answers to the header's questions."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import panel as pn
import param

from workbench.core.files import write_atomic
from workbench.core.progress import Progress, silent
from workbench.dashboard.desk import Desk
from workbench.dashboard.parts import Block, Blocks, FileDrop, Notices, Workspace
from workbench.errors import WorkbenchError
from workbench.studies import Study
from workbench.views.spec import FigureSpec
from workbench.views.style import Theme

EXPORTS = (
    ("pdf-column", "PDF, one column wide"),
    ("pdf-full", "PDF, full width"),
    ("svg-column", "SVG, one column wide"),
    ("svg-full", "SVG, full width"),
    ("csv-column", "CSV of the figure's numbers"),
)


class Session(param.Parameterized):
    """What one browser window looks at; `page` and `select` are part of its address."""

    page = param.String("circuits")
    select = param.Parameter("", doc="an id; the address bar gives it as text or as a number")
    theme: Any = param.Selector(default="light", objects=["light", "dark"])
    study = param.ClassSelector(class_=Study)


class Page:
    """Base of the pages.

    A page fills `left`, `tools`, `canvas`, `inspector` and `bottom` of its
    workspace, and tells the header of its breadcrumbs, its search and its figure.
    """

    name: ClassVar[str] = ""
    title: ClassVar[str] = ""
    search_hint: ClassVar[str] = "Search"

    def __init__(self, session: Session) -> None:
        self.session = session
        self.notices = Notices()
        self.desk = Desk(self.notices)
        self.inspector = Blocks().on(self.on_inspector)
        self.stage = pn.Column(sizing_mode="stretch_both", margin=0)
        self.workspace = Workspace(
            notice=self.notices,
            canvas=self.stage,
            inspector=self.inspector,
            sizing_mode="stretch_both",
        )
        self.on_header: Callable[[], None] = lambda: None

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

    def close(self) -> None:
        """Stop what runs for this page."""
        self.desk.cancel()

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
