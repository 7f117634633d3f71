"""What kind of disk a folder is on, and which journal is safe there."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

WRITE_AHEAD: Final = "wal"
ROLLBACK: Final = "delete"

# Shared memory, which a write-ahead log needs, ends at one machine.
NETWORK: Final = frozenset(
    {
        *("9p", "afs", "afpfs", "beegfs", "ceph", "cifs", "coda", "davfs", "fhgfs", "fuse"),
        *("gfs", "gfs2", "glusterfs", "gpfs", "lustre", "ncpfs", "nfs", "nfs4", "ocfs2"),
        *("orangefs", "panfs", "pvfs2", "smb2", "smb3", "smbfs", "virtiofs", "vboxsf", "wekafs"),
    }
)
_MOUNTS: Final = Path("/proc/mounts")
_ESCAPED: Final = {r"\040": " ", r"\011": "\t", r"\012": "\n", r"\134": "\\"}


def journal_for(folder: Path, mounts: str | None = None) -> str:
    """The journal for an index in `folder`: "wal" on a local disk, "delete" on a network's.

    Parameters
    ----------
    mounts
        What to read instead of the list of mounted file systems of this machine.

    Examples
    --------
    >>> journal_for(Path("/home/ada"), "server:/home /home nfs4 rw 0 0")
    'delete'
    """
    listed = _mounts() if mounts is None else mounts
    place = Path(os.path.realpath(folder))
    found = [(point, kind) for point, kind in _points(listed) if place.is_relative_to(point)]
    _, kind = max(found, key=lambda entry: len(Path(entry[0]).parts), default=("", ""))
    return ROLLBACK if kind.split(".")[0] in NETWORK else WRITE_AHEAD


def _mounts() -> str:
    try:
        return _MOUNTS.read_text(encoding="utf-8", errors="replace")
    except OSError:  # other systems have no such list
        return ""


def _points(mounts: str) -> list[tuple[str, str]]:
    rows = [line.split(" ") for line in mounts.splitlines()]
    return [(_plain(row[1]), row[2]) for row in rows if len(row) > 2]


def _plain(point: str) -> str:
    for written, meant in _ESCAPED.items():
        point = point.replace(written, meant)
    return point
