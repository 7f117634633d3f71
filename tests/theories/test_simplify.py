import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.data.variables import categorical
from workbench.theories import FALSE, TRUE, And, Literal, Or, Theory, simplify

X0, X1, Y0 = Literal(0, frozenset({0})), Literal(0, frozenset({1})), Literal(1, frozenset({0}))
VARIABLES = (categorical("x", 2), categorical("y", 3))


def tree(node, **options):
    return simplify(Theory(VARIABLES, node), **options).tree


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_simplifying_keeps_the_meaning_and_never_adds_literals(data, theories, all_rows):
    theory = data.draw(theories())
    rows = all_rows(missing=True)
    smaller = simplify(theory)
    assert np.array_equal(theory.mask(rows), smaller.mask(rows))
    assert smaller.n_tree_literals <= theory.n_tree_literals


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_without_missing_values_a_full_literal_may_become_true(data, theories, all_rows):
    theory = data.draw(theories())
    rows = all_rows()
    assert np.array_equal(theory.mask(rows), simplify(theory, known_is_true=True).mask(rows))


def test_nested_branches_are_flattened_and_constants_vanish():
    assert tree(And((X0, And((Y0, TRUE))))) == And((X0, Y0))
    assert tree(Or((X0, Or((Y0, FALSE))))) == Or((X0, Y0))
    assert tree(And((X0, FALSE))) == FALSE
    assert tree(Or(())) == FALSE
    assert tree(And(())) == TRUE


def test_literals_on_one_variable_become_one():
    assert tree(And((X0, X1))) == FALSE
    assert tree(Or((X0, X1))) == Literal(0, frozenset({0, 1}))
    assert tree(Or((X0, X1)), known_is_true=True) == TRUE


def test_absorption_removes_what_a_sibling_decides():
    assert tree(Or((X0, And((X0, Y0))))) == X0
    assert tree(And((X0, Or((X0, Y0))))) == X0
    wide = Literal(1, frozenset({0, 1}))
    assert tree(Or((wide, And((X0, Y0))))) == wide
    assert tree(And((Y0, Or((X0, wide))))) == Y0


def test_units_of_merged_literals_are_joined():
    merged = tree(Or((Literal(1, frozenset({0}), (7,)), Literal(1, frozenset({1}), (3,)))))
    assert merged.units == (3, 7)
