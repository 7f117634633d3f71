"""Functions compiled to machine code. Only this file and the compute room import numba."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """`function` as machine code that holds no interpreter lock; compiled on its first call.

    Decorating imports numba, so modules of compiled functions are themselves
    imported on use. Arithmetic is that of IEEE 754 in the written order, and a
    division by zero gives infinity or NaN, as in NumPy. The code is cached on
    disk beside the module where that can be written, for the next process.
    The cache of a function is renewed when its own file changes; one who changes
    a compiled function that other files call must touch those, too.

    Examples
    --------
    >>> @compiled
    ... def half(x: float) -> float:
    ...     return 0.5 * x
    >>> half(3.0)
    1.5
    """
    return _machine_code(function, fastmath=False)


def reassociated(function: Callable[P, R]) -> Callable[P, R]:
    """`function` as machine code, in which sums may be added in another order and fused.

    For inner products, which vector units can only add in parts. The order is fixed
    when the code is compiled, so equal calls on one machine still give equal results.

    Examples
    --------
    >>> import numpy as np
    >>> @reassociated
    ... def total(values: np.ndarray) -> float:
    ...     found = 0.0
    ...     for value in values:
    ...         found += value
    ...     return found
    >>> total(np.ones(5))
    5.0
    """
    return _machine_code(function, fastmath={"reassoc", "contract", "nsz"})


def _machine_code(function: Callable[P, R], fastmath: bool | set[str]) -> Callable[P, R]:
    import numba

    options: dict[str, Any] = {"nogil": True, "fastmath": fastmath, "error_model": "numpy"}
    try:
        machine_code: Callable[P, R] = numba.njit(cache=True, **options)(function)
    except RuntimeError:  # no place where a cache can be written: compile anew in each process
        machine_code = numba.njit(**options)(function)
    return machine_code
