"""Tables: mappings of equally long read-only columns."""

import numpy as np
import pandas as pd
import pytest

from workbench.core.tables import Table
from workbench.errors import ParameterError


@pytest.fixture
def table():
    return Table({"k": [1, 2, 3], "name": ["a", "b", "c"]})


def test_it_is_a_mapping_of_columns(table):
    assert dict(table).keys() == {"k", "name"}
    assert len(table) == 2
    assert table.n_rows == 3
    assert table["k"].tolist() == [1, 2, 3]
    assert repr(table) == "Table(3 rows: k, name)"


def test_nothing_in_it_can_change(table):
    with pytest.raises(TypeError):
        table.columns["k"] = [0]
    with pytest.raises(ValueError, match="read-only"):
        table["k"][0] = 5


def test_unequal_columns_are_refused_with_their_lengths():
    with pytest.raises(ParameterError, match=r"'a': 1, 'b': 2"):
        Table({"a": [1], "b": [1, 2]})


def test_no_columns_no_rows():
    assert Table({}).n_rows == 0


def test_a_frame_is_a_copy(table):
    frame = table.to_frame()
    frame.loc[0, "k"] = 9
    assert table["k"][0] == 1
    pd.testing.assert_frame_equal(
        table.to_frame(), pd.DataFrame({"k": [1, 2, 3], "name": ["a", "b", "c"]}), check_dtype=False
    )


def test_the_hash_names_columns_and_values(table):
    same = Table({"k": [1, 2, 3], "name": ["a", "b", "c"]})
    others = [
        Table({"k": [1, 2, 4], "name": ["a", "b", "c"]}),
        Table({"l": [1, 2, 3], "name": ["a", "b", "c"]}),
        Table({"name": ["a", "b", "c"], "k": [1, 2, 3]}),
        Table({"k": [1, 2, 3]}),
    ]
    assert table.hash == same.hash
    assert len({table.hash, *(other.hash for other in others)}) == 5


def test_columns_of_objects_hash_by_their_text():
    texts = np.array(["a", "bc"], dtype=object)
    assert Table({"x": texts}).hash == Table({"x": texts.copy()}).hash
    assert Table({"x": texts}).hash != Table({"x": np.array(["ab", "c"], dtype=object)}).hash
