import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench import errors
from workbench.errors import FormatError, WorkbenchError
from workbench.jobs import Event, Failure
from workbench.jobs.call import Call, Ref
from workbench.jobs.reports import (
    Begun,
    Ended,
    Kept,
    Order,
    Told,
    error_fields,
    error_from,
    order_from,
    report_from,
    report_text,
)

numbers = st.integers(0, 10**6)
reports = st.one_of(
    st.builds(Begun, numbers, numbers),
    st.builds(
        Told,
        *(numbers, numbers, st.floats(0, 1), st.text()),
        st.dictionaries(st.text(), st.floats(allow_nan=False)),
    ),
    st.builds(Kept, numbers, st.text()),
    st.builds(Ended, numbers, st.sampled_from(Event), st.none() | st.text(), st.none(), st.text()),
)


@given(reports)
def test_a_report_is_read_as_it_was_told(report):
    text = report_text(report)
    assert report_from(text) == report
    assert "\n" not in text


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"kind": "x"}', '{"kind": "begun"}', "Hello"])
def test_what_is_no_report_is_refused(text):
    with pytest.raises(FormatError):
        report_from(text)


def test_an_order_is_read_as_it_was_given():
    call = Call("a.b", {"x": Ref("0" * 64), "y": None})
    order = Order(3, call, "a:b", ("a", "c"), "1" * 64, 0.0)
    assert order_from(order.text) == order


ERRORS = [
    WorkbenchError("no", given=3, expected="4", remedy="Do."),
    errors.CellError("bad", row=3, column="age", given="'x'"),
    errors.FormatError("a.json", "line 3", "no bracket", remedy="Mend it."),
    errors.MissingDependency("dask", "cluster"),
    errors.LimitError("too many", given="5", expected="at most 4"),
    Failure("fit", KeyError("x"), "abcd1234"),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_an_error_says_the_same_in_another_process(error):
    again = error_from(error_fields(error))
    assert type(again) is type(error)
    assert str(again) == str(error)
    same = {name: None if value is None else str(value) for name, value in vars(error).items()}
    assert {n: None if v is None else str(v) for n, v in vars(again).items()} == same


def test_an_error_of_another_room_is_its_nearest_kind():
    class OddError(errors.DataError):
        """Not of the family's module."""

    assert type(error_from(error_fields(OddError("odd")))) is errors.DataError


DAMAGED = [
    *({}, {"kind": "os"}, {"kind": 3, "fields": 4}, {"fields": {}}),
    {"kind": "DataError", "fields": {"__class__": "x", "args": 3, "with_traceback": 1, "": 2}},
]


@pytest.mark.parametrize("told", DAMAGED, ids=str)
def test_a_damaged_telling_is_an_error_all_the_same(told):
    assert str(error_from(told)) == "failed"
