"""What lies between a worker of a cluster and the runner: two queues, and no shared disk.

The worker sends messages of reports and pieces of blobs; it receives pieces of
the blobs that it asked for, and the word to stop. All of it is text and bytes.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib
import threading
import time
import uuid
from collections import OrderedDict, deque
from collections.abc import Iterator, Mapping
from typing import Any, Final

from workbench.errors import Cancelled, FormatError, WorkbenchError
from workbench.jobs.attempt import attempt
from workbench.jobs.reports import Report, order_from, report_text
from workbench.store.codecs import Blob, Encoded

BEAT_S: Final = 1.0  # between signs of life
PIECE_BYTES: Final = 16 * 2**20
CACHE_BYTES: Final = 512 * 2**20
FETCH_S: Final = 120.0
POLL_S: Final = 0.05


def pieces(payload: bytes) -> Iterator[bytes]:
    """`payload` in parts that a message can hold; at least one.

    Examples
    --------
    >>> [len(piece) for piece in pieces(b"abc")], len(list(pieces(b"")))
    ([3], 1)
    """
    for first in range(0, max(len(payload), 1), PIECE_BYTES):
        yield payload[first : first + PIECE_BYTES]


def carry_out(order_text: str, outbox: str, inbox: str) -> None:
    """Nothing, after the order was carried out on a worker of a cluster, and all was told."""
    distributed = importlib.import_module("distributed")
    client = distributed.get_client()
    line = Line(
        distributed.Queue(outbox, client=client),
        distributed.Queue(inbox, client=client),
        order_from(order_text).number,
    )
    try:
        attempt(order_from(order_text), line)
    finally:
        line.close()


class Line:
    """The channel of a worker of a cluster; see :class:`workbench.jobs.attempt.Channel`.

    Parameters
    ----------
    outbox, inbox
        Queues with ``put`` and ``get``; the line lets go of them when it is closed.
    number
        The order's.
    """

    def __init__(self, outbox: Any, inbox: Any, number: int) -> None:
        self._outbox, self._inbox, self._number = outbox, inbox, number
        self._name = uuid.uuid4().hex
        self._changed = threading.Condition()
        self._waiting: deque[object] = deque()
        self._parts: list[bytes] = []
        self._refused: dict[str, str] = {}
        self._is_cancelled = self._is_closing = self._is_broken = False
        self._beaten = -BEAT_S
        self._thread = threading.Thread(target=self._work, daemon=True, name=f"order {number}")
        self._thread.start()

    @property
    def is_cancelled(self) -> bool:
        """Whether the runner asked to stop, or nobody would hear of the rest."""
        return self._is_cancelled or self._is_broken

    def fetch(self, name: str, /) -> bytes:
        """The bytes of the blob with this hash, of this worker's own or of the runner's.

        Raises
        ------
        FormatError
            When the runner has it not, or damaged.
        """
        known = _CACHE.get(name)
        if known is not None:
            return known
        self._send({"fetch": name})
        ends = time.monotonic() + FETCH_S
        with self._changed:
            while (known := _CACHE.get(name)) is None:
                if name in self._refused:
                    raise FormatError("the workspace", name, self._refused.pop(name))
                if self.is_cancelled:
                    raise Cancelled
                if time.monotonic() > ends:
                    raise WorkbenchError(
                        "an input did not arrive", given=f"{FETCH_S:g} seconds of patience"
                    )
                self._changed.wait(POLL_S)
        return known

    def keep(self, encoded: Encoded, /) -> None:
        """Return after blobs were sent to the runner, in order before what is told later."""
        for name, blob in encoded.blobs.items():
            _CACHE.put(name, blob.payload)
            for piece in pieces(blob.payload):
                self._send(piece)
            self._send({"blob": name, "kind": blob.kind, "parts": list(blob.parts)})
        with self._changed:  # not faster than they can go
            while self._waiting and not self._is_broken:
                self._changed.wait(POLL_S)

    def tell(self, report: Report, /) -> None:
        """Send `report` to the runner, in order."""
        self._send({"report": report_text(report)})

    def close(self) -> None:
        """Return when all is sent, or nobody listens any more."""
        self._is_closing = True
        self._thread.join()
        for queue in (self._outbox, self._inbox):
            with contextlib.suppress(Exception):
                queue.close()

    def _send(self, item: object) -> None:
        with self._changed:
            self._waiting.append(item)
            self._changed.notify_all()

    def _work(self) -> None:
        try:
            while not self._is_closing or self._waiting:
                self._put()
                for message in self._inbox.get(batch=True):
                    self._take(message)
                with self._changed:
                    if not self._waiting:
                        self._changed.wait(POLL_S)
        except Exception:  # noqa: BLE001  # whatever broke the line, the work is for nobody
            self._is_broken = True

    def _put(self) -> None:
        """Send what waits, up to a piece of a blob; an empty message is a sign of life."""
        items: list[object] = []
        with self._changed:
            while self._waiting and not (items and isinstance(items[-1], bytes)):
                items.append(self._waiting.popleft())
        now = time.monotonic()
        if items or now - self._beaten >= BEAT_S:
            self._beaten = now
            self._outbox.put({"order": self._number, "from": self._name, "items": items})

    def _take(self, message: Mapping[str, Any]) -> None:
        with self._changed:
            if "stop" in message:
                self._is_cancelled = True
            elif "piece" in message:
                self._parts.append(message["piece"])
            elif "refused" in message:
                self._refused[message["refused"]] = message["reason"]
            else:
                _CACHE.put(message["blob"], b"".join(self._parts))
                self._parts.clear()
            self._changed.notify_all()


class Cache:
    """Payloads by their hash, of which those not used for longest are dropped.

    Examples
    --------
    >>> cache = Cache(most_bytes=5)
    >>> for payload in (b"abc", b"de", b"f"):
    ...     cache.put(hashlib.sha256(payload).hexdigest(), payload)
    >>> cache.n_bytes
    3
    """

    def __init__(self, most_bytes: int) -> None:
        self._most = most_bytes
        self._lock = threading.Lock()
        self._payloads: OrderedDict[str, bytes] = OrderedDict()

    @property
    def n_bytes(self) -> int:
        """How much is kept."""
        return sum(map(len, self._payloads.values()))

    def get(self, name: str) -> bytes | None:
        """The payload; None when it is not here."""
        with self._lock:
            if name in self._payloads:
                self._payloads.move_to_end(name)
            return self._payloads.get(name)

    def put(self, name: str, payload: bytes) -> None:
        """Keep `payload`, if that is its hash; the last one stays however large it is."""
        if hashlib.sha256(payload).hexdigest() != name:
            return
        with self._lock:
            self._payloads[name] = payload
            self._payloads.move_to_end(name)
            while len(self._payloads) > 1 and self.n_bytes > self._most:
                self._payloads.popitem(last=False)


_CACHE: Final = Cache(CACHE_BYTES)  # of all orders of this process: cells share their data


class Parcels:
    """Blobs put together again from the items of messages.

    Examples
    --------
    >>> parcels = Parcels()
    >>> parcels.taken(b"ab"), parcels.taken(b"c")
    (None, None)
    >>> name, blob = parcels.taken({"blob": "ba78...", "kind": "note", "parts": []})
    >>> name, blob.payload
    ('ba78...', b'abc')
    """

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def taken(self, item: Any) -> tuple[str, Blob] | None:
        """The name and the blob that are whole with `item`; None before that.

        Raises
        ------
        ValueError, TypeError, KeyError
            When it is no such item.
        """
        if isinstance(item, bytes):
            self._pieces.append(item)
            return None
        payload = b"".join(self._pieces)
        self._pieces.clear()
        return str(item["blob"]), Blob(str(item["kind"]), payload, tuple(map(str, item["parts"])))
