"""What a worker is told to do and what it tells: plain values that travel as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import workbench.errors as family
from workbench.errors import FormatError, WorkbenchError
from workbench.jobs.call import Call, call_from
from workbench.jobs.snapshot import Failure
from workbench.jobs.state import Event

CHECKPOINT_S: Final = 5.0


@dataclass(frozen=True)
class Order:
    """One attempt at a call.

    Parameters
    ----------
    number
        Tells this attempt from all others of the same runner.
    target
        The function behind the name of the task, by the runner's own table.
    modules
        What a worker imports first; they may bring kinds of values.
    checkpoint
        The hash of the state that an earlier attempt left, if any.
    checkpoint_s
        Seconds of work between two states; 0 keeps each.
    resource
        The device that it has for itself, "" for none.
    """

    number: int
    call: Call
    target: str
    modules: tuple[str, ...] = ()
    checkpoint: str | None = None
    checkpoint_s: float = CHECKPOINT_S
    resource: str = ""

    @property
    def text(self) -> str:
        """The order as JSON."""
        return json.dumps({**fields_of(self), "call": self.call.text})


@dataclass(frozen=True)
class Begun:
    """The attempt goes on after `step` reports of earlier ones; what came later is void."""

    order: int
    step: int


@dataclass(frozen=True)
class Told:
    """The function reported its progress; `step` counts its reports."""

    order: int
    step: int
    share: float
    text: str
    values: Mapping[str, float]


@dataclass(frozen=True)
class Kept:
    """A state lies under `hash`; the attempt could go on from there."""

    order: int
    hash: str


@dataclass(frozen=True)
class Ended:
    """The attempt is over: it succeeded, failed, was cancelled, or was lost with its worker."""

    order: int
    event: Event
    result: str | None = None
    error: Mapping[str, Any] | None = None
    details: str = ""


Report = Begun | Told | Kept | Ended
_KINDS: Final = {"begun": Begun, "told": Told, "kept": Kept, "ended": Ended}
_NAMES: Final = {kind: name for name, kind in _KINDS.items()}


def fields_of(value: Any) -> dict[str, Any]:
    """The fields of a dataclass by name, as they are."""
    return {name: getattr(value, name) for name in value.__dataclass_fields__}


def order_from(text: str) -> Order:
    """The order that `text`, JSON, describes."""
    fields = json.loads(text)
    fields |= {"call": call_from(fields["call"]), "modules": tuple(fields["modules"])}
    return Order(**fields)


def report_text(report: Report) -> str:
    """The report as JSON, in one line.

    Examples
    --------
    >>> report_from(report_text(Begun(3, 0)))
    Begun(order=3, step=0)
    """
    return json.dumps({"kind": _NAMES[type(report)], **fields_of(report)})


def report_from(text: str) -> Report:
    """The report that `text`, JSON, describes.

    Raises
    ------
    FormatError
        When it describes none.
    """
    try:
        fields = json.loads(text)
        kind = _KINDS[fields.pop("kind")]
        if kind is Ended:
            fields["event"] = Event(fields["event"])
        report: Report = kind(**fields)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise FormatError("a worker", "its report", "it is none") from error
    return report


def error_fields(error: WorkbenchError) -> dict[str, Any]:
    """What `error` says, as plain JSON.

    Examples
    --------
    >>> from workbench.errors import ParameterError
    >>> told = error_fields(ParameterError("cannot prune", given="keep=2"))
    >>> error_from(told)
    ParameterError('cannot prune: given keep=2.')
    """
    fields = {name: _plain(value) for name, value in vars(error).items()}
    kinds = [kind.__name__ for kind in type(error).__mro__ if kind.__name__ in _ERRORS]
    return {"kind": kinds[0], "fields": fields}


def error_from(told: Mapping[str, Any]) -> WorkbenchError:
    """The error that :func:`error_fields` told; a plain one where the telling is damaged."""
    fields = told.get("fields")
    fields = dict(fields) if isinstance(fields, Mapping) else {}
    kind = _ERRORS.get(str(told.get("kind")), WorkbenchError)
    error = kind.__new__(kind)
    WorkbenchError.__init__(
        error,
        str(fields.get("what", "failed")),
        given=fields.get("given"),
        expected=fields.get("expected"),
        remedy=str(fields.get("remedy", "")),
    )
    for name in fields.keys() - vars(error).keys():
        if name.isidentifier() and not hasattr(kind, name):  # a file may say anything
            setattr(error, name, fields[name])
    return error


_ERRORS: Final[dict[str, type[WorkbenchError]]] = {
    name: kind
    for name, kind in vars(family).items()
    if isinstance(kind, type) and issubclass(kind, WorkbenchError)
} | {"Failure": Failure}


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, (bool, int, str)) else str(value)
