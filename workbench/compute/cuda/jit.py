"""Triton, where it is installed: a typed `jit`, and its language as `tl`.

Without Triton the modules of kernels can still be imported; nothing runs them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

try:
    import triton
    from triton import language
except ImportError:
    triton = language = None

tl: Any = language

Function = TypeVar("Function", bound=Callable[..., Any])


def jit(function: Function) -> Function:
    """The kernel that Triton makes of `function`, or `function` itself without Triton.

    Examples
    --------
    >>> callable(jit)
    True
    """
    return function if triton is None else triton.jit(function)
