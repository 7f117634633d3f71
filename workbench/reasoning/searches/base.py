"""What a search algorithm is: a pure step machine that asks and is told.

An algorithm never calls a model. `init` makes its immutable state, `step` takes
the state and an inbox of messages and gives a :class:`Move`: the next state,
the decisions to log, and the requests whose results fill the next inbox. A move
without requests ends the search. `answer` may be asked at any moment, and
`on_prune` removes nodes that a person has cut, so a search goes on from there.

The driver writes calls, nodes, scores and answers itself, and spends the
budget: an algorithm may find fewer samples or scores in its inbox than it asked
for, never more, and needs no code for it beyond using what is there.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, field, fields
from functools import cache
from types import MappingProxyType
from typing import Any, NamedTuple, TypeAlias, get_type_hints

from workbench.errors import ParameterError
from workbench.reasoning.events import Event


class Child(NamedTuple):
    """A node as an algorithm sees it; whether its answer is correct stays hidden."""

    id: int
    parent: int
    depth: int
    terminal: bool
    log_probability: float | None
    tokens: int
    text: str


class Propose(NamedTuple):
    """Ask for `n` samples after `node`, of one step each or (``None``) up to the end."""

    node: int
    n: int
    steps: int | None = 1
    distinct: bool = False


class Evaluate(NamedTuple):
    """Ask for the verifier's score of each of `nodes`."""

    nodes: tuple[int, ...]


Request: TypeAlias = Propose | Evaluate


class Started(NamedTuple):
    """The search begins at the node `root`."""

    root: int


class Proposed(NamedTuple):
    """Samples after `node`, each a chain of new nodes; at most as many as were asked for."""

    node: int
    samples: tuple[tuple[Child, ...], ...]


class Scored(NamedTuple):
    """Scores by node; nodes that the budget left unscored are absent."""

    scores: Mapping[int, float]


Message: TypeAlias = Started | Proposed | Scored
Inbox: TypeAlias = tuple[Message, ...]


class Move(NamedTuple):
    """What a step gives: the next state, decisions to log, and requests (none: finished)."""

    state: Any
    events: tuple[Event, ...] = ()
    requests: tuple[Request, ...] = ()


class Choice(NamedTuple):
    """The node whose answer the search would give now, and by which rule."""

    node: int
    rule: str


class TaskView(NamedTuple):
    """What an algorithm may know of its task."""

    prompt: str
    max_steps: int


@dataclass(frozen=True)
class Algorithm:
    """A search algorithm: its pure functions and what a reader should know.

    Attributes
    ----------
    name, title
        For code and for people.
    needs
        The models it calls: "proposer", "verifier".
    source
        The paper it is from.
    params
        A frozen dataclass; every field has a default and, by :func:`option`, a help text.
    init, step, answer, on_prune
        See the module's docstring.
    """

    name: str
    title: str
    needs: tuple[str, ...]
    source: str
    params: type[Any]
    init: Callable[[TaskView, Any, int], Any]
    step: Callable[[Any, Inbox], Move]
    answer: Callable[[Any], Choice | None]
    on_prune: Callable[[Any, frozenset[int]], Any]


class Option(NamedTuple):
    """One parameter of an algorithm, enough to make a form field from."""

    name: str
    type: type[Any]
    default: Any
    help: str
    low: float | None
    high: float | None
    choices: tuple[Any, ...] | None


def option(
    default: Any,
    help: str,  # noqa: A002  # the word that forms use
    *,
    low: float | None = None,
    high: float | None = None,
    choices: tuple[Any, ...] | None = None,
) -> Any:
    """A dataclass field with a `default`, a `help` text and the values it accepts."""
    meta = {"help": help, "low": low, "high": high, "choices": choices}
    return field(default=default, metadata=meta)


def options(params: type[Any]) -> tuple[Option, ...]:
    """The fields of a `params` dataclass, in order.

    Examples
    --------
    >>> [entry.name for entry in options(algorithm("best_of_n").params)]
    ['n', 'aggregate']
    """
    hints = get_type_hints(params)
    return tuple(
        Option(spec.name, hints[spec.name], spec.default, **spec.metadata)
        for spec in fields(params)
        if spec.default is not MISSING
    )


def read_params(params: type[Any], given: object) -> Any:
    """A `params` value from ``None``, a mapping or such a value; every field is checked.

    Examples
    --------
    >>> read_params(algorithm("best_of_n").params, {"n": 4}).n
    4
    """
    if given is None or isinstance(given, Mapping):
        values = dict(given or {})
    elif isinstance(given, params):
        values = {spec.name: getattr(given, spec.name) for spec in fields(params)}
    else:
        raise ParameterError(
            "cannot read parameters", given=repr(given), expected=f"{params.__name__} or a mapping"
        )
    known = {entry.name: entry for entry in options(params)}
    for name, value in values.items():
        _require_option(known, name, value)
    return params(**values)


def _require_option(known: Mapping[str, Option], name: str, value: object) -> None:
    entry = known.get(name)
    if entry is None:
        raise ParameterError("unknown parameter", given=repr(name), expected=f"one of {[*known]}")
    accepted = (int, float) if entry.type is float else (entry.type,)
    if not isinstance(value, accepted) or (entry.type is not bool and isinstance(value, bool)):
        raise ParameterError(
            f"cannot set {name}", given=repr(value), expected=f"a value of type {entry.type}"
        )
    if entry.choices is not None and value not in entry.choices:
        raise ParameterError(
            f"cannot set {name}", given=repr(value), expected=f"one of {entry.choices}"
        )
    if isinstance(value, int | float) and not _between(entry, value):
        raise ParameterError(
            f"cannot set {name}", given=value, expected=f"from {entry.low} to {entry.high}"
        )


def _between(entry: Option, value: float) -> bool:
    above = entry.low is None or value >= entry.low
    return above and (entry.high is None or value <= entry.high)


_REGISTERED: dict[str, Algorithm] = {}


def register(entry: Algorithm) -> Algorithm:
    """`entry`, now among the algorithms."""
    if _REGISTERED.setdefault(entry.name, entry) is not entry:
        raise ParameterError("cannot register an algorithm twice", given=entry.name)
    return entry


def algorithms() -> Mapping[str, Algorithm]:
    """All search algorithms by name: every module in this folder registers its own.

    Examples
    --------
    >>> sorted(algorithms())[:2]
    ['beam', 'best_of_n']
    """
    _import_all()
    return MappingProxyType(dict(sorted(_REGISTERED.items())))


def algorithm(name: str) -> Algorithm:
    """The algorithm called `name`; :class:`ParameterError` lists those there are."""
    known = algorithms()
    if name not in known:
        raise ParameterError(
            "no such search algorithm", given=repr(name), expected=f"one of {', '.join(known)}"
        )
    return known[name]


@cache
def _import_all() -> None:
    package = __name__.rpartition(".")[0]
    folder = importlib.import_module(package).__path__
    for module in sorted(entry.name for entry in pkgutil.iter_modules(folder)):
        importlib.import_module(f"{package}.{module}")
