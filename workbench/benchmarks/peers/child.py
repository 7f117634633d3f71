"""Runs the script of one peer: builds its model, answers rows, times rounds; prints one JSON line.

Started as ``python child.py job.json``. A job names the script, the archives
of the model and of the rows, what to time and how often, and the device. The
script defines a class `Peer` with

- ``Peer(arrays, options)``: the model with the parameters of `arrays`;
- ``version``: of its package;
- ``log_likelihood(rows)``: ``(batch,)`` nats of rows ``(batch, variable)``;
- ``rounds(rows)``: what it can time, by name, each a function to call or a
  function of the number of rounds that returns their seconds.
"""

from __future__ import annotations

import gc
import importlib.util
import json
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

WARM_UP = 2  # calls before anything is timed
BYTES_PER_MIB = 2**20


def main(path: str) -> None:
    """Nothing; the outcome of the job is the last line on standard output."""
    with open(path, encoding="utf-8") as stream:  # noqa: PTH123  # the one line of input
        job = json.load(stream)
    started = time.process_time()
    script = _script(job["script"])
    with np.load(job["model"], allow_pickle=False) as archive:
        arrays = {name: archive[name] for name in archive.files}
    rows = arrays.pop("rows")
    peer = script.Peer(arrays, job["options"])
    del arrays
    answers = peer.log_likelihood(rows)
    outcome = {
        "version": str(peer.version),
        "log_likelihood": None if answers is None else [float(value) for value in answers],
        "setup_s": time.process_time() - started,
        "rounds": _timed(peer.rounds(rows), job, Clock(job["options"].get("device", "cpu"))),
        "peak_mib": _peak_mib(job["options"].get("device", "cpu")),
    }
    sys.stdout.write("\n" + json.dumps(outcome) + "\n")


class Clock:
    """CPU seconds of this process, or seconds of a GPU that has finished."""

    def __init__(self, device: str) -> None:
        self._torch = importlib.import_module("torch") if device.startswith("cuda") else None

    def __call__(self) -> float:
        """Seconds since some moment."""
        if self._torch is None:
            return time.process_time()
        self._torch.cuda.synchronize()
        return time.perf_counter()


def time_rounds(
    call: Callable[[], Any],
    rounds: int,
    calls: int,
    most_seconds: float,
    clock: Callable[[], float],
) -> list[float]:
    """Seconds per call in each round; at least one round, none is begun after `most_seconds`."""
    begun = clock()
    call()
    for _ in range(WARM_UP - 1 if clock() - begun < most_seconds / 4 else 0):
        call()
    begun = clock()
    found: list[float] = []
    while len(found) < rounds and (not found or clock() - begun < most_seconds):
        before = clock()
        for _ in range(calls):
            call()
        found.append((clock() - before) / calls)
    return found


def _timed(measures: dict[str, Any], job: dict[str, Any], clock: Clock) -> dict[str, list[float]]:
    found = {}
    for name in job["measures"]:
        if name not in measures:
            continue
        gc.collect()
        if getattr(measures[name], "times_itself", False):
            found[name] = measures[name](job["rounds"], clock)
        else:
            found[name] = time_rounds(
                measures[name], job["rounds"], job["calls"], job["most_seconds"], clock
            )
    return found


def _script(path: str) -> Any:
    spec = importlib.util.spec_from_file_location("peer_script", path)
    if spec is None or spec.loader is None:
        raise SystemExit(f"no script at {path}")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _peak_mib(device: str) -> float | None:
    """MiB of the largest resident set of this process, or of the GPU's memory it held."""
    if device.startswith("cuda"):
        torch = importlib.import_module("torch")
        return float(torch.cuda.max_memory_allocated()) / BYTES_PER_MIB
    try:  # unlike what getrusage tells, without the peak of the process that started this one
        with open("/proc/self/status", encoding="utf-8") as stream:  # noqa: PTH123  # see main
            lines = dict(line.split(":", 1) for line in stream if ":" in line)
        return float(lines["VmHWM"].split()[0]) / 1024
    except (OSError, KeyError):
        return _peak_by_usage()


def _peak_by_usage() -> float | None:
    try:
        resource = importlib.import_module("resource")
    except ImportError:  # Windows
        return None
    peak = float(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
    return peak / BYTES_PER_MIB if sys.platform == "darwin" else peak / 1024


if __name__ == "__main__":
    main(sys.argv[1])
