"""The shell of one browser window: header, pages, address, and the screen that is kept."""

from __future__ import annotations

import logging
import time
import traceback
import uuid
from collections.abc import Mapping
from typing import Any

import panel as pn
import panel_material_ui as pmui
from bokeh.themes import Theme as BokehTheme

from workbench.core.memory import give_back
from workbench.dashboard import facts
from workbench.dashboard.budgets import Budgets
from workbench.dashboard.circuits import Circuits
from workbench.dashboard.connection import Connection
from workbench.dashboard.doors import PAGE_OF
from workbench.dashboard.drawer import JobsDrawer
from workbench.dashboard.home import Home
from workbench.dashboard.items import Items
from workbench.dashboard.page import EXPORTS, ITEM, Page, Session
from workbench.dashboard.parts import Header
from workbench.dashboard.reasoning import Reasoning
from workbench.dashboard.screen import Screen, readable
from workbench.dashboard.shelf import Shelf
from workbench.dashboard.theme import page_styles, theme_config
from workbench.dashboard.theories import Theories
from workbench.dashboard.turns import every
from workbench.errors import WorkbenchError
from workbench.jobs import Failure, Job, Status, jobs
from workbench.store import Revision, note_recent
from workbench.views.style import Theme as StyleTheme
from workbench.views.style import bokeh_theme

LOG = logging.getLogger(__name__)
TITLE = "Circuit workbench"
HOME = Home.name
PAGES: tuple[type[Page], ...] = (Home, Circuits, Theories, Reasoning, Budgets, Items)
TICK_MS = 500


class Shell:
    """Header, pages and address bar of one browser window; pages are built when first visited."""

    def __init__(self, shelf: Shelf, study: str = "") -> None:
        self.shelf = shelf
        self.session = Session(study=study)
        self.pages: dict[str, Page] = {}
        self.screen: Screen | None = None
        self.kept: Mapping[str, Any] = {}  # what pages not visited yet were like
        self.position = 0
        self.trouble: WorkbenchError | None = None
        self.header = Header(height=48).on(self._on_header)
        self.holder = pn.Column(sizing_mode="stretch_both", margin=0)
        self.drawer: JobsDrawer | None = None
        self.view = pmui.Page(
            title=TITLE,
            header=[self.header],
            main=[self.holder, Connection()],
            theme_config=theme_config(),
            sx=page_styles(),
        )
        self.view.param.watch(self._on_theme, "dark_theme")

    @property
    def page(self) -> Page:
        """The page that is shown."""
        return self.pages[self.session.page]

    # -- opening and closing ----------------------------------------------------

    def open(self) -> pmui.Page:
        """The whole view, as it was left, except for what the address asks for."""
        location = pn.state.location
        # Before the address is synchronised, which writes all four names into it.
        asked_theme = location is not None and "theme" in location.query_params
        if location is not None:
            names = ("study", "page", "select", "theme")
            location.sync(self.session, {name: name for name in names})
            pn.state.on_session_destroyed(self._on_gone)
        state = self._open_study()
        self._begin(state, asked_theme=asked_theme)
        if location is not None:
            every(TICK_MS, self.tick)
        return self.view

    def _open_study(self) -> Mapping[str, Any]:
        """The state to restore, after the workspace was opened; nothing on the home page."""
        asks_for_page = self.session.page not in {"", HOME} or self.shelf.lands
        name = self.session.study or (self.shelf.first if asks_for_page else "")
        if not name:
            return {}
        try:
            store = self.shelf.open(name)
        except WorkbenchError as error:
            self.trouble, self.session.study = error, ""
            return {}
        note_recent(store.path)
        self.session.param.update(store=store, study=name)
        self.screen = Screen(store, self.state)
        self.position = store.position
        state, self.trouble = readable(self.screen)
        self.drawer = JobsDrawer(store, self._open_job)
        self.drawer.on_toggle(self._count_jobs)
        return state

    def _begin(self, state: Mapping[str, Any], *, asked_theme: bool) -> None:
        session, select = self.session, str(self.session.select)
        if not asked_theme:
            session.theme = "dark" if state.get("theme") == "dark" else "light"
        known = [page.name for page in self.offered]
        wanted = session.page or facts.word(state, "page")
        usual = HOME if session.store is None else Circuits.name
        self.kept = facts.part(state, "pages")
        self._offer()
        session.page = wanted if wanted in known else usual
        self.view.dark_theme = session.theme == "dark"
        _theme_plots(session.theme)
        session.param.watch(lambda _: self._show(), "page")
        self._show(select)
        if self.trouble is not None:
            self.page.notices.fail(self.trouble, "What was left cannot be opened")
        self._say_repairs()
        if self.drawer is not None:
            self.drawer.restore(facts.part(state, "drawer"))
        if self.screen is not None:
            self.screen.begin()

    def _say_repairs(self) -> None:
        repairs = () if self.session.store is None else self.session.store.repairs
        if repairs:
            self.page.notices.say(
                "The study was repaired when it was opened", *repairs, state="warn"
            )

    @property
    def offered(self) -> tuple[type[Page], ...]:
        """The pages there are: without a study only the home page."""
        return PAGES if self.session.store is not None else (Home,)

    def _offer(self) -> None:
        has_study = self.session.store is not None
        self.header.param.update(
            pages=[{"name": page.name, "title": page.title} for page in self.offered],
            exports=[{"name": name, "title": title} for name, title in EXPORTS if has_study],
            saved={"study": self.session.study, "text": ""},
        )
        self._count_jobs()
        self.view.title = self.session.study or TITLE
        if self.drawer is not None:
            self.holder.append(self.drawer.view)

    def _on_gone(self, context: Any) -> None:
        """Close, after the view let go of the browser's models: there is nobody to tell."""
        self.view._server_destroy(context)  # noqa: SLF001  # else the order would be by chance
        self.view.param._update_ref("busy", None)  # noqa: SLF001  # else the server keeps the page
        self.close()
        give_back()

    def close(self) -> None:
        """Save what is shown, and stop what runs on threads; jobs go on."""
        self._keep(at_once=True)
        for page in self.pages.values():
            page.close()
        if self.drawer is not None:
            self.drawer.close()

    # -- state ------------------------------------------------------------------

    def state(self) -> dict[str, Any]:
        """Everything that the window shows, as JSON."""
        shown = {name: page.state() for name, page in self.pages.items() if name != HOME}
        return {
            "page": self.session.page,
            "theme": self.session.theme,
            "drawer": {} if self.drawer is None else self.drawer.state(),
            "pages": {**self.kept, **shown},
        }

    def tick(self) -> None:
        """Save what has changed on screen, and see what has changed in the workspace."""
        self._see_changes()
        for page in self.pages.values():
            page.tick()
        self._keep()

    def _keep(self, *, at_once: bool = False) -> None:
        if self.screen is None:
            return
        try:
            if self.screen.autosave(at_once=at_once) is not None:
                self._say_saved("Kept")
        except WorkbenchError as error:
            self._say_not_saved(error)

    def save(self) -> None:
        """Save what is shown, durably, and say so."""
        if self.screen is None:
            return
        try:
            self.screen.save()
        except WorkbenchError as error:
            self._say_not_saved(error)
        else:
            self._say_saved("Saved")

    def _say_saved(self, word: str) -> None:
        said = f"{word} {time.strftime('%H:%M:%S')}"
        self.header.saved = {"study": self.session.study, "text": said}

    def _say_not_saved(self, error: WorkbenchError) -> None:
        is_news = self.header.saved.get("state") != "failed"
        self.header.saved = {"study": self.session.study, "text": "Not saved", "state": "failed"}
        if is_news:
            self.page.notices.fail(error, "What is on screen cannot be saved")

    def _see_changes(self) -> None:
        store = self.session.store
        if store is None:
            return
        position = store.position
        changes = store.changes(self.position) if position != self.position else ()
        for page in self.pages.values():
            if changes or page.has_news:
                page.see(changes)
        if position != self.position:
            self.position = position
            self._count_jobs()

    def _count_jobs(self) -> None:
        store = self.session.store
        found = [] if store is None else [job.status for job in jobs(store)]
        self.header.jobs = {
            "study": self.session.study,
            "running": found.count(Status.RUNNING),
            "waiting": found.count(Status.QUEUED),
            "open": self.drawer is not None and self.drawer.is_open,
        }

    # -- pages ------------------------------------------------------------------

    def _show(self, select: str = "") -> None:
        name = self.session.page
        if name not in self.pages:
            self._build(name, select)
        for other, page in self.pages.items():
            page.workspace.visible = other == name
        self.session.select = self.page.select
        self.header.param.update(
            page=name,
            search_hint=self.page.search_hint,
            search_count="",
            query=self.page.query,
        )
        self._paint_header()

    def _build(self, name: str, select: str) -> None:
        kind = next(kind for kind in PAGES if kind.name == name)
        page = _built(kind, self.session, self.shelf)
        page.on_header, page.on_open = self._paint_header, self._open_item
        page.on_download, page.on_sweep = self._download, self._watch_sweep
        self.pages[name] = page
        self.holder.append(page.workspace)
        page.guard("The page cannot be shown as it was", lambda: self._restore(page, select))

    def _restore(self, page: Page, select: str) -> None:
        page.restore(page.aimed(facts.part(self.kept, page.name), select))
        if select.startswith(ITEM):
            name, _, number = select.removeprefix(ITEM).partition("@")
            page.open_item(_revision(page, name, number))

    def _open_item(self, name: str, revision: Revision) -> None:
        """Show a stored value on the page called `name`."""
        self.session.page = name
        self.page.guard(f"{revision.name} cannot be shown", lambda: self.page.open_item(revision))

    def _open_job(self, job: Job) -> None:
        """Show what a job has made, where such a thing is shown."""
        revision = job.revision
        if revision is None:
            words = "Its result has no name in this study."
            self.page.notices.say(f"{job.name} cannot be shown", words, state="warn")
            return
        self._open_item(PAGE_OF.get(revision.kind, Items.name), revision)

    def _paint_header(self) -> None:
        self.header.crumbs = self.page.crumbs()

    def _on_theme(self, change: Any) -> None:
        self.session.theme = "dark" if change.new else "light"
        _theme_plots(self.session.theme)
        for page in self.pages.values():
            page.inspector.theme = self.session.theme
            page.on_theme()

    # -- header -----------------------------------------------------------------

    def _on_header(self, kind: str, target: Any) -> None:
        {
            "page": self._go,
            "crumb": self.page.on_crumb,
            "search": self._search,
            "previous": self._search,
            "export": lambda choice: self.page.export(choice, self._download),
            "save": lambda _: self.save(),
            "jobs": lambda _: self._toggle_jobs(),
        }[kind](str(target))

    def _go(self, name: str) -> None:
        self.session.page = name

    def _watch_sweep(self, job: Job) -> None:
        """Show the table of a sweep that has begun."""
        if self.drawer is not None:
            self.drawer.show(job)

    def _toggle_jobs(self) -> None:
        if self.drawer is not None:
            self.drawer.toggle()

    def _search(self, query: str) -> None:
        self.page.query = query.strip()
        self.header.search_count = self.page.search(self.page.query)

    def _download(self, name: str, content: bytes) -> None:
        self.header.download = {"name": name, "data": content}


def _revision(page: Page, name: str, number: str) -> Revision:
    """The revision that an address names."""
    if number.isdigit():
        return page.store.revision(int(number))
    return page.store.latest(name)


def _built(kind: type[Page], session: Session, shelf: Shelf) -> Page:
    """The page, or in its place an empty one that says why it could not be shown."""
    try:
        return kind(session, shelf) if kind is Home else kind(session)
    except Exception as error:
        reference = uuid.uuid4().hex[:8]
        LOG.exception("the page %s cannot be shown (%s)", kind.name, reference)
        page = Page(session)
        page.name, page.title = kind.name, kind.title  # type: ignore[misc]  # of this one page
        failure = Failure(f"the page {kind.title}", error, reference)
        page.notices.fail(failure, f"{kind.title} cannot be shown", traceback.format_exc())
        return page


def _theme_plots(theme: StyleTheme) -> None:
    """Give the document our theme for plots, so that the page leaves their colours alone."""
    if pn.state.curdoc is not None:
        attributes = bokeh_theme(theme)["attrs"]
        pn.state.curdoc.theme = BokehTheme(json={"attrs": {**attributes, "Figure": {}}})
