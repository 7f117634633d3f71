"""The Panel app: one shell, one set of pages for each browser window."""

from __future__ import annotations

import logging
import traceback
import uuid
from typing import Any

import panel as pn
import panel_material_ui as pmui
from bokeh.themes import Theme as BokehTheme

from workbench.core.progress import Progress, silent
from workbench.dashboard.budgets import Budgets
from workbench.dashboard.circuits import Circuits
from workbench.dashboard.page import EXPORTS, Page, Session
from workbench.dashboard.parts import Header
from workbench.dashboard.reasoning import Reasoning
from workbench.dashboard.server import Settings, run
from workbench.dashboard.theme import page_styles, theme_config
from workbench.dashboard.theories import Theories
from workbench.jobs import Failure
from workbench.studies import Study, demo_study
from workbench.views.style import Theme as StyleTheme
from workbench.views.style import bokeh_theme

LOG = logging.getLogger(__name__)
TITLE = "Circuit workbench"
PAGES: tuple[type[Page], ...] = (Circuits, Theories, Reasoning, Budgets)
_PREPARED: list[Study] = []


class Shell:
    """Header, pages and address bar of one browser window; pages are built when first visited."""

    def __init__(self, study: Study) -> None:
        self.session = Session(study=study)
        self.pages: dict[str, Page] = {}
        self.header = Header(
            pages=[{"name": page.name, "title": page.title} for page in PAGES],
            exports=[{"name": name, "title": title} for name, title in EXPORTS],
            height=48,
        ).on(self._on_header)
        self.holder = pn.Column(sizing_mode="stretch_both", margin=0)
        self.view = pmui.Page(
            title=TITLE,
            header=[self.header],
            main=[self.holder],
            theme_config=theme_config(),
            sx=page_styles(),
        )
        self.view.param.watch(self._on_theme, "dark_theme")

    @property
    def page(self) -> Page:
        """The page that is shown."""
        return self.pages[self.session.page]

    def open(self) -> pmui.Page:
        """The whole view, on the page that the address names."""
        if pn.state.location is not None:
            pn.state.location.sync(
                self.session, {"page": "page", "select": "select", "theme": "theme"}
            )
            pn.state.on_session_destroyed(lambda _: self.close())
        if self.session.page not in {page.name for page in PAGES}:
            self.session.page = PAGES[0].name
        self.view.dark_theme = self.session.theme == "dark"
        _theme_plots(self.session.theme)
        self.session.param.watch(lambda _: self._show(), "page")
        self._show()
        return self.view

    def close(self) -> None:
        """Stop the jobs of all pages."""
        for page in self.pages.values():
            page.close()

    def _show(self) -> None:
        name = self.session.page
        if name not in self.pages:
            page = _built(next(kind for kind in PAGES if kind.name == name), self.session)
            page.on_header = self._paint_header
            self.pages[name] = page
            self.holder.append(page.workspace)
        for other, page in self.pages.items():
            page.workspace.visible = other == name
        self.header.page = name
        self.header.search_hint = self.page.search_hint
        self.header.search_count = ""
        self._paint_header()

    def _paint_header(self) -> None:
        self.header.crumbs = self.page.crumbs()

    def _on_theme(self, change: Any) -> None:
        self.session.theme = "dark" if change.new else "light"
        _theme_plots(self.session.theme)
        for page in self.pages.values():
            page.inspector.theme = self.session.theme
            page.on_theme()

    def _on_header(self, kind: str, target: Any) -> None:
        {
            "page": self._go,
            "crumb": self.page.on_crumb,
            "search": self._search,
            "export": lambda choice: self.page.export(choice, self._download),
        }[kind](str(target))

    def _go(self, name: str) -> None:
        self.session.param.update(page=name, select="")

    def _search(self, query: str) -> None:
        self.header.search_count = self.page.search(query.strip()) if query.strip() else ""

    def _download(self, name: str, content: bytes) -> None:
        self.header.download = {"name": name, "data": content}


def _built(kind: type[Page], session: Session) -> Page:
    """The page, or in its place an empty one that says why it could not be shown."""
    try:
        return kind(session)
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


def prepare(on_progress: Progress = silent) -> Study:
    """The embedded study, computed on first use and kept for all windows of this process."""
    if not _PREPARED:
        _PREPARED.append(demo_study(on_progress=on_progress))
    return _PREPARED[0]


def build(study: Study | None = None) -> pmui.Page:
    """The whole view of one browser window."""
    return Shell(study or prepare()).open()


def serve(settings: Settings | None = None, study: Study | None = None) -> None:
    """Serve the dashboard until interrupted; prints its address with its token.

    Raises
    ------
    ParameterError
        When the port is taken, or others could reach the address without a kept token.
    """
    pn.extension()
    shown = study or prepare()
    run({"/": lambda: build(shown)}, settings or Settings())
