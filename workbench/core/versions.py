"""Which version of the workbench is installed."""

from __future__ import annotations

from functools import cache
from importlib.metadata import PackageNotFoundError, version


@cache
def code_version() -> str:
    """The installed version of the workbench, "" when it is not installed.

    Examples
    --------
    >>> code_version() == code_version()
    True
    """
    try:
        return version("circuit-workbench")
    except PackageNotFoundError:
        return ""
