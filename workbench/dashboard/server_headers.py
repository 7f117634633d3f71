"""What every answer of the server carries: what a page may load, and who may show it."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable

from tornado.httputil import HTTPHeaders

SCRIPT = re.compile(rb"<script(?P<attributes>[^>]*)>(?P<content>.*?)</script>", re.DOTALL)
FIXED = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "SAMEORIGIN",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
DROPPED = ("Server", "X-Powered-By")
HTML = "text/html"


def policy(host: str, scripts: Iterable[str] = ()) -> str:
    """The content security policy of a page from `host`, which runs inline `scripts` by digest.

    `host` is one of the server's own, or empty for what may not talk to any.

    Examples
    --------
    >>> "frame-ancestors 'self'" in policy("127.0.0.1:5006")
    True
    """
    inline = " ".join(f"'sha256-{digest}'" for digest in scripts)
    directives = {
        "default-src": "'none'",
        "script-src": f"'self' blob: {inline}".strip(),
        "style-src": "'self' 'unsafe-inline'",
        "img-src": "'self' data: blob:",
        "font-src": "'self' data:",
        "connect-src": f"'self' ws://{host} wss://{host}" if host else "'self'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'self'",
    }
    return "; ".join(f"{name} {value}" for name, value in directives.items())


def inline_scripts(html: bytes) -> list[str]:
    """The SHA-256, in base 64, of each script inside `html`.

    Examples
    --------
    >>> len(inline_scripts(b"<script>x</script><script src='y'></script>"))
    1
    """
    found = (one for one in SCRIPT.finditer(html) if b"src=" not in one["attributes"])
    return [base64.b64encode(hashlib.sha256(one["content"]).digest()).decode() for one in found]


def secure(headers: HTTPHeaders, host: str, body: bytes) -> None:
    """Nothing; `headers` of an answer to `host` get what every answer carries."""
    for name in DROPPED:
        headers.pop(name, None)
    for name, value in FIXED.items():
        headers[name] = value
    is_page = headers.get("Content-Type", "").startswith(HTML)
    headers["Content-Security-Policy"] = policy(host, inline_scripts(body) if is_page else ())
    if is_page or "Cache-Control" not in headers:
        headers["Cache-Control"] = "no-store" if is_page else "private, max-age=0"
