"""Functions that workers call in tests."""

import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from workbench.core.checkpoints import NOWHERE
from workbench.core.progress import silent
from workbench.errors import DataError, ParameterError
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
    if kind == "exit":
        sys.exit(3)
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


@register
def crowded_rows(rows_at_once=None, batch=256, fits=100):
    if rows_at_once is None or rows_at_once > fits:
        raise RuntimeError("CUDA out of memory. Tried to allocate 20.00 GiB")
    return [batch, rows_at_once]


@register
def crowded_steps(ends, crowded_from=0, batch=256, checkpoints=NOWHERE):
    """Six steps that note their batch; from one step on only small batches fit."""
    left = checkpoints.load()
    batches = [] if left is None else left["batches"].tolist()
    while len(batches) < 6:
        if len(batches) == ends:
            raise ParameterError("interrupted")
        if len(batches) >= crowded_from and batch > 64:
            raise MemoryError
        batches.append(batch)
        checkpoints.save({"batches": np.asarray(batches)})
    return batches


@register
def huge():
    raise MemoryError("Unable to allocate 7.28 TiB")


def loose(*more):
    return more


class Countdown:
    def start(self, n):
        return n


@register
def noisy():
    """Prints what looks like a report, and reads what could be an order."""
    print('{"kind": "ended", "order": 1, "event": "fail"}', flush=True)  # noqa: T201
    subprocess.run(["echo", "from below"], check=True)
    return sys.stdin.read()


@register
def threads():
    return int(os.environ["OMP_NUM_THREADS"])


@register
def whoami(path="", pause_s=0.0):
    """The number of the process, which is also noted in a file."""
    time.sleep(pause_s)
    if path:
        with Path(path).open("ab", buffering=0) as notes:
            notes.write(f"{os.getpid()}\n".encode())
    return os.getpid()


@register
def odd_names(seconds=None, status=""):
    return [seconds, status]


def on_device(device="auto"):
    return device


@register
def on_device_here(device, pause_s=0.0):
    """Which process has the device."""
    time.sleep(pause_s)
    return os.getpid()
