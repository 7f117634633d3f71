"""Workspaces: values with their history and provenance, kept so that nothing is lost.

A workspace is a folder, by custom ``<name>.wb``:

- ``blobs/ab/<sha256>``: the values, never changed, each on the disk before anything names it;
- ``index.sqlite``: which revision of which name is which blob, what it was made from, and
  the jobs; each of its pages ends with a checksum;
- ``revisions/<number>.json``: a sealed copy of each revision's facts, written right after
  its row; from these and from the rows that can still be read a damaged or lost index is
  made again when the workspace is opened (of jobs there is no copy: those that cannot be
  read are gone, their results are not);
- ``about.json``: what the workspace is, sealed too.

So a changed bit is told wherever it is: in a blob by its name, in a page by its checksum,
in a copy by its seal; and what does not need that file can be used.
"""

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
