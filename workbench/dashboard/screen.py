"""The screen of a study: everything that a window shows, kept as an item of its workspace."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from workbench.errors import WorkbenchError
from workbench.store import Revision, Workspace

ITEM = "screen"
AUTOSAVE_S = 3.0
HASH = re.compile(r"[0-9a-f]{64}")
State = Mapping[str, Any]


class Screen:
    """Saves the state of a window when it has changed, and says what was saved last.

    Of two windows on one study each saves what it shows; the newest is restored,
    and the others stay in the history of the item.
    """

    def __init__(self, workspace: Workspace, read: Callable[[], State]) -> None:
        self.workspace, self._read = workspace, read
        self._text = ""
        self._saved = time.monotonic()

    def load(self) -> State:
        """What was saved last; nothing when there is nothing, or it is damaged."""
        if not self.workspace.has(ITEM):
            return {}
        found = self.workspace.load(ITEM)
        return found if isinstance(found, Mapping) else {}

    def begin(self) -> None:
        """Take what is shown now as it is: only what changes from here on is saved."""
        self._text = _text(self._read())

    def autosave(self, *, at_once: bool = False) -> Revision | None:
        """The revision that was saved; None when nothing has changed, or just now was saved.

        Raises
        ------
        StorageError
            When the disk does not take it.
        """
        if not at_once and time.monotonic() - self._saved < AUTOSAVE_S:
            return None
        self._saved = time.monotonic()
        state = self._read()
        if _text(state) == self._text:
            return None
        return self._save(state, autosave=True)

    def save(self) -> Revision:
        """The revision that holds what is shown now, durably.

        Raises
        ------
        StorageError
            When the disk does not take it.
        """
        return self._save(self._read(), autosave=False)

    def _save(self, state: State, *, autosave: bool) -> Revision:
        known = sorted(set(_hashes(state)))
        sources = {f"shown {place + 1}": found for place, found in enumerate(known)}
        revision = self.workspace.save(dict(state), ITEM, sources=sources, autosave=autosave)
        self._text = _text(state)
        return revision


def _text(state: State) -> str:
    return json.dumps(state, sort_keys=True)


def _hashes(value: Any) -> Iterator[str]:
    """The hashes of stored values in a state, which keep those values from being cleaned up."""
    if isinstance(value, str):
        if HASH.fullmatch(value):
            yield value
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from _hashes(one)
    elif isinstance(value, list):
        for one in value:
            yield from _hashes(one)


def readable(screen: Screen) -> tuple[State, WorkbenchError | None]:
    """What was saved last, and why it cannot be read when it cannot."""
    try:
        return screen.load(), None
    except WorkbenchError as error:
        return {}, error
