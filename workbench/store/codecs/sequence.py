"""Lists, tuples, sets and mappings of storable values."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from workbench.core.strict_json import write_json
from workbench.store.codecs.base import Codec, Packing, Term, Unpacking


def _write_items(values: Any, packing: Packing) -> Term:
    return [packing.term(value) for value in values]


def _read_list(body: Any, unpacking: Unpacking) -> list[Any]:
    if not isinstance(body, list):
        raise TypeError("its entries are not a list")
    return [unpacking.value(term) for term in body]


def _read_tuple(body: Any, unpacking: Unpacking) -> tuple[Any, ...]:
    return tuple(_read_list(body, unpacking))


def _write_set(values: Any, packing: Packing) -> Term:
    """Sorted by what is written, since sets have no order."""
    return sorted((packing.term(value) for value in values), key=write_json)


def _read_set(body: Any, unpacking: Unpacking) -> frozenset[Any]:
    found = frozenset(_read_list(body, unpacking))
    if len(found) < len(body):
        raise ValueError("an entry of a set is repeated")
    return found


def _write_mapping(values: Mapping[Any, Any], packing: Packing) -> Term:
    return [[packing.term(key), packing.term(value)] for key, value in values.items()]


def _read_mapping(body: Any, unpacking: Unpacking) -> dict[Any, Any]:
    pairs = [(unpacking.value(key), unpacking.value(value)) for key, value in body]
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key is repeated")
    return found


def _read_read_only(body: Any, unpacking: Unpacking) -> Mapping[Any, Any]:
    return MappingProxyType(_read_mapping(body, unpacking))


SEQUENCE = Codec("sequence", _write_items, _read_list)
TUPLE = Codec("tuple", _write_items, _read_tuple)
SET = Codec("set", _write_set, _read_set)
MAPPING = Codec("mapping", _write_mapping, _read_mapping)
READ_ONLY_MAPPING = Codec("read-only mapping", _write_mapping, _read_read_only)
