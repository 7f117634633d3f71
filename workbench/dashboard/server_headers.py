"""What every answer of the server carries: what a page may load and run, and who may show it."""

from __future__ import annotations

import re
import secrets

from tornado.httputil import HTTPHeaders

OPENING = re.compile(rb"<script(?=[\s>])")
N_BYTES = 16
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


def policy(host: str, nonce: str = "") -> str:
    """The content security policy of a page from `host`.

    Scripts run when they carry `nonce`, or when one that does loads them; without a
    nonce none runs. Nothing comes from elsewhere. Styles are the exception: Material
    components write theirs into the page.

    Examples
    --------
    >>> "script-src 'none'" in policy("127.0.0.1:5006")
    True
    """
    directives = {
        "default-src": "'none'",
        "script-src": f"'nonce-{nonce}' 'strict-dynamic'" if nonce else "'none'",
        "style-src": "'self' 'unsafe-inline'",
        "img-src": "'self' data: blob:",
        "font-src": "'self' data:",
        "connect-src": f"'self' blob: ws://{host} wss://{host}" if host else "'none'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'self'",
    }
    return "; ".join(f"{name} {value}" for name, value in directives.items())


def secured(headers: HTTPHeaders, host: str, body: bytes) -> bytes:
    """The body of an answer to `host`, whose `headers` now are what every answer carries.

    The scripts that the server itself wrote into a page get the nonce of this answer.
    """
    is_page = headers.get("Content-Type", "").startswith(HTML)
    nonce = secrets.token_urlsafe(N_BYTES) if is_page and OPENING.search(body) else ""
    if nonce:
        body = OPENING.sub(b'<script nonce="%s"' % nonce.encode(), body)
        headers["Content-Length"] = str(len(body))
        headers.pop("Etag", None)
    for name in DROPPED:
        headers.pop(name, None)
    for name, value in FIXED.items():
        headers[name] = value
    headers["Content-Security-Policy"] = policy(host, nonce)
    if is_page or "Cache-Control" not in headers:
        headers["Cache-Control"] = "no-store" if is_page else "private, max-age=0"
    return body
