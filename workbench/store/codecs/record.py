"""Records: frozen dataclasses, field by field, read back only with the types they declare."""

from __future__ import annotations

import importlib
import typing
from collections.abc import Mapping
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass
from functools import cache
from typing import Any

from workbench.errors import ParameterError
from workbench.store.codecs.base import Codec, Packing, Term, Unpacking
from workbench.store.codecs.fields import Check, check_of


@dataclass(frozen=True, slots=True)
class Record:
    """A class whose values are stored, by its kind; `omitted` fields are not."""

    kind: str
    cls: type[Any]
    omitted: frozenset[str] = frozenset()

    @property
    def stored(self) -> tuple[Field[Any], ...]:
        """The fields that are stored: those that its constructor takes, less the omitted."""
        return tuple(f for f in fields(self.cls) if f.init and f.name not in self.omitted)

    def write(self, value: Any, packing: Packing) -> Term:
        """The fields of `value` by name; what its cached properties hold is not among them."""
        checks, written = checks_of(self), {}
        for name, check in checks.items():
            entry = getattr(value, name)
            if not check(entry):
                raise ParameterError(
                    f"cannot store a {self.kind}",
                    given=f"{name} of type {type(entry).__name__}",
                    expected=f"{hints_of(self.cls)[name]}",
                )
            written[name] = packing.term(entry)
        return written

    def read(self, body: Any, unpacking: Unpacking) -> Any:
        """The value with the fields in `body`, each of the type that its class declares."""
        checks = checks_of(self)
        if not isinstance(body, dict) or body.keys() != checks.keys():
            raise ValueError(f"its fields are not {', '.join(checks)}")
        values = {name: unpacking.value(body[name]) for name in checks}
        for name, check in checks.items():
            if not check(values[name]):
                raise TypeError(f"{name} is not of type {hints_of(self.cls)[name]}")
        return self.cls(**values)


def record_of(kind: str, cls: type[Any], omit: tuple[str, ...] = ()) -> Record:
    """The record of `cls`, after a check that its values can be made again.

    Raises
    ------
    ParameterError
        When `cls` is no frozen dataclass, or an omitted field has no default.
    """
    if not (is_dataclass(cls) and cls.__dataclass_params__.frozen):  # type: ignore[attr-defined]
        raise ParameterError(
            f"cannot store values of {cls.__name__}", expected="a frozen dataclass"
        )
    known = {field.name: field for field in fields(cls)}
    for name in omit:
        if name not in known or not has_default(known[name]):
            raise ParameterError(
                f"cannot leave out the field {name!r} of {cls.__name__}",
                expected="a field with a default",
            )
    return Record(kind, cls, frozenset(omit))


def codec_of(record: Record, *, is_part: bool) -> Codec:
    """The codec of a record."""
    return Codec(record.kind, record.write, record.read, is_part)


def has_default(field: Field[Any]) -> bool:
    """Whether the constructor needs no value for `field`."""
    return field.default is not MISSING or field.default_factory is not MISSING


@cache
def checks_of(record: Record) -> Mapping[str, Check]:
    """A check for each stored field, made from its annotation when it is first needed."""
    hints = hints_of(record.cls)
    return {
        field.name: check_of(hints[field.name], f"{record.kind}.{field.name}")
        for field in record.stored
    }


def hints_of(cls: type[Any]) -> Mapping[str, Any]:
    """The annotations of a class; `pd` and `np` are known though imported for types only."""
    names = {"pd": importlib.import_module("pandas"), "np": importlib.import_module("numpy")}
    return typing.get_type_hints(cls, localns=names)
