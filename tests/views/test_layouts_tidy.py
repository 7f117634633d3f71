from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.errors import StructureError
from workbench.views.layouts.tidy import breadth_first, tidy


@st.composite
def trees(draw, most=60):
    n = draw(st.integers(1, most))
    parents = [-1] + [draw(st.integers(0, i - 1)) for i in range(1, n)]
    order = draw(st.permutations(range(n)))
    place = {node: new for new, node in enumerate(order)}
    shuffled = [-1] * n
    for node, parent in enumerate(parents):
        shuffled[place[node]] = -1 if parent < 0 else place[parent]
    return shuffled


@given(trees())
@settings(max_examples=80, deadline=None)
def test_neighbours_of_one_depth_keep_their_distance(parents):
    placed = tidy(parents)
    for depth in np.unique(placed.depth):
        across = np.sort(placed.x[placed.depth == depth])
        assert np.all(np.diff(across) >= 1 - 1e-9)


@given(trees())
@settings(max_examples=80, deadline=None)
def test_parents_are_centred_over_their_children(parents):
    placed = tidy(parents)
    for node in range(len(parents)):
        below = placed.x[np.asarray(parents) == node]
        if len(below):
            assert placed.x[node] == pytest.approx((below[0] + below[-1]) / 2, abs=1e-9)


@given(trees())
@settings(max_examples=80, deadline=None)
def test_siblings_stay_in_the_order_of_creation(parents):
    placed = tidy(parents)
    for node in range(-1, len(parents)):
        below = placed.x[np.asarray(parents) == node]
        assert np.all(np.diff(below) > 0)


@given(trees())
@settings(max_examples=40, deadline=None)
def test_subtrees_do_not_cross(parents):
    placed = tidy(parents)
    sequence, depth = breadth_first(parents)
    for level in range(1, depth.max() + 1):
        row = [node for node in sequence if depth[node] == level]
        assert np.all(np.diff(placed.x[row]) > 0)


@given(trees())
@settings(max_examples=40, deadline=None)
def test_growing_to_the_right_swaps_the_axes(parents):
    down, right = tidy(parents, level_gap=3.0), tidy(parents, direction="right", level_gap=3.0)
    np.testing.assert_array_equal(down.x, right.y)
    np.testing.assert_array_equal(down.y, right.x)
    np.testing.assert_array_equal(down.y, 3.0 * down.depth)


def test_subtrees_stand_as_close_as_they_can():
    # A deep left child and a shallow right one: the right one tucks in beside the left spine.
    parents = [-1, 0, 0, 1, 3, 4, 4, 4]
    assert np.ptp(tidy(parents).x) == pytest.approx(2.0)


def test_space_opened_by_a_wide_subtree_is_shared():
    # Children 1 and 4 of the root are wide, 2 and 3 are leaves between them.
    parents = [-1, 0, 0, 0, 0, 1, 1, 1, 1, 1, 4, 4, 4, 4, 4]
    across = tidy(parents).x[[1, 2, 3, 4]]
    np.testing.assert_allclose(np.diff(across), np.diff(across)[0])


def test_one_node_lies_at_the_origin():
    placed = tidy([-1])
    assert (placed.x[0], placed.y[0], placed.depth[0]) == (0.0, 0.0, 0)


def test_a_chain_of_twenty_thousand_is_straight():
    placed = tidy(np.arange(20_000) - 1)
    assert np.all(placed.x == 0.0)
    assert placed.depth[-1] == 19_999


def test_a_star_of_ten_thousand_is_evenly_spaced():
    placed = tidy(np.concatenate([[-1], np.zeros(10_000, dtype=int)]))
    np.testing.assert_allclose(np.diff(placed.x[1:]), 1.0)


def test_several_roots_stand_side_by_side():
    assert tidy([-1, -1, -1]).x.tolist() == [-1.0, 0.0, 1.0]


@pytest.mark.parametrize("parents", [[-1, 5], [-2], [1, 0]])
def test_what_is_no_tree_is_refused(parents):
    with pytest.raises(StructureError):
        tidy(parents)
