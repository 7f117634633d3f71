"""How many threads linear algebra may use."""

from __future__ import annotations

from contextlib import AbstractContextManager

import threadpoolctl


def one_blas_thread() -> AbstractContextManager[object]:
    """A context in which NumPy multiplies matrices in one thread.

    Thousands of small products cost far more in waiting for each other's threads
    than in arithmetic: on two busy cores the clustering that starts a circuit of
    64 variables took 30 seconds with two threads and one second with one.

    Examples
    --------
    >>> import numpy as np
    >>> with one_blas_thread():
    ...     product = np.eye(2) @ np.eye(2)
    """
    context: AbstractContextManager[object] = threadpoolctl.threadpool_limits(1, user_api="blas")
    return context
