"""Checks of a value against the annotation of a field."""

from __future__ import annotations

import types
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import is_dataclass
from functools import partial
from typing import Any, Literal, NewType, TypeAlias, Union, get_args, get_origin

import numpy as np

from workbench.errors import ParameterError

Check: TypeAlias = Callable[[Any], bool]


def check_of(annotation: Any, place: str) -> Check:
    """The check whether a value is of the type that an `annotation` names.

    Raises
    ------
    ParameterError
        When values of such a type cannot be checked, so not stored; names the `place`.

    Examples
    --------
    >>> is_pair = check_of(tuple[str, int | None], "pair")
    >>> is_pair(("a", None)), is_pair(("a", 0.5)), is_pair(["a", 1])
    (True, False, False)
    """
    if annotation in _SIMPLE:
        return _SIMPLE[annotation]
    if isinstance(annotation, NewType):
        return check_of(annotation.__supertype__, place)
    make = _GENERIC.get(get_origin(annotation))
    if make is not None:
        return make(get_args(annotation), place)
    if getattr(annotation, "_is_protocol", False):
        return partial(_has_members, annotation)
    if isinstance(annotation, type) and _is_storable(annotation):
        return partial(_is_instance, annotation)
    raise ParameterError(
        f"cannot store the field {place}",
        given=f"the annotation {annotation}",
        expected="numbers, texts, arrays, tables, records, or tuples and mappings of them",
    )


def _is_storable(annotation: type[Any]) -> bool:
    ours = annotation.__module__.partition(".")[0] not in {"builtins", "typing", "collections"}
    return ours or is_dataclass(annotation)


def _is_instance(annotation: type[Any], value: Any) -> bool:
    return isinstance(value, annotation)


def _has_members(protocol: type[Any], value: Any) -> bool:
    names = {*vars(protocol), *getattr(protocol, "__annotations__", {})}
    return all(hasattr(value, name) for name in names if not name.startswith("_"))


def _anything(value: Any) -> bool:
    return True


def _is_none(value: Any) -> bool:
    return value is None


def _is_truth(value: Any) -> bool:
    return isinstance(value, bool | np.bool_)


def _is_whole(value: Any) -> bool:
    return isinstance(value, int | np.integer) and not isinstance(value, bool)


def _is_number(value: Any) -> bool:
    return _is_whole(value) or isinstance(value, float | np.floating)


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_bytes(value: Any) -> bool:
    return isinstance(value, bytes)


_SIMPLE: Mapping[Any, Check] = {
    Any: _anything,
    object: _anything,
    None: _is_none,
    type(None): _is_none,
    bool: _is_truth,
    int: _is_whole,
    float: _is_number,
    str: _is_text,
    bytes: _is_bytes,
    tuple: partial(_is_instance, tuple),
    list: partial(_is_instance, list),
    dict: partial(_is_instance, dict),
    np.ndarray: partial(_is_instance, np.ndarray),
}


def _literal(choices: tuple[Any, ...], place: str) -> Check:
    return lambda value: any(type(value) is type(c) and value == c for c in choices)


def _union(inner: tuple[Any, ...], place: str) -> Check:
    checks = [check_of(annotation, place) for annotation in inner]
    return lambda value: any(check(value) for check in checks)


def _tuple(inner: tuple[Any, ...], place: str) -> Check:
    if inner[-1:] == (Ellipsis,):
        return _items(tuple, inner[:1], place)
    checks = [check_of(annotation, place) for annotation in inner]
    return lambda value: (
        isinstance(value, tuple)
        and len(value) == len(checks)
        and all(check(entry) for check, entry in zip(checks, value, strict=True))
    )


def _items(kind: Any, inner: tuple[Any, ...], place: str) -> Check:
    check = check_of(inner[0], place)
    return lambda value: (
        isinstance(value, kind) and not isinstance(value, str) and all(map(check, value))
    )


def _mapping(kind: Any, inner: tuple[Any, ...], place: str) -> Check:
    is_key, is_value = (check_of(annotation, place) for annotation in inner)
    return lambda found: (
        isinstance(found, kind) and all(map(is_key, found)) and all(map(is_value, found.values()))
    )


def _array(inner: tuple[Any, ...], place: str) -> Check:
    wanted = get_args(inner[1])[0] if get_args(inner[1]) else Any
    if wanted is Any:
        return partial(_is_instance, np.ndarray)
    return lambda value: isinstance(value, np.ndarray) and np.issubdtype(value.dtype, wanted)


_GENERIC: Mapping[Any, Callable[[tuple[Any, ...], str], Check]] = {
    Literal: _literal,
    Union: _union,
    types.UnionType: _union,
    tuple: _tuple,
    np.ndarray: _array,
    Mapping: partial(_mapping, Mapping),
    dict: partial(_mapping, dict),
    list: partial(_items, list),
    Sequence: partial(_items, (list, tuple)),
    Collection: partial(_items, (list, tuple, frozenset)),
    frozenset: partial(_items, frozenset),
}
