import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.errors import FormatError
from workbench.jobs.call import MAX_CALL_CHARS, MAX_INLINE_CHARS, Call, Ref, argument, call_from

HASH = "0123456789abcdef" * 4
scalars = st.none() | st.booleans() | st.integers() | st.text(max_size=MAX_INLINE_CHARS)
finite = st.floats(allow_nan=False, allow_infinity=False)
calls = st.builds(
    Call,
    st.text(max_size=40),
    st.dictionaries(st.text(max_size=20), scalars | finite | st.just(Ref(HASH)), max_size=6),
)


@given(calls)
def test_a_call_is_read_as_it_was_written(call):
    assert call_from(call.text) == call
    assert {**call.scalars, **call.refs}.keys() == call.arguments.keys()


@pytest.mark.parametrize(
    "value",
    [[1], (1,), {}, float("nan"), float("inf"), np.float64(2), np.arange(2), "x" * 257, 1 + 2j],
    ids=str,
)
def test_what_is_not_small_and_plain_is_kept_by_its_hash(value):
    assert argument(value, put=lambda _: HASH) == Ref(HASH)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[]",
        "{}",
        '{"task": "a"}',
        '{"task": 3, "arguments": {}}',
        '{"task": "a", "arguments": []}',
        '{"task": "a", "arguments": {"x": [1]}}',
        '{"task": "a", "arguments": {"x": {"ref": "../../etc"}}}',
        '{"task": "a", "arguments": {"x": {"ref": 5}}}',
        '{"task": "a", "arguments": {"x": NaN}}',
        json.dumps({"task": "a", "arguments": {"x": "y" * (MAX_INLINE_CHARS + 1)}}),
        '{"task": "a", "arguments": {}, "pad": "' + "x" * MAX_CALL_CHARS + '"}',
        "[" * 100_000,
    ],
    ids=lambda text: text[:40],
)
def test_what_is_no_call_is_refused(text):
    with pytest.raises(FormatError, match="job 7"):
        call_from(text, "job 7")
