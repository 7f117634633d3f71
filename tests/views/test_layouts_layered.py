from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.errors import StructureError
from workbench.views.layouts.layered import (
    MARGIN,
    RIGHT_IF_LARGER_BY,
    ROOMY,
    closest_levels,
    layered,
)


@st.composite
def graphs(draw, most=40):
    """Levels and edges of a random DAG; node i may only have children before it."""
    n = draw(st.integers(1, most))
    edges = []
    for node in range(1, n):
        below = draw(st.lists(st.integers(0, node - 1), max_size=4, unique=True))
        edges += [(node, child) for child in below]
    level = [0] * n
    for source, target in edges:
        level[source] = max(level[source], level[target] + 1)
    pairs = np.array(edges, dtype=np.int64).reshape(-1, 2)
    return np.array(level), pairs[:, 0], pairs[:, 1]


def crossings(x, level, source, target):
    """Brute force over pairs of edges between the same two neighbouring levels."""
    count = 0
    for a in range(len(source)):
        for b in range(a):
            if level[source[a]] == level[source[b]] and level[target[a]] == level[target[b]]:
                above = x[source[a]] - x[source[b]]
                below = x[target[a]] - x[target[b]]
                count += above * below < -1e-9
    return count


@given(graphs())
@settings(max_examples=80, deadline=None)
def test_nodes_of_one_level_keep_their_distance(graph):
    level, source, target = graph
    drawn = layered(level, source, target)
    for value in np.unique(level):
        assert np.all(np.diff(np.sort(drawn.x[level == value])) >= 1 - 1e-6)


@given(graphs())
@settings(max_examples=40, deadline=None)
def test_to_the_right_is_the_same_drawing_turned_and_drawn_apart(graph):
    down, right = layered(*graph), layered(*graph, direction="right")
    stretch = max(1.0, np.ptp(right.y) / max(np.ptp(down.x), 1e-9))
    assert stretch <= 1.5 + 1e-9
    np.testing.assert_allclose(right.y, stretch * down.x, atol=1e-9)
    np.testing.assert_allclose(right.bend_y, stretch * down.bend_x, atol=1e-9)
    np.testing.assert_array_equal(
        np.unique(down.y, return_inverse=True)[1], np.unique(right.x, return_inverse=True)[1]
    )


@given(graphs(), st.floats(0.3, 3.0))
@settings(max_examples=60, deadline=None)
def test_auto_turns_only_what_comes_out_larger(graph, aspect):
    def canvas_height(direction):
        drawn = layered(*graph, aspect=aspect, direction=direction)
        wide, tall = np.ptp(drawn.x) + 2 * MARGIN, np.ptp(drawn.y) + 2 * MARGIN
        return max(tall, wide / aspect)

    chosen = layered(*graph, aspect=aspect, direction="auto").direction
    down, right = canvas_height("down"), canvas_height("right")
    if chosen == "right":
        assert down > ROOMY
        assert down >= RIGHT_IF_LARGER_BY * right
    else:
        assert down < RIGHT_IF_LARGER_BY * max(right, ROOMY)


@given(graphs())
@settings(max_examples=60, deadline=None)
def test_edges_point_down_through_bends_in_order(graph):
    level, source, target = graph
    drawn = layered(level, source, target)
    for edge in range(len(source)):
        bends = drawn.bend_y[drawn.bend_edges == edge]
        route = [drawn.y[source[edge]], *bends, drawn.y[target[edge]]]
        assert np.all(np.diff(route) > 0)
        assert len(bends) == level[source[edge]] - level[target[edge]] - 1


@given(graphs())
@settings(max_examples=60, deadline=None)
def test_bends_keep_clear_of_the_glyphs_they_pass(graph):
    level, source, target = graph
    drawn = layered(level, source, target)
    for x, y in zip(drawn.bend_x, drawn.bend_y, strict=True):
        passed = drawn.x[np.isclose(drawn.y, y)]
        assert np.all(np.abs(passed - x) >= 0.65 - 1e-6)


@given(graphs())
@settings(max_examples=20, deadline=None)
def test_equal_graphs_are_drawn_equally(graph):
    first, second = layered(*graph), layered(*graph)
    np.testing.assert_array_equal(first.x, second.x)
    np.testing.assert_array_equal(first.bend_x, second.bend_x)


@given(graphs())
@settings(max_examples=60, deadline=None)
def test_closest_levels_are_valid_and_never_skip_more(graph):
    level, source, target = graph
    chosen = closest_levels(level, source, target)
    assert np.all(chosen[source] > chosen[target])
    assert (chosen[source] - chosen[target]).sum() <= (level[source] - level[target]).sum()
    layered(chosen, source, target)


@given(st.integers(2, 60), st.integers(0, 10**6))
@settings(max_examples=40, deadline=None)
def test_trees_are_drawn_without_crossings(n, seed):
    random = np.random.default_rng(seed)
    parent = np.array([0, *(random.integers(0, node) for node in range(1, n))])
    depth = np.zeros(n, dtype=int)
    for node in range(1, n):
        depth[node] = depth[parent[node]] + 1
    level = depth.max() - depth
    source, target = parent[1:], np.arange(1, n)
    drawn = layered(level, source, target)
    assert crossings(drawn.x, level, source, target) == 0


def test_sweeps_remove_most_crossings_of_a_shuffled_graph():
    random = np.random.default_rng(3)
    width, depth = 12, 6
    level = np.repeat(np.arange(depth), width)
    hidden = np.concatenate([random.permutation(width) for _ in range(depth)])
    source, target = [], []
    for node in range(width, depth * width):
        below = np.flatnonzero((level == level[node] - 1) & (np.abs(hidden - hidden[node]) <= 1))
        source += [node] * len(below)
        target += below.tolist()
    drawn = layered(level, source, target)
    before = crossings(np.arange(depth * width) % width, level, source, target)
    assert crossings(drawn.x, level, source, target) < before / 3


def test_parents_of_disjoint_families_are_centred():
    drawn = layered([0, 0, 0, 0, 1, 1, 2], [4, 4, 5, 5, 6, 6], [0, 1, 2, 3, 4, 5])
    np.testing.assert_allclose(drawn.x[[4, 5, 6]], [-1.0, 1.0, 0.0], atol=0.05)


def test_groups_stand_together_with_a_wider_gap():
    source = np.repeat([8, 9], 8)
    drawn = layered([0] * 8 + [1, 1], source, [*range(8)] * 2, groups=[0, 1] * 4 + [2, 2])
    order = np.argsort(drawn.x[:8])
    assert np.abs(np.diff(order % 2)).sum() == 1
    gaps = np.diff(drawn.x[:8][order])
    assert gaps[3] >= 2 - 1e-6
    np.testing.assert_allclose(np.delete(gaps, 3), 1.0)


def test_one_node_lies_at_the_origin():
    drawn = layered([0], [], [])
    assert (drawn.x[0], drawn.y[0]) == (0.0, 0.0)


def test_a_chain_of_twenty_thousand_is_straight():
    n = 20_000
    drawn = layered(np.arange(n), np.arange(1, n), np.arange(n - 1))
    assert np.all(drawn.x == 0.0)
    assert drawn.y[n - 1] == 0.0


def test_too_many_bends_are_left_out():
    n = 3_000
    level = np.arange(n)
    source = np.concatenate([np.arange(1, n), np.full(n - 2, n - 1)])
    target = np.concatenate([np.arange(n - 1), np.arange(n - 2)])
    drawn = layered(level, source, target)
    assert len(drawn.bend_x) == 0
    assert np.all(np.isfinite(drawn.x))


def test_an_edge_that_does_not_point_down_is_refused():
    with pytest.raises(StructureError):
        layered([0, 0], [0], [1])
