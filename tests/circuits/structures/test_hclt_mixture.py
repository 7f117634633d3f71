import numpy as np
import pytest

from workbench.circuits import hclt_mixture
from workbench.circuits.memory import size_of
from workbench.circuits.reference import ReferenceEngine
from workbench.circuits.structures.hclt_memory import hclt_size
from workbench.circuits.structures.hclt_mixture import TREES
from workbench.data.variables import categorical, continuous
from workbench.errors import LimitError, ParameterError

VARIABLES = (categorical("a", 3), categorical("b", 2), continuous("c"), categorical("d", 2))


def table(n_rows=150, seed=0):
    random = np.random.default_rng(seed)
    group = random.integers(2, size=n_rows)
    columns = [
        group + random.integers(2, size=n_rows),
        group,
        9 * group + random.normal(size=n_rows),
    ]
    return np.stack([*columns, random.integers(2, size=n_rows)], axis=1).astype(float)


def children_of_root(circuit):
    return circuit.children_of(circuit.root)


@pytest.mark.parametrize("by", sorted(TREES))
def test_each_tree_is_a_child_of_the_root(by):
    circuit = hclt_mixture(table(), latents=2, trees=3, by=by, variables=VARIABLES)
    assert len(children_of_root(circuit)) == 3
    assert all(circuit.scope_of(child) == (0, 1, 2, 3) for child in children_of_root(circuit))


@pytest.mark.parametrize("by", sorted(TREES))
def test_its_size_is_that_of_its_trees(by):
    rows = table()
    trees = [tree for tree, _ in TREES[by](rows, VARIABLES, 3, 0)[0]]
    sizes = [hclt_size(VARIABLES, 2, tree) for tree in trees]
    found = size_of(hclt_mixture(rows, latents=2, trees=3, by=by, variables=VARIABLES))
    assert found.n_nodes == 1 + sum(size.n_nodes for size in sizes)
    assert found.n_edges == 3 + sum(size.n_edges for size in sizes)
    assert found.n_parameters == sum(size.n_parameters for size in sizes)


def test_clusters_are_weighted_by_their_rows():
    rows = np.repeat(np.array([[0.0, 0, 0, 0], [2, 1, 99, 1]]), [30, 10], axis=0)
    circuit = hclt_mixture(rows, latents=1, trees=2, variables=VARIABLES)
    assert sorted(np.exp(circuit.log_weights[-2:])) == pytest.approx([0.25, 0.75])


def test_there_are_no_more_trees_than_clusters_or_spanning_trees():
    rows = np.repeat(np.array([[0.0, 0.0], [1.0, 1.0]]), 5, axis=0)
    assert len(children_of_root(hclt_mixture(rows, latents=1, trees=4))) == 2
    assert len(children_of_root(hclt_mixture(rows, latents=1, trees=4, by="best"))) == 1


def test_parts_begin_differently():
    circuit = hclt_mixture(table(), latents=2, trees=2, by="best", variables=VARIABLES)
    rows = table(20, seed=1)
    first, second = children_of_root(circuit).tolist()
    values = ReferenceEngine(circuit).node_values(rows)
    assert not np.allclose(values[first], values[second])


def test_bad_requests_are_named():
    with pytest.raises(ParameterError, match="trees=0"):
        hclt_mixture(table(), trees=0)
    with pytest.raises(
        ParameterError, match=r"given 'oaks'; expected one of \['best', 'bootstrap'"
    ):
        hclt_mixture(table(), by="oaks")
    with pytest.raises(LimitError, match="Take fewer trees or latents"):
        hclt_mixture(table(), latents=9000, trees=2, variables=VARIABLES)
