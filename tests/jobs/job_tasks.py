"""Functions that workers call in tests."""

import os
import subprocess
import sys
import time

import numpy as np

from workbench.core.checkpoints import NOWHERE
from workbench.core.progress import silent
from workbench.errors import DataError
from workbench.jobs import register


@register
def total(values, factor=1.0):
    return float(np.sum(values)) * factor


@register
def chain(n, seed=0, pause_s=0.0, on_progress=silent, checkpoints=NOWHERE):
    """A product of random rotations: every step depends on all before, in every bit."""
    left = checkpoints.load()
    place, state = (0, np.eye(3)) if left is None else (int(left["place"]), left["state"])
    for i in range(place, n):
        state = np.tanh(state @ np.random.default_rng((seed, i)).normal(size=(3, 3)))
        time.sleep(pause_s)
        on_progress((i + 1) / n, f"step {i + 1}", norm=float(np.linalg.norm(state)))
        if checkpoints.is_due:
            checkpoints.save({"place": np.asarray(i + 1), "state": state})
    return state


@register
def fails(kind="data"):
    if kind == "data":
        raise DataError("cell is bad", given="'abc'")
    return {}["missing"]


@register
def stubborn(seconds, on_progress=silent):
    """Tells who it is and what process it began, then hears nothing any more."""
    child = subprocess.Popen([sys.executable, "-c", f"import time; time.sleep({seconds})"])
    on_progress(0.5, "deaf", worker=os.getpid(), child=child.pid)
    child.wait()
    return seconds


@register
def crowded(n, batch=256, fits=64, on_progress=silent):
    """Runs out of memory unless the batch is small."""
    on_progress(0.5, "trying")
    if batch > fits:
        raise MemoryError
    return batch


@register
def dies():
    os.kill(os.getpid(), 9)


@register
def loaded(names):
    return sorted({name for name in names if name in sys.modules})
