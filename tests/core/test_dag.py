"""Columnar graphs against plain walks over dictionaries."""

from unittest import mock

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.core import dag
from workbench.core.dag import edge_parents, is_topological, levels, reachable, transpose, united

WALKS = pytest.mark.parametrize("compiled_from", [0, 20_000], ids=["compiled", "interpreted"])


@st.composite
def graphs(draw):
    """CSR arrays of a random graph whose children come before their parents."""
    n_nodes = draw(st.integers(1, 12))
    children = [
        draw(st.lists(st.integers(0, node - 1), max_size=3)) if node else []
        for node in range(n_nodes)
    ]
    offsets = np.cumsum([0, *map(len, children)], dtype=np.int32)
    return offsets, np.array([c for each in children for c in each], dtype=np.int32), children


@given(graphs())
def test_each_edge_has_its_parent(graph):
    offsets, _, children = graph
    expected = [node for node, each in enumerate(children) for _ in each]
    assert edge_parents(offsets).tolist() == expected


@given(graphs())
def test_built_graphs_are_topological(graph):
    offsets, flat, _ = graph
    assert is_topological(offsets, flat)


@given(graphs(), st.data())
def test_an_edge_upwards_is_seen(graph, data):
    offsets, flat, children = graph
    if not len(flat):
        return
    edge = data.draw(st.integers(0, len(flat) - 1))
    parent = int(edge_parents(offsets)[edge])
    changed = flat.copy()
    changed[edge] = data.draw(st.integers(parent, len(children) - 1))
    assert not is_topological(offsets, changed)


@WALKS
@given(graph=graphs())
def test_levels_are_longest_paths_to_a_leaf(compiled_from, graph):
    offsets, flat, children = graph
    height = {}
    for node, each in enumerate(children):
        height[node] = 1 + max(height[c] for c in each) if each else 0
    with mock.patch.object(dag, "COMPILED_FROM", compiled_from):
        assert levels(offsets, flat).tolist() == list(height.values())


@WALKS
@given(graph=graphs(), data=st.data())
def test_reachable_is_what_a_walk_reaches(compiled_from, graph, data):
    offsets, flat, children = graph
    root = data.draw(st.integers(0, len(children) - 1))
    seen, stack = set(), [root]
    while stack:
        node = stack.pop()
        if node not in seen:
            seen.add(node)
            stack.extend(children[node])
    with mock.patch.object(dag, "COMPILED_FROM", compiled_from):
        assert np.flatnonzero(reachable(offsets, flat, root)).tolist() == sorted(seen)


@WALKS
@given(graph=graphs(), data=st.data())
def test_bits_of_a_node_are_those_of_all_nodes_below(compiled_from, graph, data):
    offsets, flat, children = graph
    size = (len(children), 2)
    own = data.draw(st.lists(st.integers(0, 255), min_size=2 * size[0], max_size=2 * size[0]))
    bits = np.array(own, dtype=np.uint8).reshape(size)
    with mock.patch.object(dag, "COMPILED_FROM", compiled_from):
        union = united(offsets, flat, bits)
    for node in range(len(children)):
        below = reachable(offsets, flat, node)
        assert union[node].tolist() == np.bitwise_or.reduce(bits[below], axis=0).tolist()


@given(graphs())
def test_transposed_edges_are_the_same_edges(graph):
    offsets, flat, children = graph
    up, parents, edges = transpose(offsets, flat)
    backwards = {
        (int(child), int(parent))
        for child in range(len(children))
        for parent in parents[up[child] : up[child + 1]]
    }
    assert backwards == {(c, parent) for parent, each in enumerate(children) for c in each}
    assert sorted(edges.tolist()) == list(range(len(flat)))
    assert edge_parents(offsets)[edges].tolist() == parents.tolist()


def test_deep_chains_need_no_recursion():
    n_nodes = 1_000_000
    offsets = np.concatenate([[0], np.arange(n_nodes)]).astype(np.int32)
    children = np.arange(n_nodes - 1, dtype=np.int32)
    assert levels(offsets, children)[-1] == n_nodes - 1
    assert reachable(offsets, children, n_nodes - 1).all()
    first_only = np.zeros((n_nodes, 1), dtype=np.uint8)
    first_only[0] = 128
    assert (united(offsets, children, first_only) == 128).all()
