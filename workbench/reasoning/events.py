"""The append-only event log of a search: the only truth from which all else is folded.

Every event is an immutable tuple with names. `seq` is its place in a total
order that does not depend on batching. ``None`` means *unknown* and is never
written as 0. Texts are kept once each under the hash of their content; a node
refers to the text of its own step, not of its path.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Any, NamedTuple, TypeAlias, cast, overload

from workbench.errors import ParameterError

SCHEMA = "workbench.run/1"
Record: TypeAlias = Mapping[str, Any]


class RunStart(NamedTuple):
    """The start of a run: what was searched, how, with which models, seed and budget."""

    run: str
    algorithm: str
    params: Record
    task: Record
    models: Record
    seed: int
    budget: Record
    parent_run: str | None = None
    fork_at: int | None = None
    inferred: bool = False
    schema: str = SCHEMA
    seq: int = -1


class Call(NamedTuple):
    """One call of a model: `passes` sequences, their tokens, FLOPs and seconds."""

    role: str
    model: str
    passes: int
    nodes: tuple[int, ...]
    prompt_tokens: int | None
    cached_tokens: int | None
    generated_tokens: int | None
    flops: float | None
    duration: float | None
    t: float | None
    seq: int = -1


class Node(NamedTuple):
    """A node was created: `text` refers to the step's text, `call` to the seq of its call."""

    id: int
    parents: tuple[int, ...]
    child: int
    depth: int
    kind: str
    text: str
    log_probability: float | None
    tokens: int | None
    call: int | None
    terminal: bool = False
    seq: int = -1


class Score(NamedTuple):
    """A verifier's value for a node; `exact` is the true value-to-go where it is known."""

    node: int
    by: str
    name: str
    value: float
    sd: float | None = None
    exact: float | None = None
    seq: int = -1


class Weight(NamedTuple):
    """The log-weights of a generation of particles, its effective sample size and log Z."""

    generation: int
    nodes: tuple[int, ...]
    log_weights: tuple[float, ...]
    ess: float | None = None
    log_z: float | None = None
    seq: int = -1


class Resample(NamedTuple):
    """The ancestor of each particle of a generation."""

    generation: int
    ancestors: tuple[int, ...]
    seq: int = -1


class Visit(NamedTuple):
    """A tree-search iteration: the path from the root and the value returned along it."""

    path: tuple[int, ...]
    value: float
    seq: int = -1


class Allocate(NamedTuple):
    """How many expansions each node of a generation receives."""

    generation: int
    nodes: tuple[int, ...]
    counts: tuple[int, ...]
    seq: int = -1


class Prune(NamedTuple):
    """A node was dropped; `margin` is its score less the `threshold` of the `rule`."""

    node: int
    rule: str
    threshold: float | None = None
    margin: float | None = None
    by: str = "algorithm"
    seq: int = -1


class Keep(NamedTuple):
    """A node was kept by a `rule` that dropped others."""

    node: int
    rule: str
    threshold: float | None = None
    margin: float | None = None
    by: str = "algorithm"
    seq: int = -1


class Stop(NamedTuple):
    """A node, or with ``None`` the whole run, will not be continued."""

    node: int | None
    reason: str
    seq: int = -1


class Answer(NamedTuple):
    """A node ends in an answer; `correct` is the exact check, hidden from the algorithm."""

    node: int
    value: str
    correct: bool | None
    seq: int = -1


class Select(NamedTuple):
    """The node whose answer the run returns."""

    node: int
    rule: str
    seq: int = -1


class UserEdit(NamedTuple):
    """A person changed the search: `op` is what was done to `node`."""

    op: str
    node: int
    before: str | None = None
    after: str | None = None
    who: str = "user"
    note: str = ""
    seq: int = -1


class RunEnd(NamedTuple):
    """The end of a run; `totals` equal the fold of its calls."""

    status: str
    reason: str
    totals: Record
    t: float | None
    seq: int = -1


Event: TypeAlias = (
    RunStart
    | Call
    | Node
    | Score
    | Weight
    | Resample
    | Visit
    | Allocate
    | Prune
    | Keep
    | Stop
    | Answer
    | Select
    | UserEdit
    | RunEnd
)

EVENT_TYPES: Mapping[str, type[Event]] = MappingProxyType(
    {
        "run.start": RunStart,
        "call": Call,
        "node": Node,
        "score": Score,
        "weight": Weight,
        "resample": Resample,
        "visit": Visit,
        "alloc": Allocate,
        "prune": Prune,
        "keep": Keep,
        "stop": Stop,
        "answer": Answer,
        "select": Select,
        "user.edit": UserEdit,
        "run.end": RunEnd,
    }
)
TYPE_NAMES: Mapping[type[Event], str] = MappingProxyType(
    {kind: name for name, kind in EVENT_TYPES.items()}
)
_CLOCKED = ("t", "duration")


def to_record(event: Event) -> dict[str, Any]:
    """`event` as a JSON object: its type and its fields.

    Examples
    --------
    >>> to_record(Select(5, "best", 9))
    {'type': 'select', 'node': 5, 'rule': 'best', 'seq': 9}
    """
    return {"type": TYPE_NAMES[type(event)], **event._asdict()}


def text_ref(text: str) -> str:
    """The name of a text: the first 16 hexadecimal digits of its sha256.

    Examples
    --------
    >>> text_ref("1 + 2 = 3 (left: 3)") == text_ref("1 + 2 = 3 (left: 3)")
    True
    """
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def timeless(event: Event) -> Event:
    """`event` without its clock readings, for comparison between runs.

    Examples
    --------
    >>> timeless(RunEnd("done", "finished", {}, 0.25)).t is None
    True
    """
    clocks = {name: None for name in _CLOCKED if name in event._fields}
    changed: Any = event._replace
    return cast("Event", changed(**clocks)) if clocks else event


@dataclass(frozen=True, eq=False)
class EventLog(Sequence[Event]):
    """An immutable sequence of events with the texts that they refer to.

    Examples
    --------
    >>> log = EventLog((Select(5, "best", 0),))
    >>> len(log), log[0].rule
    (1, 'best')
    """

    events: tuple[Event, ...]
    texts: Mapping[str, str] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.events)

    def __iter__(self) -> Iterator[Event]:
        return iter(self.events)

    @overload
    def __getitem__(self, index: int) -> Event: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Event, ...]: ...
    def __getitem__(self, index: int | slice) -> Event | tuple[Event, ...]:
        return self.events[index]

    def __repr__(self) -> str:
        return f"EventLog({len(self):,} events, {len(self.texts):,} texts)"

    def of(self, *kinds: type[Any]) -> Iterator[Any]:
        """The events of some `kinds`, in order."""
        return (event for event in self.events if isinstance(event, kinds))

    def prefix(self, to: int) -> EventLog:
        """The log up to and including the event with ``seq == to``."""
        if not 0 <= to < len(self):
            raise ParameterError(
                "cannot cut the event log",
                given=f"seq {to}",
                expected=f"0 to {len(self) - 1}",
                remedy="Pick the seq of an event of this run.",
            )
        return EventLog(self.events[: to + 1], self.texts)

    @cached_property
    def hash(self) -> str:
        """The sha256 of all events except their clock readings."""
        digest = hashlib.sha256()
        for event in self.events:
            digest.update(json.dumps(to_record(timeless(event)), sort_keys=True).encode())
        return digest.hexdigest()


class LogWriter:
    """The one writer of a log: stamps each event with its `seq` and keeps each text once.

    Examples
    --------
    >>> writer = LogWriter()
    >>> writer.append(Select(5, "best")).seq, len(writer)
    (0, 1)
    """

    def __init__(self) -> None:
        self._events: list[Event] = []
        self._texts: dict[str, str] = {}

    def __len__(self) -> int:
        return len(self._events)

    def append(self, event: Event) -> Event:
        """`event` with its place in the order, now the last of the log."""
        stamped = event._replace(seq=len(self._events))
        self._events.append(stamped)
        return stamped

    def keep_text(self, text: str) -> str:
        """The name under which `text` is kept."""
        ref = text_ref(text)
        self._texts[ref] = text
        return ref

    def since(self, seq: int) -> tuple[Event, ...]:
        """The events from `seq` on."""
        return tuple(self._events[seq:])

    def log(self) -> EventLog:
        """What was written so far, as a value."""
        return EventLog(tuple(self._events), MappingProxyType(dict(self._texts)))
