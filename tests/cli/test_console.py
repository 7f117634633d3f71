"""One JSON document for programs: only numbers that JSON has, nothing beside it."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.cli.console import answer, plain, print_facts, print_rows, rows_of
from workbench.core.tables import Table

FLOATS = st.floats()
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | FLOATS | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(VALUES)
def test_every_value_is_strict_json(value):
    told = json.loads(json.dumps(plain(value), allow_nan=False))
    assert same(told, value)


def same(told, value):
    if isinstance(value, dict):
        return told.keys() == value.keys() and all(same(told[k], value[k]) for k in value)
    if isinstance(value, list):
        return len(told) == len(value) and all(map(same, told, value))
    if isinstance(value, float) and not math.isfinite(value):
        return told is None if math.isnan(value) else float(told) == value
    return told == value


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (np.float64(0.5), 0.5),
        (np.int32(3), 3),
        (np.bool_(True), True),
        (np.array([[1.0, np.nan]]), [[1.0, None]]),
        (np.float64("inf"), "Infinity"),
        (Path("a") / "b.wbc", "a/b.wbc"),
        ((1, {2: "x"}), [1, {"2": "x"}]),
    ],
)
def test_values_of_numpy_and_paths_are_plain(value, told):
    assert plain(value) == told
    assert type(plain(value)) is type(told)


def test_a_table_becomes_rows_with_names():
    table = Table({"k": [1, 2], "value": [0.5, np.nan]})
    assert rows_of(table) == [{"k": 1, "value": 0.5}, {"k": 2, "value": None}]


def test_words_or_json_but_never_both(capsys):
    def words():
        print_facts({"mean": "half"})
        print_rows(("[b]k",), [("[/]",)])

    answer({"mean": 0.5}, words, as_json=False, units={"mean": "nats"})
    assert capsys.readouterr().out.split() == ["mean", "half", "[b]k", "[/]"]
    answer({"mean": 0.5}, words, as_json=True, units={"mean": "nats"})
    assert json.loads(capsys.readouterr().out) == {"mean": 0.5, "units": {"mean": "nats"}}
