"""workbench serve: a real server on this machine only, that says where it is."""

import socket
import urllib.request
from urllib.parse import urlsplit

import pytest

from workbench.cli import main


def test_it_answers_at_the_address_it_prints(dashboard_address, cookie_for):
    request = urllib.request.Request(dashboard_address, headers=cookie_for(dashboard_address))  # noqa: S310  # our own
    with urllib.request.urlopen(request, timeout=60) as reply:  # noqa: S310  # same
        assert reply.status == 200
        assert "<title>Circuit workbench</title>" in reply.read().decode()


def test_only_loopback_is_bound(dashboard_address):
    port = urlsplit(dashboard_address).port
    for host in _own_addresses() or ["127.0.0.2"]:
        with socket.socket() as probe:
            probe.settimeout(2)
            assert probe.connect_ex((host, port)) != 0


def _own_addresses():
    """The addresses of this machine that others could use."""
    entries = socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)
    return sorted({entry[4][0] for entry in entries} - {"127.0.0.1"})


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
