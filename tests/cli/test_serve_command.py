"""workbench serve: a real server on this machine only, that says where it is."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager, suppress

import pytest

from workbench.cli import main

ADDRESS = re.compile(r"http://127\.0\.0\.1:(\d+)")


@contextmanager
def serving(folder, *options):
    log = folder / "log.txt"
    command = [sys.executable, "-m", "workbench.cli", "serve", "--no-browser", *options]
    with log.open("w") as stream:
        process = subprocess.Popen(command, stdout=stream, stderr=stream, start_new_session=True)
        try:
            yield process, log
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
            process.wait(30)


def wait_for_address(process, log, seconds=240):
    deadline = time.monotonic() + seconds
    while not (found := ADDRESS.search(log.read_text())):
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.2)
    return int(found[1])


def answers(port):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=60) as reply:
        return reply.status, reply.read().decode()


def test_it_prints_its_address_and_answers_there(tmp_path):
    with serving(tmp_path, "--port", "0") as (process, log):
        port = wait_for_address(process, log)
        deadline = time.monotonic() + 60
        while not _listens(port):
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.1)
        status, text = answers(port)
        assert status == 200
        assert "<title>Circuit workbench</title>" in text
        assert not _listens(port, _own_address())


def _listens(port, host="127.0.0.1"):
    with socket.socket() as probe:
        probe.settimeout(2)
        return probe.connect_ex((host, port)) == 0


def _own_address():
    """An address of this machine that is not loopback; loopback's neighbour where there is none."""
    addresses = {
        entry[4][0] for entry in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)
    }
    return next((each for each in sorted(addresses) if each != "127.0.0.1"), "127.0.0.2")


def test_a_taken_port_is_a_message(capsys):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert main(["serve", "--no-browser", "--port", str(port)]) == 2
    assert str(port) in capsys.readouterr().err


@pytest.mark.parametrize("port", ["-1", "65536", "http"])
def test_a_port_is_a_port(port, capsys):
    assert main(["serve", "--port", port]) == 2
    assert "port" in capsys.readouterr().err
