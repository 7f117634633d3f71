"""Servers of small apps behind the real gate, and the ways to talk to them."""

import asyncio
import base64
import http.client
import os
import socket
import sys
import threading
from collections import deque
from contextlib import ExitStack, contextmanager
from pathlib import Path

import panel as pn
import pytest
from bokeh.io.doc import _PATCHED_CURDOCS

SECONDS = 30
sys.path.append(str(Path(__file__).parent))  # bokeh_client.py is shared by the tests here


class Serving:
    """A server that runs in a thread of this process, and what a client needs to know of it."""

    def __init__(self, apps, **settings):
        from workbench.dashboard import server as rooms
        from workbench.dashboard.server_key import Tickets, new_key

        self.tickets = Tickets()
        self._ready = threading.Event()
        self.key = new_key(rooms.free_port(0))
        self.port = self.key.port
        self.host = f"127.0.0.1:{self.port}"
        self.address = f"http://{self.host}"
        chosen = rooms.ServerSettings(port=self.port, **settings)
        self._thread = threading.Thread(
            target=self._serve, args=(rooms, apps, chosen), name="server", daemon=True
        )
        self._thread.start()
        assert self._ready.wait(SECONDS)

    def _serve(self, rooms, apps, settings):
        asyncio.set_event_loop(asyncio.new_event_loop())
        self.server = rooms.made(apps, settings, self.key, self.tickets)
        self.loop = self.server.io_loop
        self.loop.add_callback(self._ready.set)
        rooms.serve_until_interrupted(self.server)
        self.loop.close(all_fds=True)

    def stop(self):
        self.loop.add_callback(self.loop.stop)
        self._thread.join(SECONDS)
        assert not self._thread.is_alive()

    @property
    def application(self):
        return self.server._tornado

    @property
    def sessions(self):
        return list(self.server.get_sessions())

    @property
    def cookie(self):
        return {"Cookie": f"{self.key.cookie_name}={self.key.cookie}"}

    @property
    def authorization(self):
        return {"Authorization": f"token {self.key.token}"}

    def ask(self, target="/", method="GET", **headers):
        """The whole answer to a request; `headers` with _ for -."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        named.setdefault("Host", self.host)
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=SECONDS)
        try:
            connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
            for name, value in named.items():
                connection.putheader(name, value)
            connection.endheaders()
            reply = connection.getresponse()
            reply.content = reply.read()
            return reply
        finally:
            connection.close()

    def handshake(self, target="/ws", **headers):
        """The status of the answer to a websocket handshake."""
        return self.opened(target, **headers)[0]

    def opened(self, target="/ws", **headers):
        """The status of a websocket handshake and its headers, by name in lower case."""
        named = {
            "Host": self.host,
            "Upgrade": "websocket",
            "Connection": "Upgrade",
            "Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode(),
            "Sec-WebSocket-Version": "13",
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        lines = [f"GET {target} HTTP/1.1", *(f"{name}: {value}" for name, value in named.items())]
        with socket.create_connection(("127.0.0.1", self.port), timeout=SECONDS) as stream:
            stream.sendall("\r\n".join([*lines, "", ""]).encode())
            head = b""
            while b"\r\n\r\n" not in head and (more := stream.recv(4096)):
                head += more
        first, *others = head.partition(b"\r\n\r\n")[0].decode().split("\r\n")
        pairs = (line.partition(":") for line in others)
        return int(first.split()[1]), {name.lower(): value.strip() for name, _, value in pairs}

    def on_loop(self, step):
        """What `step` answers on the server's own loop."""
        done, found = threading.Event(), deque()

        async def run():
            try:
                result = step()
                found.append(await result if asyncio.iscoroutine(result) else result)
            finally:
                done.set()

        self.loop.add_callback(run)
        assert done.wait(SECONDS)
        return found.pop()


@contextmanager
def serving(apps, **settings):
    before = len(_PATCHED_CURDOCS)
    running = Serving(apps, **settings)
    try:
        yield running
    finally:
        running.stop()
        # Bokeh leaves its current document behind where a message was broken off.
        del _PATCHED_CURDOCS[before:]


def counter():
    """A page with a button that counts."""
    text = pn.pane.Str("0", name="count")
    button = pn.widgets.Button(label="Count")
    button.on_click(lambda _: setattr(text, "object", str(int(text.object) + 1)))
    return pn.Column(button, text)


@pytest.fixture(scope="package")
def served():
    """A running server of one small page."""
    with serving({"/": counter}) as running:
        yield running


@pytest.fixture
def serve():
    """Starts a server of apps with settings; it ends with the test."""
    with ExitStack() as stack:
        yield lambda apps=None, **settings: stack.enter_context(
            serving(apps or {"/": counter}, **settings)
        )
