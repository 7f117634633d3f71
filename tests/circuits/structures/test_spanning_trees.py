import itertools

import numpy as np
import pytest

from workbench.circuits.structures.spanning_trees import best_trees


def edges_of(tree):
    return frozenset(
        frozenset((variable, parent))
        for variable, parent in enumerate(tree.parents.tolist())
        if parent >= 0
    )


def weights(n_variables, seed=0):
    random = np.random.default_rng(seed)
    half = np.triu(random.random((n_variables, n_variables)), 1)
    return half + half.T


def every_tree(n_variables):
    """All spanning trees, as sets of edges."""
    pairs = list(itertools.combinations(range(n_variables), 2))
    for chosen in itertools.combinations(pairs, n_variables - 1):
        group = list(range(n_variables))
        for a, b in chosen:
            group = [group[a] if g == group[b] else g for g in group]
        if len(set(group)) == 1:
            yield frozenset(map(frozenset, chosen))


def total(edges, information):
    return sum(information[tuple(edge)] for edge in edges)


@pytest.mark.parametrize("seed", range(3))
def test_all_trees_come_in_order(seed):
    information = weights(5, seed)
    expected = sorted(every_tree(5), key=lambda edges: -total(edges, information))
    assert len(expected) == 125  # Cayley: 5 ** 3
    assert [edges_of(tree) for tree in best_trees(information, 500)] == expected


def test_equal_weights_still_give_each_tree_once():
    found = [edges_of(tree) for tree in best_trees(np.ones((4, 4)), 99)]
    assert len(found) == len(set(found)) == 16


def test_the_first_of_many():
    information = weights(40)
    found = best_trees(information, 12)
    totals = [total(edges_of(tree), information) for tree in found]
    assert totals == sorted(totals, reverse=True)
    assert len({edges_of(tree) for tree in found}) == 12


def test_one_or_two_variables_have_one_tree():
    assert [tree.parents.tolist() for tree in best_trees(np.zeros((1, 1)), 3)] == [[-1]]
    assert len(best_trees(np.zeros((2, 2)), 3)) == 1
