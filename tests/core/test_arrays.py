"""Read-only arrays and the hash of contents."""

import hashlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from workbench.core.arrays import content_hash, frozen

INTEGERS = arrays(np.int32, array_shapes(max_dims=2, max_side=4), elements=st.integers(-5, 5))


def test_a_list_becomes_a_read_only_array_of_the_type_asked_for():
    array = frozen([1, 2], dtype=np.float64)
    assert array.dtype == np.float64
    with pytest.raises(ValueError, match="read-only"):
        array[0] = 3


def test_the_callers_array_stays_writeable_and_apart():
    mine = np.arange(3)
    kept = frozen(mine)
    mine[0] = 9
    assert kept.tolist() == [0, 1, 2]


def test_a_view_of_the_callers_array_is_copied_too():
    mine = np.arange(6)
    kept = frozen(mine[:3])
    mine[0] = 9
    assert kept.tolist() == [0, 1, 2]


def test_a_frozen_array_is_not_copied_again():
    kept = frozen([1, 2])
    assert frozen(kept) is kept


def test_the_layout_is_contiguous():
    assert frozen(np.arange(6).reshape(2, 3).T).flags.c_contiguous


@given(INTEGERS, INTEGERS)
def test_hashes_agree_exactly_when_type_shape_and_values_do(a, b):
    equal = a.shape == b.shape and a.tobytes() == b.tobytes()
    assert (content_hash([a]) == content_hash([b])) is equal


@given(st.lists(st.text(max_size=4), max_size=4), st.lists(st.text(max_size=4), max_size=4))
def test_strings_do_not_run_into_each_other(a, b):
    assert (content_hash(a) == content_hash(b)) is (a == b)


def test_type_and_shape_count():
    values = np.zeros(4, np.int32)
    different = [values, values.astype(np.int64), values.reshape(2, 2), values.view(np.float32)]
    assert len({content_hash([array]) for array in different}) == 4


def test_the_hash_is_the_documented_sha256():
    array = np.arange(3, dtype="<i4")
    expected = hashlib.sha256(b"<i4:(3,):" + array.tobytes() + b"str:1:x").hexdigest()
    assert content_hash([array, "x"]) == expected


def test_memory_order_does_not_matter():
    array = np.arange(6).reshape(2, 3)
    assert content_hash([np.asfortranarray(array)]) == content_hash([array])
