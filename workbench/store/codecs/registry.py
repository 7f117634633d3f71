"""The table of kinds: which codec writes a value, and which reads a blob."""

from __future__ import annotations

import importlib
import threading
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from workbench.core.footer import MAGIC
from workbench.core.parquet import read_about
from workbench.core.tensors import read_texts
from workbench.errors import FormatError, ParameterError
from workbench.store.codecs import array, plain, sequence
from workbench.store.codecs.base import (
    AnyCodec,
    Codec,
    Encoded,
    Fetch,
    Lookup,
    Reading,
    Writing,
)
from workbench.store.codecs.record import codec_of, record_of

_HERE = "workbench.store.codecs"
_PLAIN: Mapping[type[Any], Codec] = {
    str: plain.NOTE,
    bytes: plain.BYTES,
    complex: plain.COMPLEX,
    list: sequence.SEQUENCE,
    tuple: sequence.TUPLE,
    frozenset: sequence.SET,
    dict: sequence.MAPPING,
    MappingProxyType: sequence.READ_ONLY_MAPPING,
    np.ndarray: array.ARRAY,
}
_LIGHT: Mapping[str, Codec] = {
    codec.kind: codec for codec in (*_PLAIN.values(), plain.JSON, plain.FLOAT, plain.SCALAR)
}
# Kinds whose module is imported when it is needed: of what class, and where the codec is.
_NOUNS: Mapping[str, tuple[str, str]] = {
    "circuit": ("workbench.circuits.circuit:Circuit", f"{_HERE}.circuit:CIRCUIT"),
    "dataset": ("workbench.data.dataset:Dataset", f"{_HERE}.dataset:DATASET"),
    "run": ("workbench.reasoning.run:Run", f"{_HERE}.run:RUN"),
    "frame": ("pandas:DataFrame", f"{_HERE}.frame:FRAME"),
    "theory": ("workbench.theories.theory:Theory", f"{_HERE}.theory:THEORY"),
    "table": ("workbench.core.tables:Table", f"{_HERE}.table:TABLE"),
}
_PARTS_OF_SEARCHES: Mapping[str, tuple[str, str]] = {
    kind: ("", f"{_HERE}.reasoning:{name}")
    for kind, name in (
        ("problem", "PROBLEM"),
        ("proposer", "PROPOSER"),
        ("search parameters", "PARAMS"),
        ("verifier", "VERIFIER"),
    )
}
# Frozen dataclasses that are stored field by field, and whether each has a blob of its own.
_RECORDS: Mapping[str, tuple[str, bool]] = {
    "answer": ("workbench.inference.asking:Answer", True),
    "band": ("workbench.budgets.bands:Band", True),
    "beta law": ("workbench.budgets.beta_law:BetaLaw", False),
    "bounded": ("workbench.inference.bounded:Bounded", False),
    "budget": ("workbench.reasoning.budget:Budget", False),
    "curve": ("workbench.budgets.pass_at_k:Curve", True),
    "density": ("workbench.inference.asking:Density", False),
    "dropout": ("workbench.inference.dropout:Dropout", True),
    "dropout posterior": ("workbench.inference.dropout_posterior:DropoutPosterior", True),
    "encoding": ("workbench.views.spec:Encoding", False),
    "estimate": ("workbench.uncertainty.estimate:Estimate", False),
    "figure": ("workbench.views.spec:FigureSpec", True),
    "fit": ("workbench.learning.fit:Fit", True),
    "given": ("workbench.inference.given:Given", False),
    "interval": ("workbench.uncertainty.binomial:Interval", False),
    "literal": ("workbench.theories.nodes:Literal", False),
    "marginal map": ("workbench.inference.marginal_map:MarginalMap", True),
    "measures": ("workbench.theories.measures:Measures", False),
    "moments": ("workbench.inference.moments:Moments", True),
    "mpe": ("workbench.inference.mpe:Mpe", True),
    "posteriors": ("workbench.inference.posteriors:Posteriors", True),
    "provenance": ("workbench.views.spec:Provenance", False),
    "pruned": ("workbench.learning.prune:Pruned", True),
    "rule": ("workbench.theories.theory:Rule", False),
    "score": ("workbench.uncertainty.separation:Score", False),
    "separation": ("workbench.uncertainty.separation:Separation", True),
    "share": ("workbench.theories.measures:Share", False),
    "sql check": ("workbench.theories.check_sql:SqlCheck", False),
    "token curve": ("workbench.budgets.token_axis:TokenCurve", True),
    "trajectory": ("workbench.learning.trajectory:Trajectory", True),
    "variable": ("workbench.data.variables:Variable", False),
}
_KINDS = {place: kind for table in (_NOUNS, _RECORDS) for kind, (place, _) in table.items()}
_registered: dict[str, Codec] = {}
_registered_kinds: dict[type[Any], str] = {}
_lock = threading.Lock()


def encode(value: object) -> Encoded:
    """`value` as blobs, the same bytes at every call.

    Raises
    ------
    LimitError
        When it is too large or nested too deep.
    ParameterError
        When it holds something of a kind that is not known.

    Examples
    --------
    >>> encoded = encode({"page": "home", "zoom": 1.5})
    >>> encoded.blobs[encoded.root].kind
    'json'
    """
    writing = Writing(_LOOKUP)
    root = writing.blob(value)
    return Encoded(root, writing.blobs)


def decode(root: str, fetch: Fetch) -> Any:
    """The value in the blob called `root`.

    Parameters
    ----------
    fetch
        From a hash to its payload, which must be the one with that hash.

    Raises
    ------
    FormatError
        When a blob is malformed, or of a kind that is not known.
    LimitError
        When a blob is too large.

    Examples
    --------
    >>> encoded = encode(("a", 1.5, np.arange(3)))
    >>> decode(encoded.root, lambda found: encoded.blobs[found].payload)
    ('a', 1.5, array([0, 1, 2]))
    """
    return Reading(_LOOKUP, fetch).blob(root)


def kind_of(value: object) -> str:
    """The kind of blob that `value` is stored as.

    Raises
    ------
    ParameterError
        When it is of no known kind.

    Examples
    --------
    >>> kind_of("A remark."), kind_of([1, 2]), kind_of((1, 2)), kind_of(np.arange(3))
    ('note', 'json', 'tuple', 'array')
    """
    return _codec_of_value(value).kind


def register_record(
    kind: str, cls: type[Any], *, omit: tuple[str, ...] = (), is_part: bool = True
) -> None:
    """Nothing; makes values of a frozen dataclass storable, field by field.

    A blob of this kind is read only with fields of the types that `cls` declares.
    Registering the same again changes nothing.

    Parameters
    ----------
    omit
        Fields that are not stored; each has a default.
    is_part
        Whether such a value inside another one has a blob of its own, to be shared.

    Raises
    ------
    ParameterError
        When `cls` is no frozen dataclass, an omitted field has no default, or the kind
        is taken.

    Examples
    --------
    >>> from dataclasses import dataclass
    >>> @dataclass(frozen=True)
    ... class Remark:
    ...     text: str
    ...     page: int | None = None
    >>> register_record("remark", Remark)
    >>> encoded = encode(Remark("Look here.", 3))
    >>> decode(encoded.root, lambda found: encoded.blobs[found].payload)
    Remark(text='Look here.', page=3)
    """
    codec = codec_of(record_of(kind, cls, omit), is_part=is_part)
    with _lock:
        taken = kind in _LIGHT or kind in _NOUNS or kind in _RECORDS
        if taken or _registered_kinds.get(cls, kind) != kind or not _is_same(kind, cls):
            raise ParameterError(
                "cannot register a record",
                given=f"{kind!r} for {cls.__name__}",
                expected="a kind of its own for each class",
            )
        _registered[kind] = codec
        _registered_kinds[cls] = kind


def _is_same(kind: str, cls: type[Any]) -> bool:
    """Whether a kind is free or belongs to `cls`, perhaps as its module was before a reload."""
    owners = [owner for owner, owned in _registered_kinds.items() if owned == kind]
    return all(_place(owner) == _place(cls) for owner in owners)


def _codec_of_value(value: object) -> AnyCodec:
    if plain.is_plain(value) and type(value) is not str:
        return plain.JSON
    if type(value) is float:
        return plain.FLOAT
    if isinstance(value, np.generic):
        return plain.SCALAR
    found = _PLAIN.get(type(value))
    if found is not None:
        return found
    kind = _registered_kinds.get(type(value)) or _KINDS.get(_place(type(value)))
    if kind is not None:
        return _codec_of_kind(kind)
    searching = _of_searching(value)
    if searching is None:
        raise ParameterError(
            "cannot store this value",
            given=f"a {_place(type(value))}",
            expected="a value of the workbench, an array, a table, a text or plain JSON",
            remedy="Register a frozen dataclass with workbench.store.register_record.",
        )
    return searching


def _of_searching(value: object) -> Codec | None:
    """The codec of a problem, proposer, verifier or parameters, which any room may bring."""
    found: Codec | None = _imported(f"{_HERE}.reasoning:codec_of_searching")(value)
    return found


def _codec_of_kind(kind: str) -> AnyCodec:
    for known in (_LIGHT, _registered):
        if kind in known:
            return known[kind]
    for places in (_NOUNS, _PARTS_OF_SEARCHES):
        if kind in places:
            codec: AnyCodec = _imported(places[kind][1])
            return codec
    place, is_part = _RECORDS[kind]
    return codec_of(record_of(kind, _imported(place)), is_part=is_part)


def _kind_in(payload: bytes, place: str) -> str:
    if payload[:4] == MAGIC:
        return str(read_about(payload, place)["kind"])
    texts = read_texts(payload, place)
    return "circuit" if set(texts) == {"sha256", "structure"} else _kind(texts, place)


def _kind(texts: Mapping[str, str], place: str) -> str:
    if "kind" not in texts:
        raise FormatError(place, "header", "it does not say what it is")
    return texts["kind"]


def _place(cls: type[Any]) -> str:
    return f"{cls.__module__}:{cls.__qualname__}"


def _imported(place: str) -> Any:
    module, _, name = place.partition(":")
    return getattr(importlib.import_module(module), name)


_LOOKUP = Lookup(_codec_of_value, _codec_of_kind, _kind_in)
