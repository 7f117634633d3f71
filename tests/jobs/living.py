"""What tests with real worker processes need: patience, and proof that processes are gone."""

import time

import psutil

PATIENCE_S = 60.0


def eventually(holds, patience_s=PATIENCE_S, every_s=0.01):
    """What `holds` answers, once it is true."""
    deadline = time.monotonic() + patience_s
    while not (answer := holds()):
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(every_s)
    return answer


def living(pids):
    """Those of `pids` that run."""
    found = []
    for pid in pids:
        try:
            if psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
                found.append(pid)
        except psutil.NoSuchProcess:
            pass
    return found


def workers_here():
    """Worker processes below this one."""
    found = []
    for process in psutil.Process().children(recursive=True):
        try:
            if "workbench.jobs.worker" in process.cmdline():
                found.append(process.pid)
        except (psutil.NoSuchProcess, psutil.ZombieProcess):
            pass
    return found
