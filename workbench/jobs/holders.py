"""Who holds a job: the name of a runner, and whether the runner still lives."""

from __future__ import annotations

import contextlib
import os
import secrets
import socket
from typing import Final

import psutil

BEAT_S: Final = 2.0
SILENT_S: Final = 30.0
_SAME_START_S: Final = 2.0

_HERE: set[str] = set()


def new_holder() -> str:
    """A name for a runner of this process: host, process, its start, and a random word.

    Examples
    --------
    >>> holder = new_holder()
    >>> is_dead(holder, None, 0.0)
    False
    >>> release(holder)
    >>> is_dead(holder, None, 0.0)
    True
    """
    begun = psutil.Process().create_time()
    holder = f"{socket.gethostname()}:{os.getpid()}:{begun:.2f}:{secrets.token_hex(4)}"
    _HERE.add(holder)
    return holder


def release(holder: str) -> None:
    """Nothing; the runner called `holder` is no more."""
    _HERE.discard(holder)


def is_dead(holder: str, beat: float | None, now: float) -> bool:
    """Whether the runner called `holder`, whose last beat was at `beat`, works no more.

    On this machine its process decides; elsewhere it is given half a minute of silence.
    """
    host, pid, begun, _ = [*holder.rsplit(":", 3), "", "", "", ""][:4]
    if host != socket.gethostname() or not pid.isdigit():
        return beat is None or now - beat > SILENT_S
    if int(pid) == os.getpid():
        return holder not in _HERE
    with contextlib.suppress(psutil.Error, ValueError):
        process = psutil.Process(int(pid))
        is_zombie = process.status() == psutil.STATUS_ZOMBIE
        return bool(is_zombie or abs(process.create_time() - float(begun)) > _SAME_START_S)
    return True
