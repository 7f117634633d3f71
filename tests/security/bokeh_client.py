"""A window without a browser: opens a page, its websocket, pulls the document, and leaves."""

import asyncio
import json
import re
from contextlib import asynccontextmanager

from tornado.httpclient import AsyncHTTPClient, HTTPRequest
from tornado.websocket import websocket_connect

TOKEN = re.compile(r'"token":"([\w.-]+)"')
READY = {
    "kind": "MessageSent",
    "msg_type": "bokeh_event",
    "msg_data": {"type": "event", "name": "document_ready", "values": {"type": "map"}},
}
SECONDS = 60


class Window:
    """A connected window."""

    def __init__(self, socket):
        self.socket = socket
        self.count = 0
        self.is_over = False

    async def receive(self, kind):
        """The content of the next message of a kind."""
        while True:
            header = json.loads(await self.frame())
            await self.frame()
            content = json.loads(await self.frame())
            for _ in range(2 * header.get("num_buffers", 0)):
                await self.frame()
            if header["msgtype"] == kind:
                return content
            assert header["msgtype"] != "ERROR", content

    async def read(self):
        """The next frame; None at the end."""
        frame = await asyncio.wait_for(self.socket.read_message(), SECONDS)
        self.is_over = frame is None
        return frame

    async def frame(self):
        frame = await self.read()
        assert frame is not None, f"closed: {self.socket.close_code} {self.socket.close_reason}"
        return frame

    async def send(self, kind, content):
        self.count += 1
        for part in ({"msgid": str(self.count), "msgtype": kind}, {}, content):
            await self.socket.write_message(json.dumps(part))

    async def pull(self):
        """The document as JSON."""
        await self.send("PULL-DOC-REQ", {})
        return (await self.receive("PULL-DOC-REPLY"))["doc"]

    async def ready(self):
        await self.send("PATCH-DOC", {"events": [READY]})
        await self.receive("OK")


async def fetched(address, headers, query=""):
    """The status of a page and its text."""
    request = HTTPRequest(
        f"{address}/{query}", headers=headers, request_timeout=SECONDS, follow_redirects=False
    )
    reply = await AsyncHTTPClient(force_instance=True).fetch(request, raise_error=False)
    return reply.code, reply.body.decode(errors="replace")


@asynccontextmanager
async def window(address, headers, query=""):
    """An open window on the page at `query`."""
    status, text = await fetched(address, headers, query)
    assert status == 200, text
    [token] = set(TOKEN.findall(text))
    opened = Window(await connected(address, headers, token))
    try:
        await opened.receive("ACK")
        yield opened
    finally:
        opened.socket.close()
        while not opened.is_over:
            await opened.read()


async def connected(address, headers, token):
    request = HTTPRequest(
        address.replace("http", "ws", 1) + "/ws",
        headers={**headers, "Origin": address},
        connect_timeout=SECONDS,
    )
    return await websocket_connect(request, subprotocols=["bokeh", token], max_message_size=2**30)


async def visit(address, headers, query=""):
    """The document of a page, after its window was opened and closed."""
    async with window(address, headers, query) as opened:
        document = await opened.pull()
        await opened.ready()
    return document
