"""Workspaces: values with their history and provenance, kept so that nothing is lost."""

from __future__ import annotations

from workbench.store.archive import pack, unpack
from workbench.store.codecs import kind_of, register_record
from workbench.store.damage import Damage
from workbench.store.listing import StudyEntry, note_recent, recent, studies_folder
from workbench.store.opening import open_workspace as open  # noqa: A004  # store.open reads best
from workbench.store.queries import Made
from workbench.store.revision import Revision
from workbench.store.workspace import Workspace

__all__ = [
    "Damage",
    "Made",
    "Revision",
    "StudyEntry",
    "Workspace",
    "kind_of",
    "note_recent",
    "open",
    "pack",
    "recent",
    "register_record",
    "studies_folder",
    "unpack",
]
