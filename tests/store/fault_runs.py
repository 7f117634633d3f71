"""Run in a process of its own, which lets every step of a save fail; prints what came of it.

python fault_runs.py FOLDER (faults|cuts|construction) JOURNAL N_RANDOM STRIDE
"""

import json
import random
import shutil
import sys
from pathlib import Path

import numpy as np
from faulty_disk import DISK, FaultyFiles, FaultyVFS, Kept, after_power_cut

from workbench import store
from workbench.core.files import replaced_by
from workbench.errors import StorageError

VFS = FaultyVFS()
OLD = [np.arange(600.0), "the old one"]
NEW = [np.arange(1200.0), "the new one"]
KINDS = ("full", "error", "short", "stingy")


def same(value, other):
    return np.array_equal(value[0], other[0]) and value[1] == other[1]


def base_in(folder, journal):
    with store.open(folder / "base.wb", journal=journal) as study:
        study.save("untouched", "note")
        study.save(OLD, "item", sources={"from": "a thought"})
    return folder / "base.wb"


def opened(base, path, journal):
    shutil.rmtree(path, ignore_errors=True)
    shutil.copytree(base, path)
    return store.open(path, create=False, journal=journal)


def save(study):
    return study.save(NEW, "item", sources={"from": "a better thought"}, recipe="by hand")


def steps_of(base, folder, journal):
    """How many steps a save takes, and how many with closing the workspace."""
    study = opened(base, folder / "count.wb", journal)
    DISK.arm()
    save(study)
    n_save = DISK.n_steps
    study.close()
    DISK.disarm()
    return n_save, DISK.n_steps


def fault_at(base, path, journal, at, kind, *, is_closed):
    """What went wrong when step `at` failed, "" when all is as promised, and the state after."""
    study = opened(base, path, journal)
    DISK.arm(at, kind)
    try:
        save(study)
        is_saved = True
    except StorageError:
        is_saved = False
    finally:
        if is_closed:
            study.close()
        DISK.disarm()
    if not is_closed:
        wrong = goes_on(study)
        study.close()
        if wrong:
            return wrong, ""
    return state_of(path, journal, is_saved=is_saved)


def goes_on(study):
    """The same handle reads what was there, and saves once the disk works again."""
    value = study.load("item")
    if not (same(value, OLD) or same(value, NEW)):
        return "the open workspace reads neither the old nor the new value"
    study.save("afterwards", "later")
    return ""


def state_of(path, journal, *, is_saved):
    with store.open(path, create=False, journal=journal) as study:
        if damage := study.damage():
            return f"damage: {damage}", ""
        value = study.load("item")
        is_old, is_new = same(value, OLD), same(value, NEW)
        if not (is_old or is_new) or study.load("note") != "untouched":
            return "neither the old nor the new state", ""
        if is_saved and not is_new:
            return "an acknowledged save is lost", ""
        if is_new and [role for role, _ in study.latest("item").sources] != ["from"]:
            return "the new state lacks its sources", ""
        study.save("it still works", "probe")
    return "", "new" if is_new else "old"


def faults(folder, journal, n_random, stride):
    base = base_in(folder, journal)
    n_save, n_all = steps_of(base, folder, journal)
    found, states = [], {"old": 0, "new": 0}
    points = [(at, kind) for at in range(1, n_all + 1) for kind in KINDS][::stride]
    for at, kind in points:
        path = folder / "run.wb"
        wrong, state = fault_at(base, path, journal, at, kind, is_closed=at > n_save)
        states[state] = states.get(state, 0) + 1
        if wrong:
            found.append([at, kind, wrong])
    return {"steps": n_all, "runs": len(points), "states": states, "wrong": found}


def cuts(folder, journal, n_random, stride):
    base = base_in(folder, journal)
    study = opened(base, folder / "run.wb", journal)
    before = folder / "before.wb"
    shutil.copytree(folder / "run.wb", before)
    DISK.arm()
    save(study)
    log = list(DISK.log)
    n_acknowledged = len(log)
    study.close()
    log = list(DISK.log)
    DISK.disarm()
    check = lambda path, at: state_of(path, journal, is_saved=at >= n_acknowledged)  # noqa: E731
    return _cut(before, folder, log, n_random, stride, check)


def construction(folder, journal, n_random, stride):
    before = folder / "before.wb"
    before.mkdir()
    path = folder / "run.wb"
    path.mkdir()
    DISK.arm()
    study = store.open(path, journal=journal)
    log = list(DISK.log)
    DISK.disarm()
    study.close()
    return _cut(before, folder, log, n_random, stride, lambda path, at: _constructed(path, journal))


def _constructed(path, journal):
    with store.open(path, journal=journal) as study:
        study.save("works", "note")
        if study.damage() or study.repairs:
            return f"damage: {study.damage()}", ""
    return "", "new"


def _cut(before, folder, log, n_random, stride, check):
    found, states, n_runs = [], {}, 0
    for at in range(0, len(log) + 1, stride):
        for number in range(n_random + 2):
            share = (0, 1)[number] if number < 2 else 0.5
            kept = Kept(share, random.Random(f"{at} {number}"))
            after_power_cut(before, folder / "run.wb", log[:at], folder / "cut.wb", kept)
            wrong, state = check(folder / "cut.wb", at)
            states[state] = states.get(state, 0) + 1
            n_runs += 1
            if wrong:
                found.append([at, number, wrong])
    return {"steps": len(log), "runs": n_runs, "states": states, "wrong": found}


if __name__ == "__main__":
    place, what, journal, n_random, stride = sys.argv[1:]
    with replaced_by(FaultyFiles()):
        report = globals()[what](Path(place), journal, int(n_random), int(stride))
    sys.stdout.write(json.dumps(report))
