import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.data.variables import Variable, categorical
from workbench.errors import DataError, LimitError, ParameterError
from workbench.theories import FALSE, TRUE, And, Literal, Or, Rule, Theory, theory_of

QUICK = settings(max_examples=60, deadline=None)


@QUICK
@given(data=st.data())
def test_the_mask_agrees_with_the_obvious_evaluator_also_on_missing_values(
    data, theories, all_rows, truth
):
    theory = data.draw(theories())
    rows = all_rows(missing=True)
    assert np.array_equal(theory.mask(rows), truth(theory, rows))


@QUICK
@given(data=st.data())
def test_the_rules_equal_the_tree_on_every_row_also_with_missing_values(data, theories, all_rows):
    theory = data.draw(theories())
    rows = all_rows(missing=True)
    again = theory_of(theory.variables, theory.rules)
    assert np.array_equal(theory.mask(rows), again.mask(rows))


@QUICK
@given(data=st.data())
def test_no_rule_is_covered_by_another(data, theories, all_rows):
    theory = data.draw(theories())
    rows = all_rows(missing=True)
    masks = [theory_of(theory.variables, [rule]).mask(rows) for rule in theory.rules]
    for i, mask in enumerate(masks):
        assert mask.any()
        others = [other for j, other in enumerate(masks) if j != i]
        assert not any((mask <= other).all() for other in others)


def test_units_do_not_change_hash_and_equality_but_reach_the_rules():
    variables = (categorical("x", 2), categorical("y", 2))
    plain = Theory(variables, And((Literal(0, frozenset({1})), Literal(1, frozenset({0})))))
    parts = (Literal(0, frozenset({1}), (4,)), Literal(1, frozenset({0}), (5,)))
    marked = Theory(variables, And(parts, (9,)))
    assert plain == marked
    assert hash(plain) == hash(marked)
    assert marked.rules[0].units == (4, 5, 9)
    assert [literal.units for literal in marked.rules[0].literals] == [(4,), (5,)]


def test_the_same_literal_from_two_units_keeps_the_unit_of_each_rule():
    x = [Literal(0, frozenset({1}), (unit,)) for unit in (1, 2)]
    y, z = Literal(1, frozenset({0}), (3,)), Literal(2, frozenset({0}), (4,))
    variables = tuple(categorical(name, 2) for name in "xyz")
    theory = Theory(variables, Or((And((x[0], y)), And((x[1], z)))))
    assert {rule.literals[0].units for rule in theory.rules} == {(1,), (2,)}


def test_sizes_and_description_length_are_those_of_the_formula():
    variables = tuple(categorical(f"v{i}", 5) for i in range(4))
    first = Rule((Literal(0, frozenset({0, 1})), Literal(2, frozenset({3}))))
    second = Rule((Literal(1, frozenset({2, 3, 4})),))
    theory = theory_of(variables, [first, second])
    assert (theory.n_rules, theory.n_literals, theory.n_variables) == (2, 3, 3)
    expected = [math.comb(4, 2), math.comb(5, 2), 5, math.comb(4, 1), math.comb(5, 3)]
    assert theory.bits == pytest.approx(sum(map(math.log2, expected)))


def test_a_shared_tree_too_large_for_rules_still_has_a_mask():
    variables = tuple(categorical(f"v{i}", 3) for i in range(40))
    pairs = [
        Or((And((Literal(i, frozenset({0})), Literal(i + 1, frozenset({1})))),
            And((Literal(i, frozenset({2})), Literal(i + 1, frozenset({2}))))))
        for i in range(0, 40, 2)
    ]  # fmt: skip
    theory = Theory(variables, And(tuple(pairs)))
    assert not theory.is_flat
    assert theory.n_literals == 80
    with pytest.raises(LimitError, match="too many rules"):
        theory.rules  # noqa: B018  # the property raises
    rows = np.tile([0.0, 1.0], 20)[None]
    assert theory.mask(rows).tolist() == [True]
    assert "v39" in str(theory)
    assert "v39" in theory.sql()


def test_constants_are_theories():
    variables = (categorical("x", 2),)
    rows = np.array([[0.0], [np.nan]])
    assert Theory(variables, TRUE).mask(rows).all()
    assert not Theory(variables, FALSE).mask(rows).any()
    assert (str(Theory(variables, TRUE)), str(Theory(variables, FALSE))) == ("always", "never")
    assert (Theory(variables, TRUE).n_rules, Theory(variables, FALSE).n_rules) == (1, 0)


def test_a_literal_outside_the_variables_is_refused():
    with pytest.raises(ParameterError, match="names no variable"):
        Theory((categorical("x", 2),), Literal(1, frozenset({0})))
    with pytest.raises(ParameterError, match="codes that do not exist"):
        Theory((categorical("x", 2),), Literal(0, frozenset({2})))
    with pytest.raises(ParameterError, match="Bin continuous"):
        Theory((Variable("h", "continuous"),), Literal(0, frozenset({0})))


def test_a_frame_is_read_by_name_label_and_bin():
    age = Variable("age", "categorical", ("young", "old"), (40.0,))
    variables = (categorical("colour", ["red", "blue"]), age, categorical("pixel", 3))
    theory = Theory(
        variables,
        And((Literal(0, frozenset({1})), Literal(1, frozenset({1})), Literal(2, frozenset({2})))),
    )
    frame = pd.DataFrame(
        {
            "pixel": [2, 2, 2, 1, 2],
            "age": [40.0, 39.9, 80.0, 50.0, np.nan],
            "colour": ["blue", "blue", "green", "blue", "blue"],
        }
    )
    assert theory.mask(frame).tolist() == [True, False, False, False, False]
    labelled = frame.assign(age=["old", "young", "old", None, "old"])
    assert theory.mask(labelled).tolist() == [True, False, False, False, True]


def test_a_frame_without_a_needed_column_is_refused_by_name():
    theory = Theory((categorical("x", 2), categorical("y", 2)), Literal(1, frozenset({1})))
    assert theory.mask(pd.DataFrame({"y": [1, 0]})).tolist() == [True, False]
    with pytest.raises(DataError, match="'y'"):
        theory.mask(pd.DataFrame({"x": [1]}))


@pytest.mark.parametrize(
    "column",
    [
        pd.Series([0, 1, 2]),
        pd.Series([0.0, 1.0, 2.0]),
        pd.Series(["0", "1", "2"]),
        pd.Series([0, 1, 2], dtype="Int64"),
        pd.Series([0, 1, 2], dtype="uint8"),
        pd.Series(["0", "1", "2"], dtype="category"),
        pd.Series([0, 1, 2], dtype=object),
    ],
)
def test_integer_codes_are_found_in_every_type_of_column(column):
    theory = Theory((categorical("x", 3),), Literal(0, frozenset({0, 2})))
    assert theory.mask(pd.DataFrame({"x": column})).tolist() == [True, False, True]
