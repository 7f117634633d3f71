"""Triton, where it is installed: a typed `jit`, and its language as `tl`.

Without Triton the modules of kernels can still be imported; nothing runs them.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable
from typing import Any, TypeVar

HAS_TRITON = importlib.util.find_spec("triton") is not None

# Counts and places that differ from step to step; a kernel is compiled once for all of them.
PLACES = (
    "start",
    "first_group",
    "n_groups",
    "n_blocks",
    "n_sums",
    "products_start",
    "products_group",
    "stripes_of_block",
)

tl: Any = importlib.import_module("triton.language") if HAS_TRITON else None

Function = TypeVar("Function", bound=Callable[..., Any])


def jit(function: Function) -> Function:
    """The kernel that Triton makes of `function`, or `function` itself without Triton.

    One compiled kernel serves steps that differ only in where their slots lie.

    Examples
    --------
    >>> callable(jit)
    True
    """
    if not HAS_TRITON:
        return function
    compiled: Function = importlib.import_module("triton").jit(function, do_not_specialize=PLACES)
    return compiled
