"""The dashboard's server: other pages in the user's browser cannot talk to it."""

import base64
import os
import socket
from urllib.parse import urlsplit

import pytest

# {port} is the dashboard's. A page of any of these origins must not open the websocket.
FOREIGN = [
    "http://evil.example",
    "http://evil.example:{port}",
    "https://127.0.0.1.evil.example:{port}",
    "http://127.0.0.1.evil.example:{port}",
    "http://localhost.evil.example:{port}",
    "http://evil.example/127.0.0.1:{port}",
    "http://127.0.0.1:{port}@evil.example",
    "http://127.0.0.1:1",
    "http://127.0.0.1",
    "http://127.0.0.11:{port}",
    "http://localhost:1",
    "http://localhosts:{port}",
    "http://xlocalhost:{port}",
    "http://[::1]:{port}",
    "http://0.0.0.0:{port}",
    "null",
    "",
]


def handshake(address, origin):
    """The status of the answer to a websocket handshake from a page of `origin`."""
    parts = urlsplit(address)
    lines = [
        "GET /ws HTTP/1.1",
        f"Host: {parts.netloc}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Protocol: bokeh, none",
        f"Origin: {origin}",
    ]
    with socket.create_connection((parts.hostname, parts.port), timeout=30) as stream:
        stream.sendall("\r\n".join([*lines, "", ""]).encode())
        return int(stream.recv(4096).split()[1])


@pytest.mark.parametrize("origin", FOREIGN)
def test_pages_of_other_origins_are_refused(dashboard_address, origin):
    port = urlsplit(dashboard_address).port
    assert handshake(dashboard_address, origin.format(port=port)) == 403


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_its_own_page_is_accepted(dashboard_address, host):
    port = urlsplit(dashboard_address).port
    assert handshake(dashboard_address, f"http://{host}:{port}") == 101
