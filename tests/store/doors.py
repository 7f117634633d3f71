"""Run in a process of its own: writers that are killed, or that write together; prints a report.

    python doors.py FOLDER (kills|races|sight) N JOURNAL

Writers are forked from here, before this process has opened anything. They tell each
save over a pipe after it was acknowledged.
"""

import json
import os
import random
import select
import signal
import sys
import time
from pathlib import Path

import numpy as np

from workbench import store

N_DOORS = 4
LONGEST_S = 120
LOOK_S = 0.02


def payload(door, round_number):
    """A value of two blobs that says who wrote it and when, and is checked as a whole."""
    return [np.full(700, door * 1_000_000 + round_number, np.float64), f"{door}/{round_number}"]


def is_whole(value, door, round_number):
    want = payload(door, round_number)
    return np.array_equal(value[0], want[0]) and value[1] == want[1]


def forked(write):
    """The id of a process that runs `write(descriptor)` and the pipe that it writes to."""
    reading, writing = os.pipe()
    process = os.fork()
    if process:
        os.close(writing)
        return process, reading
    os.close(reading)
    code = 1
    try:
        write(writing)
        code = 0
    finally:
        os._exit(code)


class Told:
    """The lines that arrive whole from one writer."""

    def __init__(self, reading):
        self._reading = reading
        self._received = b""

    def lines(self):
        whole = self._received[: self._received.rfind(b"\n") + 1]
        return [json.loads(line) for line in whole.splitlines()]

    def wait_for(self, n):
        """Until there are `n` lines, or the other side ends."""
        while len(self.lines()) < n and self._more():
            continue

    def all(self):
        while self._more():
            continue
        os.close(self._reading)
        return [line for line in self.lines() if len(line) == 3]

    def _more(self):
        ready = select.select([self._reading], [], [], LONGEST_S)[0]
        more = os.read(self._reading, 65536) if ready else b""
        self._received += more
        return bool(more)


def saver(path, door, first, n, journal, *, is_autosave=False):
    def write(descriptor):
        with store.open(path, journal=journal, door=str(door)) as study:
            os.write(descriptor, b'["open"]\n')
            for number in range(first, first + n):
                name = f"item {number % 5}"
                revision = study.save(
                    payload(door, number), name, sources={"n": number}, autosave=is_autosave
                )
                os.write(descriptor, (json.dumps([door, number, revision.number]) + "\n").encode())

    return write


def kills(folder, n, journal):
    path = folder / "killed.wb"
    draw = random.Random(n)
    acknowledged, lost, corrupt, reopen = [], [], [], []
    for round_number in range(n):
        write = saver(
            path, 0, round_number * 1000, 1000, journal, is_autosave=round_number % 2 == 1
        )
        process, reading = forked(write)
        told = Told(reading)
        if round_number % 10:  # else also while the workspace is opened or made
            told.wait_for(1 + draw.randrange(4))
        time.sleep(draw.uniform(0, 0.03))
        os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)
        seen = told.all()
        acknowledged += seen
        started = time.perf_counter()
        with store.open(path, journal=journal) as study:
            reopen.append(time.perf_counter() - started)
            rows = {revision.number: revision for revision in study.changes(0)}
            lost += [line for line in seen if line[2] not in rows]
            newest = [rows[line[2]] for line in seen if line[2] in rows]
            corrupt += [r.number for r in newest if not says_so(study, r, seen)]
            is_last = round_number == n - 1
            corrupt += [
                str(damage)
                for damage in (study.damage() if is_last or not round_number % 20 else ())
            ]
            corrupt += list(study.repairs)
    return {
        "kills": n,
        "acknowledged": len(acknowledged),
        "lost": lost,
        "corrupt": corrupt,
        "slowest reopen s": round(max(reopen), 3),
    }


def says_so(study, revision, seen):
    number = next(line[1] for line in seen if line[2] == revision.number)
    return is_whole(study.load(revision), 0, number)


def races(folder, n, journal):
    path = folder / "shared.wb"
    writers = [forked(saver(path, door, 0, n, journal)) for door in range(N_DOORS)]
    acknowledged = [line for _, reading in writers for line in Told(reading).all()]
    codes = [os.waitpid(process, 0)[1] for process, _ in writers]
    with store.open(path, journal=journal) as study:
        rows = {revision.number: revision for revision in study.changes(0)}
        lost = [
            line
            for line in acknowledged
            if line[2] not in rows or rows[line[2]].door != str(line[0])
        ]
        half = [
            line
            for line in acknowledged
            if line[2] in rows and not is_whole(study.load(rows[line[2]]), *line[:2])
        ]
        found = [str(damage) for damage in study.damage()]
        position, copies = study.position, len(list(study.copies.numbers()))
    return {
        "rounds": n,
        "acknowledged": len(acknowledged),
        "distinct": len({line[2] for line in acknowledged}),
        "lost": lost,
        "half": half,
        "damage": found,
        "ended badly": [code for code in codes if code],
        "position": position,
        "revisions": len(rows),
        "copies": copies,
    }


def sight(folder, n, journal):
    """How long after a save was acknowledged another program sees it, when it looks often."""
    path = folder / "seen.wb"
    process, reading = forked(slow_saver(path, n, journal))
    told = Told(reading)
    told.wait_for(1)
    seen, position, deadline = {}, 0, time.monotonic() + LONGEST_S
    with store.open(path, journal=journal) as study:
        while len(seen) < n and time.monotonic() < deadline:
            if study.position != position:
                changed, position = study.changes(position), study.position
                seen |= {revision.number: time.monotonic() for revision in changed}
            time.sleep(LOOK_S)
    at = {number: moment for _, number, moment in told.all()}
    os.waitpid(process, 0)
    return {
        "saved": len(at),
        "seen": len(seen),
        "slowest s": round(
            max((seen[each] - at[each] for each in at if each in seen), default=0), 3
        ),
    }


def slow_saver(path, n, journal):
    def write(descriptor):
        with store.open(path, journal=journal, door="other") as study:
            os.write(descriptor, b'["open"]\n')
            for number in range(n):
                saved = study.save(payload(1, number), "item").number
                line = json.dumps(["saved", saved, time.monotonic()])
                os.write(descriptor, f"{line}\n".encode())
                time.sleep(LOOK_S)

    return write


if __name__ == "__main__":
    place, what, n, journal = sys.argv[1:]
    started = time.perf_counter()
    store.codecs.encode([*payload(0, 0), 0])  # writers are forked with everything imported
    report = {"kills": kills, "races": races, "sight": sight}[what](Path(place), int(n), journal)
    sys.stdout.write(json.dumps({**report, "seconds": round(time.perf_counter() - started, 1)}))
