import types
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NewType, Protocol

import numpy as np
import pytest

from workbench.core.arrays import AnyArray, BoolArray, FloatArray, IdArray
from workbench.core.tables import Table
from workbench.errors import FormatError, ParameterError
from workbench.reasoning import problems
from workbench.reasoning.problems import Problem
from workbench.store.codecs import Blob, decode, encode, register_record
from workbench.store.codecs.fields import check_of
from workbench.store.codecs.record import checks_of, record_of

Rows = NewType("Rows", FloatArray)
TASK = problems.countdown([2, 3], 6)


class Named(Protocol):
    title: str

    def shown(self) -> str: ...


class Shown:
    title = "a"

    def shown(self):
        return self.title


@pytest.mark.parametrize(
    ("annotation", "fits", "others"),
    [
        (int, [1, np.int64(1)], [True, 1.0, "1", None]),
        (float, [1.0, 1, np.float32(1), float("nan")], [True, "1", None, 1j]),
        (bool, [True, np.bool_(0)], [1, None]),
        (str, ["a"], [b"a", None]),
        (bytes, [b"a"], ["a"]),
        (None, [None], [0]),
        (Any, [None, 1, object()], []),
        (object, [None, 1], []),
        (int | None, [1, None], ["a"]),
        (str | float, ["a", 1.0], [None]),
        (Literal["a", 1], ["a", 1], ["b", 1.0, True, None]),
        (tuple[int, ...], [(), (1, 2)], [[1], (1.5,), None]),
        (tuple[int, str], [(1, "a")], [(1,), (1, 2), (1, "a", 2)]),
        (tuple, [(1, "a")], [[1]]),
        (list[int], [[1]], [(1,), ["a"]]),
        (Sequence[str], [["a"], ("a",)], ["a", [1]]),
        (frozenset[int], [frozenset({1})], [{1}, frozenset({"a"})]),
        (Mapping[str, int | None], [{"a": 1}, types.MappingProxyType({"b": None})], [{1: 1}, []]),
        (dict[int, tuple[str, ...]], [{1: ("a",)}], [{1: ["a"]}]),
        (Mapping[str, AnyArray], [Table({"a": [1]})], [{"a": [1]}]),
        (FloatArray, [np.zeros(2)], [np.zeros(2, np.float32), [0.0]]),
        (IdArray, [np.arange(3)], [np.arange(3, dtype=np.int32)]),
        (BoolArray, [np.array([True])], [np.array([1])]),
        (AnyArray, [np.array(["a"]), np.zeros(2)], [None]),
        (np.ndarray, [np.zeros(2)], [[1]]),
        (Rows, [np.zeros(2)], [np.arange(2)]),
        (Table, [Table({})], [{}]),
        (Problem, [TASK], ["a", 3, Shown()]),
        (Named, [Shown()], ["a"]),
    ],
)
def test_an_annotation_is_checked_deeply(annotation, fits, others):
    check = check_of(annotation, "x")
    assert all(check(value) for value in fits)
    assert not any(check(value) for value in others)


@pytest.mark.parametrize("annotation", [Callable[[], int], set[int], set, range, type[int], "x"])
def test_an_annotation_that_cannot_be_checked_is_refused(annotation):
    with pytest.raises(ParameterError, match=r"cannot store the field thing\.x"):
        check_of(annotation, "thing.x")


@dataclass(frozen=True)
class Ruled:
    share: float
    names: tuple[str, ...] = ()
    doubled: float = field(init=False, default=0.0)

    def __post_init__(self):
        if not 0.0 <= self.share <= 1.0:
            raise ParameterError("no share", given=self.share)
        object.__setattr__(self, "doubled", 2 * self.share)


register_record("test.ruled", Ruled)


def test_what_a_class_refuses_is_a_malformed_blob():
    encoded = encode(Ruled(0.5, ("a",)))
    payload = encoded.blobs[encoded.root].payload
    assert decode(encoded.root, lambda _: payload) == Ruled(0.5, ("a",))
    with pytest.raises(FormatError, match="no share"):
        decode(encoded.root, lambda _: payload.replace(b"0.5", b"1.5"))
    with pytest.raises(FormatError, match="names is not of type"):
        decode(encoded.root, lambda _: payload.replace(b'["a"]', b"[777]"))


def test_a_field_that_the_constructor_does_not_take_is_not_stored():
    assert list(checks_of(record_of("test.ruled", Ruled))) == ["share", "names"]


def test_a_value_of_another_type_than_declared_is_not_stored():
    with pytest.raises(ParameterError, match="share of type str"):
        encode(_forced("0.5"))


def _forced(share):
    value = Ruled(0.5)
    object.__setattr__(value, "share", share)
    return value


@dataclass
class Loose:
    x: int = 0


@dataclass(frozen=True)
class Other:
    x: int


def test_only_frozen_dataclasses_with_a_kind_of_their_own_are_registered():
    with pytest.raises(ParameterError, match="a frozen dataclass"):
        register_record("test.loose", Loose)
    with pytest.raises(ParameterError, match="a frozen dataclass"):
        register_record("test.shown", Shown)
    for kind in ("test.ruled", "circuit", "json", "fit"):
        with pytest.raises(ParameterError, match="a kind of its own"):
            register_record(kind, Other)
    with pytest.raises(ParameterError, match="a kind of its own"):
        register_record("test.ruled again", Ruled)
    register_record("test.ruled", Ruled)


@pytest.mark.parametrize("name", ["x", "y"])
def test_only_fields_with_a_default_are_left_out(name):
    with pytest.raises(ParameterError, match=f"leave out the field '{name}'"):
        register_record("test.other", Other, omit=(name,))


def test_a_blob_is_called_by_the_sha256_of_its_payload():
    assert Blob("note", b"").hash.startswith("e3b0c44298fc1c14")
