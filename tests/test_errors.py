"""The error family: what messages say, and that the tree in the docstring is the real one."""

import inspect
import re

import pytest

from workbench import errors
from workbench.errors import CellError, FormatError, MissingDependency, WorkbenchError
from workbench.limits import LIMITS, require_within

FAMILY = [value for _, value in inspect.getmembers(errors, inspect.isclass)]


def test_message_says_what_given_expected_and_remedy():
    error = WorkbenchError("cannot do", given=3, expected="at most 2", remedy="Ask for less.")
    assert str(error) == "cannot do: given 3; expected at most 2. Ask for less."
    assert (error.given, error.expected, error.remedy) == (3, "at most 2", "Ask for less.")


@pytest.mark.parametrize(
    ("details", "text"),
    [
        ({}, "cannot do"),
        ({"given": 0}, "cannot do: given 0."),
        ({"expected": "one"}, "cannot do: expected one."),
        ({"remedy": "Stop."}, "cannot do. Stop."),
    ],
)
def test_message_leaves_out_what_is_unknown(details, text):
    assert str(WorkbenchError("cannot do", **details)) == text


def test_a_bad_cell_is_named_by_row_and_column():
    error = CellError("not a number", row=7, column="width", given="'x'")
    assert str(error) == "not a number in row 7, column 'width': given 'x'."
    assert (error.row, error.column) == (7, "width")


def test_a_bad_file_is_named_with_place_and_reason():
    error = FormatError("a.wbc", "header", "not JSON")
    assert str(error) == "cannot read a.wbc at header: not JSON"
    assert (error.path, error.place, error.reason) == ("a.wbc", "header", "not JSON")


def test_a_missing_package_names_its_extra():
    assert "pip install 'circuit-workbench[gpu]'" in str(MissingDependency("triton", "gpu"))


@pytest.mark.parametrize("kind", FAMILY)
def test_every_error_is_of_the_family(kind):
    assert issubclass(kind, WorkbenchError)


def test_the_drawn_tree_names_exactly_the_family():
    tree = errors.__doc__.split("::", 1)[1]
    assert set(re.findall(r"\b[A-Z]\w+", re.sub(r"  +.*", "", tree, flags=re.MULTILINE))) <= {
        kind.__name__ for kind in FAMILY
    }
    assert [kind.__name__ for kind in FAMILY if kind.__name__ not in tree] == []


def test_limits_refuse_with_both_numbers():
    require_within("rows", LIMITS.n_rows, LIMITS.n_rows)
    with pytest.raises(errors.LimitError, match="given 11; expected at most 10"):
        require_within("rows", 11, 10)


def test_limits_are_frozen():
    with pytest.raises(AttributeError):
        LIMITS.n_rows = 1
