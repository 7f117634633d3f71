"""The Study page: everything that is stored, its history, where it comes from, and notes on it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import panel as pn
import panel_material_ui as pmui

from workbench.core.tables import Table
from workbench.dashboard import facts, forms
from workbench.dashboard.doors import NOTE, NOTE_ON, PAGE_OF, ago, is_hidden, kind_word, size, told
from workbench.dashboard.page import Page, Session
from workbench.dashboard.parts import Block, Blocks
from workbench.dashboard.words import actions, block, links, rows, table
from workbench.store import Revision
from workbench.theories import Theory

ALL = ""
MOST_HISTORY = 50
MOST_ROWS = 8
MOST_CHARS = 4_000
NOTE_PX = 120
NOTES_S = 3.0  # between saves of notes: the promise is to lose ten seconds at most


class Items(Page):
    """What a study holds, with history, provenance and notes."""

    name: ClassVar[str] = "items"
    title: ClassVar[str] = "Study"
    search_hint: ClassVar[str] = "Search items"

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.chosen: Revision | None = None
        self.written: dict[str, str] = {}  # notes not saved yet, by the item that holds them
        self._kept = time.monotonic()
        self.list = Blocks(sizing_mode="stretch_both").on(self._on_list)
        self.kind = forms.select("Kind", {"All kinds": ALL}, value=ALL, width=180)
        self.kind.param.watch(lambda _: self._paint(), "value")
        self.count = forms.inline()
        self.study_note = _area("Notes on this study", lambda text: self._write(NOTE, text))
        self.item_note = _area("Notes on this item", self._write_item)
        self.details = Blocks().on(self.on_inspector)
        self.side = forms.column(self.inspector, self.item_note, self.details)
        self.workspace.param.update(
            left=forms.column(self.study_note),
            left_title="Notes",
            tools=forms.row(self.kind, self.count),
            canvas=pn.Column(
                self.list,
                sizing_mode="stretch_both",
                styles={"overflow": "auto", "padding": "16px"},
                margin=0,
            ),
            inspector=self.side,
            right_title="Item",
        )

    # -- state ------------------------------------------------------------------

    def read(self) -> dict[str, Any]:
        """The kind listed, and the item chosen."""
        return {
            "kind": self.kind.value,
            "chosen": None if self.chosen is None else self.chosen.number,
        }

    def apply(self, state: Mapping[str, Any]) -> None:
        """List the items, and show the one that was chosen."""
        self._offer_kinds()
        forms.fill({"kind": self.kind}, state)
        with self._not_writing():
            self.study_note.value = self._note(NOTE)
        number = facts.whole(state, "chosen")
        self.guard("The item cannot be shown again", lambda: self._choose(number))
        self.arrived()

    def open_item(self, revision: Revision) -> None:
        """Show what is known of a stored value."""
        self._choose(revision.number)

    def on_changes(self, revisions: tuple[Revision, ...]) -> None:
        """List what came."""
        self._offer_kinds()
        self._paint()
        if self.chosen is not None and any(one.name == self.chosen.name for one in revisions):
            self._inspect()

    def close(self) -> None:
        """Save the notes."""
        self.keep()
        super().close()

    # -- the list ---------------------------------------------------------------

    def _offer_kinds(self) -> None:
        kinds = sorted({item.kind for item in self._items()})
        options = {"All kinds": ALL, **{kind_word(kind, 2).capitalize(): kind for kind in kinds}}
        if options != self.kind.options:
            value = self.kind.value if self.kind.value in options.values() else ALL
            self.kind.param.update(options=options, value=value)

    def _items(self) -> list[Revision]:
        return [item for item in self.store.items() if not is_hidden(item)]

    def _shown(self) -> list[Revision]:
        query, kind = self.query.lower(), self.kind.value
        return [
            item for item in self._items()
            if query in item.name.lower() and kind in {ALL, item.kind}
        ]  # fmt: skip

    def _paint(self) -> None:
        found, every = self._shown(), len(self._items())
        self.count.blocks = [block("muted", text=f"{len(found):,} of {every:,} items")]
        if not found:
            words = "Nothing is stored yet: learn, describe or search something."
            none = f"No item of this kind matches {self.query!r}."
            self.list.blocks = [block("empty", text=none if every else words)]
            return
        chosen = None if self.chosen is None else self.chosen.name
        columns = {
            "Name": [item.name for item in found],
            "Kind": [kind_word(item.kind) for item in found],
            "Changed": [ago(item.created) for item in found],
            "By": [item.door for item in found],
            "Size": [size(item.n_bytes) for item in found],
            "Made": [item.recipe for item in found],
        }
        made = table(columns, [item.name for item in found], current=chosen)
        sorts = [(item.name, item.kind, -item.created, item.door, item.n_bytes, item.recipe)
                 for item in found]  # fmt: skip
        lines = [
            {**line, "sort": list(keys)} for line, keys in zip(made["rows"], sorts, strict=True)
        ]
        self.list.blocks = [{**made, "rows": lines}]

    def search(self, query: str) -> str:
        """List the items whose name has `query`."""
        self._paint()
        return f"{len(self._shown())} found" if query else ""

    def crumbs(self) -> list[dict[str, Any]]:
        """The study and the item."""
        trail = [{"text": self.store.name, "target": "all"}]
        return trail if self.chosen is None else [*trail, {"text": self.chosen.name, "target": ""}]

    def on_crumb(self, target: str) -> None:
        """Back to no item."""
        if target == "all":
            self._choose(None)

    # -- one item ---------------------------------------------------------------

    def _on_list(self, kind: str, target: Any) -> None:
        if kind == "row":
            self.guard(
                "The item cannot be shown",
                lambda: self._choose(self.store.latest(str(target)).number),
            )

    def _choose(self, number: int | None) -> None:
        self.keep()
        self.chosen = None if number is None else self.store.revision(number)
        self.point_at("" if self.chosen is None else f"item:{self.chosen.name}")
        with self._not_writing():
            self.item_note.visible = self.chosen is not None
            self.item_note.value = "" if self.chosen is None else self._note(_note_of(self.chosen))
        self._paint()
        self._inspect()
        self.on_header()

    def _inspect(self) -> None:
        if self.chosen is None:
            self.inspect(block("empty", text="Choose an item to see where it comes from."))
            self.details.blocks = []
            return
        one = self.chosen
        history = self.store.history(one.name)
        self.inspect(
            block("title", text=one.name),
            rows(
                kind=kind_word(one.kind),
                saved=told(one.created),
                by=one.door,
                size=size(one.n_bytes),
                made_by=one.recipe or "\N{EN DASH}",
                seed="\N{EN DASH}" if one.seed is None else str(one.seed),
                version=one.version,
                content=one.hash[:12],
                remark=one.note or "\N{EN DASH}",
            ),
            *([actions(("Show it", "show"), primary=0)] if one.kind in PAGE_OF else []),
        )
        self.details.blocks = [
            *self._history(one, history),
            *self._origin(one),
            *self._preview(one),
        ]

    def _history(self, one: Revision, history: tuple[Revision, ...]) -> list[Block]:
        shown = [revision for revision in history if not revision.is_removed][:MOST_HISTORY]
        items = [
            (
                told(each.created),
                f"{each.door}, {'kept' if each.is_autosave else 'saved'}",
                each.number,
            )
            for each in shown
        ]
        return [
            block("head", text=f"History ({len(history):,})"),
            links(items, current=one.number),
        ]

    def _origin(self, one: Revision) -> list[Block]:
        made = [step for step in self.store.provenance(one.hash) if step.hash != one.hash]
        roles = {stored: role for role, stored in one.sources}
        items = [
            (
                step.revision.name if step.revision is not None else f"a {kind_word(step.kind)}",
                roles.get(step.hash, "before that") + f", {step.hash[:8]}",
                step.revision.number if step.revision is not None else -1,
            )
            for step in made
        ]
        words = "Made from" if items else "Made from nothing that is stored."
        return [block("head", text=words), *([links(items)] if items else [])]

    def _preview(self, one: Revision) -> list[Block]:
        preview = _PREVIEWS.get(one.kind)
        return (
            []
            if preview is None
            else [block("head", text="Content"), preview(self.store.get(one.hash))]
        )

    def on_inspector(self, kind: str, target: Any) -> None:
        """Open the item on its page, or look at another revision."""
        if kind == "action" and target == "show" and self.chosen is not None:
            self.on_open(PAGE_OF[self.chosen.kind], self.chosen)
        elif kind == "link" and int(target) > 0:
            self.guard("The item cannot be shown", lambda: self._choose(int(target)))

    # -- notes ------------------------------------------------------------------

    def tick(self) -> None:
        """Save the notes some seconds after they were last saved."""
        if time.monotonic() - self._kept > NOTES_S:
            self.guard("The notes cannot be saved", self.keep)

    def keep(self) -> None:
        """Save the notes that were written."""
        self._kept = time.monotonic()
        for name, text in tuple(self.written.items()):
            self.store.save(text, name, autosave=True)
            del self.written[name]

    def _write(self, name: str, text: str) -> None:
        if not self._is_reading:
            self.written[name] = text

    def _write_item(self, text: str) -> None:
        if self.chosen is not None:
            self._write(_note_of(self.chosen), text)

    _is_reading = False

    def _not_writing(self) -> _Reading:
        return _Reading(self)

    def _note(self, name: str) -> str:
        if name in self.written:
            return self.written[name]
        found = self.store.load(name) if self.store.has(name) else ""
        return found if isinstance(found, str) else ""


class _Reading:
    """While it lasts, what is put into a field is not taken for something written."""

    def __init__(self, page: Items) -> None:
        self.page = page

    def __enter__(self) -> None:
        self.page._is_reading = True  # noqa: SLF001  # a part of the page

    def __exit__(self, *_: object) -> None:
        self.page._is_reading = False  # noqa: SLF001  # same


def _note_of(revision: Revision) -> str:
    return f"{NOTE_ON}{revision.name}"[:200]


def _area(label: str, on_text: Callable[[str], None]) -> Any:
    made = pmui.TextAreaInput(
        label=label, rows=4, max_rows=16, auto_grow=True, size="small",
        margin=0, sizing_mode="stretch_width",
    )  # fmt: skip
    made.param.watch(lambda change: on_text(str(change.new)), "value_input")
    made.param.watch(lambda change: on_text(str(change.new)), "value")
    return made


def _text(value: Any) -> Block:
    return block("code", text=str(value)[:MOST_CHARS])


def _json(value: Any) -> Block:
    return _text(json.dumps(value, indent=2, default=str))


def _first_rows(value: Table) -> Block:
    columns = {name: value[name][:MOST_ROWS].tolist() for name in value}
    return table(columns, dense=True)


def _theory(value: Theory) -> Block:
    return _text(value)


_PREVIEWS: Mapping[str, Callable[[Any], Block]] = {
    "json": _json,
    "note": _text,
    "table": _first_rows,
    "theory": _theory,
    "array": lambda value: rows(shape=str(value.shape), type=str(value.dtype)),
}
