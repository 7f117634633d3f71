"""Expected tokens against the enumeration of all orders of the recorded samples."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.budgets import counts_of, curve_against_tokens
from workbench.errors import DataError, ParameterError

samples = st.lists(st.tuples(st.integers(0, 1), st.integers(1, 50)), min_size=1, max_size=6)


def spent(order, k, stop):
    used = 0
    for correct, tokens in order[:k]:
        used += tokens
        if correct and stop == "first_success":
            break
    return used


@settings(max_examples=40, deadline=None)
@given(st.lists(samples, min_size=1, max_size=3), st.sampled_from(["never", "first_success"]))
def test_tokens_equal_enumeration(problems, stop):
    records = {
        "problem": [f"p{i}" for i, rows in enumerate(problems) for _ in rows],
        "correct": [correct for rows in problems for correct, _ in rows],
        "tokens": [tokens for rows in problems for _, tokens in rows],
    }
    found = curve_against_tokens(records, stop=stop)
    for place, k in enumerate(found.curve.ks.tolist()):
        expected = np.mean(
            [
                np.mean([spent(order, k, stop) for order in itertools.permutations(rows)])
                for rows in problems
            ]
        )
        assert found.tokens[place] == pytest.approx(expected, rel=1e-12)


def test_counts_are_grouped_by_problem():
    records = {"problem": ["b", "a", "b"], "correct": [True, False, True], "tokens": [1, 2, 3]}
    assert counts_of(records).tolist() == [[1, 0], [2, 2]]


def test_table_has_both_axes():
    records = {"problem": [0, 0], "correct": [1, 0], "tokens": [10, 30]}
    table = curve_against_tokens(records).table
    assert list(table) == ["k", "tokens", "value"]
    assert table["tokens"].tolist() == [20.0, 40.0]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"tokens": [1.0, float("nan")]}, "row 2, column 'tokens'"),
        ({"tokens": [1.0, -3.0]}, "row 2, column 'tokens'"),
        ({"correct": [0, 2]}, "row 2, column 'correct'"),
        ({"problem": [], "correct": [], "tokens": []}, "no sample records"),
    ],
)
def test_unusable_records_are_named(changed, message):
    records = {"problem": [0, 0], "correct": [0, 1], "tokens": [1.0, 2.0]} | changed
    with pytest.raises(DataError, match=message):
        curve_against_tokens(records)


def test_missing_column_and_unknown_rule_teach():
    with pytest.raises(DataError, match="tokens"):
        curve_against_tokens({"problem": [0], "correct": [1]})
    with pytest.raises(ParameterError, match="first_success"):
        curve_against_tokens({"problem": [0], "correct": [1], "tokens": [1]}, stop="early")
