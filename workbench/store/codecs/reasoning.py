"""Problems, proposers, verifiers and parameters of searches, as run logs describe them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, is_dataclass
from typing import Any

from workbench.errors import ParameterError
from workbench.reasoning.problems import DOMAINS
from workbench.reasoning.proposers import PROPOSERS
from workbench.reasoning.searches import algorithm, algorithms, read_params
from workbench.reasoning.verifiers import VERIFIERS
from workbench.store.codecs.base import Codec, Packing, Term, Unpacking


def codec_of_searching(value: object) -> Codec | None:
    """The codec of what a search is made of; None when `value` is none of it.

    Examples
    --------
    >>> from workbench.reasoning import problems
    >>> codec_of_searching(problems.countdown([2, 3], 6)).kind
    'problem'
    """
    for codec, names, verb, readers in _DESCRIBED:
        name = getattr(type(value), names, None)
        if isinstance(name, str) and name in readers and hasattr(value, verb):
            return codec
    is_params = is_dataclass(value) and _algorithm_of(value) is not None
    return PARAMS if is_params else None


def _described(
    kind: str, names: str, readers: Mapping[str, Callable[[Mapping[str, Any]], Any]]
) -> Codec:
    def write(value: Any, packing: Packing) -> Term:
        record = value.record()
        if readers[record[names]](record) != value:
            raise ParameterError(
                f"cannot store a {kind}",
                given=type(value).__name__,
                expected=f"one that its record makes again, of {sorted(readers)}",
            )
        return record

    def read(body: Any, unpacking: Unpacking) -> Any:
        return readers[body[names]](body)

    return Codec(kind, write, read)


def _algorithm_of(params: object) -> str | None:
    found = (name for name, entry in algorithms().items() if entry.params is type(params))
    return next(found, None)


def _write_params(params: Any, packing: Packing) -> Term:
    return [_algorithm_of(params), asdict(params)]


def _read_params(body: Any, unpacking: Unpacking) -> Any:
    name, given = body
    return read_params(algorithm(name).params, given)


PROBLEM = _described("problem", "domain", DOMAINS)
PROPOSER = _described("proposer", "kind", PROPOSERS)
VERIFIER = _described("verifier", "kind", VERIFIERS)
PARAMS = Codec("search parameters", _write_params, _read_params)
_DESCRIBED = (
    (PROBLEM, "domain", "successors", DOMAINS),
    (PROPOSER, "kind", "propose", PROPOSERS),
    (VERIFIER, "kind", "score", VERIFIERS),
)
