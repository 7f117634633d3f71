import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.data import decode, encode, from_arrays, load
from workbench.data.cells import MISSING
from workbench.errors import CellError, DataError

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
cell = text.filter(lambda value: value.strip() not in MISSING)
columns = st.one_of(
    st.tuples(st.just("text"), st.lists(cell | st.none(), min_size=8, max_size=8)),
    st.tuples(st.just("whole"), st.lists(st.integers(-3, 3), min_size=8, max_size=8)),
    st.tuples(
        st.just("real"),
        st.lists(st.floats(allow_infinity=False) | st.none(), min_size=8, max_size=8),
    ),
)


@st.composite
def frames(draw):
    names = draw(st.lists(text, unique=True, min_size=1, max_size=4))
    drawn = {name: draw(columns) for name in names}
    frame = pd.DataFrame({i: pd.Series(values) for i, (_, values) in enumerate(drawn.values())})
    frame.columns = pd.Index(list(drawn), dtype=object)
    return frame[[name for name in drawn if _has_values(drawn[name][1])]]


def _has_values(values):
    return any(value is not None and value == value for value in values)  # noqa: PLR0124


def everything(data):
    return np.concatenate([data.train, data.valid, data.test])


@settings(max_examples=60)
@given(frames())
def test_tables_with_missing_cells_and_hostile_names_come_back(frame):
    if not frame.shape[1]:
        return
    data = load(frame)
    rows = encode(data.variables, frame)
    assert [v.name for v in data.variables] == list(frame.columns)
    shown = decode(data, rows)
    assert list(shown.columns) == list(frame.columns)
    assert np.array_equal(encode(data.variables, shown), rows, equal_nan=True)
    assert np.array_equal(np.sort(rows, axis=0), np.sort(everything(data), axis=0), equal_nan=True)
    for column, name in enumerate(frame.columns):
        _require_same_cells(frame.iloc[:, column], shown.iloc[:, column], name)


def _require_same_cells(given_column, shown, name):
    for before, after in zip(given_column, shown, strict=True):
        if pd.isna(before):
            assert pd.isna(after), name
        elif isinstance(before, str):
            is_same = str(after) == before.strip()
            assert is_same or float(after) == float(before), name
        else:
            assert float(after) == float(before), name


@given(st.integers(0, 4))
def test_binned_columns_take_numbers_and_labels(seed):
    random = np.random.default_rng(seed)
    frame = pd.DataFrame({"x": random.normal(size=50)})
    data = load(frame, bins=5, seed=seed)
    rows = encode(data.variables, frame)
    assert np.array_equal(np.sort(rows, axis=0), np.sort(everything(data), axis=0))
    assert np.array_equal(encode(data.variables, decode(data, rows)), rows)


def test_an_unknown_category_names_row_column_value_and_what_is_known():
    data = load(pd.DataFrame({"colour": ["red", "blue"] * 5}))
    with pytest.raises(CellError) as caught:
        encode(data.variables, pd.DataFrame({"colour": ["red", "green"]}))
    assert (caught.value.row, caught.value.column) == (2, "colour")
    for word in ("'green'", "'red'", "'blue'"):
        assert word in str(caught.value)


def test_columns_are_found_by_name_and_others_ignored():
    data = load(pd.DataFrame({"a": [0, 1] * 5, "b": ["x", "y"] * 5}))
    frame = pd.DataFrame({"more": [9, 9], "b": ["y", "?"], "a": ["1", 0.0]})
    assert np.array_equal(encode(data.variables, frame), [[1, 1], [0, np.nan]], equal_nan=True)


def test_an_absent_column_is_named():
    data = load(pd.DataFrame({"a": [0, 1] * 5}))
    with pytest.raises(DataError, match=r"lacks columns.*'a'"):
        encode(data.variables, pd.DataFrame({"b": [0]}))


def test_rows_that_do_not_fit_are_refused():
    data = from_arrays([[0], [1]])
    with pytest.raises(DataError, match="bad category code"):
        decode(data, np.array([[2.0]]))
