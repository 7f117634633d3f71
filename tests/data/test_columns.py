import numpy as np
import pandas as pd
import pytest

from workbench.data import load
from workbench.errors import CellError, DataError, ParameterError


def variable(values, **options):
    frame = pd.DataFrame({"other": range(len(values)), "x": values})
    return load(frame, **options).variables[1]


def test_few_whole_numbers_are_categories_in_ascending_order():
    assert variable([10, 9, 10, 2] * 3).categories == ("2", "9", "10")


def test_whole_numbers_with_missing_cells_stay_categories():
    assert variable(["1", "", "?", "2", "NA", "NaN"]).categories == ("1", "2")


def test_many_or_broken_numbers_are_continuous():
    assert variable(list(range(21))).kind == "continuous"
    assert variable([0.5, 1.0, 0.5]).kind == "continuous"


def test_text_and_truth_values_are_sorted_categories():
    assert variable(["b", " a ", "b"]).categories == ("a", "b")
    assert variable([True, False, True]).categories == ("False", "True")


def test_a_pandas_categorical_keeps_its_order():
    order = pd.Categorical(["low", "high"], categories=["low", "mid", "high"])
    assert variable(order).categories == ("low", "mid", "high")


def test_numbers_written_in_different_ways_are_one_category():
    assert variable(["1", "01", "1.0", "2"]).categories == ("1", "2")


def test_kinds_force_the_kind():
    assert variable([1, 2, 1], kinds={"x": "continuous"}).kind == "continuous"
    assert variable([0.5, 1.5, 1], kinds={"x": "categorical"}).categories == ("0.5", "1", "1.5")


def test_text_in_a_forced_column_of_numbers_names_the_cell():
    with pytest.raises(CellError, match=r"row 2, column 'x'.*'two'") as caught:
        variable(["1", "two", "3"], kinds={"x": "continuous"})
    assert (caught.value.row, caught.value.column) == (2, "x")


def test_one_slip_in_a_column_of_numbers_is_an_error():
    cells = [str(number + 0.5) for number in range(40)]
    with pytest.raises(CellError, match=r"row 8, column 'x'.*'7\.5O'"):
        variable([*cells[:7], "7.5O", *cells[8:]])


def test_infinity_is_refused():
    with pytest.raises(CellError, match="infinite number in row 2"):
        variable([1.0, np.inf, 2.0])


def test_a_column_without_values_is_refused_with_a_remedy():
    with pytest.raises(DataError, match=r"no value at all.*drop="):
        variable(["", "?", None])


def test_too_many_categories_are_refused():
    with pytest.raises(DataError, match="too many categories"):
        variable([f"name {i}" for i in range(5000)])


def test_equal_column_names_are_refused():
    with pytest.raises(DataError, match="two columns have one name"):
        load(pd.DataFrame([[1, 2]], columns=["a", "a"]))


def test_empty_tables_are_refused():
    with pytest.raises(DataError, match="empty"):
        load(pd.DataFrame({"a": []}))
    with pytest.raises(DataError, match="empty"):
        load(pd.DataFrame(index=[0, 1]))


def test_the_target_becomes_labels():
    frame = pd.DataFrame({"x": [1, 2] * 10, "y": ["no", "yes"] * 10})
    for target in ("y", 1, -1):
        data = load(frame, target=target)
        assert data.classes == ("no", "yes")
        assert np.array_equal(data.labels["train"], data.train[:, 0])


def test_a_missing_class_names_the_row():
    with pytest.raises(CellError, match="missing class in row 2"):
        load(pd.DataFrame({"x": [1, 2], "y": ["no", None]}), target="y")


@pytest.mark.parametrize(
    "options", [{"target": "z"}, {"drop": "z"}, {"kinds": {"z": "continuous"}}]
)
def test_options_that_name_no_column_are_refused(options):
    with pytest.raises(ParameterError, match="names no column"):
        load(pd.DataFrame({"x": [1, 2]}), **options)


@pytest.mark.parametrize("cell", [["a"], {"a": 1}])
def test_cells_that_are_no_cells_are_refused(cell):
    with pytest.raises(DataError, match="neither numbers nor text"):
        variable([cell, cell])


def test_complex_numbers_are_refused():
    with pytest.raises(DataError, match="complex"):
        variable([1j, 2j])


def test_bins_are_counted_on_train_alone():
    frame = pd.DataFrame({"x": np.arange(100.0) + 0.5})
    data = load(frame, bins=4, seed=3)
    whole = load(frame, seed=3)
    edges = np.quantile(whole.train[:, 0], [0.25, 0.5, 0.75])
    assert np.allclose(data.variables[0].edges, edges)
