from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Literal, NewType

import numpy as np
import pytest

from workbench.core.arrays import AnyArray, FloatArray
from workbench.core.tables import Table
from workbench.data import Dataset, categorical, load
from workbench.store.codecs import decode, encode, kind_of, register_record

Nats = NewType("Nats", float)


def payloads(encoded):
    return {name: blob.payload for name, blob in encoded.blobs.items()}


def returned(value):
    """`value` after a round trip, which writes the same bytes again."""
    encoded = encode(value)
    found = decode(encoded.root, payloads(encoded).__getitem__)
    assert payloads(encode(found)) == payloads(encoded)
    return found


@dataclass(frozen=True, eq=False)
class Inner:
    weights: FloatArray
    name: str = ""


@dataclass(frozen=True, eq=False)
class Outer:
    data: Dataset
    inners: tuple[Inner, ...]
    pair: tuple[int, str]
    scores: Mapping[str, float] | None = None
    kind: Literal["wide", "deep"] = "wide"
    cost: Nats = Nats(0.0)
    rows: AnyArray | None = None
    workers: int = 1

    @cached_property
    def total(self):
        return sum(float(inner.weights.sum()) for inner in self.inners)


register_record("test.inner", Inner, is_part=False)


PLAIN = [
    None, True, 7, -0.0, 2**80, "a note", [1, [2.5, None]], {"a": {"b": [1]}}, [], {}, 1e-300,
]  # fmt: skip


@pytest.mark.parametrize("value", PLAIN, ids=repr)
def test_plain_values_come_back_equal_and_of_their_type(value):
    found = returned(value)
    assert found == value
    assert repr(found) == repr(value)


@pytest.mark.parametrize(
    "value",
    [
        (), (1, "a", (2,)), [(1,), 2], {"a": (1,)}, {1: 2}, {(1, 2): "x"}, frozenset({"a", 1}),
        b"\x00\xff", 1.5 + 2j, MappingProxyType({"a": 1}), categorical("x", 3), float("inf"),
        np.float32(0.1), np.int64(3), np.bool_(1), np.datetime64("2020-01-01"), np.str_("abc"),
    ],
    ids=lambda value: type(value).__name__,
)  # fmt: skip
def test_values_of_other_kinds_come_back_equal_and_of_their_type(value):
    found = returned(value)
    assert found == value
    assert type(found) is type(value)


def test_not_a_number_comes_back():
    assert np.isnan(returned(float("nan")))


@pytest.mark.parametrize(
    ("value", "kind"),
    [(1, "json"), ([1], "json"), ([(1,)], "sequence"), ({"a": 1}, "json"), ({1: 1}, "mapping"),
     ("a", "note"), (np.arange(3), "array"), (np.float64(1), "number"), (Table({}), "table")],
)  # fmt: skip
def test_kinds(value, kind):
    encoded = encode(value)
    assert kind_of(value) == encoded.blobs[encoded.root].kind == kind


ARRAYS = [
    np.arange(4), np.zeros((0, 3)), np.array(3.5), np.arange(6, dtype=np.float16).reshape(2, 3).T,
    np.array([True, False]), np.array(["a", "bcd"]), np.array([b"a", b"bc"]),
    np.array([1 + 2j], np.complex64), np.array(["2020-01-01", "NaT"], "M8[D]"),
    np.array([3], "m8[25us]"), np.array([["a", None, 1.5]], object), np.arange(3, dtype=">i4"),
]  # fmt: skip


@pytest.mark.parametrize("array", ARRAYS, ids=lambda array: array.dtype.str)
def test_arrays_come_back_bit_by_bit_and_read_only(array):
    found = returned(array)
    assert found.dtype == array.dtype.newbyteorder("<")
    assert found.shape == array.shape
    assert not found.flags.writeable
    np.testing.assert_array_equal(found, array)


@pytest.mark.parametrize("array", ARRAYS, ids=lambda array: array.dtype.str)
def test_tables_keep_the_type_of_every_column(array):
    column = np.atleast_1d(array.ravel() if array.dtype == object else array)
    found = returned(Table({"a": column, "b": np.zeros(len(column))}))
    assert list(found) == ["a", "b"]
    assert found["a"].dtype == column.dtype.newbyteorder("<")
    np.testing.assert_array_equal(found["a"], column)


def test_the_bits_of_every_float_are_kept():
    bits = np.array([0x7FF8000000000001, 0xFFF8000000000000, 0x8000000000000000, 1], np.uint64)
    floats = bits.view(np.float64)
    assert returned(floats).view(np.uint64).tolist() == bits.tolist()
    assert returned(Table({"x": floats}))["x"].view(np.uint64).tolist() == bits.tolist()


@pytest.mark.parametrize("name", ["digits", "iris"])
def test_a_data_set_comes_back_with_its_hash(name):
    data = load(name)
    found = returned(data)
    assert found.hash == data.hash
    assert (found.name, found.classes, found.shape) == (data.name, data.classes, data.shape)
    assert found.source == data.source


def test_whole_numbers_of_a_data_set_take_a_byte_each():
    data = load("digits")
    n_cells = sum(len(getattr(data, split)) for split in ("train", "valid", "test")) * 64
    encoded = encode(data)
    assert len(encoded.blobs) == 1
    assert len(encoded.blobs[encoded.root].payload) < 1.2 * n_cells


def test_records_are_stored_by_their_fields_and_share_their_parts():
    register_record("test.outer", Outer, omit=("workers",))
    weights = np.random.default_rng(0).random(5000)
    data = load("iris")
    value = Outer(data, (Inner(weights, "a"), Inner(weights)), (1, "x"), {"a": 1.0}, workers=4)
    before = encode(value)
    assert value.total > 0
    assert payloads(encode(value)) == payloads(before)
    found = returned(value)
    assert found.workers == 1
    assert found.inners[0].weights is found.inners[1].weights
    assert found.data.hash == data.hash
    kinds = sorted(blob.kind for blob in before.blobs.values())
    assert kinds == ["array", "dataset", "test.outer"]
    assert list(before.blobs)[-1] == before.root
    assert set(before.blobs[before.root].parts) == set(before.blobs) - {before.root}
