"""What is known of one saved value: its place in the history and what it was made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

COLUMNS: Final = (
    *("number", "name", "kind", "hash", "n_bytes", "created", "door", "version"),
    *("seed", "recipe", "note", "autosave", "removed", "position", "origin"),
)
SELECTED: Final = ", ".join(f"revisions.{column}" for column in COLUMNS)


@dataclass(frozen=True, slots=True)
class Revision:
    """One saved state of one named value; a later state is a later revision.

    Parameters
    ----------
    number
        Grows with every revision of the workspace.
    name, kind, hash
        What it is called, what it is, and the blob that holds it.
    created
        Seconds since 1970-01-01 UTC.
    door
        Who saved it, such as "dashboard" or "notebook".
    sources
        What it was made from: pairs of a role and the hash of a blob.
    version
        Of the workbench that saved it.
    seed
        Of the random numbers that made it, None where there were none.
    recipe, note
        How it was made, and what a person wrote about it.
    is_autosave
        Whether nobody asked for it.
    is_removed
        Whether it says that there is nothing of this name any more.
    n_bytes
        Of its blob and of all those that it refers to.
    position
        Of the workspace when it was saved.
    origin
        The number of the revision under an earlier name, None where there was none.

    Examples
    --------
    >>> import tempfile, workbench.store as store
    >>> with store.open(f"{tempfile.mkdtemp()}/study.wb") as study:
    ...     saved = study.save("text", "note", recipe="by hand")
    >>> saved.name, saved.kind, saved.recipe
    ('note', 'note', 'by hand')
    """

    number: int
    name: str
    kind: str
    hash: str
    created: float
    door: str
    sources: tuple[tuple[str, str], ...]
    version: str
    seed: int | None
    recipe: str
    note: str
    is_autosave: bool
    is_removed: bool
    n_bytes: int
    position: int
    origin: int | None


def revision_of(facts: Mapping[str, Any], sources: tuple[tuple[str, str], ...]) -> Revision:
    """The revision that a row of the index with the columns of :data:`COLUMNS` says.

    Examples
    --------
    >>> row = dict.fromkeys(COLUMNS, 0) | {"name": "circuit"}
    >>> revision_of(row, ()).name
    'circuit'
    """
    same = {name: facts[name] for name in COLUMNS if name not in {"autosave", "removed"}}
    return Revision(
        **same,
        sources=sources,
        is_autosave=bool(facts["autosave"]),
        is_removed=bool(facts["removed"]),
    )
