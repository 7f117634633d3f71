"""What opens the server: a random token, the cookie made from it, and tickets for one visit."""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from workbench.core.files import write_atomic
from workbench.errors import ParameterError

N_BYTES = 32
TICKET_S = 300.0
OTHERS = 0o077
TOKEN = re.compile(r"[A-Za-z0-9_-]{22,256}")  # 22 characters of 6 bits: at least 128 bits


@dataclass(frozen=True, slots=True)
class Key:
    """The token of the server on `port`, and how a visitor shows that he has it.

    Examples
    --------
    >>> key = new_key(5006)
    >>> key.fits(key.token), key.fits("guess"), key.fits_cookie(key.cookie)
    (True, False, True)
    """

    token: str = field(repr=False)
    port: int

    @property
    def cookie_name(self) -> str:
        """The cookie's name; browsers share cookies among the ports of a host."""
        return f"workbench-{self.port}"

    @property
    def cookie(self) -> str:
        """The cookie's value: a digest, so that the token cannot be read from it."""
        return hmac.new(self.token.encode(), self.cookie_name.encode(), hashlib.sha256).hexdigest()

    def fits(self, given: str) -> bool:
        """Whether `given` is the token; takes the same time whatever it shares with it."""
        return hmac.compare_digest(given.encode(), self.token.encode())

    def fits_cookie(self, given: str) -> bool:
        """Whether `given` is the cookie's value; takes the same time as well."""
        return hmac.compare_digest(given.encode(), self.cookie.encode())


class Tickets:
    """Tokens for one visit each, to open a browser with: other users see its command line.

    Examples
    --------
    >>> tickets = Tickets()
    >>> ticket = tickets.issue()
    >>> tickets.redeem(ticket), tickets.redeem(ticket)
    (True, False)
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._ends: dict[str, float] = {}

    def issue(self) -> str:
        """A new ticket, good for one visit within `TICKET_S` seconds."""
        ticket = secrets.token_urlsafe(N_BYTES)
        self._ends[ticket] = self._now() + TICKET_S
        return ticket

    def redeem(self, given: str) -> bool:
        """Whether `given` is a ticket that was not used yet; it is used now."""
        known = [one for one in self._ends if hmac.compare_digest(one.encode(), given.encode())]
        return any(self._ends.pop(one) >= self._now() for one in known)


def new_key(port: int) -> Key:
    """A key with a random token of 256 bits.

    Examples
    --------
    >>> len(new_key(5006).token)
    43
    """
    return Key(secrets.token_urlsafe(N_BYTES), port)


def kept_key(path: Path, port: int) -> Key:
    """The key whose token is in the file `path`, which is made where there is none.

    Raises
    ------
    ParameterError
        When others may read the file, or what is in it is no token.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "token"
    >>> kept_key(path, 5006) == kept_key(path, 5006)
    True
    """
    if not path.exists():
        token = new_key(port).token
        with _only_for_its_owner():
            write_atomic(path, f"{token}\n".encode())
        return Key(token, port)
    _require_private(path)
    with path.open("rb") as stream:
        token = stream.read(1024).decode(errors="replace").strip()
    if not TOKEN.fullmatch(token):
        raise ParameterError(
            f"{path} holds no token",
            given=f"{len(token)} characters",
            expected="22 to 256 letters, digits, - and _, chosen at random",
            remedy="Delete the file: the next start writes a new one.",
        )
    return Key(token, port)


@contextmanager
def _only_for_its_owner() -> Iterator[None]:
    """Nothing; files made within the block have no permissions for others from the start."""
    before = os.umask(OTHERS)
    try:
        yield
    finally:
        os.umask(before)


def _require_private(path: Path) -> None:
    mode = path.stat().st_mode
    if os.name == "posix" and mode & OTHERS:
        raise ParameterError(
            f"{path} can be read by others",
            given=f"permissions {mode & 0o777:o}",
            expected="permissions 600, for its owner alone",
            remedy=f"Run: chmod 600 {path}",
        )
