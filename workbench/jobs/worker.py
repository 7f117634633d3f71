"""The program of a worker process: orders come in by stdin, reports go out by stdout.

A worker lives as long as the pipe of its runner: when that ends, the worker
ends itself and all that it began.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import threading
from functools import cache
from pathlib import Path
from typing import Final

import psutil

from workbench.jobs.attempt import attempt
from workbench.jobs.reports import Order, Report, order_from, report_text
from workbench.jobs.trees import end_tree
from workbench.store import Workspace
from workbench.store import open as open_workspace
from workbench.store.codecs import Encoded

_STDIN: Final = 0
_STDOUT: Final = 1
_STDERR: Final = 2


class Local:
    """The channel of a worker on the machine where the workspace is."""

    def __init__(self, path: Path, pipe: int, cancelled: set[int], number: int) -> None:
        self._path = path
        self._pipe = pipe
        self._cancelled = cancelled
        self._number = number

    @property
    def is_cancelled(self) -> bool:
        """Whether the runner asked to stop."""
        return self._number in self._cancelled

    def fetch(self, name: str, /) -> bytes:
        """The bytes of the blob with this hash."""
        return _workspace(self._path).bytes_of(name)

    def keep(self, encoded: Encoded, /) -> None:
        """Write the blobs into the workspace."""
        _workspace(self._path).keep(encoded.blobs)

    def tell(self, report: Report, /) -> None:
        """Send one line."""
        line = memoryview(f"{report_text(report)}\n".encode())
        while line:
            line = line[os.write(self._pipe, line) :]


class _Inbox:
    """Orders that wait, and the numbers of those to stop."""

    def __init__(self) -> None:
        self.orders: queue.SimpleQueue[tuple[Order, Path]] = queue.SimpleQueue()
        self.cancelled: set[int] = set()

    def listen(self, pipe: int) -> None:
        """Read until the runner is gone, then end this process and all below it."""
        with contextlib.suppress(ValueError, KeyError, OSError), open(pipe, "rb") as lines:
            for line in lines:
                self._take(json.loads(line))
        end_tree(psutil.Process())

    def _take(self, message: dict[str, str]) -> None:
        if "cancel" in message:
            self.cancelled.add(int(message["cancel"]))
        else:
            self.orders.put((order_from(message["order"]), Path(message["workspace"])))


def main() -> None:
    """Carry out orders, one after the other, until the runner ends."""
    orders, pipe = os.dup(_STDIN), os.dup(_STDOUT)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, _STDIN)  # what functions read must not be an order
    os.dup2(_STDERR, _STDOUT)  # what they print must not look like a report
    inbox = _Inbox()
    threading.Thread(target=inbox.listen, args=(orders,), daemon=True, name="orders").start()
    while True:
        order, path = inbox.orders.get()
        attempt(order, Local(path, pipe, inbox.cancelled, order.number))


@cache
def _workspace(path: Path) -> Workspace:
    return open_workspace(path, create=False)


if __name__ == "__main__":
    main()
