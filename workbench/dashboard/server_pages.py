"""The small pages that the server answers with when it does not serve: our words, no data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from html import escape
from http import HTTPStatus
from string import Template

from workbench.dashboard.theme import STATIC
from workbench.views.style import STYLE, Theme, css_variables


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a request is not served: the status, and what its sender reads."""

    status: HTTPStatus
    title: str
    what: str
    remedy: str


NO_TOKEN = Refusal(
    HTTPStatus.UNAUTHORIZED,
    "This page needs its token",
    "The workbench shows itself only to who started it. Each start makes a new token, unless one "
    "is kept in a file.",
    "Open the address that workbench serve printed in its terminal: it ends in ?token=… and lets "
    "this browser in until it is closed. Scripts send the header Authorization: token …",
)
WRONG_HOST = Refusal(
    HTTPStatus.FORBIDDEN,
    "Not the address of this server",
    "Only the addresses that the server knows as its own are answered, so that no other site can "
    "pass itself off as this one.",
    "Open the address that workbench serve printed in its terminal. Where a port is forwarded, "
    "use the same number on both sides.",
)
OTHER_SITE = Refusal(
    HTTPStatus.FORBIDDEN,
    "Asked for by another page",
    "A page from elsewhere asked for this, and only the workbench's own pages may.",
    "Open the address in a tab of its own.",
)
ODD_METHOD = Refusal(
    HTTPStatus.METHOD_NOT_ALLOWED,
    "Nothing to send here",
    "Addresses of the workbench are only read; whatever changes something goes through an open "
    "page.",
    "Use GET.",
)
ODD_TARGET = Refusal(
    HTTPStatus.BAD_REQUEST,
    "Not an address",
    "What was asked for is no path on this server.",
    "Begin the path with one slash.",
)
TOO_LARGE = Refusal(
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "Too much was sent",
    "Requests to the workbench carry no content.",
    "Open files in the page itself.",
)
FULL = Refusal(
    HTTPStatus.SERVICE_UNAVAILABLE,
    "All places are taken",
    "As many windows of the workbench are open as its server keeps at once.",
    "Close a window that is not needed and try again a moment later, or start the server with a "
    "larger --max-sessions.",
)


@cache
def page(refusal: Refusal) -> bytes:
    """The page that says why, as UTF-8; it asks for nothing else.

    Examples
    --------
    >>> "token" in page(NO_TOKEN).decode()
    True
    """
    words = {
        "title": refusal.title,
        "what": refusal.what,
        "remedy": refusal.remedy,
        "status": f"{refusal.status.value} {refusal.status.phrase}",
    }
    look = {"light": _declared("light"), "dark": _declared("dark"), "font": STYLE.fonts.text}
    text = Template((STATIC / "refused.html").read_text("utf-8"))
    return text.substitute({name: escape(said) for name, said in words.items()} | look).encode()


def _declared(theme: Theme) -> str:
    variables: Mapping[str, str] = css_variables(theme)
    return " ".join(f"{name}: {value};" for name, value in variables.items())
