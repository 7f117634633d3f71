"""The home page: the studies there are, new ones, and the work that was done lately."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

import panel as pn

from workbench import store
from workbench.core.files import write_atomic
from workbench.core.progress import Progress, silent
from workbench.core.units import counted
from workbench.dashboard import forms
from workbench.dashboard.doors import HIDDEN_KINDS, ago, is_hidden, kind_word, query_of, size
from workbench.dashboard.page import Page, Session
from workbench.dashboard.parts import Block, Blocks
from workbench.dashboard.shelf import Shelf
from workbench.dashboard.words import block
from workbench.errors import WorkbenchError
from workbench.jobs import Status, jobs
from workbench.store import StudyEntry

MOST_RECENT = 12
MOST_KINDS = 5
WIDTH_PX = 1200
CHECKED_BYTES = 256 * 2**20  # larger studies are not read through to list them


@dataclass(frozen=True)
class Summary:
    """A study as the home page lists it: what the store says, jobs running, items damaged."""

    study: StudyEntry
    n_running: int = 0
    damaged: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """What it is called."""
        return self.study.name


class Home(Page):
    """Studies: open, begin, bring in, take out; and recent work."""

    name: ClassVar[str] = "home"
    title: ClassVar[str] = "Home"
    search_hint: ClassVar[str] = "Search studies"

    def __init__(self, session: Session, shelf: Shelf) -> None:
        super().__init__(session)
        self.shelf = shelf
        self.found: tuple[Summary, ...] = ()
        self.cards = Blocks().on(self._on_card)
        self.new_name = forms.text("Name of the new study", width=260)
        self.new = forms.button("New study", self._create, primary=True, width=120)
        self.new_name.param.watch(lambda _: self._create(), "enter_pressed")
        self.drop = self.file_drop(
            self._on_file, label="Import a study", hint="a zip file that was exported",
            accept=".zip", sizing_mode=None, width=260,
        )  # fmt: skip
        inside = pn.Column(
            Blocks(blocks=[block("title", text="Studies")]),
            forms.row(self.new_name, self.new, self.drop, gap=16),
            self.notices,
            self.cards,
            styles={"gap": "16px", "max-width": f"{WIDTH_PX}px", "width": "100%"},
            sizing_mode="stretch_width",
            margin=0,
        )
        self.workspace = pn.Column(
            inside,
            sizing_mode="stretch_both",
            scroll=True,
            margin=0,
            styles={
                "padding": "24px 32px",
                "background": "var(--wb-canvas)",
                "align-items": "center",
            },
        )
        self.cards.blocks = [block("muted", text="Reading the studies.")]

    def apply(self, state: Mapping[str, Any]) -> None:  # noqa: ARG002  # it keeps none
        """List the studies anew."""
        self._list()
        self.arrived()

    def crumbs(self) -> list[dict[str, Any]]:
        """Nothing: the home page is where all trails begin."""
        return []

    def search(self, query: str) -> str:
        """Show the studies whose name has `query`."""
        hits = self._matching(query)
        self._paint(hits)
        return f"{len(hits)} of {len(self.found)}" if query else ""

    def _matching(self, query: str) -> tuple[Summary, ...]:
        return tuple(one for one in self.found if query.lower() in one.name.lower())

    # -- listing ----------------------------------------------------------------

    def _list(self) -> None:
        self.desk.start("Reading the studies", summaries, self.shelf, finish=self._take)

    def _take(self, found: tuple[Summary, ...]) -> None:
        self.found = found
        self._paint(self._matching(self.query))

    def _paint(self, found: tuple[Summary, ...]) -> None:
        if not self.found:
            words = "There is no study yet. Name one above, or import one from a zip file."
            self.cards.blocks = [block("empty", text=words)]
            return
        recent = recent_work(found)
        self.cards.blocks = [
            block("cards", items=[_card(one, self.session.study) for one in found]),
            *([block("head", text="Recent work"), block("places", items=recent)] if recent else []),
        ]

    # -- acting -----------------------------------------------------------------

    def _create(self) -> None:
        self.guard("The study cannot be made", self._create_named)

    def _create_named(self) -> None:
        name = self.new_name.value.strip()
        self.shelf.create(name)
        self.new_name.value = ""
        self.notices.say(f"{name} is there", "Open it below.", state="solved")
        self._list_keeping_messages()

    def _list_keeping_messages(self) -> None:
        said = self.notices.messages
        self._list()
        self.notices.messages = said

    def _on_file(self, name: str, content: bytes) -> None:
        self.desk.start(
            f"Importing {name}", imported, self.shelf, name, content, finish=self._imported
        )

    def _imported(self, name: str) -> None:
        self.notices.say(f"{name} is there", "Open it below.", state="solved")
        self._list_keeping_messages()

    def _on_card(self, kind: str, target: Any) -> None:
        verb, _, name = str(target).partition(":")
        if kind == "action" and verb in _VERBS:
            _VERBS[verb](self, name)

    def _export(self, name: str) -> None:
        self.desk.start(
            f"Exporting {name}",
            exported,
            self.shelf,
            name,
            finish=lambda content: self.on_download(f"{name}.zip", content),
        )

    def _duplicate(self, name: str) -> None:
        self.desk.start(f"Duplicating {name}", duplicated, self.shelf, name, finish=self._imported)


_VERBS = {
    "export": Home._export,  # noqa: SLF001  # the table is part of the class
    "duplicate": Home._duplicate,  # noqa: SLF001  # same
}


def summaries(shelf: Shelf, on_progress: Progress = silent) -> tuple[Summary, ...]:
    """All studies of a shelf and those opened elsewhere, the one changed last first."""
    on_progress(0.1, "reading the studies")
    found = [study for study in store.recent(shelf.folder) if shelf.takes(study.path)]
    return tuple(summary(study) for study in found)


def summary(study: StudyEntry) -> Summary:
    """A study with its jobs that run and its damaged items, as far as it can be opened."""
    if study.problem:
        return Summary(study)
    try:
        with closing(store.open(study.path, create=False)) as workspace:
            running = sum(job.status is Status.RUNNING for job in jobs(workspace))
            damage = workspace.damage() if study.n_bytes <= CHECKED_BYTES else ()
    except WorkbenchError as error:
        return Summary(replace(study, problem=str(error)))
    return Summary(study, running, tuple(", ".join(one.names) or one.kind for one in damage))


def recent_work(found: tuple[Summary, ...]) -> list[dict[str, Any]]:
    """The items saved last over all studies, as links to where they are shown."""
    every = [(item, one.name) for one in found for item in one.study.latest if not is_hidden(item)]
    latest = sorted(every, key=lambda pair: -pair[0].created)[:MOST_RECENT]
    dot = " \N{MIDDLE DOT} "
    return [
        {
            "text": item.name,
            "note": dot.join((study, kind_word(item.kind), ago(item.created))),
            "query": query_of(study, item),
        }
        for item, study in latest
    ]


def imported(shelf: Shelf, name: str, content: bytes, on_progress: Progress = silent) -> str:
    """The name of the study that a dropped zip file holds, now on the shelf."""
    on_progress(0.1, "reading the file")
    with tempfile.TemporaryDirectory() as folder:
        path = write_atomic(Path(folder) / "study.zip", content)
        return _unpacked(shelf, path, Path(name.replace("\\", "/")).stem)


def exported(shelf: Shelf, name: str, on_progress: Progress = silent) -> bytes:
    """The bytes of a zip file with everything in a study."""
    on_progress(0.1, "packing")
    with tempfile.TemporaryDirectory() as folder:
        return _packed(shelf, name, Path(folder)).read_bytes()


def duplicated(shelf: Shelf, name: str, on_progress: Progress = silent) -> str:
    """The name of a new study with everything that is in the one called `name`."""
    on_progress(0.1, "packing")
    with tempfile.TemporaryDirectory() as folder:
        path = _packed(shelf, name, Path(folder))
        on_progress(0.5, "unpacking")
        return _unpacked(shelf, path, name)


def _packed(shelf: Shelf, name: str, folder: Path) -> Path:
    with closing(store.open(shelf.path_of(name), create=False)) as workspace:
        return store.pack(workspace, folder / "study.zip")


def _unpacked(shelf: Shelf, path: Path, wanted: str) -> str:
    with closing(store.unpack(path, shelf.free(wanted))) as workspace:
        return workspace.name


def _card(one: Summary, current: str) -> Block:
    study = one.study
    if study.problem:
        return {
            "title": one.name, "state": "warn", "lines": [study.problem],
            "badges": [{"text": "cannot be opened", "state": "warn"}],
        }  # fmt: skip
    kinds = [
        {"text": f"{number:,} {kind_word(kind, number)}"}
        for kind, number in study.kinds
        if kind not in HIDDEN_KINDS
    ]
    running = [{"text": f"{counted(one.n_running, 'job')} running"}] if one.n_running else []
    damaged = [
        {"text": f"damaged: {names}"[:80], "state": "warn"} for names in one.damaged[:MOST_KINDS]
    ]
    here = " \N{MIDDLE DOT} open in this window" if one.name == current else ""
    return {
        "title": one.name,
        "query": {"study": one.name},
        "lines": [f"{ago(study.changed)} \N{MIDDLE DOT} {size(study.n_bytes)}{here}"],
        "badges": [*kinds[:MOST_KINDS], *running, *damaged] or [{"text": "empty"}],
        "actions": [
            {"text": "Export zip", "target": f"export:{one.name}"},
            {"text": "Duplicate", "target": f"duplicate:{one.name}"},
        ],
    }
