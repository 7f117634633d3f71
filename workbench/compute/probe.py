"""A short probe of the machine: whether a second thread brings more work done."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

SIDE, ROWS = 64, 256  # of the product that is timed: a unit of a large circuit
SECONDS = 0.012  # of each of a few timings


@dataclass(frozen=True, slots=True)
class Probe:
    """What a probe found.

    Parameters
    ----------
    rate
        GFLOP per second of one thread, in products like those of a large circuit.
    speedup
        How many times as much `threads` threads did in the same time.
    """

    rate: float
    threads: int
    speedup: float


@lru_cache(maxsize=4)
def probe(threads: int) -> Probe:
    """What `threads` threads do here; it takes about 50 ms, once in a process.

    Examples
    --------
    >>> probe(1).speedup
    1.0
    """
    from workbench.compute.products import Matrix, matrix_product

    weights = np.full(SIDE * SIDE, 1.0 / SIDE, dtype=np.float32)
    matrix = Matrix(weights, 0, SIDE, SIDE, SIDE, 1)

    def work(until: float) -> int:
        columns = np.ones((SIDE, ROWS), dtype=np.float32)
        out, done = np.empty_like(columns), 0
        while time.perf_counter() < until:
            matrix_product(matrix, columns, 0, out, 0)
            done += 1
        return done

    work(time.perf_counter() + SECONDS / 4)  # compiles, or loads what was compiled before
    alone = max(work(time.perf_counter() + SECONDS) for _ in range(2))
    rate = 2.0 * SIDE * SIDE * ROWS * alone / SECONDS / 1e9
    if threads == 1:
        return Probe(rate, 1, 1.0)
    with ThreadPoolExecutor(threads) as pool:
        together = max(
            sum(pool.map(work, [time.perf_counter() + SECONDS] * threads)) for _ in range(2)
        )
    return Probe(rate, threads, together / max(alone, 1))
