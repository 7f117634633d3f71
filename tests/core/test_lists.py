"""Lists as people type them."""

import pytest

from workbench.core.lists import whole_numbers
from workbench.errors import LimitError, ParameterError


@pytest.mark.parametrize(
    ("text", "found"), [("0..3", [0, 1, 2, 3]), ("7", [7]), ("1,1,0..1", [1, 0])]
)
def test_lists_and_ranges_of_numbers(text, found):
    assert whole_numbers(text, "--seeds") == found


@pytest.mark.parametrize("text", ["3..1", "-1", "1.5", "a", "1..2..3", "0..", "", " , "])
def test_bad_lists_are_quoted(text):
    with pytest.raises(ParameterError, match="--seeds"):
        whole_numbers(text, "--seeds")


def test_a_range_that_is_too_long_is_refused():
    with pytest.raises(LimitError):
        whole_numbers("0..999999999999", "--seeds")
