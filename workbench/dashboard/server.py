"""The server: Bokeh's behind one gate, for whoever has its token."""

from __future__ import annotations

import asyncio
import errno
import ipaddress
import signal
import socket
import threading
import webbrowser
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import psutil
from bokeh.util.token import generate_secret_key, get_session_id
from panel.io.server import get_server
from tornado.websocket import WebSocketClosedError

from workbench.dashboard.server_gate import TOKEN, Call, Gate
from workbench.dashboard.server_key import Key, Tickets, kept_key, new_key
from workbench.errors import ParameterError

HOST = "127.0.0.1"
EVERYWHERE = "0.0.0.0"  # noqa: S104  # only with a kept token
MESSAGE_BYTES = 20 * 2**20  # files arrive in pieces, so no message is larger
FRAME_BYTES = 2**10
HEADER_BYTES = 64 * 2**10
IDLE_S = 120  # how long a connection may stay silent before its request is complete
LINGER_MS = 30_000  # how long a window that lost its connection can come back
CHECK_MS = 5_000
LOADING_MS = 10_000  # a window that has not connected by then counts as closed
MAX_SESSIONS = 50

App = Callable[[], Any]


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """Where to serve, to whom, and how much.

    Parameters
    ----------
    address
        The address to listen on; any but this machine's own needs a `token_file`.
    port
        The port; 0 takes a free one.
    token_file
        Keeps the token from one start to the next; made where there is none.
    max_sessions
        How many windows may be open at once.

    Examples
    --------
    >>> ServerSettings().address
    '127.0.0.1'
    """

    address: str = HOST
    port: int = 0
    token_file: Path | None = None
    max_sessions: int = MAX_SESSIONS
    title: str = "Circuit workbench"
    opens_browser: bool = False


def run(apps: Mapping[str, App], settings: ServerSettings) -> None:
    """Nothing; serves each app until interrupted, after it printed the address with its token.

    Raises
    ------
    ParameterError
        When the port is taken, the address is not this machine's, or others could reach it
        and there is no token file; nothing is served then.
    """
    port = checked(settings)
    key = new_key(port) if settings.token_file is None else kept_key(settings.token_file, port)
    tickets = Tickets()
    server = made(apps, settings, key, tickets)
    address = f"http://{_shown_host(settings.address)}:{port}/?{TOKEN}="
    print(f"{settings.title}: {address}{key.token}", flush=True)  # noqa: T201  # what serve is for
    if settings.opens_browser:
        webbrowser.open(address + tickets.issue())
    serve_until_interrupted(server)


def serve_until_interrupted(server: Any) -> None:
    """Nothing, after SIGINT or SIGTERM; every window's pages were closed then."""
    loop = server.io_loop
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, lambda *_: loop.add_callback_from_signal(loop.stop))
    loop.asyncio_loop.set_exception_handler(_note_trouble)
    server.start()
    loop.start()
    server.stop()
    loop.run_sync(partial(_close_windows, server._tornado))  # noqa: SLF001  # it has no other name


def _note_trouble(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Log what went wrong on the loop, but not that a window was closed while written to."""
    if not isinstance(context.get("exception"), WebSocketClosedError):
        loop.default_exception_handler(context)


async def _close_windows(application: Any) -> None:
    for app in application.applications.values():
        for context in list(app._session_contexts.values()):  # noqa: SLF001  # same
            await app.application.on_session_destroyed(context)


def made(apps: Mapping[str, App], settings: ServerSettings, key: Key, tickets: Tickets) -> Any:
    """A server, not started yet, that answers nobody without `key`."""
    hosts = own_hosts(settings.address, key.port)
    server = get_server(
        dict(apps),
        port=key.port,
        address=settings.address,
        title=settings.title,
        websocket_origin=sorted(hosts),
        websocket_max_message_size=MESSAGE_BYTES,
        unused_session_lifetime_milliseconds=LINGER_MS,
        check_unused_sessions_milliseconds=CHECK_MS,
        sign_sessions=True,
        secret_key=generate_secret_key().encode(),
        exclude_cookies=[key.cookie_name],
        exclude_headers=["Authorization", "Cookie"],
        xsrf_cookies=True,
        http_server_kwargs={
            "max_header_size": HEADER_BYTES,
            "max_body_size": HEADER_BYTES,
            "max_buffer_size": MESSAGE_BYTES + FRAME_BYTES,
            "idle_connection_timeout": IDLE_S,
        },
    )
    application, front = server._tornado, server._http  # noqa: SLF001  # they have no other names
    room = Room(application, settings.max_sessions)
    front.request_callback = Gate(application, key, tickets, hosts, room.has_place)
    return server


class Room:
    """How many windows a server keeps at once."""

    def __init__(self, application: Any, max_sessions: int) -> None:
        self._application, self._max_sessions = application, max_sessions
        self._arrived: set[str] = set()  # sessions whose window has connected

    @property
    def n_open(self) -> int:
        """Windows that are connected or about to be."""
        apps = self._application.applications.values()
        sessions = [session for app in apps for session in app.sessions]
        self._arrived &= {session.id for session in sessions}
        return sum(
            session.connection_count > 0
            or (
                session.id not in self._arrived
                and session.milliseconds_since_last_unsubscribe < LOADING_MS
            )
            for session in sessions
        )

    @property
    def n_connections(self) -> int:
        """Open websockets."""
        return len(self._application._clients)  # noqa: SLF001  # it has no other name

    def has_place(self, call: Call) -> bool:
        """Whether what `call` opens, if anything, finds a place."""
        if call.is_websocket:
            self._arrived.add(_session_of(call))
            return self.n_connections < self._max_sessions
        return not self._opens(call.path) or self.n_open < self._max_sessions

    def _opens(self, path: str) -> bool:
        paths = {app.rstrip("/") for app in self._application.applications}
        return path.removesuffix("/autoload.js").rstrip("/") in paths


def _session_of(call: Call) -> str:
    """The session that a websocket is for; empty where it does not say."""
    with suppress(ValueError, KeyError, TypeError):
        told = call.headers.get("Sec-WebSocket-Protocol", "").rpartition(",")[2]
        return str(get_session_id(told.strip()))
    return ""


def checked(settings: ServerSettings) -> int:
    """The port to serve on.

    Raises
    ------
    ParameterError
        When others could reach the address and there is no token file, or the port is taken.

    Examples
    --------
    >>> checked(ServerSettings()) > 0
    True
    """
    if settings.token_file is None and not is_loopback(settings.address):
        raise ParameterError(
            "cannot serve to other machines without a kept token",
            given=f"the address {settings.address} and no token file",
            expected=f"{HOST}, or a token file as well",
            remedy="Give --token-file FILE: the file is made where there is none, only you can "
            "read it, and whoever shall have access gets the address with its token from you.",
        )
    return free_port(settings.port, settings.address)


def free_port(port: int, address: str = HOST) -> int:
    """`port`, or a free one for 0.

    Raises
    ------
    ParameterError
        When it is taken, or the address is not one of this machine.

    Examples
    --------
    >>> free_port(0) > 0
    True
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as error:
            raise _why_not(error, port, address) from None
        return int(probe.getsockname()[1])


def _why_not(error: OSError, port: int, address: str) -> ParameterError:
    if error.errno == errno.EADDRINUSE:
        return ParameterError(
            "cannot serve on this port",
            given=f"{port}, which is in use",
            expected="a free port",
            remedy="Choose another with --port, or 0 for any free one.",
        )
    return ParameterError(
        "cannot serve on this address and port",
        given=f"{address}, {port}: {error.strerror}",
        expected=f"an IPv4 address of this machine, {HOST} for this machine alone, "
        f"{EVERYWHERE} for all, and a port that you may use",
        remedy="Choose others with --address and --port.",
    )


def is_loopback(address: str) -> bool:
    """Whether only this machine can reach what listens on `address`.

    Examples
    --------
    >>> [is_loopback(one) for one in ("127.0.0.1", "localhost", "0.0.0.0", "192.0.2.1")]
    [True, True, False, False]
    """
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return address == "localhost"


def own_hosts(address: str, port: int) -> frozenset[str]:
    """Host and port of each name under which a server on `address` may be addressed.

    Examples
    --------
    >>> sorted(own_hosts("127.0.0.1", 5006))
    ['127.0.0.1:5006', 'localhost:5006']
    """
    names = {HOST, "localhost", address.lower()}
    if not is_loopback(address):
        names |= {socket.gethostname().lower(), socket.getfqdn().lower()}
    if address == EVERYWHERE:
        names |= set(_addresses())
    return frozenset(f"{name}:{port}" for name in names - {EVERYWHERE})


def _addresses() -> Iterator[str]:
    for entries in psutil.net_if_addrs().values():
        yield from (one.address for one in entries if one.family == socket.AF_INET)


def _shown_host(address: str) -> str:
    return socket.gethostname().lower() if address == EVERYWHERE else address
