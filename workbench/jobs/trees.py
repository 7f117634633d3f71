"""Ending a process together with everything that it began."""

from __future__ import annotations

import contextlib
import os
import signal

import psutil


def end_tree(process: psutil.Process) -> None:
    """Nothing; `process`, its descendants and its group are killed, itself at last.

    The group is named after a leader and stays when the leader died, so it also
    finds those that a dead worker left behind.
    """
    below: list[psutil.Process] = []
    with contextlib.suppress(psutil.Error):
        below = process.children(recursive=True)
    for one in below:
        with contextlib.suppress(psutil.Error):
            one.kill()
    _end_group(process.pid)
    with contextlib.suppress(psutil.Error):
        process.kill()


def _end_group(leader: int) -> None:
    if hasattr(os, "killpg"):  # Windows has no groups
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(leader, signal.SIGKILL)
