"""How much memory this process may still take, and the refusal of requests that need more."""

from __future__ import annotations

import ctypes
import os
from pathlib import Path

from workbench.errors import LimitError

SHARE = 0.8  # of the available memory that one request may take
ALWAYS_GRANTED = 64 * 2**20  # bytes, for which it is not worth asking
_MEMINFO = Path("/proc/meminfo")
_GROUPS = Path("/sys/fs/cgroup")
_OWN_GROUP = Path("/proc/self/cgroup")


def available_memory() -> int | None:
    """The bytes that this process can still take without pushing others out; None if unknown.

    On Linux the limits of its control group count too, as in containers.

    Examples
    --------
    >>> available = available_memory()
    >>> available is None or available > 0
    True
    """
    known = [amount for amount in (_of_machine(), _of_group()) if amount is not None]
    return min(known, default=None)


def require_memory(what: str, needed: int, remedy: str) -> None:
    """Nothing, or :class:`LimitError` when `needed` bytes are too many for this machine now.

    Examples
    --------
    >>> require_memory("add two numbers", 16, "Add smaller ones.")
    """
    if needed <= ALWAYS_GRANTED:
        return
    available = available_memory()
    if available is not None and needed > SHARE * available:
        raise LimitError(
            f"too little memory to {what}",
            given=f"a need of about {gibibytes(needed)}",
            expected=f"at most {SHARE:.0%} of the {gibibytes(available)} available now",
            remedy=remedy,
        )


def give_back() -> bool:
    """Whether memory that is not used any more went back to the system.

    The C library of Linux keeps what was freed between pieces still in use; others
    have no way to be asked.

    Examples
    --------
    >>> give_back() in {True, False}
    True
    """
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if os.name == "posix" else None
    return trim is not None and bool(trim(0))


def gibibytes(amount: int) -> str:
    """`amount` bytes in words of GiB.

    Examples
    --------
    >>> gibibytes(3 * 2**29)
    '1.5 GiB'
    """
    return f"{amount / 2**30:,.1f} GiB"


def _of_machine() -> int | None:
    try:
        for line in _MEMINFO.read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return 1024 * int(line.split()[1])
    except OSError:  # not Linux
        pass
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, AttributeError):  # not POSIX either
        return None


def _of_group() -> int | None:
    """What the control groups above this process leave, the tightest of them."""
    try:
        path = _OWN_GROUP.read_text().strip().rpartition("::")[2].lstrip("/")
    except OSError:
        return None
    folder, left = _GROUPS / path, []
    for group in (folder, *folder.parents):
        amount = _left_in(group)
        if amount is not None:
            left.append(amount)
        if group == _GROUPS:
            break
    return min(left, default=None)


def _left_in(group: Path) -> int | None:
    try:
        limit = int((group / "memory.max").read_text())  # "max" is no number: no limit
        return max(0, limit - int((group / "memory.current").read_text()) + _cached(group))
    except (OSError, ValueError):
        return None


def _cached(group: Path) -> int:
    """The bytes of files in memory, which give way."""
    for line in (group / "memory.stat").read_text().splitlines():
        if line.startswith("inactive_file "):
            return int(line.split()[1])
    return 0
