"""The one gate in front of the server: every request passes it before any handler is chosen.

The gate stands where Tornado hands over connections, so that no route, websocket or
page of a library can be forgotten: what is not let in never reaches the application.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from http import HTTPStatus
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qsl, urlencode

from tornado.httputil import (
    HTTPConnection,
    HTTPHeaders,
    HTTPMessageDelegate,
    HTTPServerConnectionDelegate,
    RequestStartLine,
    ResponseStartLine,
)

from workbench.dashboard import server_pages as pages
from workbench.dashboard.server_headers import secured
from workbench.dashboard.server_key import Key, Tickets
from workbench.dashboard.server_pages import Refusal

LOG = logging.getLogger(__name__)
TOKEN = "token"  # noqa: S105  # the name of the parameter
METHODS = ("GET", "HEAD")
SCHEMES = ("http", "https")
RETRY_S = 10


@dataclass(frozen=True)
class Call:
    """A request as far as the gate looks at it: its first line and its headers."""

    method: str
    target: str
    headers: HTTPHeaders

    @property
    def path(self) -> str:
        """What is asked for, without parameters."""
        return self.target.partition("?")[0]

    @property
    def host(self) -> str:
        """The host and port that its sender believes to talk to."""
        return self.headers.get("Host", "").lower()

    @property
    def is_websocket(self) -> bool:
        """Whether a websocket shall be opened."""
        return self.headers.get("Upgrade", "").lower() == "websocket"

    @cached_property
    def parameters(self) -> list[tuple[str, str]]:
        """Names and values after the question mark."""
        return parse_qsl(self.target.partition("?")[2], keep_blank_values=True)

    @property
    def tokens(self) -> list[str]:
        """The tokens among the parameters."""
        return [value for name, value in self.parameters if name == TOKEN]

    @property
    def clean(self) -> str:
        """Path and parameters without tokens; always on this server."""
        others = [(name, value) for name, value in self.parameters if name != TOKEN]
        path = "/" + self.path.lstrip("/\\")
        return f"{path}?{urlencode(others)}" if others else path

    @property
    def authorization(self) -> str | None:
        """The token in the header for scripts; None without that header."""
        scheme, _, token = self.headers.get("Authorization", "").partition(" ")
        return token.strip() if scheme.lower() in {"token", "bearer"} else None

    def cookie(self, name: str) -> str:
        """The value of a cookie; empty without it."""
        try:
            jar = SimpleCookie(self.headers.get("Cookie", ""))
        except CookieError:
            return ""
        return jar[name].value if name in jar else ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the gate answers itself: a refusal, or the way to the clean address."""

    status: HTTPStatus
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Gate(HTTPServerConnectionDelegate):
    """Lets through to `application` who has the key, from our own pages, while there is room.

    Parameters
    ----------
    hosts
        Host and port, in lower case, of each address that is this server's.
    has_room
        Whether what a call would open finds a place.
    """

    application: HTTPServerConnectionDelegate
    key: Key
    tickets: Tickets
    hosts: frozenset[str]
    has_room: Callable[[Call], bool]

    def start_request(
        self, server_conn: object, request_conn: HTTPConnection
    ) -> HTTPMessageDelegate:
        """What receives one request."""
        return _Visit(self, server_conn, request_conn)

    def on_close(self, server_conn: object) -> None:
        """Tell the application that a connection was closed."""
        self.application.on_close(server_conn)

    def answer(self, call: Call) -> Answer | None:
        """What the gate answers itself; None for a call that is let through."""
        for rule in _RULES:
            found = rule(self, call)
            if found is not None:
                return found if isinstance(found, Answer) else _refused(found)
        return None

    def knows(self, call: Call) -> bool:
        """Whether the call brings the key, in its header or in its cookie."""
        given = call.authorization
        if given is not None:
            return self.key.fits(given)
        return self.key.fits_cookie(call.cookie(self.key.cookie_name))


# -- rules, in the order in which they are asked ---------------------------------------


def _target(_: Gate, call: Call) -> Refusal | None:
    return None if call.target.startswith("/") else pages.ODD_TARGET


def _host(gate: Gate, call: Call) -> Refusal | None:
    """Another name that leads here belongs to a site that wants to pass as this one."""
    return None if call.host in gate.hosts else pages.WRONG_HOST


def _origin(_: Gate, call: Call) -> Refusal | None:
    """A page may only talk to the server that it came from; a websocket's page must say so."""
    origin = call.headers.get("Origin")
    if origin is None:
        must_say = call.is_websocket and call.authorization is None
        return pages.OTHER_SITE if must_say else None
    own = {f"{scheme}://{call.host}" for scheme in SCHEMES}
    return None if origin.lower() in own else pages.OTHER_SITE


def _token(gate: Gate, call: Call) -> Answer | Refusal | None:
    """A token in the address becomes a cookie, and the address is cleaned of it."""
    given = call.tokens
    if not given:
        return None
    headers = {"Location": call.clean}
    if any(gate.key.fits(one) or gate.tickets.redeem(one) for one in given):
        cookie = f"{gate.key.cookie_name}={gate.key.cookie}; Path=/; HttpOnly; SameSite=Strict"
        return Answer(HTTPStatus.SEE_OTHER, headers={**headers, "Set-Cookie": cookie})
    return Answer(HTTPStatus.SEE_OTHER, headers=headers) if gate.knows(call) else pages.NO_TOKEN


def _key(gate: Gate, call: Call) -> Refusal | None:
    return None if gate.knows(call) else pages.NO_TOKEN


def _site(_: Gate, call: Call) -> Refusal | None:
    """Pages from elsewhere may link here, but not load from here what they could read or run."""
    is_own = call.headers.get("Sec-Fetch-Site", "").lower() in _OWN_SITES
    is_link = call.headers.get("Sec-Fetch-Dest", "").lower() == "document"
    return None if is_own or is_link else pages.OTHER_SITE


def _method(_: Gate, call: Call) -> Refusal | None:
    """No handler changes anything, so there is no request to forge."""
    return None if call.method in METHODS else pages.ODD_METHOD


def _content(_: Gate, call: Call) -> Refusal | None:
    is_empty = call.headers.get("Content-Length", "0").strip() == "0"
    return None if is_empty and "Transfer-Encoding" not in call.headers else pages.TOO_LARGE


def _room(gate: Gate, call: Call) -> Refusal | None:
    return None if gate.has_room(call) else pages.FULL


_OWN_SITES = ("", "same-origin", "none")
_RULES: tuple[Callable[[Gate, Call], Answer | Refusal | None], ...] = (
    *(_target, _host, _origin, _token, _key, _site, _method, _content, _room),
)


def _refused(refusal: Refusal) -> Answer:
    headers = {"Content-Type": "text/html; charset=utf-8"}
    if refusal is pages.FULL:
        headers["Retry-After"] = str(RETRY_S)
    return Answer(refusal.status, pages.page(refusal), headers)


# -- one request -----------------------------------------------------------------------


class _Visit(HTTPMessageDelegate):
    """Receives one request: answers it, or hands it on with a connection that adds our headers."""

    def __init__(self, gate: Gate, server_conn: object, connection: HTTPConnection) -> None:
        self._gate, self._server, self._connection = gate, server_conn, connection
        self._inner: HTTPMessageDelegate | None = None

    def headers_received(
        self, start_line: RequestStartLine | ResponseStartLine, headers: HTTPHeaders
    ) -> Awaitable[None] | None:
        """Decide; whoever is refused is told at once, before anything he sends is read."""
        if not isinstance(start_line, RequestStartLine):
            raise TypeError("a server receives requests")
        call = Call(start_line.method, start_line.path, headers)
        answer = self._gate.answer(call)
        if answer is not None:
            LOG.info("%s to %s %s", answer.status.value, call.method, call.path)
            _send(answer, call.method, self._connection)
            return None
        dressed: Any = _Dressed(self._connection, call.host)
        self._inner = self._gate.application.start_request(self._server, dressed)
        return self._inner.headers_received(start_line, headers)

    def data_received(self, chunk: bytes) -> Awaitable[None] | None:
        """Hand on what belongs to a request that was let in."""
        return self._inner.data_received(chunk) if self._inner else None

    def finish(self) -> None:
        """Hand on that the request is complete."""
        if self._inner:
            self._inner.finish()

    def on_connection_close(self) -> None:
        """Hand on that its sender is gone."""
        if self._inner:
            self._inner.on_connection_close()


class _Dressed:
    """A connection whose every answer carries the headers of :func:`secured`."""

    def __init__(self, connection: HTTPConnection, host: str) -> None:
        self._connection, self._host = connection, host

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def write_headers(
        self, start_line: ResponseStartLine, headers: HTTPHeaders, chunk: bytes | None = None
    ) -> Any:
        """Begin an answer."""
        body = secured(headers, self._host, chunk or b"")
        return self._connection.write_headers(start_line, headers, body or None)


def _send(answer: Answer, method: str, connection: HTTPConnection) -> None:
    body = b"" if method == "HEAD" else answer.body
    length = {"Content-Length": str(len(answer.body)), "Cache-Control": "no-store"}
    headers = HTTPHeaders({**answer.headers, **length})
    if answer.status >= HTTPStatus.BAD_REQUEST:
        headers["Connection"] = "close"
    secured(headers, "", answer.body)
    start_line = ResponseStartLine("HTTP/1.1", answer.status.value, answer.status.phrase)
    connection.write_headers(start_line, headers, body)
    connection.finish()
