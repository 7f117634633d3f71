"""Devices that run one job at a time: their names, and the lock that a running job holds."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import filelock
import platformdirs

_CUDA = re.compile(r"cuda(?::(\d+))?")
_NODE = re.compile(r"nvidia\d+")


def resource_of_device(arguments: Mapping[str, Any]) -> str:
    """The device that a call with the argument ``device`` needs for itself; "" for none.

    With "auto" the device is kept free where this machine has one, because the
    function may choose it.

    Examples
    --------
    >>> resource_of_device({"device": "cuda"}), resource_of_device({"device": "cpu"})
    ('cuda:0', '')
    """
    device = str(arguments.get("device"))
    if device == "auto":
        return "cuda:0" if has_gpu() else ""
    named = _CUDA.fullmatch(device)
    return f"cuda:{named.group(1) or 0}" if named else ""


@cache
def has_gpu() -> bool:
    """Whether this machine seems to have a CUDA device; asks no driver, loads no library."""
    if os.environ.get("CUDA_VISIBLE_DEVICES") in {"", "-1"}:
        return False
    nodes = Path("/dev")
    if nodes.is_dir():
        return any(_NODE.fullmatch(node.name) for node in nodes.iterdir())
    return shutil.which("nvidia-smi") is not None


def try_lock(resource: str, folder: Path | None = None) -> filelock.BaseFileLock | None:
    """The held lock of `resource`, or None while another job of this user holds it.

    The system releases it when its holder dies.

    Parameters
    ----------
    folder
        Where the locks are; in the user's cache by default.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> held = try_lock("cuda:0", folder)
    >>> try_lock("cuda:0", folder) is None
    True
    >>> held.release()
    """
    folder = folder or Path(platformdirs.user_cache_path("circuit-workbench")) / "devices"
    folder.mkdir(parents=True, exist_ok=True)
    name = re.sub(r"[^a-z0-9]+", "-", _physical(resource))
    lock = filelock.FileLock(folder / f"{name}.lock", timeout=0)
    try:
        lock.acquire()
    except filelock.Timeout:
        return None
    return lock


def _physical(resource: str) -> str:
    """`resource` by the number that every process of this machine gives it."""
    named = _CUDA.fullmatch(resource)
    visible = [name for name in os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",") if name]
    if named is None or int(named.group(1) or 0) >= len(visible):
        return resource
    return f"cuda:{visible[int(named.group(1) or 0)].strip().lower()}"
