"""Generated values of plain kinds, nested in every way: equal after a round trip, byte by byte."""

from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays_of

from workbench.core.arrays import AnyArray
from workbench.store.codecs import decode, encode, kind_of, register_record


@dataclass(frozen=True, eq=False)
class Holder:
    value: object
    rows: AnyArray | None = None


register_record("test.holder", Holder)
plain = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
keys = st.text(max_size=3) | st.integers() | st.booleans() | st.none() | st.tuples(st.integers())
dtypes = st.one_of(
    arrays_of.boolean_dtypes(),
    arrays_of.integer_dtypes(),
    arrays_of.floating_dtypes(sizes=(16, 32, 64)),
    arrays_of.complex_number_dtypes(sizes=(64, 128)),
    arrays_of.unicode_string_dtypes(max_len=4),
    arrays_of.byte_string_dtypes(max_len=4),
    arrays_of.datetime64_dtypes(),
    arrays_of.timedelta64_dtypes(),
)
arrays = arrays_of.arrays(dtypes, arrays_of.array_shapes(min_dims=0, max_side=4, min_side=0))
values = st.recursive(
    plain | st.binary(max_size=4) | arrays,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.lists(inner, max_size=3).map(tuple),
        st.dictionaries(keys, inner, max_size=3),
        st.dictionaries(st.text(max_size=3), inner, max_size=3).map(MappingProxyType),
        st.frozensets(keys, max_size=3),
        st.builds(Holder, inner, st.none() | arrays),
    ),
    max_leaves=8,
)


def payloads(encoded):
    return {name: blob.payload for name, blob in encoded.blobs.items()}


def shown(value):
    """`value` as text in which equal values are equal and others are not."""
    if isinstance(value, np.ndarray):
        little = value.astype(value.dtype.newbyteorder("<"))
        return f"{little.dtype.str}{little.shape}{little.tobytes()}"
    if isinstance(value, Holder):
        return f"Holder({shown(value.value)}, {shown(value.rows)})"
    if isinstance(value, dict | MappingProxyType):
        pairs = ", ".join(f"{key!r}: {shown(entry)}" for key, entry in value.items())
        return f"{type(value).__name__}({pairs})"
    if isinstance(value, list | tuple):
        return f"{type(value).__name__}({', '.join(map(shown, value))})"
    if isinstance(value, frozenset):
        return f"set({sorted(map(repr, value))})"
    return f"{type(value).__name__} {value!r}"


@settings(max_examples=150, deadline=None)
@given(values)
def test_nested_values_come_back_equal_and_of_their_types(value):
    encoded = encode(value)
    assert encoded.blobs[encoded.root].kind == kind_of(value)
    found = decode(encoded.root, payloads(encoded).__getitem__)
    assert shown(found) == shown(value)
    again = encode(found)
    assert payloads(again) == payloads(encoded)
    assert list(again.blobs) == list(encoded.blobs)
    for blob in encoded.blobs.values():
        assert set(blob.parts) <= set(encoded.blobs)
