"""attempt: carry out one order, and tell how it goes and how it ends."""

from __future__ import annotations

import importlib
import logging
import time
import traceback
import uuid
from collections.abc import Callable
from typing import Final, Protocol

from workbench.core.checkpoints import State
from workbench.errors import Cancelled, FormatError, WorkbenchError
from workbench.jobs.perform import perform
from workbench.jobs.reports import Begun, Ended, Kept, Order, Report, Told, error_fields
from workbench.jobs.snapshot import Failure
from workbench.jobs.state import Event
from workbench.jobs.tasks import expect
from workbench.store.codecs import Encoded, decode, encode

LOG = logging.getLogger(__name__)
COST_SHARE: Final = 0.05  # of the time goes into keeping states, at most


class Channel(Protocol):
    """What lies between a worker and its runner."""

    @property
    def is_cancelled(self) -> bool:
        """Whether the attempt is to stop."""
        ...

    def fetch(self, name: str, /) -> bytes:
        """The bytes of the blob with this hash."""
        ...

    def keep(self, encoded: Encoded, /) -> None:
        """Keep blobs where :meth:`fetch` finds them."""
        ...

    def tell(self, report: Report, /) -> None:
        """Send `report` to the runner, in order."""
        ...


def attempt(order: Order, channel: Channel) -> None:
    """Nothing; `channel` is told all that happens, at last the end."""
    try:
        for module in order.modules:
            importlib.import_module(module)
        expect(order.call.task, order.target)
        told = _Reporter(order, channel)
        encoded = perform(order.call, channel.fetch, told.report, told)
        channel.keep(encoded)
        end = Ended(order.number, Event.SUCCEED, encoded.root)
    except Cancelled:
        end = Ended(order.number, Event.CANCEL)
    except WorkbenchError as error:
        end = _failed(order, error)
    except (Exception, SystemExit) as error:  # noqa: BLE001  # whatever it was, it is told
        end = _failed(order, Failure(order.call.task, error, uuid.uuid4().hex[:8]))
    channel.tell(end)


def _failed(order: Order, error: WorkbenchError) -> Ended:
    details = traceback.format_exc()
    return Ended(order.number, Event.FAIL, None, error_fields(error), details)


class _Reporter:
    """Progress and checkpoints of one attempt."""

    def __init__(
        self, order: Order, channel: Channel, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._order = order
        self._channel = channel
        self._clock = clock
        self._checkpoint = order.checkpoint
        self._step = 0
        self._next = clock() + order.checkpoint_s

    def report(self, share: float, text: str = "", /, **values: float) -> None:
        """Tell the runner; raises Cancelled when the attempt is to stop."""
        if self._channel.is_cancelled:
            raise Cancelled
        self._step += 1
        numbers = {name: float(value) for name, value in values.items()}
        done = min(max(float(share), 0.0), 1.0)
        self._channel.tell(Told(self._order.number, self._step, done, text, numbers))

    @property
    def is_due(self) -> bool:
        """Whether it is time to keep a state."""
        return self._clock() >= self._next

    def load(self) -> State | None:
        """The last state kept, from which the function goes on now."""
        self._step, state = _kept(self._checkpoint, self._channel)
        self._channel.tell(Begun(self._order.number, self._step))
        return state

    def save(self, state: State) -> None:
        """Keep `state` and the number of reports that led to it."""
        begun = self._clock()
        encoded = encode({"step": self._step, "state": dict(state)})
        self._channel.keep(encoded)
        self._checkpoint = encoded.root
        self._channel.tell(Kept(self._order.number, encoded.root))
        now = self._clock()
        pause = (now - begun) / COST_SHARE if self._order.checkpoint_s else 0.0
        self._next = now + max(self._order.checkpoint_s, pause)


def _kept(checkpoint: str | None, channel: Channel) -> tuple[int, State | None]:
    """How many reports led to the state, and it; a damaged one means from the start."""
    if checkpoint is None:
        return 0, None
    try:
        kept = decode(checkpoint, channel.fetch)
        return int(kept["step"]), dict(kept["state"])
    except (FormatError, KeyError, TypeError, ValueError):
        LOG.warning("the state %s cannot be read: from the start", checkpoint)
        return 0, None
