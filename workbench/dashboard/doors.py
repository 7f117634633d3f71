"""Which page shows which kind of stored value, and how items and moments are told."""

from __future__ import annotations

import time
from collections.abc import Mapping

from workbench.store import Revision

PAGE_OF: Mapping[str, str] = {
    "circuit": "circuits",
    "coverage": "budgets",
    "dataset": "circuits",
    "described": "theories",
    "doubted": "circuits",
    "learned": "circuits",
    "learned cell": "circuits",
    "pruned": "circuits",
    "records": "budgets",
    "run": "reasoning",
    "source": "theories",
}
# What a kind is called, alone and among several.
WORDS: Mapping[str, tuple[str, str]] = {
    "coverage": ("set of curves", "sets of curves"),
    "dataset": ("table", "tables"),
    "described": ("described class", "described classes"),
    "doubted": ("doubt", "doubts"),
    "learned": ("learned circuit", "learned circuits"),
    "learned cell": ("learned circuit of a sweep", "learned circuits of sweeps"),
    "pruned": ("pruned circuit", "pruned circuits"),
    "records": ("table of outcomes", "tables of outcomes"),
    "searched cell": ("cell of searches", "cells of searches"),
    "source": ("table with classes", "tables with classes"),
    "theory": ("theory", "theories"),
}
OURS = ("screen", "recipe")
HIDDEN_KINDS = ("json", "note")
NOTE, NOTE_ON = "note", "note on "


def kind_word(kind: str, count: int = 1) -> str:
    """What a kind of value is called, for one or for several.

    Examples
    --------
    >>> kind_word("learned"), kind_word("run", 2), kind_word("described", 2)
    ('learned circuit', 'runs', 'described classes')
    """
    one, several = WORDS.get(kind, (kind, f"{kind}s"))
    return one if count == 1 else several


def is_hidden(revision: Revision) -> bool:
    """Whether an item is a part of the house rather than something that a user made."""
    return revision.name in OURS or revision.name == NOTE or revision.name.startswith(NOTE_ON)


def query_of(study: str, revision: Revision) -> dict[str, str]:
    """The address at which a stored value is shown: on its page, or in the list of items."""
    page = PAGE_OF.get(revision.kind, "items")
    return {"study": study, "page": page, "select": f"item:{revision.name}"}


def ago(moment: float, now: float | None = None) -> str:
    """How long ago a moment was, in words.

    Examples
    --------
    >>> ago(0.0, now=30.0), ago(0.0, now=7200.0), ago(0.0, now=86400.0 * 3)
    ('just now', '2 hours ago', '3 days ago')
    """
    seconds = (time.time() if now is None else now) - moment
    for size, word in ((86_400.0, "day"), (3_600.0, "hour"), (60.0, "minute")):
        if seconds >= size:
            count = int(seconds // size)
            return f"{count:,} {word}{'' if count == 1 else 's'} ago"
    return "just now"


def told(moment: float) -> str:
    """A moment as date and time of day here.

    Examples
    --------
    >>> len(told(0.0))
    16
    """
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(moment))


def size(n_bytes: int) -> str:
    """A number of bytes as people read it.

    Examples
    --------
    >>> size(900), size(2_500_000)
    ('900 B', '2.5 MB')
    """
    amount, units = float(n_bytes), ("B", "kB", "MB", "GB", "TB")
    place = 0
    while amount >= 1000 and place + 1 < len(units):
        amount, place = amount / 1000, place + 1
    return f"{amount:.3g} {units[place]}"
