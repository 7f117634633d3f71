import os
import socket
import subprocess
import sys

import psutil
import pytest

from workbench.jobs.holders import SILENT_S, is_dead, new_holder, release

HOST = socket.gethostname()


def test_a_holder_of_this_process_lives_until_it_is_released():
    first, second = new_holder(), new_holder()
    assert first != second
    assert not is_dead(first, None, 0.0)
    release(first)
    assert is_dead(first, 1e12, 0.0)
    assert not is_dead(second, None, 0.0)
    release(second)


def test_a_holder_of_this_machine_lives_as_long_as_its_process():
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    begun = psutil.Process(process.pid).create_time()
    holder = f"{HOST}:{process.pid}:{begun:.2f}:0000"
    assert not is_dead(holder, 0.0, 1e9)
    assert is_dead(f"{HOST}:{process.pid}:{begun - 60:.2f}:0000", 1e9, 1e9)  # a number used again
    process.kill()
    while psutil.Process(process.pid).status() != psutil.STATUS_ZOMBIE:
        pass
    assert is_dead(holder, 1e9, 1e9)
    process.communicate()
    assert is_dead(holder, 1e9, 1e9)


@pytest.mark.parametrize("holder", ["elsewhere:1:2.0:ab", "", "x", f"{HOST}:one:two:three", ":::"])
def test_a_holder_elsewhere_lives_as_long_as_it_is_heard(holder):
    assert not is_dead(holder, 100.0, 100.0 + SILENT_S)
    assert is_dead(holder, 100.0, 101.0 + SILENT_S)
    assert is_dead(holder, None, 0.0)


def test_a_made_up_start_is_no_life():
    assert is_dead(f"{HOST}:{os.getppid()}:soon:ab", 1e9, 1e9)
