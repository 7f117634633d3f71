"""Work for jobs in tests: steps that report, and can be stopped and gone on from."""

import time

import numpy as np

from workbench.core.checkpoints import NOWHERE
from workbench.core.progress import silent
from workbench.errors import DataError
from workbench.jobs import register


@register
def walk(n, seed=0, pause_s=0.0, on_progress=silent, checkpoints=NOWHERE):
    """Where a random walk of `n` steps ends."""
    left = checkpoints.load()
    at, place = (0, 0.0) if left is None else (int(left["at"]), float(left["place"]))
    for i in range(at, n):
        place += float(np.random.default_rng((seed, i)).normal())
        time.sleep(pause_s)
        on_progress((i + 1) / n, f"step {i + 1} of {n}", place=place)
        if checkpoints.is_due:
            checkpoints.save({"at": np.asarray(i + 1), "place": np.asarray(place)})
    return place


@register
def refuse(seed=0):
    raise DataError("<b>cell</b> is bad", given="'abc'", remedy="Give a number.")
